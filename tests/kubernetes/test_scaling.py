"""A5, C3: kubectl scale of a cluster of its own, 1, 3, 5, 2, 3, with data, slots and pg_stat_replication after each step.

The primary looks every 30 s for slots whose members have gone. So the first test ends with the step down, and the second one,
behind many others, begins with what came of it.
"""

import pytest

from support.wait import wait_until

# As long as the cluster's replication.slot_retention, and time for the looks at it.
SLOT_BOUND = 120
ROWS = 100000

pytestmark = pytest.mark.on("scaled")


def ask_for(cluster, members):
    cluster.kubectl("scale", "statefulset", cluster.name, f"--replicas={members}")


def wait_settled(cluster, members):
    """Until so many members and no others stream and hold a slot; they show every row."""
    standbys = range(1, members)
    cluster.wait_streaming(*standbys)
    cluster.wait_replayed(*standbys)
    assert [cluster.value(ordinal, "select count(*) from scaled") for ordinal in standbys] == [ROWS] * len(standbys)
    wanted = {cluster.pod_name(ordinal).replace("-", "_"): True for ordinal in standbys}
    wait_until(lambda: cluster.slots() == wanted, SLOT_BOUND, f"the slots {wanted} and no other", longest_pause=0.5)


@pytest.fixture
def filled(cluster):
    """The cluster with a table."""
    cluster.wait_ready(0)
    cluster.sql(0, "create table if not exists scaled as select generate_series(1, %s) as row", ROWS)
    return cluster


def test_a5_a_new_member_clones_when_the_others_hold_data_already(filled):
    wait_settled(filled, 1)
    for members in (3, 5):
        ask_for(filled, members)
        wait_settled(filled, members)
    for ordinal in (1, 2, 3, 4):
        assert "volume_empty_primary_answers" in filled.log(ordinal)
    ask_for(filled, 2)


def test_c3_no_slot_is_left_behind_and_scaling_up_brings_the_members_back(filled):
    ask_for(filled, 2)  # again, and to no effect, unless this test runs alone
    wait_settled(filled, 2)
    filled.sql(0, "create table scaled_down as select 1 as row")
    ask_for(filled, 3)
    wait_settled(filled, 3)
    for ordinal in (1, 2):
        assert filled.value(ordinal, "select count(*) from scaled_down") == 1
