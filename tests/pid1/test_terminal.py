"""With a terminal, the command has the foreground: ^C reaches it, and it may read."""

import os
import pty
import select
import signal
import time

import pytest

from support.wait import wait_until

CONTAINER = ["setsid", "--ctty"]  # what a container runtime does for -t: a session with the terminal as its own


@pytest.fixture
def terminal():
    class Terminal:
        def __init__(self):
            self.master, self.slave = pty.openpty()
            self.text = ""

        def type(self, text):
            os.write(self.master, text.encode())

        def shows(self, expected, timeout=10):
            end = time.monotonic() + timeout
            while expected not in self.text:
                assert select.select([self.master], [], [], max(0, end - time.monotonic()))[0], (
                    f"waited for {expected!r}; the terminal shows {self.text!r}")
                self.text += os.read(self.master, 4096).decode()

    made = Terminal()
    yield made
    os.close(made.master)
    os.close(made.slave)


def test_control_c_reaches_the_command_and_not_the_init(init, terminal):
    started = init(["sh", "-c", "trap 'echo interrupted; exit 7' INT; echo ready; while :; do sleep 0.05; done"],
                   under=CONTAINER, tty=terminal.slave)
    terminal.shows("ready")
    terminal.type("\x03")
    terminal.shows("interrupted")
    assert started.status() == 7


def test_the_command_reads_from_the_terminal(init, terminal):
    started = init(["sh", "-c", "echo ready; read line; echo \"got $line\""], under=CONTAINER, tty=terminal.slave)
    terminal.shows("ready")
    terminal.type("hello\n")
    terminal.shows("got hello")
    assert started.status() == 0


def test_a_change_of_the_windows_size_is_told(init, terminal):
    started = init(["sh", "-c", "trap 'echo resized; exit 0' WINCH; echo ready; while :; do sleep 0.05; done"],
                   under=CONTAINER, tty=terminal.slave)
    terminal.shows("ready")
    started.signal(signal.SIGWINCH)
    terminal.shows("resized")


def test_without_pid1_the_foreground_comes_back_afterwards(init, terminal):
    script = '"$@"; echo "status $?"; read line; echo "shell got $line"'
    started = init(["sh", "-c", "exit 3"], as_pid1=False, tty=terminal.slave,
                   under=["setsid", "--ctty", "--wait", "sh", "-c", script, "sh"])
    terminal.shows("status 3")
    terminal.type("hello\n")
    terminal.shows("shell got hello")
    assert started.status() == 0


def test_from_the_background_it_does_not_take_the_foreground(init, terminal):
    script = 'set -m; "$@" & sleep 0.3; read line; echo "shell got $line"; wait'
    init(["sh", "-c", "echo ready; sleep 1"], as_pid1=False, tty=terminal.slave,
         under=["setsid", "--ctty", "--wait", "bash", "-c", script, "bash"])
    terminal.shows("ready")
    terminal.type("hello\n")
    terminal.shows("shell got hello")


def test_no_terminal_is_no_error(init):
    started = init(["sh", "-c", "exit 0"])
    assert started.status() == 0
    assert started.errors() == ""


def test_the_foreground_group_is_the_commands(init, terminal):
    started = init(["sh", "-c", "echo ready; sleep 100"], under=CONTAINER, tty=terminal.slave)
    terminal.shows("ready")
    command = wait_until(lambda: [pid for pid in started.processes() if pid != started.pid], 5, "the command")
    with open(f"/proc/{min(command)}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    group, foreground = fields[2], fields[5]
    assert group == foreground
