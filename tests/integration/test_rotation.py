"""Secrets and files that change under running members: noticed, carried into the roles, no server restarts."""

import itertools
import os
import re

import pytest

from support import Mount, keeper, wait_until

from .cluster import as_role, slots

_numbers = itertools.count()
NOTICED = 15  # the files are looked at every 2 s


def event(name, what):
    """A line of ours: the event, its words, and this at its end."""
    return re.compile(rf"{name}:.*{re.escape(what)}$", re.M)


class MountedSecret:
    """A Secret or ConfigMap as kubelet mounts it: files behind the link `..data`, swapped as a whole."""

    def __init__(self, target, **files):
        self.target = target
        self.path = keeper.base_directory() / f"mounted.{next(_numbers)}"
        self.path.mkdir()
        self.version = 0
        self.swap(**files)
        for name in files:
            (self.path / name).symlink_to(f"..data/{name}")

    def swap(self, **files):
        self.version += 1
        made = self.path / f"..version_{self.version}"
        made.mkdir()
        for name, text in files.items():
            (made / name).write_text(text)
        (self.path / "..data_tmp").symlink_to(made.name)
        os.rename(self.path / "..data_tmp", self.path / "..data")

    @property
    def mount(self):
        return Mount(self.path, self.target, read_only=True)


@pytest.fixture
def rotating(cluster):
    """rotating(settings) makes a primary and a standby whose secrets are mounted from `rotating.secret`."""
    def make(**files):
        secret = MountedSecret("/run/mounted", **files)
        two = cluster(settings={"POSTGRES_PASSWORD_FILE": "/run/mounted/superuser", "PGORDINAL_LOG_LEVEL": "debug",
                                **({"PGORDINAL_REPLICATION_PASSWORD_FILE": "/run/mounted/replication"} if "replication" in files else {})})
        two.start(0, 1, secret=False, mounts=[secret.mount])
        two[0].wait_ready()
        two.wait_streaming(1)
        return two, secret

    return make


def may_log_in(two, role, password, *, database="postgres"):
    done = as_role(two[1], role, password, "select 1", host=two.place(0).address, database=database)
    assert done.returncode == 0 or "password authentication failed" in done.stderr, done.stderr
    return done.returncode == 0


def birth(pod):
    return pod.sql("select pg_postmaster_start_time()")


def test_a_changed_secret_reaches_both_roles_without_a_restart(rotating):
    """Without a password of its own the replication role's changes with the superuser's."""
    two, secret = rotating(superuser="first one\n")
    born = [birth(two[ordinal]) for ordinal in (0, 1)]
    walreceiver = two[1].sql("select pid from pg_stat_wal_receiver")
    verifiers = "select string_agg(rolpassword, ' ' order by rolname) from pg_authid where rolname in ('postgres', 'replicator')"
    before = two[0].sql(verifiers).split()
    assert may_log_in(two, "postgres", "first one")

    secret.swap(superuser="the \\'second\n")
    for role in ("postgres", "replicator"):
        two[0].wait_for(event("password_changed", f"role={role}"), NOTICED)
    for pod in two.pods.values():
        pod.wait_for(event("file_changed", "file=/run/mounted/superuser"), NOTICED)
        pod.wait_for(event("setting_changed", "key=replication.password"), NOTICED)
    assert may_log_in(two, "postgres", "the \\'second") and not may_log_in(two, "postgres", "first one")
    assert not set(before) & set(two[0].sql(verifiers).split())

    # The stream went on, and a new one comes about with the new password.
    assert two[1].sql("select pid from pg_stat_wal_receiver") == walreceiver
    two[0].sql("select pg_terminate_backend(pid) from pg_stat_replication")
    wait_until(lambda: two[1].sql("select pid from pg_stat_wal_receiver where status = 'streaming'") not in ("", walreceiver), 20, "a new stream")
    two.wait_streaming(1)
    assert [birth(two[ordinal]) for ordinal in (0, 1)] == born and [two[ordinal].runs for ordinal in (0, 1)] == [1, 1]
    for pod in two.pods.values():
        for leak in ("first one", "'second", "SCRAM-SHA-256$"):
            assert leak not in pod.logs, "K1"
    # And a clone.
    two[1].kill()
    two.empty_volume(1)
    two.start(1, secret=False, mounts=[secret.mount])
    two.wait_streaming(1)


def test_a_password_changed_by_hand_stays_until_the_secret_changes(rotating):
    two, secret = rotating(superuser="first", replication="stream")
    two[0].sql("alter role postgres password 'by hand'")
    two[0].signal(1)
    two[0].wait_for("reload_asked", 10)
    two[0].stop()
    two[0].start().wait_ready()
    two.wait_streaming(1)
    assert may_log_in(two, "postgres", "by hand"), "neither a reload nor a start undoes it"
    # Only the replication role's changes: the superuser is left alone.
    secret.swap(superuser="first", replication="stream 2")
    two[0].wait_for(event("password_changed", "role=replicator"), NOTICED)
    assert may_log_in(two, "postgres", "by hand")
    assert not event("password_changed", "role=postgres").search(two[0].logs)
    # A change while the pod is down counts as well.
    two[0].stop()
    secret.swap(superuser="second", replication="stream 2")
    two[0].start().wait_ready()
    two[0].wait_for(event("password_changed", "role=postgres"), 10)
    assert may_log_in(two, "postgres", "second") and not may_log_in(two, "postgres", "by hand")
    two.wait_streaming(1)


def test_a_standby_that_waits_with_a_wrong_password_takes_the_right_one(rotating):
    two, secret = rotating(superuser="one", replication="right")
    two[1].kill()
    two.empty_volume(1)
    wrong = MountedSecret("/run/mounted", superuser="one", replication="wrong")
    two.start(1, secret=False, mounts=[wrong.mount])
    two[1].wait_for("waiting_for_primary_password", 10)
    wrong.swap(superuser="one", replication="right")
    two.wait_streaming(1)
    assert two[1].runs == 1 and slots(two[0]) == {"postgresql_sfs_1": True}


def test_a_secret_that_becomes_unusable_changes_nothing(rotating):
    two, secret = rotating(superuser="one", replication="stream")
    secret.swap(superuser="two", replication="")
    two[0].wait_for("settings_kept", NOTICED)
    refused = [line for line in two[0].logs.splitlines() if "settings_refused" in line]
    assert len(refused) == 1 and "/run/mounted/replication" in refused[0] and "empty file" in refused[0], refused
    assert may_log_in(two, "postgres", "one") and two[0].running
    secret.swap(superuser="two", replication="stream")
    two[0].wait_for(event("password_changed", "role=postgres"), NOTICED)
    assert two[0].logs.count("settings_kept") == 1, "it is said once"
    two.wait_streaming(1)


def test_a_mounted_configuration_is_noticed(cluster):
    """What can be reloaded is; for the rest the log says what it needs."""
    mounted = MountedSecret("/etc/pgordinal", **{"pgordinal.toml": "[postgresql.parameters]\nwork_mem = \"5MB\"\n"})
    one = cluster()
    one.start(0, mounts=[mounted.mount]).wait_ready()
    assert one[0].sql("show work_mem") == "5MB"
    mounted.swap(**{"pgordinal.toml": "[cluster]\nmax_members = 4\n[postgresql.parameters]\nwork_mem = \"6MB\"\nmax_connections = 55\n"})
    wait_until(lambda: one[0].sql("show work_mem") == "6MB", NOTICED, "the new work_mem")
    assert event("file_changed", "file=/etc/pgordinal/pgordinal.toml").search(one[0].logs)
    assert re.search("setting_changed: takes effect when the pod is restarted key=cluster.max_members", one[0].logs)
    assert re.search("setting_changed: given to PostgreSQL, whose log says.*key=postgresql.parameters.max_connections", one[0].logs)
    one[0].wait_for('parameter "max_connections" cannot be changed without restarting the server', 10)
    # The superuser's password is in a file of root's, which nobody may read any more: it is what it was.
    assert "settings_refused" not in one[0].logs


def test_standalone_leaves_passwords_to_sql_as_the_official_image_does(container):
    mounted = MountedSecret("/run/mounted", superuser="one")
    c = container(["postgres"], env={"POSTGRES_PASSWORD_FILE": "/run/mounted/superuser"}, mounts=[mounted.mount]).start().wait_ready()
    verifier = c.sql("select rolpassword from pg_authid where rolname = 'postgres'")
    mounted.swap(superuser="two")
    c.wait_for(event("setting_changed", "key=POSTGRES_PASSWORD"), NOTICED)
    assert "it counts at the first start alone" in c.logs
    assert c.sql("select rolpassword from pg_authid where rolname = 'postgres'") == verifier
    assert "password_changed" not in c.logs


def test_no_standby_that_must_acknowledge_holds_a_password_up(rotating):
    two, secret = rotating(superuser="one", replication="stream")
    two[1].kill()
    two[0].sql("alter system set synchronous_standby_names = 'nobody'")
    two[0].sql("select pg_reload_conf()")
    wait_until(lambda: two[0].sql("show synchronous_standby_names") == "nobody", 10, "synchronous replication")
    secret.swap(superuser="two", replication="stream")
    two[0].wait_for(event("password_changed", "role=postgres"), NOTICED)
    assert "password_not_changed" not in two[0].logs
    assert two[0].sql("select count(*) from pg_stat_activity where wait_event = 'SyncRep'") == "0"
