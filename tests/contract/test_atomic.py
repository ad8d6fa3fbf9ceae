"""1h, the end of it: a bootstrap has happened whole or not at all (S7); it can be stopped; then the server is handed over.

Upstream fails every one of these: it leaves a volume that the next start calls initialised.
"""

import re
import signal

import pytest

from support import OUTSIDE, File, wait_until

from .conftest import COMPLETE, PASSWORD, fill, script

clause = pytest.mark.clause

ONCE = "create table steps (n serial); insert into steps default values;"


@pytest.fixture
def retry(container, volume, init_files):
    """retry(files, **options) starts a bootstrap that is meant to fail; .again() starts over with files that are good."""
    class Retry:
        def __init__(self, files, args=("postgres",), **options):
            self.volume = volume()
            self.mount = init_files(files)
            self.options = {**options, "env": {"POSTGRES_PASSWORD": PASSWORD, "POSTGRES_DB": "app", **options.get("env", {})}}
            self.first = container(list(args), volume=self.volume, mounts=[self.mount], **self.options)

        def again(self):
            """Proves that the bootstrap began anew and every step was done once."""
            fill(self.mount.source, {"1.sql": ONCE})
            c = container(["postgres"], volume=self.volume, mounts=[self.mount], **self.options).start().wait_ready()
            assert "Skipping initialization" not in c.stdout and COMPLETE in c.stdout
            assert c.sql("select count(*) from steps", db="app") == "1"
            assert c.read(self.options["env"].get("PGDATA", "/var/lib/postgresql/data") + "/pg_hba.conf").count("host all all all ") == 1
            assert c.sql("select 1", host=OUTSIDE, db="app", password=PASSWORD) == "1"
            assert c.stop()[0] == 0
            return c

    return Retry


@clause(48)
@pytest.mark.parametrize("root", [15, 17], indirect=True)
def test_c48_a_sourced_exit_does_not_make_a_database(retry):
    attempt = retry({"1.sql": ONCE, "2.sh": "exit 0\n", "3.sql": "create table never (a int);"})
    attempt.first.run(30)
    assert "init process complete" not in attempt.first.stdout
    attempt.again()


@clause(48)
def test_c48_a_sourced_exit_is_not_success(retry):
    """Status 0 would tell a supervisor that all is done."""
    attempt = retry({"1.sh": "exit 0\n"})
    assert attempt.first.run(30) != 0


@clause(49)
@pytest.mark.parametrize("root, files, status", [
    (15, {"1.sql": ONCE, "2.sql": "select nonsense;"}, 3),
    (17, {"1.sql": ONCE, "2.sql": "select nonsense;"}, 3),
    (17, {"1.sql": ONCE, "2.sh": script("exit 7\n")}, 7),
    (17, {"1.sql": ONCE, "2.sh": "false\n"}, 1),
    (17, {"1.sql": ONCE, "2.sh": "return 9\n"}, 9),
    (17, {"1.sql": ONCE, "2.sh": "exit 11\n"}, 11),
    (17, {"1.sql": ONCE, "2.sh": "docker_process_sql <<< 'select nonsense'\n"}, 3),
], ids=["sql-15", "sql", "executed", "sourced false", "sourced return", "sourced exit", "sourced sql"], indirect=["root"])
def test_c49_a_failing_file_ends_with_its_status_and_is_not_served(retry, files, status):
    attempt = retry(files)
    assert attempt.first.run(30) == status
    attempt.again()


@clause(49)
def test_c49_a_script_that_cannot_be_executed(retry):
    attempt = retry({"1.sh": File("#!/no/such/interpreter\n", mode=0o755)})
    assert attempt.first.run(30) in (126, 127)
    attempt.again()


@clause(49)
def test_c49_a_failure_with_a_wal_directory_elsewhere(retry):
    """initdb refuses a WAL directory that is not empty, so the first attempt's has to go as well."""
    attempt = retry({"1.sql": "select nonsense;"}, env={"PGDATA": "/var/lib/postgresql/data/pgdata", "POSTGRES_INITDB_WALDIR": "/var/lib/postgresql/data/wal"})
    assert attempt.first.run(30) == 3
    attempt.again()


@clause(49)
def test_c49_again_and_again(retry):
    attempt = retry({"1.sql": ONCE, "2.sh": script("exit 4\n")})
    for _ in range(3):
        assert attempt.first.run(30) == 4
    attempt.again()


@clause(50)
@pytest.mark.parametrize("root", [15, 17], indirect=True)
def test_c50_a_bad_server_option_does_not_make_a_database(retry):
    attempt = retry({"1.sql": ONCE}, args=["postgres", "-c", "nosuchparam=1"])
    assert attempt.first.run(30) != 0
    assert 'unrecognized configuration parameter "nosuchparam"' in attempt.first.stderr
    attempt.again()


@clause(50)
def test_c50_an_option_that_stops_the_temporary_server(retry):
    attempt = retry({"1.sql": ONCE}, args=["postgres", "-c", "shared_preload_libraries=no_such_library"])
    assert attempt.first.run(60) != 0
    assert "no_such_library" in attempt.first.stderr
    attempt.again()


SLOW = {
    "executed": {"1.sql": ONCE, "2.sh": script("touch /tmp/waiting\nsleep 1000\n")},
    "sourced": {"1.sql": ONCE, "2.sh": "touch /tmp/waiting\nsleep 1000\n"},
    "sourced loop": {"1.sql": ONCE, "2.sh": "touch /tmp/waiting\nwhile :; do :; done\n"},
    "sql": {"1.sql": ONCE, "2.sql": "\\! touch /tmp/waiting\nselect pg_sleep(1000);"},
    "piped sql": {"1.sql": ONCE, "2.sh": "touch /tmp/waiting\n{ sleep 1000; echo 'select 1'; } | docker_process_sql\n"},
}


@clause(51)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
@pytest.mark.parametrize("stage", SLOW)
def test_c51_a_stop_during_init_is_obeyed(retry, stage, number):
    """Upstream: 11 s and SIGKILL (docker-library/postgres 1207)."""
    attempt = retry(SLOW[stage])
    attempt.first.start().wait_for(lambda: attempt.first.exists("/tmp/waiting"), what="the slow file")
    status, seconds = attempt.first.stop(number)
    assert status != 0
    assert seconds < 2
    attempt.again()


@clause(51)
@pytest.mark.parametrize("root", [15, 17], indirect=True)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_c51_a_stop_during_initdb(retry, number):
    attempt = retry({"1.sql": ONCE})
    attempt.first.start()
    wait_until(lambda: [process for process in attempt.first.processes() if "--boot" in process.command or "--single" in process.command],
               20, "initdb's bootstrap", longest_pause=0.005)
    status, seconds = attempt.first.stop(number)
    assert status != 0 and seconds < 2
    attempt.again()


@clause(51)
def test_c51_a_script_that_ignores_the_stop(retry):
    attempt = retry({"1.sh": script("trap '' TERM INT HUP QUIT\ntouch /tmp/waiting\nwhile :; do sleep 0.01; done\n")})
    attempt.first.start().wait_for(lambda: attempt.first.exists("/tmp/waiting"), what="the stubborn file")
    status, seconds = attempt.first.stop(timeout=20)
    assert status != 0 and seconds < 8, "well within the 10 s that an engine waits"
    attempt.again()


@clause(51)
@pytest.mark.parametrize("root", [15, 17], indirect=True)
@pytest.mark.parametrize("stage", ["executed", "sourced", "sql"])
def test_c51_killed_during_init(retry, stage):
    attempt = retry(SLOW[stage])
    attempt.first.start().wait_for(lambda: attempt.first.exists("/tmp/waiting"), what="the slow file")
    assert attempt.first.kill() == -signal.SIGKILL
    attempt.again()


@clause(51)
def test_c51_killed_between_complete_and_the_first_start(container, volume):
    """The line has been printed, so the bootstrap has happened: the next start serves it."""
    made = volume()
    c = container(["postgres"], volume=made, env={"POSTGRES_PASSWORD": PASSWORD, "POSTGRES_DB": "app"}).start()
    wait_until(lambda: "init process complete" in c.stdout, 60, "the end of the bootstrap", longest_pause=0.001)
    c.kill()
    again = container(["postgres"], volume=made, env={"POSTGRES_PASSWORD": PASSWORD, "POSTGRES_DB": "app"}).start().wait_ready()
    assert "Skipping initialization" in again.stdout
    assert again.sql("select 1", db="app") == "1"


@clause(52)
@pytest.mark.parametrize("root", [15, 17], indirect=True)
def test_c52_the_temporary_server_is_stopped_well(boot, init_files):
    c = boot(mounts=[init_files({"1.sql": ONCE})])
    assert c.logs.count("database system is shut down") == 1
    assert c.logs.index("database system is shut down") < c.logs.index("init process complete")
    final = c.logs[c.logs.index("init process complete"):]
    assert "database system was shut down at" in final
    assert "not properly shut down" not in c.logs and "was interrupted" not in c.logs
    servers = [process for process in c.processes() if process.name == "postgres"]
    assert len({process.ppid for process in servers} & {process.pid for process in servers}) == 1, "one postmaster"


@clause(52)
def test_c52_sessions_and_groups_of_the_server(boot):
    """PID 1 stays an init, the postmaster is its child; PostgreSQL's own processes each lead a session, as ever."""
    c = boot()
    head = c.postmaster()
    assert head.ppid == 1 and head.pid != 1
    for process in c.processes():
        if process.ppid == head.pid:
            assert process.sid == process.pid, process
    status = c.path(f"/proc/{head.pid}/status").read_text()
    blocked, ignored = (int(re.search(rf"^{field}:\s*(\w+)", status, re.M).group(1), 16) for field in ("SigBlk", "SigIgn"))
    assert not blocked & ~(1 << (signal.SIGURG - 1)), "PostgreSQL itself reads SIGURG from a descriptor"
    assert not ignored & (1 << (signal.SIGCHLD - 1))


@clause(52)
def test_c52_nothing_of_the_bootstrap_is_left(boot, init_files):
    c = boot(mounts=[init_files({"1.sql": ONCE, "2.sh": "true\n", "3.sh": script("true\n")})])
    names = {process.name for process in c.processes()}
    assert not names & {"initdb", "psql", "bash", "sh", "pg_ctl"}, names
