"""K1: every output of a cluster that was given its passwords as variables, at the debug level, is searched for them."""

import base64
import json
import os
import signal
import threading
import urllib.parse
from pathlib import Path

from support import Mount, wait_until

from .cluster import as_role
from .test_pages import PAGES, ask, wait_ready

SUPERUSER, REPLICATION, WRONG = "Grep:me\\sUper'1", "Grep:me\\rEpl'2", "Grep:me\\wRong'3"
TOML = "/etc/pgordinal/pgordinal.toml"
# What PostgreSQL or PID 1 itself has to read: 0600, and its directory is PostgreSQL's user's alone.
HOLDERS = {"pgordinal.key", "pgordinal.passfile"}


def spellings(secret):
    """As it is, and as JSON, SQL, a URL, a passfile, base64 and C would write it."""
    text = {secret, json.dumps(secret)[1:-1], secret.replace("'", "''"), secret.replace("'", "\\'"), urllib.parse.quote(secret, safe=""),
            secret.replace("\\", "\\\\").replace(":", "\\:"), secret.replace("\\", "\\\\").replace("'", "\\'")}
    return {each.encode() for each in text} | {base64.b64encode(secret.encode())}


class Watch(threading.Thread):
    """Looks at the arguments and environments of what PID 1 starts, again and again, for what lives only a moment."""

    def __init__(self, pods, secrets):
        super().__init__()
        self.pods, self.secrets = pods, [spelling for secret in secrets for spelling in spellings(secret)]
        self.leaks, self.seen, self.over = set(), set(), threading.Event()

    def run(self):
        while not self.over.wait(0.01):
            for pod in self.pods:
                try:
                    for child in descendants(pod.pid):
                        self.look(child)
                except (FileNotFoundError, ProcessLookupError, TypeError):
                    continue

    def look(self, pid):
        for kind in ("cmdline", "environ"):
            try:
                text = Path(f"/proc/{pid}/{kind}").read_bytes()
            except (FileNotFoundError, ProcessLookupError):
                return
            words = text.split(b"\0")
            if kind == "cmdline":
                self.seen.add(os.path.basename(words[0].split(b" ")[0].rstrip(b":")).decode())
            # Between fork and exec a child still shows PID 1's own arguments, and its empty environment.
            self.leaks |= {(kind, words[0]) for spelling in self.secrets if spelling in text}


def descendants(pid):
    """Of PID 1 alone: what a test runs by exec has the pod's variables, as with kubectl exec, and is no child of it."""
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        yield child
        yield from descendants(child)


def holders(top, secrets):
    found = set()
    for directory, _, names in os.walk(top):
        for path in (os.path.join(directory, name) for name in names):
            if os.path.isfile(path) and not os.path.islink(path):
                data = Path(path).read_bytes()
                if any(spelling in data for secret in secrets for spelling in spellings(secret)):
                    found.add(os.path.basename(path))
                    assert os.stat(path).st_mode & 0o077 == 0, path
    return found


def test_k1_no_password_is_in_any_output(cluster, container, tmp_path):
    two = cluster(settings={"POSTGRES_PASSWORD": SUPERUSER, "PGORDINAL_REPLICATION_PASSWORD": REPLICATION, "PGORDINAL_LOG_LEVEL": "debug"})
    pods = [two.pod(0, secret=False), two.pod(1, secret=False, env={"PGORDINAL_LOG_FORMAT": "json"}),
            two.pod(2, secret=False, env={"PGORDINAL_REPLICATION_PASSWORD": WRONG})]
    watch = Watch(pods, [SUPERUSER, REPLICATION, WRONG])
    watch.start()
    try:
        for pod in pods:
            pod.start()
        pods[0].wait_ready()
        two.wait_streaming(1)
        assert as_role(pods[1], "postgres", WRONG, "select 1", host=two.place(0).fqdn).returncode != 0
        pods[2].wait_for(lambda: "waiting_for_primary_password" in pods[2].logs, 30, "the third to be refused")
        for pod in pods[:2]:
            pod.signal(signal.SIGHUP)
            pod.wait_for(lambda pod=pod: "reload_asked" in pod.logs, 20, "the reload")
            wait_ready(pod)
    finally:
        watch.over.set()
        watch.join()
    assert watch.leaks == set()
    assert {"initdb", "pg_basebackup", "postgres"} <= watch.seen, "the look was too slow to see them"

    key = pods[0].read(f"{two.on.pgdata}/pgordinal.key").strip()
    secrets = (SUPERUSER, REPLICATION, WRONG, key)
    outputs = {}
    for number, pod in enumerate(pods):
        for target in PAGES:
            outputs[f"{number} {target}"] = str(ask(pod, target))
        for command in (["status"], ["status", "--json"], ["check"], ["check", "--print-default-config"], ["--help"], ["--version"], ["switchover"], ["reload"], ["history"]):
            done = pod.exec(["pgordinal", *command])
            outputs[f"{number} {command}"] = done.stdout + done.stderr
        assert "Primary: " in outputs[f"{number} ['status']"] and "POSTGRES_PASSWORD" in outputs[f"{number} ['check']"]

    # Mistakes are quoted; a password that is put where none belongs is not.
    message = tmp_path / "termination-log"
    message.touch()
    message.chmod(0o666)
    wrong = container(["postgres"], env={"POSTGRES_PASSWORD": SUPERUSER, "PGORDINAL_REPLICATION_PASSWORD": REPLICATION},
                      files={TOML: "[cluster]\nordnal = 1\n[http]\nport = true\n"}, mounts=[Mount(message, "/dev/termination-log")])
    assert wrong.run(60) == 1
    outputs["a refusal"], outputs["its termination message"] = wrong.logs, message.read_text()
    assert "ordnal" in outputs["its termination message"]

    for pod in pods[:2][::-1]:
        pod.stop()
    pods[2].kill()
    for number, pod in enumerate(pods):
        outputs[f"log of {number}"] = pod.logs
    assert '"event":"' in outputs["log of 1"] and "DEBUG" in outputs["log of 0"]
    for name, text in outputs.items():
        for secret in secrets:
            for spelling in spellings(secret):
                assert spelling not in text.encode(), name
    assert holders(two.volume(0).path, secrets) == HOLDERS
    assert holders(two.volume(1).path, secrets) == HOLDERS
    assert holders(two.volume(2).path, secrets) == set()
