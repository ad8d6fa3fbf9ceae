"""The harness itself, tried with stand-ins: a shell, tini's place taken by `sh`, bare initdb and postgres."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from support import OUTSIDE, ContainerError, File, Mount, SqlError, Tmpfs, WaitTimeout, keeper, wait_until

SHELL = ["/bin/bash", "-c"]


@pytest.fixture
def shell(container):
    """shell(script) makes a container whose PID 1 is bash with this script."""
    return lambda script, **options: container([script], entrypoint=SHELL, **options)


@pytest.fixture
def server(container, database, root):
    """server() starts bare `postgres` on a prepared volume, as PID 1."""
    def start(**options):
        made = container(entrypoint=[f"{root.bin}/postgres"], user="postgres", volume=database(), **options)
        return made.start().wait_ready()
    return start


def test_wait_until_says_what_it_waited_for():
    with pytest.raises(WaitTimeout, match="waited .* for a miracle; last seen: 0"):
        wait_until(lambda: 0, 0.01, "a miracle")


@pytest.mark.parametrize("status", [0, 3, 255])
def test_exit_status_is_the_one_of_pid_1(shell, status):
    assert shell(f"exit {status}").run() == status


def test_kill_is_seen_as_a_signal(shell):
    c = shell("sleep 1000 & sleep 1000 & wait").start()
    wait_until(lambda: len(c.processes()) == 3, 5, "the children")
    children = [process.host_pid for process in c.processes()]
    assert c.kill() == -signal.SIGKILL
    assert not any(Path(f"/proc/{pid}").exists() for pid in children)


def test_signals_reach_pid_1_as_the_kernel_has_it(shell, container):
    handled = shell("trap 'echo hup; exit 7' HUP; echo set; while :; do read -rt 0.01 <> <(:); done").start()
    handled.wait_for("set")
    handled.signal(signal.SIGHUP)
    assert handled.wait(5) == 7
    assert handled.stdout == "set\nhup\n"
    unhandled = container(["1000"], entrypoint=["/bin/sleep"]).start()
    unhandled.signal(signal.SIGTERM)
    assert unhandled.exec(["true"]).returncode == 0, "PID 1 does not die of a signal that it has no handler for"


def test_streams_are_kept_apart_and_together(shell):
    c = shell("echo one; echo two >&2; printf three")
    assert c.run() == 0
    assert c.stdout == "one\nthree"
    assert c.stderr == "two\n"
    assert sorted(c.logs.split()) == ["one", "three", "two"]
    assert {stream for _, stream, _ in c.timed_lines} == {"out", "err"}
    assert "exit status 0" in c.transcript()


def test_pid_1_is_alone_in_its_namespaces(shell):
    c = shell("echo $$ $PPID $(hostname) $(ls /sys/class/net); ps 2>/dev/null; cat /proc/self/mountinfo >&2", hostname="postgresql-sfs-0")
    c.run()
    assert c.stdout.split()[:4] == ["1", "0", "postgresql-sfs-0", "lo"]
    assert str(c.state) not in c.stdout
    assert " /var/lib/postgresql/data " in c.stderr, "a volume is a mount point"


def test_the_environment_is_the_images_and_the_tests(shell, root):
    c = shell("env", env={"POSTGRES_PASSWORD": "x", "LANG": None})
    c.run()
    found = dict(line.split("=", 1) for line in c.stdout.splitlines())
    assert found["PG_MAJOR"] == "17" and found["PGDATA"] == "/var/lib/postgresql/data" and found["POSTGRES_PASSWORD"] == "x"
    assert found["HOME"] == "/root" and "LANG" not in found
    assert found["PATH"].endswith("/usr/lib/postgresql/17/bin")


def test_the_root_is_laid_out_as_the_official_image(shell):
    c = shell("sleep 1000").start()
    assert c.stat("/var/lib/postgresql/data") == (0o1777, 999, 999)
    assert c.stat("/var/run/postgresql") == (0o3777, 999, 999)
    assert c.stat("/docker-entrypoint-initdb.d") == (0o755, 0, 0)
    assert c.exec(["id", "-un"], user="postgres").stdout == "postgres\n"
    for device in ("null", "zero", "full", "random", "urandom", "tty", "ptmx", "shm", "fd", "stdout"):
        assert c.exists(f"/dev/{device}"), device
    assert c.exec(["sh", "-c", "echo x > /dev/null && echo y > /dev/stdout"], user="postgres").stdout == "y\n"


def test_rights_are_dockers(shell):
    bare = shell("grep -E 'CapEff|CapBnd|CapInh|NoNewPrivs' /proc/self/status")
    bare.run()
    assert "CapEff:\t00000000a80425fb" in bare.stdout and "CapBnd:\t00000000a80425fb" in bare.stdout
    assert "CapInh:\t0000000000000000" in bare.stdout
    dropped = shell("grep -E 'CapEff|CapBnd|NoNewPrivs' /proc/self/status", cap_drop="ALL", no_new_privs=True)
    dropped.run()
    assert dropped.stdout.split() == ["CapEff:", "0" * 16, "CapBnd:", "0" * 16, "NoNewPrivs:", "1"]


def test_users_are_dockers(shell):
    for user, expected in [("postgres", "999 999 999 101"), ("12345", "12345 0 0"), ("12345:2000", "12345 2000 2000"), ("999", "999 999 999 101")]:
        c = shell("echo $(id -u) $(id -g) $(id -G)", user=user)
        c.run()
        assert c.stdout.strip() == expected
    c = shell("id -G; touch /var/lib/postgresql/data/x; echo written > /dev/stderr", user="12345", groups=[2000])
    assert c.run() == 0
    assert c.stdout == "0 2000\n" and c.stderr == "written\n"


def test_read_only_root_with_tmpfs_and_files(shell, tmp_path):
    (tmp_path / "secret").write_text("s3cret")
    c = shell("cat /run/secret /etc/added; ls -ld /etc/link; touch /x; touch /tmp/y && echo yes; touch /run/secret && echo bad",
              read_only=True, mounts=[Tmpfs("/tmp"), Tmpfs("/run"), Mount(tmp_path / "secret", "/run/secret", read_only=True)],
              files={"/etc/added": File("added\n", mode=0o600), "/etc/link": File(link="/usr/local/bin/nothing")})
    c.run()
    assert c.stdout.startswith("s3cretadded\n") and "-> /usr/local/bin/nothing" in c.stdout
    assert c.stdout.endswith("yes\n")
    assert c.stderr.count("Read-only file system") == 2


def test_mount_targets_resolve_inside(shell):
    c = shell("echo > /var/run/postgresql/file; ls /run/postgresql; exec sleep 1000", mounts=[Tmpfs("/var/run/postgresql")]).start()
    c.wait_for("file")
    assert not Path("/run/postgresql/file").exists()


def test_exec_is_inside_and_truthful(shell):
    c = shell("sleep 1000", env={"FROM": "run"}).start()
    done = c.exec(["sh", "-c", "echo $FROM $MORE; cat; echo err >&2; exit 5"], env={"MORE": "exec"}, input="typed\n")
    assert (done.returncode, done.stdout, done.stderr) == (5, "run exec\ntyped\n", "err\n")
    assert c.exec(["sh", "-c", "kill -TERM $$"]).returncode == -signal.SIGTERM
    assert c.exec(["pwd"], cwd="/tmp", user="postgres").stdout == "/tmp\n"
    with pytest.raises(FileNotFoundError):
        c.exec(["no-such-program"])
    c.exec(["sh", "-c", "sleep 1000 >/dev/null 2>&1 & exit 0"])
    wait_until(lambda: [process for process in c.processes() if process.command[:1] == ("sleep",) and process.ppid == 1
                        and process.sid != 1], 5, "the orphan's adoption by PID 1")
    c.kill()
    with pytest.raises(ContainerError, match="does not run"):
        c.exec(["true"])


def test_an_open_command_does_not_hold_up_the_end(shell):
    """The kernel waits for it, in its zombie state too, before PID 1 may end."""
    c = shell("trap 'exit 5' TERM; echo set; while :; do read -rt 0.01 <> <(:); done").start()
    c.wait_for("set")
    with c.popen(["sleep", "1000"]) as command:
        status, seconds = c.stop()
        assert status == 5 and seconds < 1
        assert command.wait() == -signal.SIGKILL


def test_processes_and_their_environments(shell):
    c = shell("FLAG=1 sleep 1000 & wait", env={"SECRET": "s"}).start()
    child = wait_until(lambda: [process for process in c.processes() if process.name == "sleep"], 5, "the child")[0]
    assert child.ppid == 1 and child.command == ("sleep", "1000") and child.uid == 0
    assert c.environ(1)["SECRET"] == "s" and c.environ(child.pid)["FLAG"] == "1"
    c.signal_process(child.pid, signal.SIGTERM)
    c.wait(5)


def test_a_restart_keeps_layer_and_volume(shell):
    c = shell("cat /kept /var/lib/postgresql/data/kept 2>/dev/null; echo layer > /kept; echo volume > /var/lib/postgresql/data/kept")
    c.run()
    assert c.stdout == ""
    assert c.read("/kept") == "layer\n" and c.read("/var/lib/postgresql/data/kept") == "volume\n"
    c.run()
    assert c.stdout == "layer\nvolume\n"
    assert "start 1" in c.transcript() and "start 2" in c.transcript()


def test_inherited_signal_state(shell):
    c = shell("grep -E 'SigBlk|SigIgn' /proc/self/status", ignore=[signal.SIGCHLD], block=[signal.SIGUSR1])
    c.run()
    blocked, ignored = (int(line.split()[1], 16) for line in c.stdout.splitlines())
    assert blocked == 1 << (signal.SIGUSR1 - 1) and ignored == 1 << (signal.SIGCHLD - 1)
    plain = shell("grep -E 'SigBlk|SigIgn' /proc/self/status; ls -l /proc/self/fd | wc -l")
    plain.run()
    assert plain.stdout.split()[1::2][:2] == ["0" * 16, "0" * 16]


def test_nothing_of_the_tests_leaks_into_pid_1(shell):
    leaked = os.open(os.devnull, os.O_RDONLY)
    os.set_inheritable(leaked, True)
    c = shell("for f in /proc/self/fd/*; do echo ${f##*/}; done; grep -c '^[0-9]' /proc/self/mountinfo >&2").start()
    assert c.wait() == 0
    os.close(leaked)
    assert set(c.stdout.split()) <= {"0", "1", "2", "3", "255"}


def test_a_missing_program_is_reported(container):
    with pytest.raises(ContainerError, match="FileNotFoundError.*nothing-here"):
        container(entrypoint=["/nothing-here"]).start()


def test_waiting_for_a_dead_container_ends_at_once(shell):
    c = shell("echo last words; exit 4").start()
    c.wait_for("last words")
    with pytest.raises(ContainerError, match="ended with status 4"):
        c.wait_for("something else", 30)


def test_starting_is_quick(shell):
    seconds = []
    for _ in range(10):
        c = shell("exit 0")
        began = time.monotonic()
        c.run()
        seconds.append(time.monotonic() - began)
    assert sorted(seconds)[5] < 0.1, seconds


@pytest.mark.parametrize("root", [15, 17], indirect=True)
def test_sql_over_socket_and_tcp(server, root):
    c = server()
    assert c.sql("show server_version_num")[:2] == str(root.major)
    assert c.sql("select 1, 'x'", host="127.0.0.1", password="secret") == "1|x"
    assert c.sql("select inet_client_addr()", host=OUTSIDE, password="secret") == OUTSIDE
    with pytest.raises(SqlError) as failed:
        c.sql("select 1", host=OUTSIDE, password="wrong")
    assert "password authentication failed" in failed.value.stderr
    assert c.postmaster().pid == 1
    assert c.sql("show lc_collate" if root.major < 16 else "select datcollate from pg_database where datname = 'postgres'") == "en_US.utf8"
    status, seconds = c.stop(signal.SIGINT)
    assert status == 0 and seconds < 5
    c.start().wait_ready()


@pytest.mark.parametrize("root", ["trixie-no-shell"], indirect=True)
def test_a_root_without_a_shell_runs_postgresql(server, root):
    c = server()
    assert c.sql("select 1") == "1"
    for path in ("/bin/sh", "/bin/bash", "/usr/bin/env", "/bin/cat"):
        assert not c.exists(path)


def test_lab_names_links_and_partitions(lab, container):
    names = [f"postgresql-sfs-{number}" for number in range(3)]
    network = lab(names, domain="postgresql-sfs.test")
    a, b, c = [container(["sleep 1000"], entrypoint=SHELL, net=network[name]).start() for name in names]
    assert a.exec(["getent", "hosts", "postgresql-sfs-1"]).stdout.split() == ["10.77.0.11", "postgresql-sfs-1.postgresql-sfs.test", "postgresql-sfs-1"]
    assert a.exec(["getent", "hosts", "10.77.0.12"]).stdout.split()[1] == "postgresql-sfs-2.postgresql-sfs.test"
    assert a.exec(["hostname", "-f"]).stdout == "postgresql-sfs-0.postgresql-sfs.test\n"

    def reaches(here, there):
        return here.exec(["bash", "-c", f"timeout 0.5 bash -c '</dev/tcp/{there}/1' 2>&1"]).stdout.count("Connection refused") > 0

    assert reaches(a, names[1]) and reaches(b, names[2])
    network.partition(network[names[0]], network[names[1]])
    assert not reaches(a, names[1]) and not reaches(b, names[0]) and reaches(a, names[2])
    network.heal(network[names[0]], network[names[1]])
    assert reaches(a, names[1])
    network.cut(network[names[2]])
    assert not reaches(a, names[2]) and reaches(a, names[1])
    network.restore(network[names[2]])
    wait_until(lambda: reaches(a, names[2]), 5, "the link's return")
    network.unpublish(network[names[1]])
    assert a.exec(["getent", "hosts", "postgresql-sfs-1"]).returncode == 2


def test_the_end_of_the_tests_is_the_end_of_the_containers(tmp_path):
    """Kills a Python that has a container: the keeper must clean up."""
    script = textwrap.dedent("""
        import sys, time
        from support import Container, keeper
        c = Container(["sleep 1000"], entrypoint=["/bin/bash", "-c"]).start()
        print(c.pid, keeper.base_directory(), flush=True)
        time.sleep(1000)
    """)
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True,
                          cwd=Path(__file__).parents[1]) as python:
        pid, base = python.stdout.readline().split()
        assert Path(f"/proc/{pid}").exists() and Path(base).exists()
        python.kill()
    wait_until(lambda: not Path(f"/proc/{pid}/exe").exists() and not Path(base).exists(), 10, "the keeper's work")
    assert base not in Path("/proc/mounts").read_text()


def test_the_runs_directory_is_private_to_the_run():
    assert keeper.base_directory().name.startswith("pgordinal-containers-")
    assert socket.gethostname() != "pgtest", "the test process has kept its own names"


def test_a_labs_name_server_answers_both_ways_and_says_no_at_once(lab, container):
    network = lab(["db-0", "db-1"], domain="db.test", dns=True)
    c = container(["sleep 1000"], entrypoint=SHELL, net=network["db-0"]).start()
    assert c.read("/etc/hosts").splitlines()[-1] == "10.77.0.10 db-0.db.test db-0"
    assert c.exec(["getent", "ahostsv4", "db-1.db.test"]).stdout.split()[0] == "10.77.0.11"
    assert c.exec(["getent", "hosts", "10.77.0.11"]).stdout.split() == ["10.77.0.11", "db-1.db.test"]
    began = time.monotonic()
    assert c.exec(["getent", "hosts", "db-2.db.test"]).returncode == 2
    network.unpublish(network["db-1"])
    assert c.exec(["getent", "hosts", "db-1.db.test"]).returncode == 2
    assert c.exec(["getent", "hosts", "10.77.0.11"]).returncode == 2
    assert time.monotonic() - began < 1
