"""1i, clause 55, and section 0: the running server, and what is better on purpose."""

import signal
import subprocess
import time

import pytest

from support import wait_until

from .conftest import PASSWORD

clause = pytest.mark.clause


@pytest.fixture
def serving(container, database):
    """serving() starts the server on a prepared database."""
    return lambda **options: container(["postgres"], volume=database(), **options).start().wait_ready()


def open_session(c):
    """A psql that stays connected; idle, it waits for its input."""
    session = c.popen([*c.psql(), "-c", "select 'connected'", "-f", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert session.stdout.readline() == "connected\n"
    return session


def state(c, root):
    """The cluster's state as pg_control has it, after PID 1 has ended."""
    look = type(c)([c.volume_at], entrypoint=[f"{root.bin}/pg_controldata"], on=root, volume=c.volume, user="postgres")
    try:
        look.run()
        return next(line.split(":", 1)[1].strip() for line in look.stdout.splitlines() if line.startswith("Database cluster state"))
    finally:
        look.remove()


@clause(55)
@pytest.mark.parametrize("root", [15, 17], indirect=True)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
@pytest.mark.parametrize("session", ["none", "idle", "busy"])
def test_c55_a_stop_is_fast_and_clean(serving, root, number, session):
    """Upstream's SIGTERM is a smart shutdown and waits for sessions for ever (docker-library/postgres 714)."""
    c = serving()
    sessions = []
    if session != "none":
        sessions.append(open_session(c))
    if session == "busy":
        sessions[0].stdin.write("select pg_sleep(1000);\n")
        sessions[0].stdin.flush()
        wait_until(lambda: c.sql("select count(*) from pg_stat_activity where query like 'select pg_sleep%'") == "1", 5, "the busy session")
    status, seconds = c.stop(number)
    for one in sessions:
        one.communicate()
    assert status == 0
    assert seconds < 3
    assert state(c, root) == "shut down"


@clause(55)
def test_c55_hangup_reloads(serving):
    c = serving()
    with open(c.volume / "postgresql.conf", "a") as file:
        file.write("work_mem = '11MB'\n")
    assert c.sql("show work_mem") == "4MB"
    c.signal(signal.SIGHUP)
    wait_until(lambda: c.sql("show work_mem") == "11MB", 5, "the reload")
    assert c.stop()[0] == 0


@clause(55)
@pytest.mark.parametrize("root", [15, 17], indirect=True)
def test_c55_quit_is_immediate_and_says_so(serving, root):
    """Upstream ends with 0, which tells a supervisor that the shutdown was clean."""
    c = serving()
    status, seconds = c.stop(signal.SIGQUIT)
    assert status != 0
    assert seconds < 6
    assert state(c, root) == "in production"
    c.start().wait_ready()
    assert c.sql("select 1") == "1"


@clause(55)
def test_c55_a_second_signal_hastens(serving):
    c = serving()
    session = open_session(c)
    c.signal(signal.SIGTERM)
    c.signal(signal.SIGINT)
    assert c.wait(10) == 0
    session.communicate()


@clause(55)
def test_c55_the_end_of_the_postmaster_is_the_end(serving):
    c = serving()
    c.signal_process(c.postmaster().pid, signal.SIGKILL)
    assert c.wait(10) != 0


@clause(55)
def test_c55_a_smart_shutdown_asked_of_the_postmaster_itself(serving):
    """`pg_ctl stop` inside the container ends it, cleanly."""
    c = serving()
    c.signal_process(c.postmaster().pid, signal.SIGTERM)
    assert c.wait(10) == 0


@pytest.mark.parametrize("root", [15, 17], indirect=True)
@pytest.mark.parametrize("status", [0, 1, 2, 77])
def test_s0_an_orphans_exit_status_means_nothing(serving, status):
    """As PID 1, PostgreSQL restarts all sessions when an adopted orphan exits with 2 (docker-library/postgres 1349)."""
    c = serving()
    session = open_session(c)
    backends = c.sql("select count(*) from pg_stat_activity")
    adopted = "until read -r _ _ _ parent _ < /proc/$BASHPID/stat && [ $parent = 1 ]; do :; done"
    c.exec(["bash", "-c", f"({adopted}; exit {status}) >/dev/null 2>&1 & exit 0"])
    wait_until(lambda: not [process for process in c.processes() if process.name == "bash"], 10, "the reaping")
    assert c.sql("select count(*) from pg_stat_activity") == backends
    session.stdin.write("select 'still here';\n")
    session.stdin.close()
    assert session.stdout.read() == "still here\n"
    assert session.wait() == 0
    assert "terminating" not in c.logs


def test_s0_many_orphans_leave_no_zombie(serving):
    c = serving()
    c.exec(["bash", "-c", "for i in {1..200}; do (true & ) ; done >/dev/null 2>&1"])
    wait_until(lambda: not [process for process in c.processes() if process.state == "Z"], 10, "no zombie")
    assert c.sql("select 1") == "1"


LIVING_STRANGER = """
setpriv --reuid 999 --regid 999 --clear-groups sleep 1000 &
until [ "$(cat /proc/$!/comm)" = sleep ]; do :; done
printf '%s\\n' $! /var/lib/postgresql/data 1700000000 5432 /var/run/postgresql '*' '  1234567         0' 'ready   ' > $PGDATA/postmaster.pid
chown postgres:postgres $PGDATA/postmaster.pid
chmod 600 $PGDATA/postmaster.pid
exec /usr/local/bin/pgordinal postgres
"""


def test_s0_a_stale_lock_file_that_names_a_stranger(container, database):
    """A reused PID of the same user blocks PostgreSQL's start when it is not PID 1."""
    c = container(entrypoint=["/bin/bash", "-c", LIVING_STRANGER], volume=database()).start().wait_ready()
    assert [process.uid for process in c.processes() if process.name == "sleep"] == [999]
    assert c.sql("select 1") == "1"


def test_s0_a_restart_after_a_kill_recovers(serving):
    c = serving()
    c.sql("create table kept as select 1 as a")
    for _ in range(3):
        c.kill()
        c.start().wait_ready()
        assert c.sql("select a from kept") == "1"


def test_s0_lost_and_found_in_the_mount_root(container, volume):
    """A volume that is a file system of its own: works, or says what is in the way."""
    made = volume()
    (made / "lost+found").mkdir(mode=0o700)
    c = container(["postgres"], volume=made, env={"POSTGRES_PASSWORD": PASSWORD}).start()
    try:
        c.wait_ready(30)
    except AssertionError:
        assert not c.running and c.wait() != 0
        assert "lost+found" in c.stderr and "PG_VERSION" not in made.names()
    assert (made / "lost+found").exists()


def test_s0_a_second_server_on_the_same_volume_is_refused(serving, container):
    """S8: one PID 1 per data directory."""
    c = serving()
    second = container(["postgres"], volume=c.volume)
    assert second.run(60) != 0
    assert c.sql("select 1") == "1"


def test_s0_the_start_is_not_slowed_down(container, root, database):
    """Loosely, as the bench measures it: a start on an existing database is near that of bare postgres."""
    def seconds(c):
        found = []
        for _ in range(3):
            began = time.monotonic()
            c.start()
            wait_until(lambda: "ready to accept connections" in c.logs, 20, "readiness", longest_pause=0.002)
            found.append(time.monotonic() - began)
            c.stop(signal.SIGINT)
        return min(found)

    ours = seconds(container(["postgres"], volume=database()))
    bare = seconds(container([], entrypoint=[f"{root.bin}/postgres"], user="postgres", volume=database()))
    assert ours < bare + 0.25, (ours, bare)
