"""A standby that was away for too long: what it lacks is gone from the primary. L2, S5, S7."""

import re

import pytest

from .cluster import slots

LEFT = ("pgordinal.bootstrap", "pgordinal.staging", "pgordinal.old")


def leave_behind(cluster, ordinal):
    """Stops a standby, and the primary writes more WAL than it keeps for one."""
    cluster[ordinal].stop()
    primary = cluster[0]
    primary.sql("create table if not exists kept (n int)")
    for number in range(8):
        primary.sql(f"insert into kept values ({number}); select pg_switch_wal()")
    primary.sql("checkpoint")
    primary.wait_for(lambda: primary.sql(f"select wal_status from pg_replication_slots where slot_name like '%\\_{ordinal}'") == "lost", 10,
                     "the slot to be lost")


@pytest.fixture
def short(cluster):
    """A primary that keeps next to no WAL for a standby that is away, and its standby."""
    made = cluster(settings={"PGORDINAL_REPLICATION_MAX_SLOT_WAL_KEEP_SIZE": "64MB"})
    made.start(0, 1, args=("postgres", "-c", "wal_keep_size=0"))
    made[0].wait_ready()
    made.wait_streaming(1)
    return made


@pytest.mark.longest(120)
def test_l2_a_standby_whose_wal_is_gone_is_cloned_anew_and_its_old_data_stay_until_then(short):
    leave_behind(short, 1)
    standby = short.start(1)
    standby.wait_for("reason=copy_to_be_replaced", 40)
    standby.wait_for("clone_done", 40)
    short.wait_streaming(1)
    short.wait_replayed(1)
    assert standby.sql("select count(*) from kept") == "8"
    said = next(line for line in standby.logs.splitlines() if "reason=copy_to_be_replaced" in line)
    assert re.search(r"choice=clone because=wal_removed own=\{.*timeline 1, .*\} primary=\{.*\} wal=\{needs 0/[0-9A-F]+, the primary's begins at", said), said
    assert "clone_beside" in standby.logs and "clone_discards_first" not in standby.logs
    assert standby.logs.count("clone_started") == 1 and standby.runs == 1
    assert not [name for name in short.volume(1).names() if name in LEFT]
    assert slots(short[0]) == {"postgresql_sfs_1": True}
    # It is a standby as any other: restarted, it streams on.
    assert standby.stop()[0] == 0
    standby.start()
    short.wait_streaming(1)
    assert standby.logs.count("clone_started") == 0


@pytest.mark.longest(120)
def test_s7_killed_in_the_middle_of_a_clone_in_place_the_old_copy_is_whole_and_it_begins_again(short):
    leave_behind(short, 1)
    standby = short.start(1, env={"PGORDINAL_REPLICATION_CLONE_MAX_RATE": "3MB"})
    standby.wait_for("clone_beside", 40)
    standby.wait_for(lambda: "pgordinal.staging" in short.volume(1).names(), 10, "the copy to begin")
    standby.kill()
    left = short.volume(1).names()
    assert "pgordinal.bootstrap" in left and "PG_VERSION" in left and "base" in left, left
    standby = short.start(1)
    standby.wait_for("reason=cluster_found", 10)
    standby.wait_ready()
    assert standby.sql("select pg_is_in_recovery()") == "t", "the old copy serves reads"
    standby.wait_for("clone_done", 60)
    short.wait_streaming(1)
    assert not [name for name in short.volume(1).names() if name in LEFT]


@pytest.mark.longest(120)
@pytest.mark.parametrize("hot", [True, False], ids=["not consistent", "warm"])
def test_l2_a_standby_that_cannot_be_asked_is_cloned_anew_by_what_its_files_say(short, hot):
    """Its server never lets PID 1 in: a piece of its WAL is gone, as of a rewind that was away for too long; or it is a warm one."""
    standby, primary = short[1], short[0]
    primary.sql("create table kept (n int); insert into kept values (0)")
    if hot:
        primary.sql("create table bulk as select repeat('x', 1000) from generate_series(1, 25000)")
    short.wait_replayed(1)
    last = primary.sql("select pg_walfile_name(pg_current_wal_flush_lsn())")
    standby.stop()
    for number in range(1, 8):
        primary.sql(f"insert into kept values ({number}); select pg_switch_wal()")
    primary.sql("checkpoint")
    if hot:
        (short.volume(1) / "pg_wal" / last).unlink()
    standby = short.start(1, env={} if hot else {"PGORDINAL_REPLICATION_HOT_STANDBY": "false"})
    standby.wait_for("reason=copy_to_be_replaced", 60)
    said = next(line for line in standby.logs.splitlines() if "reason=copy_to_be_replaced" in line)
    assert "choice=clone because=wal_removed" in said, said
    standby.wait_for("clone_done", 40)
    short.wait_streaming(1)
    assert "clone_beside" in standby.logs and standby.logs.count("clone_started") == 1
    if hot:
        short.wait_replayed(1)
        assert standby.sql("select count(*) from kept") == "8"
    assert not [name for name in short.volume(1).names() if name in LEFT]


@pytest.mark.longest(90)
def test_l2_a_clone_whose_source_dies_half_way_begins_again_when_it_is_back(cluster):
    made = cluster()
    made.start(0).wait_ready()
    made[0].sql("create table kept as select n, repeat('x', 500) from generate_series(1, 30000) n")
    made.place(1)
    standby = made.start(1, env={"PGORDINAL_REPLICATION_CLONE_MAX_RATE": "10MB"})
    standby.wait_for(lambda: (made.volume(1) / "pgordinal.staging" / "base").exists(), 30, "the copy to begin")
    made[0].kill()
    standby.wait_for("reason=clone_failed_retrying", 30)
    assert standby.running and "PG_VERSION" not in made.volume(1).names(), "half a copy is never served"
    made[0].start()
    made[0].wait_ready()
    made.wait_streaming(1)
    made.wait_replayed(1)
    assert standby.sql("select count(*) from kept") == "30000" and standby.runs == 1
    assert not [name for name in made.volume(1).names() if name in LEFT]


@pytest.mark.longest(90)
def test_s8_the_volume_of_another_pod_is_a_standbys_of_the_same_cluster(cluster):
    made = cluster()
    made.start(0, 1, 2)
    made[0].wait_ready()
    made.wait_streaming(1, 2)
    for ordinal in (1, 2):
        made[ordinal].stop()
    volumes = {1: made.volume(2), 2: made.volume(1)}
    for ordinal, volume in volumes.items():
        made.start(ordinal, volume=volume)
    made.wait_streaming(1, 2)
    assert all("clone_started" not in made[ordinal].logs for ordinal in (1, 2))
    assert slots(made[0]) == {"postgresql_sfs_1": True, "postgresql_sfs_2": True}, "each under its own name"
