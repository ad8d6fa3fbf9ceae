"""A: the static three-node StatefulSet of a training course, with statefulset.yaml in static mode."""

import hashlib
import hmac

import psycopg2
import pytest

REPLICATION_ROLE = "replicator"


def replication_password(superusers):
    return hmac.new(superusers.encode(), f"pgordinal replication {REPLICATION_ROLE}".encode(), hashlib.sha256).hexdigest()


def test_a1_ordinal_0_is_the_primary_and_the_others_are_its_standbys(cluster):
    assert [cluster.value(ordinal, "select pg_is_in_recovery()") for ordinal in (0, 1, 2)] == [False, True, True]


def test_a2_the_settings_of_replication_hold_on_every_member(cluster):
    wanted = {"listen_addresses": "*", "wal_level": "replica", "wal_log_hints": "on", "hot_standby": "on", "max_connections": "100"}
    for ordinal in (0, 1, 2):
        found = dict(cluster.sql(ordinal, "select name, setting from pg_settings"))
        assert {name: found[name] for name in wanted} == wanted
        assert int(found["max_wal_senders"]) > 3
        assert int(found["max_replication_slots"]) > 3


def test_a3_the_replication_role_may_log_in_and_replicate_and_nothing_else(cluster):
    found = cluster.sql(0, "select rolcanlogin, rolreplication, rolsuper, rolcreaterole, rolcreatedb, rolpassword like 'SCRAM-SHA-256$%%' "
                           "from pg_authid where rolname = %s", REPLICATION_ROLE)
    assert found == [(True, True, False, False, False, True)]


def test_a4_every_member_admits_the_members_and_no_stranger(cluster):
    lines = [cluster.sql(ordinal, "select type, database, user_name, address, auth_method from pg_hba_file_rules order by rule_number")
             for ordinal in (0, 1, 2)]
    assert lines[0] == lines[1] == lines[2]
    for kind, database, _, address, method in lines[0]:
        if "replication" in database and kind != "local" and address not in ("127.0.0.1", "::1"):
            assert method == "scram-sha-256", address
    with pytest.raises(psycopg2.OperationalError, match="no pg_hba.conf entry for replication connection"):
        cluster.connect(0, user=REPLICATION_ROLE, password=replication_password(cluster.password), replication="true")


def test_a6_a_standbys_process_list_shows_a_walreceiver_that_streams(cluster):
    for ordinal in (1, 2):
        processes = cluster.exec(ordinal, "sh", "-c", "for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline; echo; done")
        assert f"postgres: {cluster.pod_name(ordinal)}: walreceiver streaming" in processes
        assert cluster.value(ordinal, "select status from pg_stat_wal_receiver") == "streaming"


def test_a7_the_row_of_the_course_reaches_every_standby(cluster):
    """The commands as a reader of the course types them."""
    cluster.kubectl("exec", "-i", "pg-main-0", "--", "psql", "-U", "postgres", text="""
        CREATE TABLE COMPANY(ID INT PRIMARY KEY NOT NULL, NAME TEXT NOT NULL);
        INSERT INTO COMPANY (ID, NAME) VALUES (1, 'anynines GmbH');
    """)
    cluster.wait_replayed(1, 2)
    for standby in ("pg-main-1", "pg-main-2"):
        shown = cluster.kubectl("exec", "-i", standby, "--", "psql", "-U", "postgres", text="SELECT * FROM COMPANY;")
        assert "  1 | anynines GmbH" in shown
