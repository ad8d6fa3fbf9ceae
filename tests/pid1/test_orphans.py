"""Promise S10: every orphan is reaped, and every exit status has one reader."""

import os
import signal
import subprocess
import time

import pytest

from conftest import children_of, status_field
from programs import DAEMON, ORPHANS, STORM, python
from support.wait import wait_until


@pytest.mark.parametrize("count", [1, 1000])
def test_s10_none_is_left(init, count):
    started = init(python(ORPHANS, count, 0.05))
    assert started.line(30) == "ready"
    wait_until(lambda: len(started.processes()) == 2, 20, "init and command alone")
    assert "Z" not in started.processes().values()
    started.signal(signal.SIGTERM)
    assert started.status() == 128 + signal.SIGTERM


def test_s10_an_orphan_that_fails_is_not_taken_for_the_command(init):
    started = init(["sh", "-c", "(sleep 0.1; exit 2) & sh -c 'sleep 0.1 & exit 2'; sleep 0.5; exit 4"])
    assert started.status() == 4


def test_s10_ten_thousand_orphans(init):
    program = ["sh", "-c", 'for i in 0 1 2 3 4 5 6 7 8 9; do "$@" & done; wait', "sh"]
    batch = python("import os\nfor _ in range(1000):\n    if os.fork() == 0: os._exit(0)\n")
    started = init(program + batch)
    assert started.status(60) == 0


def test_stops_at_once_in_a_storm_of_orphans(init):
    started = init(python(STORM))
    assert started.line() == "ready"
    wait_until(lambda: len(started.processes()) > 2, 5, "the storm")
    began = time.monotonic()
    started.signal(signal.SIGTERM)
    assert started.status(20) == 128 + signal.SIGTERM
    assert time.monotonic() - began < 4


def test_a_daemon_that_outlives_the_command_may_end_well(init):
    started = init(python(DAEMON, "willing"))
    assert started.line().isdigit()
    assert started.status() == 5
    assert started.rest() == "told\nended well\n"


def test_a_daemon_that_will_not_end_is_not_waited_for_for_long(init):
    began = time.monotonic()
    started = init(python(DAEMON, "stubborn"))
    assert started.status() == 5
    assert started.rest().split("\n")[1:] == ["told", ""]
    assert 0.9 < time.monotonic() - began < 5


def test_a_second_stop_does_not_wait_for_what_the_command_left_behind(init):
    started = init(python(DAEMON, "stubborn"))
    assert started.line().isdigit()
    assert started.line() == "told"
    began = time.monotonic()
    started.signal(signal.SIGINT)
    assert started.status() == 5
    assert time.monotonic() - began < 0.7


def test_nothing_left_behind_means_no_wait(init):
    began = time.monotonic()
    assert init(["true"]).status() == 0
    assert time.monotonic() - began < 0.7


def test_not_as_pid1_it_is_a_subreaper(init):
    started = init(python(ORPHANS, 3, 0.5), as_pid1=False)
    assert started.line() == "ready"
    adopted = children_of(started.pid)
    assert len(adopted) == 4  # the command and three that lost their parent
    wait_until(lambda: len(children_of(started.pid)) == 1, 10, "the orphans to be reaped")
    started.signal(signal.SIGTERM)
    assert started.status() == 128 + signal.SIGTERM


def test_not_as_pid1_the_rest_of_the_commands_group_gets_sigterm(init):
    started = init(["sh", "-c", "sleep 100 & echo $!; exit 6"], as_pid1=False)
    left = int(started.line())
    assert started.status() == 6
    wait_until(lambda: not os.path.exists(f"/proc/{left}") or status_field(left, "State").startswith("Z"), 10,
               "the background process to end")


def test_not_as_pid1_a_daemon_of_its_own_session_lives_on(init):
    started = init(python(DAEMON, "willing"), as_pid1=False)
    daemon = int(started.line())
    assert started.status() == 5
    assert status_field(daemon, "State")[0] in "SR"
    os.kill(daemon, signal.SIGKILL)


def test_an_orphan_from_outside_the_command_is_reaped_as_well(init):
    """kubelet's exec probes enter the namespace from outside and leave their children to PID 1."""
    started = init(["sleep", "100"])
    wait_until(lambda: len(started.processes()) == 2, 5, "the command")
    subprocess.run(["nsenter", "--pid", "--target", str(started.pid), "sh", "-c", "(sleep 0.1; exit 2) & exit 0"], check=True)
    wait_until(lambda: len(started.processes()) == 2, 5, "the probe's orphan to be reaped")
    assert started.process.poll() is None
