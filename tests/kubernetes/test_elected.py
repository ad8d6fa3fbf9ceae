"""Elected mode on a real Kubernetes: who may write when, through every kind of failure, with clients that never stop writing."""

import os
import signal
import time

import psycopg2
import pytest

from support.wait import wait_until

from .elected import Elected, Writers
from .machine import KubectlFailed

pytestmark = pytest.mark.on("elected")


@pytest.fixture
def elected(cluster):
    found = Elected(cluster)
    found.wait_healthy()
    return found


def show(figure, fault, writers, old, new, lost):
    figure(f"{fault}: outage {writers.outage(old, new):.2f} s, through -rw {writers.through_service():.2f} s, {len(lost)} rows lost, "
           f"two writable at once {max(0.0, writers.overlap(old, new)) * 1000 if old != new else 0:.0f} ms")


def assert_one_after_the_other(writers, old, new):
    """S1: the last acknowledged row of the old primary lies before the first of the new one."""
    assert writers.overlap(old, new) < 0


def test_b1_the_labels_follow_the_roles(elected):
    primary = elected.cluster.first
    assert elected.labelled("primary") == [primary]
    assert elected.labelled("replica") == [ordinal for ordinal in (0, 1, 2) if ordinal != primary]
    # The Services select by them.
    assert elected.machine.from_node(0, lambda: in_recovery(elected, "-rw")) is False
    assert elected.machine.from_node(0, lambda: in_recovery(elected, "-ro")) is True


def in_recovery(elected, service):
    connection = psycopg2.connect(host=elected.cluster.service_address(service), user="postgres", password=elected.cluster.password,
                                  dbname="postgres", connect_timeout=5)
    try:
        with connection.cursor() as cursor:
            cursor.execute("select pg_is_in_recovery()")
            return cursor.fetchone()[0]
    finally:
        connection.close()


def test_a8_one_member_holds_the_lease_and_the_others_stream(elected):
    primary = elected.cluster.first
    lease = elected.lease()
    annotations = lease["metadata"]["annotations"]
    assert lease["spec"]["holderIdentity"].startswith(elected.cluster.pod(primary)["metadata"]["uid"] + "/")
    assert annotations["pgordinal.io/last-holder"].split("=")[0] == elected.cluster.pod_name(primary)
    assert annotations["pgordinal.io/system-identifier"] == str(elected.cluster.value(
        primary, "select system_identifier from pg_control_system()"))
    others = [elected.cluster.pod_name(ordinal) for ordinal in (0, 1, 2) if ordinal != primary]
    wait_until(lambda: sorted(each.split("=")[0] for each in elected.lease()["metadata"]["annotations"]["pgordinal.io/candidates"].split(","))
               == others, 30, f"{others} to be the candidates")
    # initdb ran once.
    identifiers = {elected.cluster.value(ordinal, "select system_identifier from pg_control_system()") for ordinal in (0, 1, 2)}
    assert len(identifiers) == 1


def test_b4_the_primarys_pod_is_deleted_and_another_takes_over(elected, figure):
    old = elected.cluster.first
    uid = elected.cluster.pod(old)["metadata"]["uid"]
    with Writers(elected) as writers:
        elected.cluster.kubectl("delete", "pod", elected.cluster.pod_name(old), "--wait=false")
        wait_until(lambda: elected.primary() not in (old, None), 60, "another primary")
        new = elected.primary()
        writers.wait_more(10)
        elected.cluster.wait_replaced(old, uid)
        assert elected.wait_healthy() == new
    lost = writers.lost(new)
    show(figure, "pod deleted", writers, old, new, lost)
    assert_one_after_the_other(writers, old, new)
    assert not lost


def test_b4_the_primarys_pod_is_deleted_by_force(elected, figure):
    old = elected.cluster.first
    uid = elected.cluster.pod(old)["metadata"]["uid"]
    with Writers(elected) as writers:
        elected.cluster.kubectl("delete", "pod", elected.cluster.pod_name(old), "--force", "--grace-period=0")
        elected.cluster.wait_replaced(old, uid)
        new = elected.wait_healthy()
        writers.wait_more(10)
    lost = writers.lost(new)
    show(figure, "pod deleted by force", writers, old, new, lost)
    if new != old:
        assert_one_after_the_other(writers, old, new)
    assert not lost


def test_b6_switchover_by_a_command_in_another_pod(elected, figure):
    old = elected.cluster.first
    new, third = [ordinal for ordinal in (0, 1, 2) if ordinal != old]
    program = "/opt/pgordinal/pgordinal"
    with Writers(elected) as writers:
        said = elected.cluster.exec(third, program, "switchover", elected.cluster.pod_name(new))
        assert f"{elected.cluster.pod_name(new)} holds the Lease now" in said
        writers.wait_more(10, who=new)
        assert elected.wait_healthy() == new
    lost = writers.lost(new)
    show(figure, "switchover", writers, old, new, lost)
    assert_one_after_the_other(writers, old, new)
    assert not lost


def test_b6_a_switchover_that_cannot_succeed_is_refused_and_stops_nothing(elected):
    primary = elected.cluster.first
    with Writers(elected) as writers:
        with pytest.raises(KubectlFailed, match="pg-main-7 does not stream"):
            elected.cluster.exec(primary, "/opt/pgordinal/pgordinal", "switchover", "pg-main-7")
        writers.wait_more(10, who=primary)
    assert elected.wait_healthy() == primary


def test_s4_the_lease_is_deleted_by_hand_and_the_primary_makes_it_again(elected):
    primary, before = elected.cluster.first, elected.lease()
    with Writers(elected) as writers:
        elected.cluster.kubectl("delete", "lease", elected.cluster.name)
        wait_until(lambda: (elected.lease() or before)["metadata"]["uid"] != before["metadata"]["uid"], 30, "another Lease")
        writers.wait_more(10, who=primary)
    assert elected.wait_healthy() == primary
    system = "pgordinal.io/system-identifier"
    assert elected.lease()["metadata"]["annotations"][system] == before["metadata"]["annotations"][system]


def test_l4_an_outage_of_the_api_does_not_stop_the_primary(elected, figure):
    """Longer than the lease of 10 s: the standbys promise to wait."""
    primary = elected.cluster.first
    with Writers(elected) as writers:
        elected.machine.lab("stop", "apiserver")
        try:
            began = time.monotonic()
            wait_until(lambda: writers.acknowledged[primary][-1][1] > began + 25, 60, "rows after 25 s without the API", longest_pause=0.5)
        finally:
            elected.machine.lab("cont", "apiserver")
        assert elected.wait_healthy() == primary
    figure(f"API stopped for 25 s: longest pause between two acknowledged rows {writers.outage(primary, primary):.2f} s")
    assert writers.outage(primary, primary) < 2
    assert not writers.lost(primary)


def test_s1_the_primarys_node_is_unplugged_with_a_client_inside(elected, figure):
    old = elected.cluster.first
    node = elected.machine.node_of(elected.cluster.pod(old))
    with Writers(elected) as writers:
        writers.inside(node, old)
        elected.machine.unplug(node)
        try:
            wait_until(lambda: elected.primary() not in (old, None), 60, "another primary", longest_pause=0.2)
            new = elected.primary()
            writers.wait_more(10, who=new)
        finally:
            elected.machine.plug(node)
        elected.machine.wait_nodes_ready()
        assert elected.wait_healthy() == new
    lost = writers.lost(new)
    figure(f"node unplugged: outage for the client inside {writers.outage('inside', new):.2f} s, for the others {writers.outage(old, new):.2f} s,"
           f" {len(lost)} rows lost")
    assert_one_after_the_other(writers, old, new)
    first_of_new = writers.acknowledged[new][0][1]
    isolated = [instant for _, instant in writers.acknowledged["inside"] if instant < first_of_new]
    # It writes again only where the old primary's server is somebody else's standby: never.
    assert len(isolated) == len(writers.acknowledged["inside"])


def test_a8_the_postmaster_is_killed_and_writes_go_on(elected, figure):
    old = elected.cluster.first
    with Writers(elected) as writers:
        elected.cluster.exec(old, "sh", "-c", "kill -9 $(head -n 1 $PGDATA/postmaster.pid)")
        writers.wait_more(10, who=old)
        new = elected.wait_healthy()
        writers.wait_more(10)
    lost = writers.lost(new)
    show(figure, "postmaster killed", writers, old, new, lost)
    assert not lost


def test_s1_pid_1_is_stopped_and_the_fence_ends_its_server(elected, figure):
    old = elected.cluster.first
    with Writers(elected) as writers:
        pid_1 = elected.pid_1(old)
        os.kill(pid_1, signal.SIGSTOP)
        wait_until(lambda: elected.primary() not in (old, None), 60, "another primary")
        new = elected.primary()
        writers.wait_more(10)
        os.kill(pid_1, signal.SIGCONT)
        assert elected.wait_healthy() == new
    lost = writers.lost(new)
    show(figure, "PID 1 stopped", writers, old, new, lost)
    assert_one_after_the_other(writers, old, new)


def test_s1_the_primarys_node_loses_its_power(elected, figure):
    old = elected.cluster.first
    node = elected.machine.node_of(elected.cluster.pod(old))
    with Writers(elected) as writers:
        elected.machine.power_off(node)
        wait_until(lambda: elected.primary() not in (old, None), 60, "another primary", longest_pause=0.2)
        new = elected.primary()
        writers.wait_more(10, who=new)
        elected.machine.power_on(node)
        elected.machine.wait_nodes_ready()
        assert elected.wait_healthy() == new
    lost = writers.lost(new)
    show(figure, "node without power", writers, old, new, lost)
    assert_one_after_the_other(writers, old, new)
