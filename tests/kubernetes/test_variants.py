"""Other names, ordinals, users, policies and orders of start than the main cluster's."""

import psycopg2
import pytest

from support.wait import wait_until

from .volumes import make_volume


@pytest.mark.on("ordered")
def test_pods_that_start_one_after_the_other(cluster):
    cluster.wait_streaming(1)
    cluster.wait_ready(0, 1)
    cluster.kubectl("rollout", "restart", "statefulset/pg-main")
    cluster.kubectl("rollout", "status", "statefulset/pg-main", "--timeout=240s", timeout=250)
    cluster.wait_streaming(1)


@pytest.mark.on("digits")
def test_a1_any_name_and_any_first_ordinal(cluster):
    cluster.wait_streaming(8)
    assert [cluster.value(ordinal, "select pg_is_in_recovery()") for ordinal in (7, 8)] == [False, True]
    assert cluster.slots() == {"pg_15_8": True}


@pytest.mark.on("any-uid")
def test_c6_any_uid_in_group_0(cluster):
    cluster.wait_streaming(1)
    for ordinal in (0, 1):
        assert cluster.exec(ordinal, "stat", "-c", "%u:%a", "/var/lib/postgresql/data/pgdata").strip() == "1000680000:700"


@pytest.mark.on("any-uid")
def test_b5_a_warm_standby_follows_and_admits_no_reads_and_gets_no_traffic(cluster):
    cluster.wait_streaming(1)
    with pytest.raises(psycopg2.OperationalError, match="the database system is not accepting connections"):
        cluster.sql(1, "select 1")
    cluster.wait_ready(0)
    assert not cluster.is_ready(1)


@pytest.mark.on("any-uid")
def test_two_clusters_of_one_name_in_two_namespaces_do_not_mix(cluster, _clusters):
    main = _clusters["main"]
    cluster.wait_streaming(1)
    main.wait_streaming(1, 2)
    identifiers = {each.value(0, "select system_identifier from pg_control_system()") for each in (main, cluster)}
    assert len(identifiers) == 2
    addresses = {pod["status"]["podIP"] for pod in cluster.pods()}
    clients = {address for address, in cluster.sql(0, "select host(client_addr) from pg_stat_replication")}
    assert clients <= addresses


@pytest.mark.on("late-primary")
def test_c2_a_standby_that_starts_first_says_what_it_waits_for(cluster):
    line = cluster.wait_log(1, "reason=waiting_for_primary_name")
    assert "the primary's name pg-main-0.pg-main.late-primary.svc.cluster.local does not resolve" in line
    # It repeats itself, and gets no traffic.
    wait_until(lambda: cluster.log(1).count("reason=waiting_for_primary_name") > 1, 30, "a second line", longest_pause=0.5)
    assert not cluster.is_ready(1)
    make_volume(cluster, "late", node=0)
    cluster.wait_streaming(1)
    cluster.wait_ready(0, 1)
