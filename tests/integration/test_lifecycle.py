"""What happens to members that run: restarts, crashes, scaling. Scenarios C3, C4, C5."""

import pytest

from support import image
from support.pytest_plugin import show_when_failed

from .cluster import Cluster, slots


@pytest.fixture(scope="session")
def _shrinking():
    made = Cluster(image(17), settings={"PGORDINAL_REPLICATION_SLOT_RETENTION": "10s"})
    made.start(0, 1, 2)
    made[0].wait_ready()
    made.wait_streaming(1, 2)
    # kubectl scale statefulset --replicas=2
    assert made[2].stop()[0] == 0
    made.lab.unpublish(made.place(2))
    yield made
    made.remove()


@pytest.fixture
def shrinking(request, _shrinking):
    for pod in _shrinking.made:
        show_when_failed(request.node, pod)
    return _shrinking


def test_c3_a_scaled_away_member_leaves_the_list_and_its_slot_stays_a_while(shrinking):
    shrinking.wait_streaming(1)
    assert slots(shrinking[0]) == {"postgresql_sfs_1": True, "postgresql_sfs_2": False}


@pytest.mark.late
def test_c3_no_slot_is_left_behind_and_scaling_up_brings_the_member_back(shrinking):
    shrinking[0].wait_for("slot_dropped", 80)
    assert "slot=postgresql_sfs_2" in shrinking[0].logs
    assert slots(shrinking[0]) == {"postgresql_sfs_1": True}, "the slot of a member whose name is there is not touched"
    shrinking.lab.publish(shrinking.place(2))
    shrinking.start(2)
    shrinking.wait_streaming(1, 2)
    assert "clone_started" not in shrinking[2].logs, "its volume was kept, and the primary kept its WAL"
    assert slots(shrinking[0]) == {"postgresql_sfs_1": True, "postgresql_sfs_2": True}


def test_c4_the_primary_serves_alone_whatever_its_standbys_do(two):
    two[0].sql("create table t(n int)")
    two[1].kill()
    for n in range(20):
        two[0].sql(f"insert into t values ({n})", timeout=5)
    two.lab.cut(two.place(1))
    two[0].sql("insert into t values (20)", timeout=5)
    status, seconds = two[0].stop()
    assert status == 0 and seconds < 10, "a standby that is away does not hold up a stop"
    two[0].start().wait_ready()
    assert two[0].sql("select count(*) from t") == "21"
    two.lab.restore(two.place(1))
    two[1].start()
    two.wait_streaming(1)
    two.wait_replayed(1)
    assert two[1].sql("select count(*) from t") == "21"


def test_c4_a_standby_that_vanished_does_not_hold_up_a_stop(two):
    """Its node died: nothing says that it is gone. A fast shutdown waits for standbys, but within its budget, so it is clean."""
    two.lab.cut(two.place(1))
    two[0].sql("create table t()")
    status, seconds = two[0].stop()
    assert (status, seconds < 15) == (0, True), (status, seconds)


def test_c5_a_standby_that_restarts_streams_on_without_a_new_clone(two):
    made = two[1].sql("select (pg_stat_file('PG_VERSION')).modification")
    assert two[1].stop()[0] == 0
    two[0].sql("create table while_away as select 1 as n")
    two[1].start()
    two.wait_streaming(1)
    two.wait_replayed(1)
    assert two[1].sql("select n from while_away") == "1"
    assert "clone" not in two[1].logs
    assert two[1].sql("select (pg_stat_file('PG_VERSION')).modification") == made


def test_c5_a_standby_that_was_killed_streams_on_as_well(two):
    two[1].kill()
    two[1].start()
    two.wait_streaming(1)
    assert "clone" not in two[1].logs


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_c5_standbys_follow_a_primary_that_restarts(two, how):
    getattr(two[0], how)()
    two[1].sql("select 1")
    two[0].start().wait_ready()
    two[0].sql("create table after_it as select 1 as n")
    two.wait_streaming(1, timeout=10)
    two.wait_replayed(1)
    assert two[1].sql("select n from after_it") == "1"
    assert two[1].runs == 1, "the standby itself never restarted"


def test_c5_a_pod_that_moves_to_another_address_is_found_again(two):
    """A deleted pod comes back with a new address; the name leads to it."""
    two[0].kill()
    before = two.place(0).address
    two.lab.move(two.place(0))
    assert two.place(0).address != before
    two.start(0).wait_ready()
    two.wait_streaming(1, timeout=15)
