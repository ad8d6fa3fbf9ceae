"""`pgordinal pause` and `resume` on a real Kubernetes: what no pod does by itself meanwhile."""

import pytest

from support.wait import wait_until

from .elected import MEMBERS, Elected
from .faults import PROGRAM

PAUSED = "pgordinal.io/paused"


def annotations(elected):
    return elected.lease()["metadata"]["annotations"]


@pytest.mark.on("elected")
def test_while_automatic_failover_is_paused_no_pod_takes_over_by_itself(cluster):
    # given
    elected = Elected(cluster)
    old = elected.wait_healthy()
    standbys = [ordinal for ordinal in MEMBERS if ordinal != old]
    cluster.sql(old, "create table kept (n int)")
    assert "automatic failover is paused" in cluster.exec(standbys[0], PROGRAM, "pause")
    assert annotations(elected)[PAUSED] == "true"
    assert "when told to" in " ".join(cluster.exec(standbys[1], PROGRAM, "status").split())
    # when its pod ends, it hands over to nobody; it is the primary again when it is back
    uid = cluster.pod(old)["metadata"]["uid"]
    cluster.kubectl("delete", "pod", cluster.pod_name(old), "--wait=false")
    cluster.wait_replaced(old, uid)
    assert elected.wait_healthy() == old
    cluster.sql(old, "insert into kept values (1)")
    for ordinal in standbys:
        cluster.wait_replayed(ordinal)
    # when it is gone with its node
    node = elected.machine.node_of(cluster.pod(old))
    before = {ordinal: cluster.log(ordinal).count("automatic_failover_paused") for ordinal in standbys}
    elected.machine.power_off(node)
    try:
        for ordinal in standbys:
            wait_until(lambda: cluster.log(ordinal).count("automatic_failover_paused") > before[ordinal], 60, "a standby to say that it waits")
        assert not elected.writable()
        assert "may take over again" in cluster.exec(standbys[1], PROGRAM, "resume")
        wait_until(elected.writable, 60, "a standby to take over", longest_pause=0.2)
    finally:
        elected.machine.power_on(node)
    # then
    elected.machine.wait_nodes_ready()
    assert elected.wait_healthy() in standbys
    assert PAUSED not in annotations(elected)
    for ordinal in MEMBERS:
        assert cluster.sql(ordinal, "select n from kept") == [(1,)]
