"""Promise S1: after the fence's deadline no PostgreSQL of this pod accepts a write, whatever its PID 1 does."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

import fenced
from conftest import status_field
from fenced import Owner, Place, Writer, boot_time
from support.wait import wait_until

MS = 1_000_000
# From the deadline to the last acknowledgement that a client may have read: the kill, on a machine that is busy otherwise.
BOUND = 150 * MS
# A server at work, without the overhead of a statement each: it notices a dead postmaster only when it waits for something.
COMMITS = """
CREATE TABLE IF NOT EXISTS committed (at timestamptz);
CREATE OR REPLACE PROCEDURE go_on() LANGUAGE plpgsql AS $$
BEGIN LOOP INSERT INTO committed VALUES (clock_timestamp()); COMMIT; END LOOP; END $$;
"""


@pytest.fixture(scope="module")
def cluster():
    fenced.build_program()
    made = Place()
    yield made
    made.remove()


@pytest.fixture
def owner(cluster):
    """owner(**options) starts a server under a fence, on a copy of the cluster."""
    made = []

    def start(**options):
        place = Place(cluster)
        try:
            made.append(Owner(place, **options))
        except BaseException:
            place.remove()
            raise
        return made[-1]

    yield start
    for one in made:
        one.remove()
        one.place.remove()


def freeze(owner):
    os.kill(owner.pid, signal.SIGSTOP)
    wait_until(lambda: status_field(owner.pid, "State").startswith("T"), 5, "the owner to be stopped")


def dead_lock(owner):
    owner.process.stdin.write(b"hang\n")
    owner.process.stdin.flush()


def leave_alone(owner):
    pass


@pytest.mark.parametrize("as_pid1", [True, False], ids=["as PID 1", "not as PID 1"])
@pytest.mark.parametrize("trouble", [freeze, dead_lock, leave_alone])
def test_s1_no_write_is_acknowledged_after_the_deadline(owner, trouble, as_pid1):
    under = owner(as_pid1=as_pid1)
    writer = Writer(under.place)
    deadline = int(under.tell("arm", 1000)[1])
    trouble(under)
    wait_until(lambda: not under.servers(), 10, "the last backend to be gone")
    gone = boot_time()
    wait_until(lambda: boot_time() > gone + 500 * MS, 5, "half a second more")
    acknowledged = writer.end()
    assert acknowledged[-1] > deadline - 300 * MS, "the writer had stopped before"
    assert acknowledged[-1] < deadline + BOUND
    assert gone < deadline + 2 * BOUND
    print(f"last acknowledgement {(acknowledged[-1] - deadline) / MS:.1f} ms, gone {(gone - deadline) / MS:.1f} ms after it")


def test_a_deadline_that_is_moved_in_time_disturbs_no_session(owner):
    under = owner()
    writer = Writer(under.place)
    first = int(under.tell("arm", 800)[1])
    while boot_time() < first + 1000 * MS:
        assert under.tell("move", 800, expected="")[0] == "move"
        time.sleep(0.1)  # a renewal's pace, not a wait
    assert writer.end()[-1] > first + BOUND
    assert under.state()[2] == 0
    under.tell("disarm")


def test_s1_a_backend_that_outlives_its_postmaster_is_killed(owner):
    under = owner()
    session = under.place.connect()
    with session.cursor() as cursor:
        cursor.execute(COMMITS)
        session_at_work = subprocess.Popen(
            [fenced.BIN / "psql", "-X", "-h", under.place.path, "-U", "postgres", "-c", "CALL go_on()"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: cursor.execute("SELECT count(*) FROM committed") or cursor.fetchone()[0] > 100, 10, "commits")
    session.close()
    deadline = int(under.tell("arm", 4000)[1])
    os.kill(under.postmaster(), signal.SIGKILL)
    freeze(under)
    wait_until(lambda: len(under.servers()) == 1, 3, "nobody but the busy backend")
    assert boot_time() < deadline, "too late to see that it outlived the postmaster"
    assert session_at_work.poll() is None
    wait_until(lambda: not under.servers(), 10, "the last backend to be gone")
    assert deadline < boot_time() < deadline + 2 * BOUND
    assert session_at_work.wait(10) != 0


def test_r13_a_server_that_is_started_while_the_deadline_stands_is_killed_too(owner):
    under = owner()
    under.tell("arm", 0)
    wait_until(lambda: under.said("server ended 137"), 10, "the end of the first server")
    under.tell("server")
    wait_until(lambda: len(under.said("server ended 137")) == 2, 10, "the end of the second")
    assert under.state()[3] == 0
    under.tell("disarm")
    under.tell("server")
    wait_until(lambda: under.place.connect().close() or True, 20, "the third server")
    assert len(under.said("server ended")) == 2


def test_r14_a_fence_that_is_killed_is_told_and_another_takes_its_place(owner):
    under = owner()
    writer = Writer(under.place)
    deadline = int(under.tell("arm", 2000)[1])
    os.kill(under.fence(), signal.SIGKILL)
    wait_until(lambda: under.said("fence ended"), 5, "the word of its end")
    beats = under.state()[1]
    assert under.said("server ended") == []
    under.tell("restart")
    wait_until(lambda: under.state()[1] > beats, 5, "the heartbeat")
    freeze(under)
    wait_until(lambda: not under.servers(), 10, "the last backend to be gone")
    assert deadline - 300 * MS < writer.end()[-1] < deadline + BOUND


def test_r14_a_fence_that_is_stopped_beats_no_more(owner):
    under = owner()
    os.kill(under.fence(), signal.SIGSTOP)
    wait_until(lambda: status_field(under.fence(), "State").startswith("T"), 5, "the fence to be stopped")
    beats = under.state()[1]
    end = boot_time() + 300 * MS
    wait_until(lambda: boot_time() > end, 5, "six beats")
    assert under.state()[1] == beats
    under.tell("restart")
    wait_until(lambda: under.state()[1] > beats, 5, "the heartbeat of another")
    under.tell("arm", 0)
    wait_until(lambda: not under.servers(), 10, "the last backend to be gone")


def test_not_as_pid1_the_servers_end_with_their_owner_and_then_the_fence(owner):
    """A pod with shareProcessNamespace: the kernel does not end a container's other processes."""
    under = owner(as_pid1=False)
    writer = Writer(under.place)
    under.tell("arm", 3_600_000)
    fence = under.fence()
    os.kill(under.pid, signal.SIGKILL)
    wait_until(lambda: not under.servers(), 10, "the last backend to be gone")
    wait_until(lambda: not os.path.exists(f"/proc/{fence}") or status_field(fence, "State").startswith("Z"), 10, "the fence's end")
    writer.end()


def test_not_as_pid1_another_containers_server_is_left_alone(owner):
    """Both are seen in one PID namespace and run as the same user."""
    under, other = owner(as_pid1=False), owner(as_pid1=False)
    session = other.place.connect()
    under.tell("arm", 0)
    wait_until(lambda: not under.servers(), 10, "the last backend to be gone")
    beats = under.state()[1]
    wait_until(lambda: under.state()[1] > beats + 3, 5, "some rounds more")
    with session.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert other.state()[2:] == (0, len(other.servers()))
    session.close()


def test_other_programs_and_initdb_are_left_alone(owner):
    under = owner()
    into = ["nsenter", "--pid", "--target", str(under.pid), "setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    shell = subprocess.Popen([*into, "sleep", "100"], cwd=under.place.data)
    staging = under.place.data / "pgordinal.staging"
    under.tell("arm", 0)
    wait_until(lambda: under.said("server ended"), 10, "the end of the server")
    subprocess.run([*into, fenced.BIN / "initdb", "--no-sync", "-D", staging], check=True, stdout=subprocess.DEVNULL, cwd="/")
    beats = under.state()[1]
    wait_until(lambda: under.state()[1] > beats + 2, 5, "some rounds more")
    assert shell.poll() is None
    shell.kill()
    shell.wait()
    assert (staging / "global/pg_control").exists()


def test_s1_also_where_proc_hides_other_users(owner):
    hide = ["sh", "-c", 'mount -o remount,hidepid=2 /proc && exec "$@"', "sh"]
    under = owner(under=hide)
    assert "hidepid=invisible" in Path(f"/proc/{under.pid}/mounts").read_text() or \
        "hidepid=2" in Path(f"/proc/{under.pid}/mounts").read_text()
    writer = Writer(under.place)
    deadline = int(under.tell("arm", 700)[1])
    freeze(under)
    wait_until(lambda: not under.servers(), 10, "the last backend to be gone")
    assert writer.end()[-1] < deadline + BOUND


def test_r15_servers_are_counted_until_the_last_is_gone(owner):
    under = owner()
    wait_until(lambda: under.state()[3] == len(under.servers()) > 3, 10, "both to count the same")
    os.kill(under.postmaster(), signal.SIGQUIT)
    wait_until(lambda: under.said("server ended"), 10, "the end of the server")
    wait_until(lambda: under.state()[3] == 0, 10, "no server")
    assert under.servers() == []


def test_it_is_small_and_alone(owner):
    under = owner()
    fence = under.fence()
    under.tell("arm", 3_600_000)
    rollup = dict(line.split(":", 1) for line in Path(f"/proc/{fence}/smaps_rollup").read_text().splitlines()[1:])
    private = sum(int(rollup[name].split()[0]) for name in ("Private_Clean", "Private_Dirty"))
    assert private < 1024, rollup
    assert os.listdir(f"/proc/{fence}/fd") == ["0"]
    assert os.getsid(fence) == fence
    assert status_field(fence, "Uid").split() == status_field(under.servers()[0], "Uid").split()
    ticks = lambda: sum(map(int, Path(f"/proc/{fence}/stat").read_text().rsplit(")", 1)[1].split()[11:13]))  # noqa: E731
    before, began = ticks(), time.monotonic()
    beats = under.state()[1]
    wait_until(lambda: under.state()[1] > beats + 20, 10, "a second of heartbeats", longest_pause=0.5)
    assert (ticks() - before) / os.sysconf("SC_CLK_TCK") < 0.02 * (time.monotonic() - began)
    print(f"private {private} kB")
