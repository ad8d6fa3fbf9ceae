"""B, C: what clients reach by which name, on the main cluster."""

import psycopg2
import pytest

from support.wait import wait_until

from .manifest import FILE, document, manifest, replaced
from .writer import Writer

SERVED_BY = "select inet_server_addr()::text"


def members_behind(cluster, suffix, connections=12):
    """Names of the members that answer at a Service's address, asked from a node."""
    address = cluster.service_address(suffix)
    names = {cluster.pod(ordinal)["status"]["podIP"]: cluster.pod_name(ordinal) for ordinal in (0, 1, 2)}

    def ask():
        found = set()
        for _ in range(connections):
            connection = psycopg2.connect(host=address, user="postgres", password=cluster.password, dbname="postgres", connect_timeout=5)
            with connection.cursor() as cursor:
                cursor.execute(SERVED_BY)
                found.add(names[cursor.fetchone()[0].removesuffix("/32")])
            connection.close()
        return found

    return cluster.machine.from_node(2, ask)


def test_b2_one_service_for_writes_one_for_reads_one_for_all(cluster):
    wanted = {"-rw": {"pg-main-0"}, "-ro": {"pg-main-1"}, "-r": {"pg-main-0", "pg-main-1", "pg-main-2"}}
    for suffix, members in wanted.items():
        wait_until(lambda suffix=suffix, members=members: members_behind(cluster, suffix, 24) == members, 60,
                   f"{members} behind pg-main{suffix}")


def test_b3_the_primary_lists_every_standby_by_its_pods_name(cluster):
    rows = cluster.sql(0, "select application_name, state, host(client_addr) from pg_stat_replication order by 1")
    assert rows == [(cluster.pod_name(ordinal), "streaming", cluster.pod(ordinal)["status"]["podIP"]) for ordinal in (1, 2)]


def test_b7_the_superusers_password_is_the_secrets(cluster):
    assert cluster.value(0, "select current_user") == "postgres"
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        cluster.connect(0, password="another")
    # In a file of its own (POSTGRES_PASSWORD_FILE), and in no environment.
    assert cluster.password not in cluster.exec(0, "cat", "/proc/self/environ")


def test_c1_the_headless_read_service_lists_the_standbys_address(cluster):
    text = document(manifest(), "Service", "pg-main-ro")
    cluster.apply(replaced(text, {"  #clusterIP: None ": "  clusterIP: None ", "name: pg-main-ro": "name: pg-main-ro-headless"}))
    wanted = cluster.pod(1)["status"]["podIP"]
    wait_until(lambda: cluster.addresses_of("pg-main-ro-headless") == {wanted}, 60, "the standby's address in DNS", longest_pause=0.5)


def test_c1_the_members_names_lead_a_client_to_every_standby_and_never_to_the_primary(cluster):
    """What statefulset.yaml tells clients to write, in a pod as a client would."""
    client = "for i in $(seq 16); do psql -XAtq -c 'select pg_is_in_recovery(), inet_server_addr()' \"$0\"; done"
    conninfo = next(line.lstrip("# ") for line in FILE.read_text().splitlines() if "target_session_attrs" in line) + " user=postgres"
    found = cluster.exec(0, "env", f"PGPASSWORD={cluster.password}", "sh", "-c", client, conninfo).split()
    assert set(found) == {f"t|{cluster.pod(ordinal)['status']['podIP']}" for ordinal in (1, 2)}


def test_c4_the_primary_serves_alone_whatever_the_standbys_do(cluster):
    with Writer(cluster, cluster.machine.node_of(cluster.pod(0))) as writer:
        uids = {ordinal: cluster.pod(ordinal)["metadata"]["uid"] for ordinal in (1, 2)}
        cluster.kubectl("delete", "pod", "pg-main-1", "pg-main-2", "--force", "--grace-period=0")
        writer.wait_more(50)
        for ordinal, uid in uids.items():
            cluster.wait_replaced(ordinal, uid)
        cluster.wait_streaming(1, 2)
        writer.wait_more(5)
    assert writer.longest_pause() < 10
    cluster.wait_replayed(1, 2)
    for ordinal in (0, 1, 2):
        writer.assert_nothing_lost(ordinal)
