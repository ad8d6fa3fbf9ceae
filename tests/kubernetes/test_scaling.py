"""A5, C3: kubectl scale of the main cluster, 3, 1, 3, 5, 2, 3, with data, slots and pg_stat_replication after each step."""

import pytest

from support.wait import wait_until

# As long as the main cluster's replication.slot_retention, and time for the look at it.
SLOT_BOUND = 90
ROWS = 100000


@pytest.fixture
def scaled(cluster):
    """scaled(N) scales to N members and returns when those and no others stream, hold a slot and show every row."""
    cluster.sql(0, "create table if not exists scaled as select generate_series(1, %s) as row", ROWS)

    def scale(members):
        cluster.kubectl("scale", "statefulset", "pg-main", f"--replicas={members}")
        standbys = range(1, members)
        cluster.wait_streaming(*standbys)
        cluster.wait_replayed(*standbys)
        assert [cluster.value(ordinal, "select count(*) from scaled") for ordinal in standbys] == [ROWS] * len(standbys)
        wanted = {cluster.pod_name(ordinal).replace('-', '_'): True for ordinal in standbys}
        wait_until(lambda: cluster.slots() == wanted, SLOT_BOUND, f"the slots {wanted} and no other", longest_pause=0.5)

    yield scale
    cluster.kubectl("scale", "statefulset", "pg-main", "--replicas=3")


def test_c3_no_slot_is_left_behind_and_scaling_up_brings_the_members_back(cluster, scaled):
    scaled(1)
    cluster.sql(0, "create table scaled_alone as select 1 as row")
    scaled(3)
    for ordinal in (1, 2):
        assert cluster.value(ordinal, "select count(*) from scaled_alone") == 1


def test_a5_a_new_member_clones_when_the_others_hold_data_already(cluster, scaled):
    scaled(5)
    for ordinal in (3, 4):
        assert "volume_empty_primary_answers" in cluster.log(ordinal)
    scaled(2)
