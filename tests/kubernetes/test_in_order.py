"""Elected mode under podManagementPolicy OrderedReady: the StatefulSet makes a pod only once the one before it is Ready."""

import json

import pytest

from support.wait import wait_until

from .clusters import EVENTS, IN_ORDER
from .elected import MEMBERS, Elected
from .faults import PROGRAM


@pytest.mark.on("elected-ordered")
def test_l6_a_cluster_begins_anew_in_order_where_only_its_last_pod_has_every_row(cluster):
    elected = Elected(cluster)
    elected.wait_healthy()
    system = cluster.value(0, "select system_identifier from pg_control_system()")
    if elected.primary() != 2:
        cluster.exec(0, PROGRAM, "switchover", cluster.pod_name(2))
        assert elected.wait_healthy() == 2
    cluster.sql(2, "create table kept (n int)")
    # given: pods end one after the other and nobody makes them again; each time a row is written that they do not have.
    cluster.kubectl("delete", "statefulset", cluster.name, "--cascade=orphan")
    for number, ordinal in enumerate(MEMBERS):
        cluster.sql(2, "insert into kept values (%s)", number)
        cluster.kubectl("delete", "pod", cluster.pod_name(ordinal), "--wait=true")
    assert not cluster.pods() and elected.lease()["metadata"]["annotations"]["pgordinal.io/last-holder"].startswith(cluster.pod_name(2))
    # when
    cluster.apply(replicas=3, static=False, changes={**IN_ORDER, **EVENTS})
    # then: the pods before it let the StatefulSet go on, and serve nothing of their own.
    wait_until(lambda: elected.writable() == [2], 150, "the last pod to be the primary again", longest_pause=0.3)
    assert elected.wait_healthy() == 2
    for ordinal in MEMBERS:
        assert cluster.sql(ordinal, "select n from kept order by 1") == [(0,), (1,), (2,)]
    assert cluster.value(2, "select system_identifier from pg_control_system()") == system
    # The Role gives the right to make Events: `kubectl describe pod` shows the change.
    events = json.loads(cluster.kubectl("get", "events", "-o", "json", "--field-selector",
                                        f"reason=BecamePrimary,involvedObject.name={cluster.pod_name(2)}"))["items"]
    assert events and all(event["source"]["component"] == "pgordinal" for event in events)
    assert f"{cluster.pod_name(2)} holds the Lease now" in events[-1]["message"]
