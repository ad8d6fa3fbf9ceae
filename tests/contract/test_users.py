"""1c: root and others."""

import os

import pytest

from support import OUTSIDE, File, Tmpfs

from .conftest import PASSWORD, cluster_files, owned_tree

clause = pytest.mark.clause

SUBDIRECTORY = {"PGDATA": "/var/lib/postgresql/data/pgdata"}


@clause(13)
@pytest.mark.parametrize("user", [None, "postgres"])
def test_c13_directories_and_modes_at_every_start(container, database, user):
    made = database()
    for mode in (0o750, 0o2770, 0o700):
        made.path.chmod(mode)
        c = container(["postgres"], volume=made, user=user).start().wait_ready()
        assert c.stat("/var/lib/postgresql/data")[0] & 0o777 == 0o700
        assert c.stat("/var/run/postgresql")[0] == 0o3775
        assert c.stop()[0] == 0


@clause(13)
@pytest.mark.parametrize("user", [None, "postgres"])
def test_c13_missing_directories_are_made(boot, user):
    runtime = Tmpfs("/run", "mode=1777")
    c = boot(env={"PGDATA": "/var/lib/postgresql/data/a/b"}, mounts=[runtime], user=user)
    assert c.stat("/var/lib/postgresql/data/a/b")[:2] == (0o700, 999)
    assert c.stat("/var/run/postgresql")[:2] == (0o3775, 999)


@clause(14)
def test_c14_a_pgdata_that_cannot_be_made_is_fatal(refuse, volume):
    made = volume(uid=0, gid=0, mode=0o755)
    c = refuse(["postgres"], volume=made, user="postgres", env={"POSTGRES_PASSWORD": PASSWORD, **SUBDIRECTORY})
    assert c.wait() == 1
    assert SUBDIRECTORY["PGDATA"] in c.stderr and "ermission denied" in c.stderr
    assert made.names() == []


@clause(14)
def test_c14_a_mode_that_cannot_be_set_is_not_fatal(boot):
    """/var/run/postgresql belongs to another user, who lets us write to it."""
    c = boot(user="12345", env=SUBDIRECTORY)
    assert c.stat("/var/run/postgresql") == (0o3777, 999, 999)
    assert c.sql("select 1") == "1"


@clause(15)
def test_c15_wrong_owner_at_the_top_is_repaired_everywhere(container, database):
    made = database()
    owned_tree(made, 0, 0)
    outside = made / "global" / "link"
    outside.symlink_to("/etc/passwd")
    c = container(["postgres"], volume=made).start().wait_ready()
    owners = {(os.lstat(os.path.join(directory, name)).st_uid) for directory, directories, names in os.walk(made.path)
              for name in [*directories, *names]}
    assert owners == {999}
    assert c.stat("/var/lib/postgresql/data") == (0o700, 999, 0), "the user only, never the group"
    assert (made / "PG_VERSION").stat().st_gid == 0
    assert c.stat("/etc/passwd") == (0o644, 0, 0), "a link is not followed"


@clause(15)
def test_c15_no_walk_when_the_top_is_right(container, database):
    """Upstream walks the whole tree at every start, which takes minutes on a big one (docker-library/postgres 916)."""
    made = database()
    stray = made / "base" / "stray"
    stray.write_text("")
    assert stray.stat().st_uid == 0
    container(["postgres"], volume=made).start().wait_ready()
    assert stray.stat().st_uid == 0


@clause(15)
def test_c15_the_socket_directory_is_given_to_postgres(container, database):
    c = container(["postgres"], volume=database(), mounts=[Tmpfs("/var/run/postgresql", "mode=755,uid=0")]).start().wait_ready()
    assert c.stat("/var/run/postgresql")[:2] == (0o3775, 999)


@clause(15)
def test_c15_nothing_runs_as_root_but_pid_1(boot):
    c = boot()
    assert {process.uid for process in c.processes() if process.name == "postgres"} == {999}
    status = c.path(f"/proc/{c.postmaster().pid}/status").read_text()
    assert "CapPrm:\t0000000000000000" in status


@clause(16)
@pytest.mark.parametrize("root", [15, 17], indirect=True)
def test_c16_root_without_capabilities_cannot_become_postgres(refuse, volume):
    c = refuse(["postgres"], cap_drop="ALL", volume=volume(), env={"POSTGRES_PASSWORD": PASSWORD})
    assert "not permitted" in c.stderr.lower()


@clause(16)
@pytest.mark.parametrize("root", [15, 17], indirect=True)
def test_c16_hardened_container_works(boot, volume):
    """--user postgres --cap-drop ALL --security-opt no-new-privileges --read-only, tmpfs at /tmp and /var/run/postgresql"""
    made = volume()
    options = dict(user="postgres", cap_drop="ALL", no_new_privs=True, read_only=True, volume=made,
                   mounts=[Tmpfs("/tmp"), Tmpfs("/var/run/postgresql", "mode=3777,uid=999,gid=999")])
    c = boot(**options)
    assert c.sql("select 1", host=OUTSIDE, password=PASSWORD) == "1"
    assert c.stop()[0] == 0
    again = boot(**options)
    assert "Skipping initialization" in again.stdout


@clause(16)
def test_c16_read_only_without_a_socket_directory_fails(refuse, volume):
    c = refuse(["postgres"], user="postgres", read_only=True, volume=volume(), mounts=[Tmpfs("/tmp")], env={"POSTGRES_PASSWORD": PASSWORD})
    assert "Read-only file system" in c.stderr


@clause(17)
def test_c17_a_server_needs_no_entry_in_passwd(container, database):
    made = database()
    owned_tree(made, 12345, 12345)
    c = container(["postgres"], volume=made, user="12345:12345").start().wait_ready()
    assert c.sql("select 1", host=OUTSIDE, password=PASSWORD) == "1"
    assert c.postmaster().uid == 12345
    assert c.stop()[0] == 0


@clause(17)
def test_c17_pgdata_of_another_user_is_refused(refuse, database):
    made = database()
    c = refuse(["postgres"], volume=made, user="12345")
    assert "/var/lib/postgresql/data" in c.stderr
    assert (made / "PG_VERSION").stat().st_uid == 999


@clause(18)
@pytest.mark.parametrize("root", [15, 17], indirect=True)
def test_c18_arbitrary_user_can_bootstrap(boot):
    c = boot(user="12345", env=SUBDIRECTORY)
    assert c.sql("select current_user") == "postgres"
    server = c.environ(c.postmaster().pid)
    assert not [key for key in server if key == "LD_PRELOAD" or key.startswith("NSS_WRAPPER")]
    assert c.exec(["find", "/tmp", "-type", "f"], user="root").stdout == "", "no passwd or group file is left"


@clause(18)
def test_c18_an_entry_in_passwd_is_enough(boot, root):
    passwd = (root.path / "etc/passwd").read_text() + "db:x:12345:12345::/:/bin/false\n"
    no_wrapper = {"/usr/lib/x86_64-linux-gnu/libnss_wrapper.so": File(absent=True),
                  "/usr/lib/aarch64-linux-gnu/libnss_wrapper.so": File(absent=True)}
    c = boot(user="12345", env=SUBDIRECTORY, files={"/etc/passwd": passwd, **no_wrapper})
    assert c.sql("select 1") == "1"


@clause(19)
def test_c19_arbitrary_user_on_a_volume_of_postgres_fails(refuse, volume):
    made = volume()
    c = refuse(["postgres"], volume=made, user="12345", env={"POSTGRES_PASSWORD": PASSWORD})
    assert "/var/lib/postgresql/data" in c.stderr
    assert cluster_files(made) == []


@clause(19)
def test_c19_arbitrary_user_in_a_new_subdirectory(boot, volume):
    made = volume()
    c = boot(user="12345", env=SUBDIRECTORY, volume=made)
    assert c.stat(SUBDIRECTORY["PGDATA"]) == (0o700, 12345, 0)
    assert c.stop()[0] == 0
    assert "Skipping" in boot(user="12345", env=SUBDIRECTORY, volume=made).stdout


@clause(19)
def test_c19_arbitrary_user_on_a_volume_with_fs_group(boot, volume):
    made = volume(uid=0, gid=2000, mode=0o2775)
    c = boot(user="12345", groups=[2000], env=SUBDIRECTORY, volume=made)
    assert c.stat(SUBDIRECTORY["PGDATA"])[0] & 0o777 == 0o700
    # kubelet's fsGroup at the next mount: everything becomes group-writable.
    assert c.stop()[0] == 0
    (made / "pgdata").chmod(0o2770)
    c = boot(user="12345", groups=[2000], env=SUBDIRECTORY, volume=made)
    assert c.stat(SUBDIRECTORY["PGDATA"])[0] & 0o777 == 0o700


@clause(19)
def test_c19_psql_of_an_unknown_user_needs_a_name(boot, root):
    c = boot(user="12345", env=SUBDIRECTORY)
    without = c.exec([f"{root.bin}/psql", "-c", "select 1"])
    assert without.returncode != 0 and "12345" in without.stderr
    assert c.exec([f"{root.bin}/psql", "-U", "postgres", "-c", "select 1"]).returncode == 0
