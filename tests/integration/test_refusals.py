"""What must not be started: one message, status not 0, data untouched. S4, S9, volumes, and what PID 1 was told."""

import hashlib
import os
import re
import subprocess

import pytest

from support import Container, Mount, Tmpfs, Volume, image, keeper, wait_until

from .cluster import error_line, slots


def fingerprint(volume):
    """{path: what it is} of everything on a volume, contents included, times not."""
    found = {}
    for directory, folders, files in os.walk(volume.path):
        for name in [*folders, *files]:
            path = os.path.join(directory, name)
            facts = os.lstat(path)
            data = os.readlink(path).encode() if os.path.islink(path) else open(path, "rb").read() if os.path.isfile(path) else b""
            found[os.path.relpath(path, volume.path)] = (facts.st_mode, facts.st_uid, hashlib.sha1(data).hexdigest())
    return found


@pytest.fixture
def refused(container):
    """refused(volume, text..., **options): the start ends with 1 and says each text, on one line; the volume stays as it was."""
    def run(volume, *texts, env=None, **options):
        before = fingerprint(volume)
        made = container(["postgres"], volume=volume, env={"POSTGRES_PASSWORD": "x", **(env or {})}, **options)
        assert made.run(20) == 1
        message = error_line(made)
        for text in texts:
            assert text in message, message
        assert fingerprint(volume) == before, "data untouched"
        return made

    return run


# S4: an empty volume on the primary's ordinal

def timeline(pod):
    return int(pod.sql("select substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)"), 16)


def test_s4_an_emptied_primary_refuses_and_comes_back_by_cloning_a_named_peer(cluster):
    three = cluster()
    three.start(0, 1, 2)
    three[0].wait_ready()
    three.wait_streaming(1, 2)
    three[0].sql("create table kept as select 1 as n")
    identity = three[0].sql("select system_identifier from pg_control_system()")
    three.wait_replayed(1, 2)
    three[0].kill()
    three.empty_volume(0)

    assert three.pod(0).run(20) == 1
    message = error_line(three[0])
    assert re.search(r"postgresql-sfs-0, is empty, but its peer postgresql-sfs-[12] holds a cluster", message), message
    assert "cluster.clone_from" in message and "PGORDINAL_CLUSTER_CLONE_FROM" in message
    assert three.volume(0).names() == []
    assert three[1].sql("select n from kept") == "1", "standbys serve reads all the while"

    three.start(0, env={"PGORDINAL_CLUSTER_CLONE_FROM": "postgresql-sfs-2"}).wait_ready()
    wait_until(lambda: three[0].sql("select pg_is_in_recovery()") == "f", 15, "the promotion")
    assert three[0].sql("select system_identifier from pg_control_system()") == identity
    assert timeline(three[0]) == 2
    three[0].sql("insert into kept values (2)")
    three.wait_streaming(1, 2)
    three.wait_replayed(1, 2)
    assert [three[ordinal].sql("select count(*) from kept") for ordinal in (1, 2)] == ["2", "2"]
    assert [three[ordinal].runs for ordinal in (1, 2)] == [1, 1], "they followed without a restart"
    assert slots(three[0]) == {"postgresql_sfs_1": True, "postgresql_sfs_2": True}
    assert slots(three[2]) == {}, "no slot of the clone stays behind"

    # The setting may stay: it is for an empty volume. So may the pod restart.
    assert three[0].stop()[0] == 0
    three[0].start().wait_ready()
    assert three[0].sql("select count(*) from kept") == "2"
    three.wait_streaming(1, 2)
    assert timeline(three[0]) == 2


def test_s4_a_peer_that_lets_nobody_in_holds_a_cluster_all_the_same(cluster):
    """Its password is another one now: it cannot be asked, but it is there."""
    two = cluster()
    two.start(0, 1)
    two[0].wait_ready()
    two.wait_streaming(1)
    two[0].kill()
    two.empty_volume(0)
    assert two.pod(0, env={"PGORDINAL_REPLICATION_PASSWORD": "another"}).run(20) == 1
    assert "its peer postgresql-sfs-1 holds a cluster" in error_line(two[0])
    assert two.volume(0).names() == []


def test_s4_with_dns_down_an_emptied_primary_waits_and_then_refuses(two):
    """A name server that does not answer says nothing about a peer: no initdb until it does, however long that is."""
    two[0].kill()
    two.empty_volume(0)
    two.lab.silence_names()
    emptied = two.start(0, env={"PGORDINAL_CLUSTER_PEER_TIMEOUT": "1s"})
    emptied.wait_for("waiting_for_peer_lookups", 20)
    assert "the name server does not answer" in emptied.logs and "cluster.max_members" in emptied.logs
    emptied.wait_for(re.compile(r"waiting_for_peer_lookups seconds=1\d"), 20)
    assert emptied.running and two.volume(0).names() == []
    two.lab.speak()
    assert emptied.wait(20) == 1
    assert "its peer postgresql-sfs-1 holds a cluster" in error_line(emptied)
    assert two.volume(0).names() == []


def test_l5_a_new_cluster_begins_when_dns_does(cluster):
    two = cluster(settings={"PGORDINAL_CLUSTER_PEER_TIMEOUT": "1s"})
    two.lab.lose_names()
    two.start(0, 1)
    two[0].wait_for("waiting_for_peer_lookups", 20)
    two[1].wait_for("waiting_for_primary_lookup", 20)
    assert two.volume(0).names() == []
    two.lab.find_names()
    two[0].wait_ready()
    two.wait_streaming(1)


# S9 and what is on a volume

def test_s9_a_standby_with_the_volume_of_another_cluster_is_refused(cluster, database):
    two = cluster()
    foreign = database()
    theirs = str(int.from_bytes((foreign / "global/pg_control").read_bytes()[:8], "little"))
    two.start(0).wait_ready()
    ours = two[0].sql("select system_identifier from pg_control_system()")
    before = fingerprint(foreign)
    assert two.pod(1, volume=foreign).run(30) == 1
    message = error_line(two[1])
    assert theirs in message and ours in message and "another cluster" in message and "PersistentVolumeClaim" in message
    assert "Nothing was changed" in message
    assert fingerprint(foreign) == before
    assert "postgresql_sfs_1" not in slots(two[0]), "no slot is made for a stranger"


def test_s9_a_foreign_volume_whose_primary_answers_late_is_refused_then(cluster, database):
    """A standby serves reads while its primary is away; what was done to the volume by then is said."""
    two = cluster()
    foreign = database()
    before = fingerprint(foreign)
    two.start(0).wait_ready()
    assert two[0].stop()[0] == 0
    two.start(1, volume=foreign).wait_for("waiting_for_primary_port", 20)
    two[0].start().wait_ready()
    assert two[1].wait(40) == 1
    message = error_line(two[1])
    assert "another cluster" in message and "standby.signal" in message and "Nothing was changed" not in message
    after = fingerprint(foreign)
    changed = {path for path in before if after.get(path) != before[path]}
    assert changed <= {"postgresql.conf", "pg_hba.conf", "global/pg_control", "pg_stat/pgstat.stat"}, changed
    new = set(after) - set(before)
    assert all(path.startswith("pgordinal.") or path in ("standby.signal", "postmaster.opts") for path in new), new
    assert "postgresql_sfs_1" not in slots(two[0]), "no slot is made for a stranger"


def test_s9_another_major_version_is_refused_with_the_way_out(database, refused, container):
    made = Volume(keeper.base_directory() / "database-15-copy")
    old = Container(["--pgdata=/var/lib/postgresql/data", "--auth=trust", "--no-sync"], entrypoint=[f"{image(15).bin}/initdb"], on=image(15),
                    user="postgres", volume=made)
    try:
        assert old.run() == 0
        made.path.chmod(0o700)
        refused(made, "is of PostgreSQL 15", "this image has PostgreSQL 17", "pg_upgrade", "pg_dumpall", "Nothing was changed")
        refused(made, "is of PostgreSQL 15", hostname="postgresql-sfs-1", extra_hosts="127.0.0.1 postgresql-sfs-1\n")
    finally:
        old.remove()
        made.remove()


@pytest.mark.parametrize("missing", ["PG_VERSION", "global/pg_control", "base/1", "pg_wal"])
def test_half_a_cluster_is_refused(missing, database, refused):
    volume = database()
    path = volume / missing
    subprocess.run(["rm", "-r", path], check=True)
    refused(volume, "holds half a cluster", missing.split("/")[-1], "Restore the whole backup again")


def test_a_cut_off_control_file_is_half_a_cluster(database, refused):
    volume = database()
    os.truncate(volume / "global/pg_control", 100)
    refused(volume, "holds half a cluster", "pg_control")


@pytest.mark.parametrize("hostname", ["pgtest", "postgresql-sfs-1"])
def test_a_damaged_control_file_is_refused(hostname, database, refused):
    volume = database()
    control = volume / "global/pg_control"
    control.write_bytes(bytes([control.read_bytes()[0] ^ 1]) + control.read_bytes()[1:])
    refused(volume, "pg_control: its checksum is wrong: the file is damaged", hostname=hostname, extra_hosts=f"127.0.0.1 {hostname}\n")


def test_the_root_of_a_file_system_is_refused_with_a_better_place(volume, refused):
    made = volume()
    (made / "lost+found").mkdir(mode=0o700)
    os.chown(made.path, 999, 999)
    made.path.chmod(0o700)
    refused(made, "lost+found", "Set PGDATA to a directory inside it, for example /var/lib/postgresql/data/pgdata")


def test_somebody_elses_files_are_refused(volume, refused):
    made = volume(mode=0o700)
    (made / "photo.jpg").write_text("x")
    refused(made, "photo.jpg", "Set PGDATA to an empty or new directory")


def test_another_users_volume_is_refused_when_we_are_not_root(database, refused):
    volume = database()
    os.chown(volume.path, 1234, 1234)
    refused(volume, "belongs to user 1234", "run the container as user 1234", "/var/lib/postgresql/data/pgdata", user="postgres")


def test_as_root_another_users_volume_is_given_to_postgres(database, container):
    volume = database()
    subprocess.run(["chown", "-R", "1234:1234", volume.path], check=True)
    made = container(["postgres"], volume=volume).start().wait_ready()
    assert "from user 1234 to user 999" in made.logs
    assert made.stop()[0] == 0


@pytest.mark.parametrize("content", ["empty", "cluster"])
def test_a_read_only_volume_is_named(content, volume, database, container):
    made = database() if content == "cluster" else volume(mode=0o700)
    before = fingerprint(made)
    c = container(["postgres"], volume=False, mounts=[Mount(made.path, "/var/lib/postgresql/data", read_only=True)],
                  env={"POSTGRES_PASSWORD": "x"})
    assert c.run(20) == 1
    assert "Read-only file system" in error_line(c) and "/var/lib/postgresql/data" in error_line(c)
    assert fingerprint(made) == before


def test_a_full_volume_is_named_and_the_next_start_begins_anew(container):
    """initdb needs some 40 MB; its own message passes through, ours says what it means for the next start."""
    c = container(["postgres"], volume=False, mounts=[Tmpfs("/var/lib/postgresql/data", "size=20m,mode=0700,uid=999,gid=999")],
                  env={"POSTGRES_PASSWORD": "x"})
    assert c.run(30) == 1
    assert "Check free disk space" in c.logs
    assert "initdb failed" in error_line(c) and "its own messages above say why" in error_line(c)
    assert "The volume has only " in error_line(c) and "make room, or give it a larger volume" in error_line(c)


def test_a_standby_on_a_full_volume_says_so_and_keeps_trying(cluster):
    two = cluster()
    two.start(0).wait_ready()
    standby = two.start(1, volume=False, mounts=[Tmpfs("/var/lib/postgresql/data", "size=20m,mode=0700,uid=999,gid=999")])
    wait_until(lambda: standby.logs.count("No space left on device") >= 2 and standby.logs.count("clone_started") >= 2, 20, "a second attempt")
    assert standby.running
    assert two[0].sql("select 1") == "1"


# What it was told

def test_static_mode_wants_an_ordinal(container, volume):
    c = container(["postgres"], hostname="database", env={"PGORDINAL_CLUSTER_MODE": "static", "POSTGRES_PASSWORD": "x"}, volume=volume())
    assert c.run(10) == 1
    assert re.search(r'^error: PGORDINAL_CLUSTER_MODE: .*host name "database".*NAME-N.*PGORDINAL_CLUSTER_POD_NAME', c.stderr, re.M), c.stderr
    assert c.volume.names() == []


def test_static_mode_wants_a_password_on_every_member(container, volume):
    for name in ("db-0", "db-1"):
        c = container(["postgres"], hostname=name, volume=volume())
        assert c.run(10) == 1
        assert "no password for replication" in c.stderr and "POSTGRES_PASSWORD" in c.stderr


def test_a_secret_that_nobody_can_read_is_named(container, tmp_path):
    c = container(["postgres"], env={"POSTGRES_PASSWORD_FILE": "/run/secrets/nothing"})
    assert c.run(10) == 1
    assert 'cannot read the file "/run/secrets/nothing": No such file or directory' in c.stderr


def test_postgresqls_own_refusal_passes_through_with_the_source_of_ours(database, container):
    c = container(["postgres"], volume=database(), hostname="db-0", extra_hosts="127.0.0.1 db-0\n", env={"POSTGRES_PASSWORD": "secret"},
                  files={"/etc/pgordinal/pgordinal.toml": "[postgresql.parameters]\nwork_mem = \"many\"\n"})
    assert c.run(20) == 1
    assert 'invalid value for parameter "work_mem": "many"' in c.logs
    assert "pgordinal.conf" in c.logs
    source = "[postgresql.parameters]: work_mem from /etc/pgordinal/pgordinal.toml:2"
    assert source in c.logs, "in single-user mode, which adopts"
    # On a cluster of ours the server itself refuses.
    good = container(["postgres"], volume=c.volume, hostname="db-0", extra_hosts="127.0.0.1 db-0\n", env={"POSTGRES_PASSWORD": "secret"})
    good.start().wait_ready()
    assert good.stop()[0] == 0
    assert c.run(20) == 1
    assert source in c.logs and "adopting" not in c.logs and 'configuration file "/var/lib/postgresql/data/pgordinal.conf" contains errors' in c.logs
