"""images/compose.yaml: three servers that replicate, on plain Docker."""

import pytest

from support.image import TOP

from .conftest import Docker

FILE = TOP / "images" / "compose.yaml"
MEMBERS = ("db-0", "db-1", "db-2")


@pytest.fixture
def compose(engine, made):
    """compose(words…): docker-compose on the file, as a reader of it would; what it made goes at the end."""
    settings = {"IMAGE": made("trixie")[0], "POSTGRES_PASSWORD": "secret"}

    def run(*words, **options):
        return engine.compose("-f", FILE, "-p", "three", *words, env=settings, timeout=170, **options)

    yield run
    print(run("logs", "--no-color", check=False).stdout[-8000:])
    run("down", "-v", "-t", "30")


@pytest.fixture
def members(engine, made, compose):
    compose("up", "-d")
    root = made("trixie")[1]
    return {name: Docker(engine, compose("ps", "-q", name).stdout.strip(), root) for name in MEMBERS}


def streaming(primary):
    return primary.sql("select string_agg(application_name, ' ' order by application_name) from pg_stat_replication where state = 'streaming'")


def test_three_members_replicate_and_a_restart_streams_on(compose, members):
    primary = members["db-0"].wait_ready()
    primary.wait_for(lambda: streaming(primary) == "db-1 db-2", "two standbys that stream")
    primary.sql("create table kept as select 42 as n")
    for name in ("db-1", "db-2"):
        members[name].wait_for(lambda: members[name].sql("select n from kept", check=False) == "42", "the row")
        assert members[name].sql("select pg_is_in_recovery()") == "t"

    compose("restart", "-t", "30", "db-1")
    primary.wait_for(lambda: streaming(primary) == "db-1 db-2", "the standby that restarted")
    assert members["db-1"].wait_ready().logs.count("cloning it") == 1, "no new clone"

    compose("stop", "-t", "40")
    states = {name: member.state for name, member in members.items()}
    assert {name: state["ExitCode"] for name, state in states.items()} == dict.fromkeys(MEMBERS, 0)


def test_without_a_password_nothing_starts_and_compose_says_why(engine, made):
    done = engine.compose("-f", FILE, "-p", "none", "up", "-d", env={"IMAGE": made("trixie")[0]}, check=False)
    assert done.returncode != 0 and "superuser's password" in done.stderr
    assert engine.docker("ps", "-aq", "--filter", "label=com.docker.compose.project=none").stdout == ""
