"""The file itself: static, small, at home in any root file system."""

import re
import shutil
import subprocess

import pytest

from support import image
from support.image import binary


def test_it_is_static_stripped_and_at_most_8_megabytes():
    said = subprocess.run(["file", "-b", "-L", binary()], capture_output=True, text=True).stdout
    assert re.search(r"statically linked|static-pie linked", said) and "stripped" in said and "not stripped" not in said, said
    assert binary().stat().st_size <= 8 << 20
    headers = subprocess.run(["readelf", "-d", "-l", binary()], capture_output=True, text=True).stdout
    assert "INTERP" not in headers and "NEEDED" not in headers


@pytest.fixture
def bare_root(tmp_path):
    shutil.copy(binary(), tmp_path / "pgordinal")
    return tmp_path


@pytest.mark.parametrize("arguments, status, says", [
    (["--version"], 0, r"^pgordinal \d+\.\d+\.\d+"),
    (["--help"], 0, r"pgordinal check"),
    (["check"], 0, r"cluster.mode = standalone"),
    (["check", "--config", "/nothing"], 1, r"/nothing: cannot read the configuration: No such file or directory"),
    (["no-such-command"], 127, r"no-such-command"),
    (["postgres"], 1, r"PGDATA"),
])
def test_it_runs_in_a_root_that_has_nothing_else(bare_root, arguments, status, says):
    """No /proc, no /dev, no /etc, no libraries."""
    assert [path.name for path in bare_root.iterdir()] == ["pgordinal"]
    done = subprocess.run([shutil.which("chroot"), bare_root, "/pgordinal", *arguments], capture_output=True, text=True, env={}, timeout=10)
    assert done.returncode == status, done.stderr
    assert re.search(says, done.stdout + done.stderr, re.M), done.stdout + done.stderr


def test_it_serves_as_pid_1_of_a_root_that_has_no_shell(cluster, container):
    """Clones and serves, that is; initdb is another matter: it starts `postgres` by /bin/sh, and says that it has none."""
    two = cluster()
    two.start(0).wait_ready()
    standby = two.start(1, on=image("trixie-no-shell"))
    two.wait_streaming(1)
    assert not standby.exists("/bin/sh") and not standby.exists("/bin/bash")
    assert standby.processes()[0].name == "pgordinal"
    assert standby.stop()[0] == 0
    # The same volume becomes a server of its own.
    (two.volume(1) / "standby.signal").unlink()
    alone = container(["postgres"], on=image("trixie-no-shell"), volume=two.volume(1)).start().wait_ready()
    assert alone.sql("select pg_is_in_recovery()") == "f"
    assert alone.stop()[0] == 0


def test_an_images_own_name_service_is_not_loaded(container):
    """A static program that loads an image's modules for name look-ups crashes, or worse."""
    pod = container(["postgres"], env={"POSTGRES_PASSWORD": "x"}, files={
        "/etc/nsswitch.conf": "passwd: sss systemd files\ngroup: sss files\nhosts: mymachines resolve files dns\ninitgroups: sss\n"})
    pod.start().wait_ready()
    with open(f"/proc/{pod.pid}/maps") as maps:
        assert ".so" not in maps.read()
    assert pod.processes()[0].uid == 999
