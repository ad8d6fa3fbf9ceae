"""1i: the library surface and the helper scripts."""

import pytest

from support import File

from .conftest import COMPLETE, LOG_NAME, PASSWORD

clause = pytest.mark.clause

# A stand-in for the image's own script, which other people's scripts source. Running it would leave a trace.
STAND_IN = File("#!/bin/bash\n[ \"${FUNCNAME[0]:-}\" = source ] || touch /tmp/script-was-run\nstand_in() { echo \"from the script: $1\"; }\n", mode=0o755)


@clause(53)
def test_c53_the_images_script_stays_and_can_be_sourced(container):
    c = container(["bash", "-c", f". {LOG_NAME}; stand_in 'a word'"], files={LOG_NAME: STAND_IN})
    assert c.run() == 0
    assert c.stdout == "from the script: a word\n"
    assert c.read(LOG_NAME) == STAND_IN.content


@clause(53)
def test_c53_the_server_path_neither_runs_nor_changes_it(boot, init_files):
    c = boot(files={LOG_NAME: STAND_IN}, mounts=[init_files({"x.sh": f"if [ ! -e /tmp/script-was-run ]; then . {LOG_NAME}; stand_in init > /tmp/sourced; fi\n"})])
    assert c.read("/tmp/sourced") == "from the script: init\n"
    assert c.read(LOG_NAME) == STAND_IN.content and c.stat(LOG_NAME) == (0o755, 0, 0)
    assert not c.exists("/tmp/script-was-run")


@clause(53)
def test_c53_its_place_may_be_empty(boot):
    c = boot(files={LOG_NAME: File(absent=True)})
    assert c.sql("select 1") == "1"


@pytest.fixture
def helper(container):
    """helper(name, args, **options): the binary under the name of one of the image's helper scripts."""
    def make(name, args=(), **options):
        path = f"/usr/local/bin/{name}"
        options["env"] = {"POSTGRES_PASSWORD": PASSWORD, "POSTGRES_DB": "app", **options.get("env", {})}
        return container(list(args), entrypoint=[path], files={path: File(link="/usr/local/bin/pgordinal")}, **options)

    return make


@clause(54)
@pytest.mark.parametrize("args", [[], ["postgres"], ["-c", "work_mem=6MB"]], ids=["none", "postgres", "options"])
def test_c54_ensure_initialises_and_ends(helper, container, volume, init_files, args):
    made = volume()
    mount = init_files({"x.sql": "create table x (a int);"})
    c = helper("docker-ensure-initdb.sh", args, volume=made, mounts=[mount])
    assert c.run() == 0
    assert "/docker-entrypoint-initdb.d/x.sql" in c.stdout
    server = container(["postgres"], volume=made).start().wait_ready()
    assert "Skipping initialization" in server.stdout
    assert server.sql("select count(*) from x", db="app") == "0"
    assert "not properly shut down" not in server.logs


@clause(54)
@pytest.mark.parametrize("root", [15, 17], indirect=True)
def test_c54_ensure_accepts_an_existing_database(helper, database):
    c = helper("docker-ensure-initdb.sh", volume=database())
    assert c.run() == 0
    assert c.stderr.strip() != "" and COMPLETE not in c.stdout


@clause(54)
def test_c54_enforce_refuses_an_existing_database(helper, database, volume):
    c = helper("docker-enforce-initdb.sh", volume=database())
    assert c.run() == 1
    assert c.stderr.strip() != ""
    fresh = helper("docker-enforce-initdb.sh", volume=volume())
    assert fresh.run() == 0


@clause(54)
def test_c54_ensure_needs_the_same_environment(helper, volume):
    c = helper("docker-ensure-initdb.sh", volume=volume(), env={"POSTGRES_PASSWORD": ""})
    assert c.run() == 1
    assert "superuser password is not specified" in c.stderr
