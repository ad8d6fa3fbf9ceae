"""Orders where there is nobody to carry them out. The socket's two sides are unit tests."""

import pytest


@pytest.mark.parametrize("order", [["switchover"], ["switchover", "--dry-run"], ["switchover", "pg-1"],
                                   ["failover", "pg-1", "--lose-data"], ["pause"], ["resume"], ["reload"], ["restart"], ["reinit"], ["history"]], ids=" ".join)
def test_without_elected_mode_an_order_says_what_it_looked_for(container, order):
    done = container(order, volume=False)
    assert done.run(10) == 2, done.logs
    assert done.stdout == ""
    assert done.stderr.startswith("pgordinal: no pgordinal serves commands here (")
    for place in ("/var/run/postgresql/pgordinal.control/socket", "/tmp/pgordinal.control/socket", "kubectl exec"):
        assert place in done.stderr


def test_a_failover_has_to_say_that_rows_are_given_up(container):
    done = container(["failover", "pg-1"], volume=False)
    assert done.run(10) == 2
    assert "--lose-data" in done.stderr and "pgordinal switchover pg-1" in done.stderr


@pytest.mark.parametrize("order", [["failover", "--lose-data"], ["switchover", "a", "b"], ["switchover", "--force"], ["pause", "pg-1"]], ids=" ".join)
def test_wrong_arguments_are_said(container, order):
    done = container(order, volume=False)
    assert done.run(10) == 2
    assert done.stdout == "" and "--help" in done.stderr
