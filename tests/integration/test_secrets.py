"""K1: no password in arguments, logs, PostgreSQL's environment, or a file that others can read."""

import os
import re
import stat
from pathlib import Path

from .cluster import PASSWORD
from .test_static_cluster import REPLICATION_PASSWORD


def known_secrets(three):
    return {"the superuser's": PASSWORD, "the replication role's": REPLICATION_PASSWORD,
            "the session key": three[0].read(f"{three.on.pgdata}/pgordinal.key").strip()}


def blocks(pod, name):
    """{process: bytes of /proc/PID/name} of all processes of the pod."""
    found = {}
    for process in pod.processes():
        try:
            found[f"{process.pid} {process.name}"] = Path(f"/proc/{process.host_pid}/{name}").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def test_k1_no_password_in_arguments_or_environments(three):
    for pod in three.pods.values():
        for whose, secret in known_secrets(three).items():
            for kind in ("cmdline", "environ"):
                leaks = [process for process, text in blocks(pod, kind).items() if secret.encode() in text]
                assert not leaks, f"{whose} password in {kind}"


def test_k1_pid_1_shows_nothing(three):
    for pod in three.pods.values():
        assert Path(f"/proc/{pod.pid}/environ").read_bytes().strip(b"\0") == b""
        denied = pod.exec(["cat", "/proc/1/environ"], user="postgres")
        assert "Permission denied" in denied.stderr, "PID 1 is not dumpable: PostgreSQL's user may not even look"


def test_k1_postgresql_has_none_of_the_official_variables(three):
    for pod in three.pods.values():
        for process, text in blocks(pod, "environ").items():
            if process.endswith("postgres"):
                assert not re.search(rb"(POSTGRES_|PGORDINAL_|PGPASSWORD)", text), process


def test_k1_no_password_in_a_log(three):
    for pod in three.pods.values():
        for whose, secret in known_secrets(three).items():
            assert secret not in pod.logs, f"{whose} password in the log of {pod.name}"
        assert "SCRAM-SHA-256$" not in pod.logs


def test_k1_a_file_with_a_password_is_its_owners_alone(three):
    for ordinal, pod in three.pods.items():
        holders = []
        places = [three.volume(ordinal).path, pod.path("/tmp"), pod.path("/run/postgresql"), pod.path("/etc"), pod.path("/var/tmp")]
        for top in places:
            for directory, _, names in os.walk(top):
                for path in (os.path.join(directory, name) for name in names):
                    found = os.lstat(path)
                    if not stat.S_ISREG(found.st_mode) or found.st_size > 1 << 20:
                        continue
                    data = Path(path).read_bytes()
                    if any(secret.encode() in data for secret in known_secrets(three).values()):
                        holders.append(path)
                        assert found.st_mode & 0o077 == 0 and found.st_uid == 999, path
        assert {os.path.basename(path) for path in holders} == {"pgordinal.key", "pgordinal.passfile"}
        assert stat.S_IMODE(os.stat(three.volume(ordinal).path).st_mode) == 0o700
