"""`pgordinal reload`, `restart`, `reinit`, `history` and `completion`, as a person calls them by kubectl exec. PostgreSQL 15 and 17."""

import json
import re
import subprocess

import pytest

from support import image

TOML = "/etc/pgordinal/pgordinal.toml"


def call(pod, *words, status=0, env=None):
    """Its standard output and error, in that order."""
    done = pod.exec(["pgordinal", *words], env=env)
    assert done.returncode == status, done.stdout + done.stderr + pod.logs
    return done.stdout + done.stderr


def server(pod):
    """The postmaster's PID in the container; None: there is none."""
    found = pod.postmaster()
    return found and found.pid


def append(pod, line):
    with open(pod.path(f"{pod.image.pgdata}/postgresql.conf"), "a") as file:
        file.write(line + "\n")


@pytest.fixture(params=[17, 15], ids=["pg17", "pg15"])
def pair(cluster, request):
    made = cluster(on=image(request.param))
    made.start(0, 1, files={TOML: "[log]\nlevel = \"info\"\n"})
    made[0].wait_ready()
    return made.wait_streaming(1)


@pytest.mark.longest(120)
def test_reload_restart_reinit_and_history_of_a_primary_and_its_standby(pair):
    primary, standby = pair[0], pair[1]

    # reload: what changed, what waits, what is wrong.
    assert "nothing has changed" in call(primary, "reload")
    append(primary, "work_mem = 5MB\nautovacuum_max_workers = 4")
    said = call(primary, "reload")
    assert "changed in PostgreSQL: work_mem\n" in said, said
    assert "wait for a restart (`pgordinal restart`): autovacuum_max_workers\n" in said, said
    assert primary.sql("show work_mem") == "5MB"
    append(primary, "work_mem = nonsense")
    said = call(primary, "reload", status=1)
    assert re.search(r"did not take these over.*\n  .*postgresql.conf line \d+: work_mem: ", said), said
    assert primary.sql("show work_mem") == "5MB"
    said = call(primary, "restart", status=1)
    assert "would not start" in said and "work_mem" in said, said
    append(primary, "work_mem = 6MB\n'")
    assert "PostgreSQL's files have mistakes, so it changed nothing:\n" in call(primary, "reload", status=1)
    assert primary.sql("show work_mem") == "5MB"
    conf = primary.path(f"{primary.image.pgdata}/postgresql.conf")
    lines = [line for line in conf.read_text().splitlines() if line not in ("work_mem = nonsense", "'")]
    conf.write_text("\n".join(lines) + "\n")
    assert "changed in PostgreSQL: work_mem\n" in call(primary, "reload")
    primary.path(TOML).write_text("[log]\nlevel = \"loud\"\n")
    said = call(primary, "reload", status=1)
    assert f"  {TOML}:2:" in said and "none of them was taken over" in said, said
    primary.path(TOML).write_text("[log]\nlevel = \"info\"\n")
    assert "password" not in said

    # restart: only where it is needed, in place, in the same role.
    assert "nothing was done" in call(standby, "restart", "--if-pending")
    before, other = server(primary), server(standby)
    said = call(primary, "restart", "--if-pending")
    assert "PostgreSQL was restarted\n" in said, said
    assert server(primary) != before and primary.runs == 1
    assert primary.sql("show autovacuum_max_workers") == "4"
    assert "nothing was done" in call(primary, "restart", "--if-pending")
    pair.wait_streaming(1)
    assert server(standby) == other
    assert "PostgreSQL was restarted\n" in call(standby, "restart")
    assert server(standby) != other and standby.runs == 1
    pair.wait_streaming(1)

    # reinit: a new clone, of a standby alone.
    primary.sql("create table kept as select 1 as id")
    pair.wait_replayed(1)
    mark = standby.path(f"{standby.image.pgdata}/of-the-old-copy")
    mark.touch()
    assert "is the primary: its data are what the others clone" in call(primary, "reinit", status=1)
    assert "kubectl exec" in call(primary, "reinit", pair.pod_name(1), status=1)
    assert "is the primary" not in call(standby, "reinit")
    assert not mark.exists() and standby.runs == 1
    pair.wait_streaming(1)
    assert standby.sql("select id from kept") == "1"
    assert "reason=reinit_ordered" in standby.logs and "choice=stream" in standby.logs

    # history
    said = call(standby, "history")
    assert re.search(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ  down     reinit_ordered$", said, re.M), said
    events = json.loads(call(standby, "history", "--json"))["events"]
    assert [each["role"] for each in events] == ["standby", "down", "standby", "down", "standby"], events
    assert events[1]["reason"] == "restart_ordered", events

    # S5: without a primary that answers nothing is given up.
    assert primary.stop()[0] == 0
    assert "does not answer" in call(standby, "reinit", status=1)
    assert standby.sql("select id from kept") == "1"


@pytest.mark.longest(60)
def test_a_command_that_is_interrupted_leaves_pid_1_to_go_on(two):
    """And a second order meanwhile is refused."""
    standby = two[1]
    before = server(standby)
    # A session that a fast shutdown waits for: its backend is stopped.
    slow = standby.popen([*standby.psql(), "-c", "select pg_sleep(60)"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    standby.wait_for(lambda: standby.sql("select count(*) from pg_stat_activity where query like '%pg_sleep(60)' and pid <> pg_backend_pid()") == "1",
                     10, "the session")
    backend = int(standby.sql("select pid from pg_stat_activity where query = 'select pg_sleep(60)'"))
    standby.signal_process(backend, 19)
    command = standby.popen(["pgordinal", "restart"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert "stopped and started again" in command.stderr.readline()
    assert "another order is still being carried out" in call(standby, "restart", status=1)
    command.send_signal(2)
    out, err = command.stdout.read(), command.stderr.read()
    assert command.wait(10) == 1 and out == "" and "interrupted; PID 1 goes on" in err, err
    standby.signal_process(backend, 18)
    standby.wait_for(lambda: server(standby) not in (None, before), 20, "another server")
    two.wait_streaming(1)
    slow.wait(10)


def test_a_server_alone(database, container):
    alone = container(["postgres"], volume=database())
    alone.start().wait_ready()
    assert "its log says what it takes over" in call(alone, "reload")
    before = server(alone)
    assert "select name from pg_settings where pending_restart" in call(alone, "restart", "--if-pending", status=1)
    assert "PostgreSQL was restarted\n" in call(alone, "restart")
    alone.wait_ready()
    assert server(alone) != before and alone.runs == 1
    assert "there is no primary to clone" in call(alone, "reinit", status=1)


def test_the_completion_completes(container):
    script = """source <(pgordinal completion bash)
for words in 'pgordinal re' 'pgordinal restart --' 'pgordinal completion b'; do
  COMP_WORDS=($words) COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _pgordinal; echo "${COMPREPLY[@]}"
done"""
    done = container(["bash", "-c", script], volume=False)
    assert done.run(10) == 0, done.stderr
    assert done.stdout.splitlines() == ["reinit reload restart resume", "--help --if-pending", "bash"], done.stdout
