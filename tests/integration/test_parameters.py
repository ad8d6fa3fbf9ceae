"""Parameters of which a standby needs as much as its primary: no order of restarts stops one. PostgreSQL 15 and 17."""

import pytest

from support import image

ARGS = ("postgres", "-c", "max_connections={}", "-c", "max_prepared_transactions={}")


def given(connections, prepared):
    return tuple(arg.format(value) for arg, value in zip(ARGS, ("", "", connections, "", prepared)))


def has(pod):
    return pod.sql("select current_setting('max_connections') || ' ' || current_setting('max_prepared_transactions')")


@pytest.fixture(params=[17, 15], ids=["pg17", "pg15"])
def pair(cluster, request):
    """pair(connections, prepared): a primary and a standby that streams, both started so."""
    def start(connections, prepared):
        made = cluster(on=image(request.param))
        made.start(0, 1, args=given(connections, prepared))
        made[0].wait_ready()
        return made.wait_streaming(1)
    return start


def restart(cluster, ordinal, connections, prepared):
    assert cluster[ordinal].stop()[0] == 0
    cluster.start(ordinal, args=given(connections, prepared))
    cluster[ordinal].wait_ready()


@pytest.mark.longest(90)
def test_raised_on_the_primary_first_the_standby_is_raised_with_it(pair):
    made = pair(60, 0)
    standby = made[1]
    restart(made, 0, 90, 5)
    standby.wait_for("parameters_below_primary", 20)
    made.wait_streaming(1)
    made.wait_replayed(1)
    standby.wait_for(lambda: has(standby) == "90 5", 10, "the standby to have the primary's values")
    assert standby.runs == 1, "the pod was not restarted, its server was"
    assert "max_connections 60, needed 90; max_prepared_transactions 0, needed 5" in standby.logs
    assert standby.logs.count("reason=restarts_for_parameters") == 1


@pytest.mark.longest(90)
def test_lowered_on_the_standby_first_it_keeps_what_the_primary_has(pair):
    made = pair(90, 5)
    restart(made, 1, 60, 0)
    made.wait_streaming(1)
    standby = made[1]
    assert has(standby) == "90 5"
    assert "parameters_raised" in standby.logs
    # Lowered there as well, the standby says that it could be now; with its next start it is.
    restart(made, 0, 60, 0)
    standby.wait_for("parameters_need_restart", 20)
    made.wait_streaming(1)
    assert has(standby) == "90 5" and standby.runs == 1
    restart(made, 1, 60, 0)
    made.wait_streaming(1)
    assert has(made[1]) == "60 0"
    assert "restarts_for_parameters" not in made[1].logs


@pytest.mark.longest(90)
def test_a_standby_that_was_away_while_they_were_raised_starts_and_streams(pair):
    made = pair(60, 0)
    assert made[1].stop()[0] == 0
    restart(made, 0, 90, 5)
    standby = made.start(1, args=given(60, 0))
    made.wait_streaming(1)
    standby.wait_for(lambda: has(standby) == "90 5", 20, "the standby to have the primary's values")
    made.wait_streaming(1)
    assert standby.runs == 1
