"""What the init inherits does not reach the command, and does not break the init."""

import os
import signal

import pytest

from conftest import children_of, status_field
from programs import ORPHANS, SIGNALS, python
from support.wait import wait_until

MASKS = ["grep", "-E", "^Sig(Blk|Ign):", "/proc/self/status"]
CLEAN = "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n"


def test_s10_sigchld_inherited_as_ignored_hides_no_exit_status(init):
    """tini hangs for ever here, and then ignores SIGTERM."""
    assert init(["sh", "-c", "exit 3"], under=["env", "--ignore-signal=CHLD"]).status() == 3


def test_s10_sigchld_inherited_as_ignored_reaps_orphans_and_stops(init):
    started = init(python(ORPHANS, 20, 0), under=["env", "--ignore-signal=CHLD"])
    assert started.line() == "ready"
    wait_until(lambda: len(started.processes()) == 2, 10, "all orphans to be reaped")
    started.signal(signal.SIGTERM)
    assert started.status() == 128 + signal.SIGTERM


@pytest.mark.parametrize("under", [
    [],
    ["env", "--ignore-signal=CHLD"],
    ["env", "--ignore-signal=PIPE"],
    ["env", "--ignore-signal"],
    ["env", "--block-signal"],
    ["env", "--ignore-signal=TERM", "--block-signal=TERM"],
], ids=lambda under: " ".join(under[1:]) or "nothing")
def test_the_command_gets_a_clean_mask_and_default_dispositions(init, under):
    started = init(MASKS, under=under)
    assert started.rest() == CLEAN
    assert started.status() == 0


def test_signals_are_forwarded_though_they_were_inherited_as_blocked_and_ignored(init):
    started = init(python(SIGNALS), under=["env", "--ignore-signal", "--block-signal"])
    assert started.line() == "ready"
    started.signal(signal.SIGTERM)
    assert started.line() == "SIGTERM"


def test_a_command_whose_reader_is_gone_dies_of_sigpipe(init):
    started = init(["sh", "-c", "yes | head -n 1; true"], under=["env", "--ignore-signal=PIPE"])
    assert started.rest() == "y\n"
    assert started.errors() == ""


def test_no_descriptor_reaches_the_command(init):
    extra = [os.open("/etc/passwd", os.O_RDONLY) for _ in range(8)]
    started = init(["ls", "/proc/self/fd"], pass_fds=extra)
    for descriptor in extra:
        os.close(descriptor)
    assert started.rest().split() == ["0", "1", "2", "3"]  # 3 is ls reading that directory


def test_the_environment_and_the_directory_stay(init):
    started = init(["sh", "-c", 'echo "$GREETING in $(pwd)"'], under=["env", "--chdir=/usr", "GREETING=hello"])
    assert started.rest() == "hello in /usr\n"


def test_the_command_leads_a_process_group_of_its_own(init):
    started = init(["sh", "-c", "cut -d' ' -f1,5 /proc/$$/stat"])
    pid, group = started.line().split()
    assert pid == group


def test_limits_and_umask_stay(init):
    started = init(["sh", "-c", "umask; ulimit -n; ulimit -c"],
                   under=["sh", "-c", 'umask 0027; ulimit -n 777; ulimit -c 0; exec "$@"', "sh"])
    assert started.rest().split() == ["0027", "777", "0"]


def test_the_init_itself_is_small_and_waits_in_the_kernel(init):
    started = init(["sleep", "100"])
    wait_until(lambda: children_of(started.pid) and status_field(started.pid, "State").startswith("S"), 5, "the command")
    assert int(status_field(started.pid, "VmRSS").split()[0]) < 8 * 1024
