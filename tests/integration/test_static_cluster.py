"""Three members that were started at once: roles, settings, admission, replication. Scenarios A1 to A4, A6, A7, B3."""

import hashlib
import hmac
import os
import re

from support import Container, Mount, wait_until

from .cluster import PASSWORD, as_role, slots

REPLICATION_PASSWORD = hmac.new(PASSWORD.encode(), b"pgordinal replication replicator", hashlib.sha256).hexdigest()
FUNCTIONS = ["pg_ls_dir(text,boolean,boolean)", "pg_read_binary_file(text)", "pg_read_binary_file(text,bigint,bigint,boolean)",
             "pg_stat_file(text,boolean)"]


def standbys(three):
    return [three[ordinal] for ordinal in three.pods if ordinal != 0]


def test_s4_started_at_once_with_empty_volumes_one_member_initialises(three):
    """Each asks the others, all answer that they have nothing, and nobody waits for an answer that cannot come."""
    assert "PostgreSQL init process complete" in three[0].stdout
    for pod in standbys(three):
        assert "initdb" not in pod.logs and "init process" not in pod.logs
        assert "clone_done" in pod.logs
    ready = next(seconds for seconds, _, line in three[0].timed_lines if "PostgreSQL init process complete" in line)
    assert ready < 8, f"the first start took {ready} s"


def test_a1_ordinal_0_is_the_primary_and_the_others_are_its_standbys(three):
    assert three[0].sql("select pg_is_in_recovery()") == "f"
    identity = three[0].sql("select system_identifier from pg_control_system()")
    for pod in standbys(three):
        assert pod.sql("select pg_is_in_recovery()") == "t"
        assert pod.sql("select system_identifier from pg_control_system()") == identity
        assert pod.sql("select count(*) from pg_stat_wal_receiver where sender_host like 'postgresql-sfs-0.%'") == "1"


def test_a2_generated_settings_hold_on_every_member(three):
    space = os.statvfs(three.volume(0).path)
    expected = {"listen_addresses": "*", "wal_level": "replica", "wal_log_hints": "on", "max_wal_senders": "20",
                "max_replication_slots": "20", "hot_standby": "on", "wal_keep_size": "256MB", "fsync": "on"}
    for ordinal, pod in three.pods.items():
        shown = {name: pod.sql(f"show {name}") for name in expected}
        assert shown == expected
        assert pod.sql("show cluster_name") == three.pod_name(ordinal)
        kept = int(pod.sql("select setting from pg_settings where name = 'max_slot_wal_keep_size'"))
        assert kept == space.f_blocks * space.f_frsize // 100 * 30 >> 20, "30 % of the volume, in MB"
        assert pod.sql("select count(*) from pg_file_settings where error is not null or not applied and sourcefile like '%pgordinal%'") == "0"
        assert pod.stat(f"{pod.image.pgdata}/pgordinal.conf")[0] == 0o600


def test_a3_the_replication_role_may_log_in_and_replicate_and_nothing_else(three):
    row = three[0].sql("""select rolcanlogin, rolreplication, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolinherit,
                                 rolconnlimit, rolvaliduntil is null, rolpassword like 'SCRAM-SHA-256$%'
                          from pg_authid where rolname = 'replicator'""")
    assert row == "t|t|f|f|f|f|t|-1|t|t"
    assert three[0].sql("select count(*) from pg_auth_members where 'replicator'::regrole in (member, roleid)") == "0"
    granted = three[0].sql("""select p.oid::regprocedure from pg_proc p, aclexplode(p.proacl) a
                              where a.grantee = 'replicator'::regrole and a.privilege_type = 'EXECUTE' order by 1""")
    assert sorted(granted.replace(", ", ",").split()) == FUNCTIONS
    assert three[0].sql("select count(*) from pg_shdepend where refobjid = 'replicator'::regrole and deptype = 'o'") == "0"


def test_a3_the_four_functions_of_pg_rewind_are_what_it_can_call(three):
    def ask(statement):
        return as_role(three[1], "replicator", REPLICATION_PASSWORD, statement, host=three.place(0).fqdn)

    for statement in ["select count(*) > 0 from pg_ls_dir('.', true, false)", "select size > 0 from pg_stat_file('PG_VERSION', true)",
                      "select length(pg_read_binary_file('PG_VERSION')) > 0",
                      "select length(pg_read_binary_file('PG_VERSION', 0, 1, true)) = 1"]:
        assert ask(statement).stdout == "t\n", statement
    for statement in ["select pg_read_file('PG_VERSION')", "select pg_ls_waldir()", "select * from pg_authid", "create role x",
                      "create database x", "checkpoint", "select pg_promote()", "copy (select 1) to program 'true'"]:
        assert re.search("permission denied|must be (superuser|a member|in)", ask(statement).stderr), statement


def test_a3_without_a_password_of_its_own_the_superusers_is_its_seed(three):
    done = as_role(three[1], "replicator", REPLICATION_PASSWORD, "IDENTIFY_SYSTEM", host=three.place(0).fqdn, replication=True)
    assert done.stdout.split("|")[0] == three[0].sql("select system_identifier from pg_control_system()")
    for wrong in ("", PASSWORD, REPLICATION_PASSWORD[:-1]):
        done = as_role(three[1], "replicator", wrong, "IDENTIFY_SYSTEM", host=three.place(0).fqdn, replication=True)
        assert done.returncode != 0 and ("password authentication failed" in done.stderr or "no password supplied" in done.stderr)


def test_a3_its_own_password_its_own_name(cluster, tmp_path):
    """With characters that a password file, a connection string and a URL would each want escaped."""
    secret = tmp_path / "secret"
    own = "a:b\\c'd\"e %f é"
    secret.write_text(own + "\n\n")
    secret.chmod(0o400)
    two = cluster(settings={"PGORDINAL_REPLICATION_PASSWORD_FILE": "/run/secrets/replication",
                            "PGORDINAL_REPLICATION_USER": "standby_of-1"})
    two.start(0, 1, mounts=[Mount(secret, "/run/secrets/replication", read_only=True)])
    two[0].wait_ready()
    two.wait_streaming(1)
    assert two[0].sql("select rolname from pg_roles where rolreplication order by 1").split() == ["postgres", "standby_of-1"]
    done = as_role(two[1], "standby_of-1", own, "IDENTIFY_SYSTEM", host=two.place(0).fqdn, replication=True)
    assert done.returncode == 0, done.stderr


def test_a4_a_stranger_with_the_right_password_may_not_replicate(three):
    place = three.lab.hosts.get("stranger") or three.lab.host("stranger")
    stranger = Container(["1000"], on=three.on, entrypoint=["/bin/sleep"], net=place).start()
    try:
        target = three.place(0).fqdn
        done = as_role(stranger, "replicator", REPLICATION_PASSWORD, "IDENTIFY_SYSTEM", host=target, replication=True)
        assert done.returncode != 0 and "no pg_hba.conf entry for replication connection" in done.stderr
        done = as_role(stranger, "postgres", PASSWORD, "IDENTIFY_SYSTEM", host=target, replication=True)
        assert done.returncode != 0 and "no pg_hba.conf entry for replication connection" in done.stderr
        done = as_role(stranger, "pgordinal", three[0].read(f"{three.on.pgdata}/pgordinal.key").strip(), "select 1", host=target)
        assert done.returncode != 0 and "pg_hba.conf rejects connection" in done.stderr
        # A client of the database, on the other hand, comes in as the official image lets it.
        assert as_role(stranger, "postgres", PASSWORD, "select 1", host=target).stdout == "1\n"
        assert "password authentication failed" in as_role(stranger, "postgres", "wrong", "select 1", host=target).stderr
    finally:
        stranger.remove()


def test_a4_two_lines_of_the_users_keep_the_replication_role_out_of_sql(two):
    """What the README offers where the members' network is known: only they reach SQL as the replication role, and all goes on."""
    stranger = Container(["1000"], on=two.on, entrypoint=["/bin/sleep"], net=two.lab.host("stranger")).start()
    try:
        def by_sql(pod):
            return as_role(pod, "replicator", REPLICATION_PASSWORD, "select 1", host=two.place(0).fqdn)

        assert by_sql(stranger).returncode == 0, "the official line admits it"
        path = two.volume(0).path / "pg_hba.conf"
        theirs = f"host postgres replicator {two.place(1).address}/32 scram-sha-256\nhost all replicator all reject\n"
        path.write_text(theirs + path.read_text())
        two[0].sql("select pg_reload_conf()")
        wait_until(lambda: "pg_hba.conf rejects connection" in by_sql(stranger).stderr, 10, "the refusal of the stranger")
        assert by_sql(two[1]).stdout == "1\n"
        two[0].sql("select pg_terminate_backend(pid) from pg_stat_replication")
        two.start(1)
        two.wait_streaming(1)
        assert "waiting_for_primary_admission" not in two[1].logs and "slot_missing" not in two[1].logs
    finally:
        stranger.remove()


def our_hba_lines(pod):
    lines = pod.read(f"{pod.image.pgdata}/pg_hba.conf").splitlines()
    ours, inside = [], False
    for line in lines:
        inside = (inside or line.startswith("# pgordinal: begin")) and not line.startswith("# pgordinal: end")
        ours += [line.split()] if inside and not line.startswith("#") else []
    return ours


def test_a4_every_member_admits_exactly_the_members_and_never_by_trust(three):
    first = our_hba_lines(three[0])
    assert first[:2] == [["local", "all", '"pgordinal"', "scram-sha-256"], ["host", "all", '"pgordinal"', "all", "reject"]]
    members = [three.pod_name(ordinal) + ".postgresql.test" for ordinal in range(16)]
    assert {line[3] for line in first[2:]} == set(members)
    for line in first[2:]:
        assert line[0] == "host" and line[1] in ("replication", "postgres") and line[2] == '"replicator"' and line[4] == "scram-sha-256"
    for pod in three.pods.values():
        assert our_hba_lines(pod) == first, "ready for whoever is the primary next"
        assert pod.sql("select count(*) from pg_hba_file_rules where error is not null") == "0"


def test_a6_a_standby_has_a_walreceiver_that_streams(three):
    for pod in standbys(three):
        assert pod.sql("select status from pg_stat_wal_receiver") == "streaming"
        titles = [" ".join(process.command) for process in pod.processes() if process.name == "postgres"]
        assert [title for title in titles if re.search(r"walreceiver streaming", title)], titles


def test_a7_the_row_of_the_course_reaches_every_standby(three):
    """Typed as the course types it: psql in the primary's pod, as whoever the pod runs as."""
    done = three[0].exec(["psql", "-U", "postgres"], input="""
        DROP TABLE IF EXISTS COMPANY;
        CREATE TABLE COMPANY(ID INT PRIMARY KEY NOT NULL, NAME TEXT NOT NULL);
        INSERT INTO COMPANY (ID, NAME) VALUES (1, 'anynines GmbH');
    """)
    assert done.stdout.splitlines()[-2:] == ["CREATE TABLE", "INSERT 0 1"], done.stderr
    three.wait_replayed(*[ordinal for ordinal in three.pods if ordinal != 0])
    for pod in standbys(three):
        shown = pod.exec(["psql", "-U", "postgres", "-c", "SELECT * FROM COMPANY"]).stdout
        assert re.search(r"1 \| anynines GmbH\n\(1 row\)", shown)
        refused = pod.exec(["psql", "-U", "postgres", "-c", "DELETE FROM COMPANY"])
        assert "read-only transaction" in refused.stderr


def test_b3_the_primary_lists_every_standby_by_its_pods_name(three):
    rows = three[0].sql("select application_name, state, usename, client_hostname from pg_stat_replication order by 1").splitlines()
    assert rows == [f"{three.pod_name(ordinal)}|streaming|replicator|{three.place(ordinal).fqdn}" for ordinal in sorted(three.pods)[1:]]
    assert slots(three[0]) == {f"postgresql_sfs_{ordinal}": True for ordinal in sorted(three.pods)[1:]}
