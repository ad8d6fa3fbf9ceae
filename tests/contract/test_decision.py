"""1e: initialise or skip."""

import re

import pytest

from support import OUTSIDE, File

from .conftest import COMPLETE, INITDB_D, PASSWORD, SKIPPING, announced, cluster_files, script

clause = pytest.mark.clause


@clause(27)
@pytest.mark.parametrize("root", [15, 17], indirect=True)
def test_c27_existing_database_skips_init(container, database, init_files):
    made = database()
    c = container(["postgres"], volume=made, env={"POSTGRES_DB": "app"}, mounts=[init_files({"x.sql": "create table x (a int);"})]).start().wait_ready()
    assert SKIPPING in c.stdout
    assert announced(c) == [] and "init process complete" not in c.stdout
    assert c.sql("select count(*) from pg_database where datname = 'app'") == "0"


@clause(27)
def test_c27_no_password_is_needed_for_an_existing_database(container, database):
    c = container(["postgres"], volume=database()).start().wait_ready()
    assert c.sql("select 1") == "1"


@clause(27)
def test_c27_an_empty_pg_version_is_no_database_but_a_trace_of_one(refuse, database):
    made = database()
    (made / "PG_VERSION").write_text("")
    before = made.names()
    c = refuse(["postgres"], volume=made, env={"POSTGRES_PASSWORD": PASSWORD})
    assert "Skipping initialization" not in c.stdout
    assert set(before) <= set(made.names()), "nothing is removed"


@clause(27)
def test_c27_files_of_somebody_else_are_not_initialised_over(refuse, volume):
    made = volume()
    (made / "precious").write_text("data")
    c = refuse(["postgres"], volume=made, env={"POSTGRES_PASSWORD": PASSWORD})
    assert (made / "precious").read_text() == "data"
    assert "/var/lib/postgresql/data" in c.stderr
    assert cluster_files(made) == ["precious"]


@clause(27)
def test_c27_another_major_version_is_refused(refuse, database):
    """Upstream makes no comparison and lets postgres fail; the message has to name both and the way out (S9)."""
    made = database()
    (made / "PG_VERSION").write_text("15\n")
    c = refuse(["postgres"], volume=made)
    assert re.search(r"\b15\b", c.stderr) and re.search(r"\b17\b", c.stderr)
    assert "pg_upgrade" in c.stderr or "dump" in c.stderr or "image" in c.stderr


@clause(28)
@pytest.mark.parametrize("root", [15, 17], indirect=True)
def test_c28_order_of_the_bootstrap(boot, init_files):
    look = script(f"grep -c '^host all all all scram-sha-256$' $PGDATA/pg_hba.conf > /tmp/hba\npsql -U postgres -XAtc 'select current_database()' -d app > /tmp/db\n")
    c = boot(env={"POSTGRES_DB": "app"}, mounts=[init_files({"1.sh": look, "2.sql": "select 'second file';"})])
    assert c.read("/tmp/hba") == "1\n", "pg_hba.conf before the temporary server"
    assert c.read("/tmp/db") == "app\n", "the database before the init files"
    log = c.stdout
    assert log.index("/1.sh") < log.index("/2.sql") < log.index("second file") < log.index(COMPLETE)
    assert COMPLETE in log and "Skipping initialization" not in log
    times = {text: time for time, _, text in c.timed_lines}
    complete = next(time for text, time in times.items() if "init process complete" in text)
    ready = [time for time, _, text in c.timed_lines if "database system is ready to accept connections" in text]
    assert len(ready) == 2 and ready[0] <= complete <= ready[1], "temporary server, complete, final server"


@clause(28)
def test_c28_environment_is_checked_before_anything_is_made(refuse, volume):
    made = volume()
    refuse(["postgres"], volume=made)
    assert cluster_files(made) == []


@clause(28)
def test_c28_unreadable_init_directory_stops_before_initdb(refuse, volume):
    made = volume()
    c = refuse(["postgres"], user="postgres", volume=made, env={"POSTGRES_PASSWORD": PASSWORD},
               files={INITDB_D: File(directory=True, mode=0o700)})
    assert INITDB_D in c.stderr and "ermission denied" in c.stderr
    assert cluster_files(made) == []


@clause(28)
def test_c28_a_missing_init_directory_is_an_empty_one(container):
    """An image without it has nothing to say; upstream's `ls` fails."""
    c = container(["rmdir", INITDB_D])
    assert c.run() == 0
    c.args = ["postgres"]
    c.env["POSTGRES_PASSWORD"] = PASSWORD
    c.start().wait_ready()
    assert not c.exists(INITDB_D) and COMPLETE in c.stdout


@clause(29)
@pytest.mark.parametrize("env", [{}, {"POSTGRES_PASSWORD": ""}, {"POSTGRES_HOST_AUTH_METHOD": "md5"}], ids=["unset", "empty", "other method"])
def test_c29_no_password_is_an_error(refuse, volume, env):
    made = volume()
    c = refuse(["postgres"], volume=made, env=env)
    assert c.wait() == 1
    assert "Error: Database is uninitialized and superuser password is not specified." in c.stderr
    assert "POSTGRES_PASSWORD" in c.stderr and "POSTGRES_HOST_AUTH_METHOD=trust" in c.stderr
    assert cluster_files(made) == []


@clause(30)
@pytest.mark.parametrize("env", [{}, {"POSTGRES_PASSWORD": PASSWORD}], ids=["no password", "password"])
def test_c30_trust_warns_at_an_initialising_start(container, volume, env):
    made = volume()
    env = {"POSTGRES_HOST_AUTH_METHOD": "trust", **env}
    c = container(["postgres"], volume=made, env=env).start().wait_ready()
    assert "*" * 30 in c.stderr
    assert "WARNING: POSTGRES_HOST_AUTH_METHOD has been set to \"trust\"" in c.stderr
    assert c.sql("select 1", host=OUTSIDE) == "1"
    c.stop()
    again = container(["postgres"], volume=made, env=env).start().wait_ready()
    assert "WARNING: POSTGRES_HOST_AUTH_METHOD" not in again.stderr


OLD_LAYOUT = {"PGDATA": "/var/lib/postgresql/17/docker", "POSTGRES_PASSWORD": PASSWORD}


@clause(31)
@pytest.mark.parametrize("place", ["", "data", "16/docker"])
def test_c31_data_of_an_older_layout_is_refused(refuse, volume, place):
    made = volume()
    (made / place).mkdir(parents=True, exist_ok=True)
    (made / place / "PG_VERSION").write_text("16\n")
    c = refuse(["postgres"], volume=made, volume_at="/var/lib/postgresql", env=OLD_LAYOUT)
    assert c.wait() == 1
    assert "Error: in 18+, " in c.stderr
    assert f"/var/lib/postgresql/{place}".rstrip("/") in c.stderr
    assert not (made / "17" / "docker" / "PG_VERSION").exists()


@clause(31)
def test_c31_an_unused_volume_at_the_old_place_is_refused(refuse, volume):
    """PG_MAJOR is the image's word for its version, so 18 can be played on 17."""
    c = refuse(["postgres"], volume=volume(), volume_at="/var/lib/postgresql/data",
               env={"PG_MAJOR": "18", "PGDATA": "/var/lib/postgresql/18/docker", "POSTGRES_PASSWORD": PASSWORD})
    assert c.wait() == 1
    assert "Error: in 18+, " in c.stderr and "(unused mount/volume)" in c.stderr


@clause(31)
def test_c31_no_guard_for_another_pgdata_or_version(boot, volume):
    made = volume()
    (made / "data").mkdir()
    (made / "data" / "PG_VERSION").write_text("16\n")
    c = boot(volume=made, volume_at="/var/lib/postgresql", env={"PGDATA": "/var/lib/postgresql/17/main"})
    assert c.sql("select 1") == "1"
    mounted = boot(env=OLD_LAYOUT)
    assert mounted.sql("show data_directory") == OLD_LAYOUT["PGDATA"], "below 18 a mount at data is no reason"


@clause(32)
def test_c32_an_existing_database_ignores_new_settings(boot, container, volume):
    made = volume()
    first = boot(volume=made, env={"POSTGRES_USER": "alice", "POSTGRES_DB": "one"})
    hba = first.read("/var/lib/postgresql/data/pg_hba.conf")
    assert first.stop()[0] == 0
    c = container(["postgres"], volume=made, env={"POSTGRES_USER": "bob", "POSTGRES_PASSWORD": "new", "POSTGRES_DB": "two",
                                                 "POSTGRES_HOST_AUTH_METHOD": "trust", "POSTGRES_INITDB_ARGS": "--data-checksums"}).start().wait_ready()
    assert c.sql("select 1", host=OUTSIDE, user="alice", db="one", password=PASSWORD) == "1"
    assert c.sql("select count(*) from pg_roles where rolname = 'bob'", user="alice", db="one") == "0"
    assert c.sql("select count(*) from pg_database where datname = 'two'", user="alice", db="one") == "0"
    assert c.read("/var/lib/postgresql/data/pg_hba.conf") == hba
