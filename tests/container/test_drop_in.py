"""The image by plain `docker run`, where people had the official one: start, restart, stop, exit statuses, hardening."""

import re

import pytest

from .conftest import ROOTS

PASSWORD = ("-e", "POSTGRES_PASSWORD=secret")
SHELLS = ROOTS[:2]
HARDENED = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--tmpfs", "/tmp", "--tmpfs", "/run/postgresql")


def data_on(name, root):
    return ("-v", f"{name}:{root.pgdata}")


@pytest.mark.parametrize("root", SHELLS)
def test_init_restart_and_stop_keep_the_data(engine, run, made, volume, root):
    name, facts = made(root)
    pod = run(root, options=[*PASSWORD, "-e", "POSTGRES_DB=app", *data_on(volume(), facts)]).wait_ready()
    assert "PostgreSQL init process complete; ready for start up." in pod.logs
    pod.sql("create table kept as select 42 as n")
    assert pod.stop() == 0, pod.logs
    engine.docker("start", pod.name)
    pod.wait_ready()
    assert "appears to contain a database; Skipping initialization" in pod.logs
    assert pod.sql("select n from kept") == "42"
    engine.docker("restart", "-t", "60", pod.name)
    assert pod.wait_ready().sql("select n from kept") == "42"
    assert pod.logs.count("database system is shut down") >= 2 and "was not properly shut down" not in pod.logs


def test_the_stop_signal_of_the_base_is_a_fast_shutdown(run, engine):
    """SIGINT, with a session that is open; a smart shutdown would wait for it."""
    pod = run("trixie", options=PASSWORD).wait_ready()
    assert engine.inspect(pod.name)["Config"]["StopSignal"] == "SIGINT"
    engine.docker("exec", "-d", pod.name, f"{pod.root.bin}/psql", "-U", "postgres", "-c", "select pg_sleep(600)")
    pod.wait_for(lambda: pod.sql("select count(*) from pg_stat_activity where query like 'select pg_sleep%'") == "1", "the session")
    assert pod.stop(patience=60) == 0
    assert "received fast shutdown request" in pod.logs


@pytest.mark.parametrize("signal, status", [("TERM", 0), ("INT", 0)])
def test_a_signal_ends_it_with_the_status_of_a_clean_end(run, engine, signal, status):
    pod = run("trixie", options=PASSWORD).wait_ready()
    engine.docker("kill", "-s", signal, pod.name)
    assert engine.docker("wait", pod.name).stdout.strip() == str(status)


@pytest.mark.parametrize("command, options, status, says", [
    (["postgres"], [], 1, "superuser password is not specified"),
    (["no-such-command"], [], 127, "no-such-command"),
    (["/etc/passwd"], [], 126, "Permission denied"),
    (["bash", "-c", "exit 7"], [], 7, ""),
    (["-V"], [], 0, "postgres (PostgreSQL) 17"),
    (["psql", "--version"], ["--user", "12345"], 0, "psql (PostgreSQL) 17"),
], ids=["no password", "not found", "not executable", "its own status", "an option", "any user"])
def test_exit_statuses(engine, made, command, options, status, says):
    done = engine.docker("run", "--rm", *options, made("trixie")[0], *command, check=False)
    assert done.returncode == status and says in done.stdout + done.stderr


def test_the_default_command_is_postgres_and_pid_1_is_ours(engine, run):
    pod = run("trixie", options=PASSWORD).wait_ready()
    rows = [line.split(None, 2) for line in engine.docker("top", pod.name, "-eo", "pid,user,args").stdout.splitlines()[1:]]
    assert rows[0][2] == "/usr/local/bin/pgordinal postgres"
    assert len(rows) > 3 and not [row for row in rows if row[1] == "root"], "PID 1 has given up root, too"


def test_a_user_of_its_own_on_a_hardened_container(engine, run, made, volume):
    """Arbitrary user, read-only root, no capability: the volume belongs to nobody yet, so PGDATA is a directory in it."""
    pgdata = f"{made('trixie')[1].pgdata}/pgdata"
    pod = run("trixie", options=[*PASSWORD, "--user", "12345:0", *HARDENED, "-e", f"PGDATA={pgdata}",
                                 *data_on(volume(), made("trixie")[1])]).wait_ready()
    facts = engine.inspect(pod.name)["HostConfig"]
    assert facts["ReadonlyRootfs"] and facts["CapDrop"] == ["ALL"]
    assert pod.sql("select current_setting('data_directory')") == pgdata
    assert pod.exec("stat", "-c", "%u %a", pgdata).stdout == "12345 700\n"
    assert pod.stop() == 0


def test_the_images_own_user_on_a_hardened_container(run, made, volume):
    pod = run("bookworm", options=[*PASSWORD, "--user", "postgres", *HARDENED, *data_on(volume(), made("bookworm")[1])]).wait_ready()
    assert pod.sql("select 1") == "1" and pod.stop() == 0


def test_without_a_shell_an_existing_volume_is_served(run, made, volume):
    where = volume()
    first = run("trixie", options=[*PASSWORD, *data_on(where, made("trixie")[1])]).wait_ready()
    first.sql("create table kept as select 42 as n")
    assert first.stop() == 0
    pod = run("trixie-no-shell", options=[*HARDENED, "--user", "999:999", *data_on(where, made("trixie-no-shell")[1])]).wait_ready()
    assert pod.sql("select n from kept") == "42"
    assert pod.exec("sh", "-c", "true", check=False).returncode != 0, "it has no shell"
    assert pod.stop() == 0


def test_the_program_is_installed_into_an_unmodified_image(engine, run, made, volume, program):
    """As statefulset.yaml does it: `install` to a shared volume, and the official image starts from there."""
    made("trixie")
    shared = volume()
    done = engine.docker("run", "--rm", "-v", f"{shared}:/shared", made("trixie")[0], "install", "/shared")
    assert re.fullmatch(r"pgordinal \S+ is at /shared/pgordinal\n", done.stdout)
    version = engine.docker("run", "--rm", "--read-only", "-v", f"{shared}:/shared:ro", "--entrypoint", "/shared/pgordinal",
                            "official-trixie", "--version")
    assert version.stdout.startswith("pgordinal ") and "postgres (PostgreSQL) 17" in version.stdout
