"""How members come: later, in any order, under any name, as any user. Scenarios A1, A5, B5, C2, C6."""

import os
import re
import signal

import pytest

from support import SqlError, wait_until

from .cluster import DOMAIN, slots

SINCE = re.compile(r"waiting.*reason=(\w+)")


def waits(pod):
    """[(seconds since the start, reason)] of the lines that say what is waited for."""
    found = [(seconds, SINCE.search(line)) for seconds, _, line in pod.timed_lines]
    return [(seconds, match[1]) for seconds, match in found if match]


def test_a1_any_name_and_any_first_ordinal(cluster):
    """A name may itself end in digits, and a StatefulSet may begin at 5."""
    shop = cluster(name="shop.db-2024", settings={"PGORDINAL_CLUSTER_PRIMARY_ORDINAL": 5})
    shop.start(5, 6)
    shop[5].wait_ready()
    shop.wait_streaming(6, primary=5)
    assert (shop[5].sql("select pg_is_in_recovery()"), shop[6].sql("select pg_is_in_recovery()")) == ("f", "t")
    assert slots(shop[5]) == {"shop_db_2024_6": True}


def test_a1_bare_names_where_there_is_no_domain(cluster):
    """As in a Compose file."""
    two = cluster(name="db", domain="")
    two.start(0, 1)
    two[0].wait_ready()
    two.wait_streaming(1)
    assert two[1].sql("select sender_host from pg_stat_wal_receiver") == "db-0"


def test_a5_a_member_may_join_when_the_others_hold_data_already(three):
    three[0].sql("create table if not exists before_it as select generate_series(1, 100000) as n")
    joiner = three.start(3)
    three.wait_streaming(1, 2, 3)
    three.wait_replayed(3)
    assert joiner.sql("select count(*), sum(n) from before_it") == "100000|5000050000"
    assert slots(three[0])["postgresql_sfs_3"] is True
    for event in ("clone_started", "clone_copied", "clone_done"):
        assert f"{event} source=postgresql-sfs-0" in joiner.logs
    leftover = [name for name in three.volume(3).names() if name in ("pgordinal.bootstrap", "pgordinal.staging", "backup_label")]
    assert not leftover


@pytest.mark.late
def test_a5_a_long_clone_shows_progress_and_can_be_stopped_and_resumed(cluster):
    """Also: SIGTERM during a clone is obeyed at once, and leaves a state that the next start can use (S7)."""
    two = cluster()
    two.start(0).wait_ready()
    two[0].sql("create table big as select n, repeat(md5(n::text), 10) as filler from generate_series(1, 60000) n; checkpoint")
    slow = two.start(1, env={"PGORDINAL_REPLICATION_CLONE_MAX_RATE": "3MB"})
    slow.wait_for(re.compile(r"clone_progress source=postgresql-sfs-0 bytes=\d+ total_bytes=\d+ percent=[1-9]\d? bytes_per_second=\d+"), 30)
    status, seconds = slow.stop(signal.SIGTERM)
    assert (status, seconds < 2) == (143, True), (status, seconds)
    two.start(1)
    two.wait_streaming(1)
    assert "unfinished_bootstrap_found" in two[1].logs
    two.wait_replayed(1)
    assert two[1].sql("select count(*) from big") == "60000"


def test_b5_a_warm_standby_follows_and_admits_no_reads(cluster):
    two = cluster(settings={"PGORDINAL_REPLICATION_HOT_STANDBY": "false"})
    two.start(0, 1)
    two[0].wait_ready()
    two.wait_streaming(1)
    with pytest.raises(SqlError) as refused:
        two[1].sql("select 1")
    assert "not accepting connections" in refused.value.stderr or "not yet accepting" in refused.value.stderr
    two[0].sql("create table t()")
    wanted = two[0].sql("select pg_current_wal_flush_lsn()")
    wait_until(lambda: two[0].sql(f"select replay_lsn >= '{wanted}' from pg_stat_replication") == "t", 10, "the warm standby to replay")
    # Restarted, it streams on: without its slot it would ask again and again.
    assert two[1].stop()[0] == 0
    two[1].start()
    two.wait_streaming(1)
    # Hot on request: a setting and a restart.
    two.settings.clear()
    two.start(1)
    two.wait_streaming(1)
    assert two[1].sql("select count(*) from pg_tables where tablename = 't'") == "1"


def test_c2_a_standby_started_first_says_what_it_waits_for(cluster):
    """No name, then no server, then a server: each step is told apart, and repeated every 10 s (L5)."""
    two = cluster()
    two.place(0, published=False)
    standby = two.start(1)
    wait_until(lambda: len(waits(standby)) >= 2 and waits(standby)[-1][0] > 9, 15, "the second line of the wait")
    names = [(seconds, reason) for seconds, reason in waits(standby) if reason == "waiting_for_primary_name"]
    assert names[0][0] < 1.5 and 9 < names[-1][0] - names[0][0] < 12, waits(standby)
    assert f"postgresql-sfs-0.{DOMAIN} does not resolve" in standby.logs
    assert len(waits(standby)) <= 4, "it is not chatty"
    two.lab.publish(two.place(0))
    standby.wait_for("waiting_for_primary_port", 5)
    two.start(0).wait_ready()
    two.wait_streaming(1)


def test_c6_any_uid_in_group_0_without_any_capability(cluster):
    """As OpenShift runs pods: a UID that no file knows, the volume's root belongs to somebody else, PGDATA is below it."""
    pgdata = "/var/lib/postgresql/data/pgdata"
    two = cluster(settings={"PGDATA": pgdata, "POSTGRES_PASSWORD": "x"})
    for ordinal in (0, 1):
        os.chown(two.volume(ordinal).path, 0, 0)
        two.volume(ordinal).path.chmod(0o2775)
    two.start(0, 1, user="1000680000:0", cap_drop="ALL", no_new_privs=True, secret=False)
    two[0].wait_ready()
    two.wait_streaming(1)
    for pod in two.pods.values():
        assert {process.uid for process in pod.processes()} == {1000680000}
        assert pod.stat(pgdata) == (0o700 | (pod.stat(pgdata)[0] & 0o2000), 1000680000, 0)
    assert two[1].stop()[0] == 0
    two[1].start()
    two.wait_streaming(1)
    assert "clone_started" not in two[1].logs
