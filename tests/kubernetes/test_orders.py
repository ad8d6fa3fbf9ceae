"""Elected mode: orders to the server of one member, while clients never stop writing."""

import json

import pytest

from support.wait import wait_until

from .elected import MEMBERS, Elected, Writers
from .faults import PROGRAM
from .machine import KubectlFailed

pytestmark = pytest.mark.on("elected-ordered")


@pytest.fixture
def elected(cluster):
    found = Elected(cluster)
    found.wait_healthy()
    return found


def test_a_restart_and_new_clones_by_command_change_no_role_and_lose_nothing(elected, figure):
    cluster, primary, before = elected.cluster, elected.primary(), elected.transitions()
    near, far = [ordinal for ordinal in MEMBERS if ordinal != primary]

    def events(ordinal):
        return [each["role"] for each in json.loads(cluster.exec(ordinal, PROGRAM, "history", "--json"))["events"]]

    with Writers(elected) as writers:
        assert "still the primary" in cluster.exec(primary, PROGRAM, "restart")
        writers.wait_more(5, who=primary)
        assert elected.wait_healthy() == primary
        with pytest.raises(KubectlFailed, match="is the primary"):
            cluster.exec(primary, PROGRAM, "reinit")
        seen = len(events(near))
        assert "has asked the primary" in cluster.exec(primary, PROGRAM, "reinit", cluster.pod_name(near))
        wait_until(lambda: events(near)[seen:] == ["down", "standby"], 60, "the clone that was ordered elsewhere to serve")
        assert "cloned anew" in cluster.exec(far, PROGRAM, "reinit")
        assert elected.wait_healthy() == primary
    figure(f"restart of the primary in place: pause {writers.longest_pause(primary):.2f} s")
    assert elected.transitions() == before
    wait_until(lambda: not any(writers.lost(ordinal) for ordinal in MEMBERS), 30, "the standbys to have every acknowledged row")
