"""Elected mode on a real Kubernetes: who may write when, through every kind of failure, with clients that never stop writing."""

import http.client
import json
import time

import psycopg2
import pytest

from support.wait import wait_until

from .elected import MEMBERS, Elected, Writers
from .faults import PROGRAM, freezer, tried, without
from .machine import KubectlFailed
from .manifest import document, manifest, replaced

pytestmark = pytest.mark.on("elected")
PAGES = ("/readyz?verbose", "/status", "/cluster", "/metrics")


@pytest.fixture
def elected(cluster):
    found = Elected(cluster)
    found.wait_healthy()
    return found


def test_b1_the_labels_follow_the_roles(elected):
    primary = elected.cluster.first
    assert elected.labelled("primary") == [primary]
    assert elected.labelled("replica") == [ordinal for ordinal in (0, 1, 2) if ordinal != primary]
    # The Services select by them; kube-proxy takes a second to know.
    for service, recovers in (("-rw", False), ("-ro", True)):
        wait_until(lambda: elected.machine.from_node(0, lambda: in_recovery(elected, service)) is recovers, 20, f"{service} to lead there")


def test_c1_the_headless_read_service_lists_every_standby(elected):
    text = document(manifest(static=False), "Service", "pg-main-ro")
    elected.cluster.apply(replaced(text, {"  #clusterIP: None ": "  clusterIP: None ", "name: pg-main-ro": "name: pg-main-ro-headless"}))
    standbys = {elected.cluster.pod(ordinal)["status"]["podIP"] for ordinal in MEMBERS if ordinal != elected.cluster.first}
    wait_until(lambda: elected.cluster.addresses_of("pg-main-ro-headless") == standbys, 60, "the standbys' addresses in DNS", longest_pause=0.5)


def in_recovery(elected, service):
    """What the server says that the Service leads to; None where it leads nowhere."""
    try:
        connection = psycopg2.connect(host=elected.cluster.service_address(service), user="postgres", password=elected.cluster.password,
                                      dbname="postgres", connect_timeout=5)
    except psycopg2.OperationalError:
        return None
    try:
        with connection.cursor() as cursor:
            cursor.execute("select pg_is_in_recovery()")
            return cursor.fetchone()[0]
    finally:
        connection.close()


def page(elected, ordinal, path):
    connection = http.client.HTTPConnection(elected.cluster.pod(ordinal)["status"]["podIP"], 8008, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def test_status_is_the_same_from_every_pod_and_nothing_shows_a_password(elected):
    cluster = elected.cluster
    names = [cluster.pod_name(ordinal) for ordinal in MEMBERS]
    wait_until(lambda: "To do: nothing" in cluster.exec(cluster.first, PROGRAM, "status"), 30, "status to say that all is well")
    for ordinal in MEMBERS:
        shown = cluster.exec(ordinal, PROGRAM, "status")
        assert shown.startswith(f"Primary: {cluster.pod_name(cluster.first)} for ")
        assert "To do: nothing; every standby may take over" in shown
        told = cluster.exec(ordinal, PROGRAM, "status", "--json")
        assert [(each["pod"], each["ready"]) for each in json.loads(told)["members"]] == [(name, True) for name in names]
        outputs = [shown, told, cluster.log(ordinal), *(elected.machine.from_node(0, lambda path=path: page(elected, ordinal, path))
                                                        for path in PAGES)]
        assert all(cluster.password not in text for text in outputs)
        metrics = outputs[-1]
        assert "pgordinal_slot_retained_wal_bytes{" in metrics or ordinal != cluster.first
        assert ("pgordinal_lease_held_seconds " in metrics) == (ordinal == cluster.first)


def test_a8_one_member_holds_the_lease_and_the_others_stream(elected):
    primary = elected.cluster.first
    lease = elected.lease()
    annotations = lease["metadata"]["annotations"]
    assert lease["spec"]["holderIdentity"].startswith(elected.cluster.pod(primary)["metadata"]["uid"] + "/")
    assert annotations["pgordinal.io/last-holder"].split("=")[0] == elected.cluster.pod_name(primary)
    assert annotations["pgordinal.io/system-identifier"] == str(elected.cluster.value(
        primary, "select system_identifier from pg_control_system()"))
    others = [elected.cluster.pod_name(ordinal) for ordinal in (0, 1, 2) if ordinal != primary]
    assert elected.candidates() == others
    # initdb ran once.
    identifiers = {elected.cluster.value(ordinal, "select system_identifier from pg_control_system()") for ordinal in (0, 1, 2)}
    assert len(identifiers) == 1


def test_b4_the_primarys_pod_is_deleted_and_another_takes_over(elected, figure):
    trial = tried(elected, "pod deleted")
    figure(trial)
    assert trial.new != trial.old and trial.changes == 1
    assert not trial.lost


def test_b4_the_primarys_pod_is_deleted_by_force(elected, figure):
    trial = tried(elected, "pod deleted by force")
    figure(trial)
    assert not trial.lost


def test_b6_switchover_by_a_command_in_another_pod(elected, figure):
    trial = tried(elected, "switchover")
    figure(trial)
    assert trial.new != trial.old and trial.changes == 1
    assert not trial.lost


def test_b6_a_switchover_that_cannot_succeed_is_refused_and_stops_nothing(elected):
    primary = elected.cluster.first
    with Writers(elected) as writers:
        with pytest.raises(KubectlFailed, match="pg-main-7 does not stream"):
            elected.cluster.exec(primary, PROGRAM, "switchover", "pg-main-7")
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


@pytest.mark.parametrize(("field", "nonsense"), [
    ("timeline", "nonsense"), ("candidates", "pg-main-1=not-a-number"), ("system-identifier", "4711")])
def test_s11_nonsense_in_the_lease_does_not_stop_the_primary_which_writes_it_anew(elected, field, nonsense):
    primary, before = elected.cluster.first, elected.transitions()
    annotation = f"pgordinal.io/{field}"
    with Writers(elected) as writers:
        elected.cluster.kubectl("annotate", "--overwrite", "lease", elected.cluster.name, f"{annotation}={nonsense}")
        wait_until(lambda: elected.lease()["metadata"]["annotations"][annotation] != nonsense, 30, f"{annotation} to be written anew")
        writers.wait_more(50, who=primary)
        assert elected.wait_healthy() == primary
    assert writers.longest_pause(primary) < 2 and elected.transitions() == before


def test_b6_ten_role_changes_in_a_row_lose_nothing(elected, figure):
    with Writers(elected) as writers:
        for number in range(1, 11):
            old = elected.primary()
            new = (old + 1) % 3
            elected.cluster.exec((old + 2) % 3, PROGRAM, "switchover", elected.cluster.pod_name(new))
            writers.wait_more(3, who=new)
            # The next one is refused as long as the Lease does not list the pod that it is for.
            assert elected.wait_healthy() == new, f"after change {number}"
        writers.wait_more(5)
    figure(f"ten switchovers: longest pause through -rw {writers.longest_pause('-rw'):.2f} s, for one that names all members "
           f"{writers.longest_pause('all'):.2f} s")
    assert not writers.lost(new)
    wait_until(lambda: not any(writers.lost(ordinal) for ordinal in MEMBERS), 30, "the standbys to have every acknowledged row")


def test_l2_after_a_change_a_member_that_was_behind_streams_on_without_a_clone(elected):
    """The primary and its successor recycle WAL that the third member lacks, as far as nobody's slot keeps it."""
    cluster, old = elected.cluster, elected.cluster.first
    new, third = (ordinal for ordinal in MEMBERS if ordinal != old)
    for ordinal in MEMBERS:
        cluster.sql(ordinal, "alter system set wal_keep_size = 0")
        cluster.sql(ordinal, "select pg_reload_conf()")
    kept = {cluster.pod_name(ordinal).replace("-", "_") for ordinal in (old, third)}
    wait_until(lambda: {slot for slot, in cluster.sql(new, "select slot_name from pg_replication_slots")} == kept, 60, f"slots {kept}")
    clones, frozen = cluster.log(third).count("clone_started"), freezer(elected.pid_1(third))
    frozen.write_text("FROZEN")
    try:
        for number in range(3):
            cluster.sql(old, f"create table behind_{number} ()")
            cluster.sql(old, "select pg_switch_wal()")
        cluster.sql(old, "checkpoint")
        cluster.wait_replayed(new)
        cluster.sql(new, "checkpoint")
        cluster.exec(old, PROGRAM, "switchover", cluster.pod_name(new))
        wait_until(lambda: elected.answers(new, "select not pg_is_in_recovery()"), 60, "the successor to be the primary")
        cluster.sql(new, "checkpoint")
    finally:
        frozen.write_text("THAWED")
    assert elected.wait_healthy() == new
    assert cluster.log(third).count("clone_started") == clones
    assert cluster.value(third, "select count(*) from pg_class where relname like 'behind_%'") == 3
    for ordinal in (old, third):
        assert cluster.value(ordinal, "select count(*) from pg_replication_slots where xmin is not null") == 0
    for ordinal in MEMBERS:
        cluster.sql(ordinal, "alter system reset wal_keep_size")
        cluster.sql(ordinal, "select pg_reload_conf()")
    for number in range(3):
        cluster.sql(new, f"drop table behind_{number}")


def test_c4_a_rolling_update_moves_the_primary_and_loses_nothing(elected, figure):
    uids = {ordinal: elected.cluster.pod(ordinal)["metadata"]["uid"] for ordinal in MEMBERS}
    with Writers(elected) as writers:
        elected.cluster.kubectl("rollout", "restart", f"statefulset/{elected.cluster.name}")
        for ordinal in MEMBERS:
            elected.cluster.wait_replaced(ordinal, uids[ordinal])
        new = elected.wait_healthy()
        writers.wait_more(5)
    figure(f"rolling update: longest pause through -rw {writers.longest_pause('-rw'):.2f} s, for one that names all members "
           f"{writers.longest_pause('all'):.2f} s")
    assert not writers.lost(new)


# Longer than the lease of 10 s: without promises (R22) the primary would have stopped.
OUTAGE = 15


def write_without(elected, writers, program, **how):
    """Seconds: the longest pause of the primary's client while a program is away."""
    primary = elected.cluster.first
    with without(elected.machine, program, **how):
        began = time.monotonic()
        wait_until(lambda: writers.acknowledged[primary][-1][1] > began + OUTAGE, OUTAGE + 40,
                   f"rows after {OUTAGE} s without {program}", longest_pause=0.5)
    return writers.longest_pause(primary)


@pytest.mark.parametrize(("program", "killed"), [("apiserver", False), ("apiserver", True), ("etcd", False), ("dns", False)],
                         ids=["api-silent", "api-killed", "etcd-silent", "dns-silent"])
def test_l4_without_a_part_of_the_control_plane_the_primary_writes_on(elected, figure, program, killed):
    primary, before = elected.cluster.first, elected.transitions()
    with Writers(elected) as writers:
        pause = write_without(elected, writers, program, killed=killed)
        assert elected.wait_healthy() == primary
    figure(f"{program} {'killed' if killed else 'stopped'} for {OUTAGE} s: longest pause between two acknowledged rows {pause:.2f} s")
    assert pause < 2
    assert not writers.lost(primary) and elected.transitions() == before


def test_r22_an_outage_of_the_api_with_a_standby_that_cannot_promise_stops_the_primary_in_time(elected, figure):
    """Who is listed and does not answer might have taken over: S1 comes before L4. It goes on once the API answers."""
    primary = elected.cluster.first
    silent = next(ordinal for ordinal in MEMBERS if ordinal != primary)
    node = elected.machine.node_of(elected.cluster.pod(silent))
    with Writers(elected) as writers:
        with without(elected.machine, "apiserver"):
            elected.machine.unplug(node)
            began = time.monotonic()
            try:
                wait_until(lambda: time.monotonic() > writers.acknowledged[primary][-1][1] + 2, 30, "the primary to stop writing")
            finally:
                elected.machine.plug(node)
            stopped = writers.acknowledged[primary][-1][1] - began
        new = elected.wait_healthy()
        writers.wait_more(5)
    figure(f"API stopped and one of two standbys unplugged: the primary wrote for {stopped:.1f} s more")
    # From the last renewal, at most 2 s before: the fence stands at 9 s.
    assert stopped < 9
    assert not writers.lost(new)


def test_s1_the_primarys_node_is_unplugged_with_a_client_inside(elected, figure):
    trial = tried(elected, "node unplugged")
    figure(trial)
    assert trial.new != trial.old and trial.changes == 1


def test_a8_the_postmaster_is_killed_and_writes_go_on(elected, figure):
    trial = tried(elected, "postmaster killed")
    figure(trial)
    assert not trial.lost


def test_a8_pid_1_is_killed_and_writes_go_on(elected, figure):
    trial = tried(elected, "pid 1 killed")
    figure(trial)
    assert not trial.lost


def test_s1_pid_1_is_stopped_and_the_fence_ends_its_server(elected, figure):
    trial = tried(elected, "pid 1 stopped")
    figure(trial)
    assert trial.new != trial.old and trial.changes == 1


def test_s1_the_primarys_container_is_frozen_and_thawed(elected, figure):
    trial = tried(elected, "container frozen")
    figure(trial)
    assert trial.new != trial.old and trial.changes == 1


def test_s1_the_primarys_node_loses_its_power(elected, figure):
    trial = tried(elected, "node without power")
    figure(trial)
    assert trial.new != trial.old and trial.changes == 1
