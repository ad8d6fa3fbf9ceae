"""A Secret and a ConfigMap that change under running members of the main cluster."""

import psycopg2
import pytest

from support.wait import wait_until

from .manifest import document, manifest

MEMBERS = (0, 1, 2)
# The kubelet writes what has changed into the pods' volumes; the lab's looks every 5 s.
BOUND = 120


def starts(cluster):
    return [cluster.value(ordinal, "select pg_postmaster_start_time()") for ordinal in MEMBERS]


def test_b7_a_rotated_secret_takes_effect_without_a_restart(cluster):
    old, began = cluster.password, starts(cluster)
    cluster.apply(document(manifest(password="rotated s3cret"), "Secret"))
    cluster.password = "rotated s3cret"
    wait_until(lambda: cluster.value(0, "select 1") == 1, BOUND, "the primary to take the new password", longest_pause=0.5)
    cluster.wait_replayed(1, 2, bound=BOUND)
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        cluster.connect(0, password=old)
    # The replication role's is derived from it: a standby that connects anew needs the new one.
    cluster.sql(0, "select pg_terminate_backend(pid) from pg_stat_replication")
    cluster.wait_streaming(1, 2)
    assert starts(cluster) == began


def test_a_changed_configmap_is_taken_over_or_said_to_need_a_restart(cluster):
    began = starts(cluster)
    cluster.apply(document(manifest(changes={
        "max_connections = 100": 'max_connections = 110\n    work_mem = "5MB"'}), "ConfigMap"))
    for ordinal in MEMBERS:
        wait_until(lambda ordinal=ordinal: cluster.value(ordinal, "show work_mem") == "5MB", BOUND, "the new work_mem", longest_pause=0.5)
        assert cluster.value(ordinal, "show max_connections") == "100"
        assert cluster.value(ordinal, "select pending_restart from pg_settings where name = 'max_connections'")
        cluster.wait_log(ordinal, "setting_changed", bound=10)
    assert starts(cluster) == began


def test_a_mistake_in_a_changed_configmap_changes_nothing_and_is_said_once(cluster):
    cluster.apply(document(manifest(settings="[replication]\nslot_retentoin = 1"), "ConfigMap"))
    for ordinal in MEMBERS:
        cluster.wait_log(ordinal, "slot_retentoin", bound=BOUND)
    cluster.wait_streaming(1, 2)
    cluster.apply(document(manifest(), "ConfigMap"))
    wait_until(lambda: cluster.value(0, "show work_mem") == "4MB", BOUND, "the settings of before", longest_pause=0.5)
    for ordinal in MEMBERS:
        assert sum("slot_retentoin" in line for line in cluster.log(ordinal).splitlines()) == 1
