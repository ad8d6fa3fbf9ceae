"""Stops of members that have work to do: budgets, exit statuses, and what the next start finds (S7, S10)."""

import re
import signal
import subprocess
import time

import pytest

from support import wait_until


def busy(pod, statements):
    """One psql session for each statement, that goes on until the server ends it. To be given to stop()."""
    sessions = [pod.popen([*pod.psql(), "-c", statement], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
                for statement in statements]
    wait_until(lambda: int(pod.sql("select count(*) from pg_stat_activity where application_name = 'psql' and state = 'active'")) > len(sessions),
               10, "the sessions to be busy")
    return sessions


def stop(pod, number, sessions, timeout=30):
    """Signals PID 1; returns (exit status, seconds, what the sessions were told).

    The sessions are waited for first: the kernel lets PID 1 go only when the last process of its namespace is reaped.
    """
    began = time.monotonic()
    pod.signal(number)
    told = [session.communicate(timeout=timeout)[1] for session in sessions]
    status = pod.wait(timeout)
    return status, time.monotonic() - began, told


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["TERM", "INT"])
def test_a_busy_primary_stops_well_and_its_standby_holds_everything(two, number):
    two[0].sql("create table t(n int)")
    sessions = busy(two[0], ["select pg_sleep(1000)", "begin; insert into t values (-1); select pg_sleep(1000)",
                             "do $$begin loop insert into t values (1); commit; end loop; end$$"])
    status, seconds, told = stop(two[0], number, sessions)
    assert (status, seconds < 5) == (0, True), (status, seconds)
    for text in told:
        assert "terminating connection due to administrator command" in text
    # A fast shutdown waits until the standbys have received the shutdown checkpoint.
    held = two[1].sql("select count(*), min(n) from t")
    two[0].start().wait_ready()
    assert two[0].sql("select count(*), min(n) from t") == held
    assert "was not properly shut down" not in two[0].logs


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["TERM", "INT"])
def test_a_busy_standby_stops_well(two, number):
    sessions = busy(two[1], ["select pg_sleep(1000)", "select count(*) from generate_series(1, 1000000000)"])
    status, seconds, _ = stop(two[1], number, sessions)
    assert (status, seconds < 5) == (0, True), (status, seconds)
    two[1].start()
    two.wait_streaming(1)


@pytest.mark.parametrize("ordinal", [0, 1], ids=["primary", "standby"])
def test_quit_is_an_immediate_shutdown_and_no_clean_one(two, ordinal):
    sessions = busy(two[ordinal], ["select pg_sleep(1000)"])
    status, seconds, _ = stop(two[ordinal], signal.SIGQUIT, sessions)
    assert (status, seconds < 3) == (1, True), (status, seconds)
    assert "server_not_shut_down" in two[ordinal].logs
    two[ordinal].start()
    two[0].wait_ready()
    two.wait_streaming(1)


def frozen_backend(pod):
    """A session that no signal but SIGKILL ends."""
    sessions = busy(pod, ["select pg_sleep(1000)"])
    pid = int(pod.sql("select pid from pg_stat_activity where query like 'select pg_sleep%'"))
    pod.signal_process(pid, signal.SIGSTOP)
    return sessions


def test_a_fast_stop_that_takes_too_long_becomes_an_immediate_one(cluster):
    one = cluster(settings={"PGORDINAL_STOP_FAST_TIMEOUT": "1s", "PGORDINAL_STOP_IMMEDIATE_TIMEOUT": "20s"})
    one.start(0).wait_ready()
    status, seconds, _ = stop(one[0], signal.SIGTERM, frozen_backend(one[0]))
    # PostgreSQL gives its children 5 s after SIGQUIT, then kills them itself.
    assert status == 1 and 5.5 < seconds < 8, (status, seconds)
    assert "fast_stop_overdue" in one[0].logs and "immediate_stop_overdue" not in one[0].logs


def test_an_immediate_stop_that_takes_too_long_ends_with_sigkill(cluster):
    one = cluster(settings={"PGORDINAL_STOP_FAST_TIMEOUT": "1s", "PGORDINAL_STOP_IMMEDIATE_TIMEOUT": "1s"})
    one.start(0).wait_ready()
    one[0].sql("create table t as select 1 as n")
    status, seconds, _ = stop(one[0], signal.SIGTERM, frozen_backend(one[0]))
    assert status == 137 and 1.9 < seconds < 3.5, (status, seconds)
    assert "immediate_stop_overdue" in one[0].logs
    one[0].start().wait_ready()
    assert one[0].sql("select n from t") == "1", "crash recovery, as after any crash"


def test_a_stop_while_initdb_runs_is_obeyed_at_once(cluster):
    one = cluster()
    pod = one.start(0)
    pod.wait_for(lambda: [process for process in pod.processes() if process.name == "initdb"], 15)
    status, seconds = pod.stop(signal.SIGTERM)
    assert (status, seconds < 2) == (143, True), (status, seconds)
    pod.start().wait_ready()
    assert "unfinished_bootstrap_found" in pod.logs
    assert pod.sql("select count(*) from pg_roles where rolname = 'replicator'") == "1"


def test_a_stop_while_peers_are_asked_or_waited_for_is_obeyed_at_once(cluster):
    two = cluster()
    two.place(0, published=False)
    standby = two.start(1)
    standby.wait_for("waiting_for_primary_name", 10)
    status, seconds = standby.stop(signal.SIGTERM)
    assert (status, seconds < 1) == (143, True), (status, seconds)
    assert two.volume(1).names() == []


@pytest.mark.parametrize("ordinal", [0, 1], ids=["primary", "standby"])
def test_after_sigkill_of_pid_1_nothing_lives_and_nothing_committed_is_lost(two, ordinal):
    two[0].sql("create table t as select generate_series(1, 1000) n")
    two.wait_replayed(1)
    before = {process.host_pid for process in two[ordinal].processes()}
    assert two[ordinal].kill() == -signal.SIGKILL
    assert not [pid for pid in before if _alive(pid)]
    two[ordinal].start()
    two[0].wait_ready()
    two.wait_streaming(1)
    assert two[ordinal].sql("select count(*) from t") == "1000"
    assert ordinal == 1 or "was not properly shut down; automatic recovery in progress" in two[0].logs


def _alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize("ordinal", [0, 1], ids=["primary", "standby"])
def test_a_killed_postmaster_ends_the_pod_with_its_status(two, ordinal):
    two[ordinal].signal_process(two[ordinal].postmaster().pid, signal.SIGKILL)
    assert two[ordinal].wait(10) == 137
    assert re.search(r"ERROR .*exit: PostgreSQL ended with signal 9 .*status=137", two[ordinal].logs)
    two[ordinal].start()
    two[0].wait_ready()
    two.wait_streaming(1)


def test_hup_reloads_and_changes_nothing_else(two):
    pgdata = two[0].image.pgdata
    with open(two.volume(0) / "postgresql.conf", "a") as file:
        file.write("\nwork_mem = 5MB\n")
    two[0].signal(signal.SIGHUP)
    wait_until(lambda: two[0].sql("show work_mem") == "5MB", 5, "the reload")
    assert two[0].read(f"{pgdata}/postgresql.conf").count("pgordinal: begin") == 1
    assert two[0].running and two.streaming() == ["postgresql-sfs-1"]
