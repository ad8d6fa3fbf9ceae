"""1a: facts of the image that the binary relies on."""

import signal

import pytest

from support import OUTSIDE, File

from .conftest import PASSWORD

clause = pytest.mark.clause


@clause(1)
def test_c01_default_command_serves_and_the_stop_signal_ends_it(boot):
    c = boot(["postgres"])
    assert c.sql("select 1") == "1"
    status, _ = c.stop(signal.SIGINT)
    assert status == 0


@clause(2)
def test_c02_the_images_environment_reaches_the_server(boot, root):
    c = boot(env={"PGDATA": "/var/lib/postgresql/data/elsewhere"})
    server = c.environ(c.postmaster().pid)
    assert server["PG_MAJOR"] == "17" and server["PG_VERSION"] == root.env["PG_VERSION"]
    assert server["LANG"] == "en_US.utf8" and server["PATH"] == root.env["PATH"]
    assert server["PGDATA"] == "/var/lib/postgresql/data/elsewhere" == c.sql("show data_directory")


@clause(3)
@pytest.mark.parametrize("root", [15, 17], indirect=True)
def test_c03_volume_at_pgdata(boot):
    c = boot()
    assert c.stat("/var/lib/postgresql/data") == (0o700, 999, 999)
    assert " /var/lib/postgresql/data " in c.path("/proc/1/mountinfo").read_text()


@clause(3)
def test_c03_volume_above_pgdata_as_in_18(boot, volume):
    above = volume()
    c = boot(volume=above, volume_at="/var/lib/postgresql", env={"PGDATA": "/var/lib/postgresql/17/docker"})
    assert c.sql("show data_directory") == "/var/lib/postgresql/17/docker"
    assert c.stat("/var/lib/postgresql/17/docker")[:2] == (0o700, 999)
    assert above.names() == ["17"]
    assert c.stat("/var/lib/postgresql") == (0o1777, 999, 999), "only PGDATA is made private"


@clause(4)
def test_c04_the_server_runs_as_postgres(boot):
    c = boot()
    assert {process.uid for process in c.processes() if process.name == "postgres"} == {999}
    assert c.stat("/var/run/postgresql")[1] == 999
    status = dict(line.split(":\t", 1) for line in c.path(f"/proc/{c.postmaster().pid}/status").read_text().splitlines() if ":\t" in line)
    assert set(status["Gid"].split()) == {"999"}
    assert set(status["Groups"].split()) | {"999"} == {"999", "101"}, "with the groups of /etc/group, such as ssl-cert's"


@clause(4)
def test_c04_postgres_is_found_by_name_not_by_number(boot, root):
    """Alpine: 70. The name decides."""
    passwd = (root.path / "etc/passwd").read_text().replace("postgres:x:999:999", "postgres:x:70:70")
    group = (root.path / "etc/group").read_text().replace("postgres:x:999", "postgres:x:70")
    c = boot(files={"/etc/passwd": passwd, "/etc/group": group})
    assert {process.uid for process in c.processes() if process.name == "postgres"} == {70}
    assert c.stat("/var/lib/postgresql/data")[:2] == (0o700, 70)


@clause(5)
def test_c05_the_sample_configuration_of_the_image_is_used(boot):
    c = boot()
    assert c.sql("show listen_addresses") == "*"
    assert c.sql("show unix_socket_directories") == "/var/run/postgresql"


@clause(5)
@pytest.mark.parametrize("root", ["trixie-no-shell"], indirect=True)
def test_c05_an_existing_database_needs_no_shell_and_no_tools(container, database):
    made = database()
    (made / "postmaster.pid").unlink(missing_ok=True)
    c = container(["postgres"], volume=made).start().wait_ready()
    assert c.sql("select 1", host=OUTSIDE, password=PASSWORD) == "1"
    assert c.postmaster().uid == 999
    status, _ = c.stop()
    assert status == 0


@clause(5)
@pytest.mark.parametrize("root", ["trixie-no-shell"], indirect=True)
def test_c05_a_bootstrap_without_a_shell_works_or_says_what_is_missing(container, volume):
    """initdb itself starts `postgres` by popen(), that is by /bin/sh: without one it works only if we put something in its place."""
    made = volume()
    c = container(["postgres"], env={"POSTGRES_PASSWORD": PASSWORD}, volume=made).start()
    try:
        c.wait_ready()
    except AssertionError:
        assert not c.running and c.wait() != 0
        assert "/bin/sh" in c.stderr
        assert "PG_VERSION" not in made.names()
    else:
        assert c.sql("select 1") == "1"


@clause(5)
def test_c05_gosu_is_not_used(boot):
    """A gosu that only fails: giving up root is the binary's own work."""
    c = boot(files={"/usr/local/bin/gosu": File("#!/bin/sh\nexit 42\n", mode=0o755)})
    assert c.postmaster().uid == 999
