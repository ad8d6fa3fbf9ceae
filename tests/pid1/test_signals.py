"""Every signal goes on to the command, and to nobody else."""

import os
import signal

import pytest

from programs import SIGNALS, python

FORWARDED = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH,
             signal.SIGPIPE, signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF, signal.SIGURG, signal.SIGIO, signal.SIGPWR,
             signal.SIGXCPU, signal.SIGXFSZ, signal.SIGCONT, signal.SIGTSTP, signal.SIGSTKFLT]


@pytest.mark.parametrize("number", FORWARDED, ids=lambda number: number.name)
@pytest.mark.parametrize("as_pid1", [True, False], ids=["pid1", "not-pid1"])
def test_is_forwarded(init, number, as_pid1):
    started = init(python(SIGNALS), as_pid1=as_pid1)
    assert started.line() == "ready"
    started.signal(number)
    assert started.line() == number.name


def test_realtime_signals_are_forwarded(init):
    started = init(["sh", "-c", "trap 'echo got it' 40; echo ready; while :; do sleep 0.05; done"])
    assert started.line() == "ready"
    started.signal(40)
    assert started.line() == "got it"


@pytest.mark.parametrize("number", [signal.SIGTTIN, signal.SIGTTOU])
def test_signals_about_the_terminal_are_not(init, number):
    started = init(python(SIGNALS))
    assert started.line() == "ready"
    started.signal(number)
    started.signal(signal.SIGUSR1)
    assert started.line() == "SIGUSR1"


def test_goes_to_the_command_alone(init):
    """As with tini: a command that wants its children to know tells them."""
    started = init(["sh", "-c", "sh -c 'trap \"echo child\" USR1; echo ready; while :; do sleep 0.05; done' &"
                                "trap 'echo command; exit 0' USR1; while :; do sleep 0.05; done"])
    assert started.line() == "ready"
    started.signal(signal.SIGUSR1)
    assert started.status() == 0
    assert "child" not in started.rest()


def test_is_forwarded_when_sent_from_inside(init):
    started = init(["sh", "-c", "trap 'exit 8' HUP; kill -HUP 1; while :; do sleep 0.05; done"])
    assert started.status() == 8


def test_many_at_once_arrive_each(init):
    started = init(python(SIGNALS))
    assert started.line() == "ready"
    sent = [signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH, signal.SIGTERM, signal.SIGINT, signal.SIGQUIT]
    for number in sent:
        os.kill(started.pid, number)
    assert sorted(started.line() for _ in sent) == sorted(number.name for number in sent)


def test_the_command_may_refuse_to_stop(init):
    started = init(python(SIGNALS))
    assert started.line() == "ready"
    started.signal(signal.SIGTERM)
    assert started.line() == "SIGTERM"
    assert started.process.poll() is None
    started.signal(signal.SIGTERM)
    assert started.status() == 0


def test_a_stopped_command_is_not_an_ended_one(init):
    started = init(python(SIGNALS))
    assert started.line() == "ready"
    command = next(pid for pid in started.processes() if pid != started.pid)
    os.kill(command, signal.SIGSTOP)
    started.signal(signal.SIGCONT)
    assert started.line() == "SIGCONT"
    assert started.process.poll() is None
