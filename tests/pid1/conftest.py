"""Fixtures for `pgordinal init -- COMMAND` in a PID namespace of its own, over this machine's root file system."""

import os
import select
import subprocess
import time
from pathlib import Path

import pytest

from support.wait import wait_until

BINARY = Path(os.environ.get("PGORDINAL_BINARY", Path(__file__).resolve().parents[2] / "build/release/pgordinal"))
UNSHARE = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]


class Init:
    """A started `pgordinal init`: as PID 1 of a new namespace, or as an ordinary process.

    under: words between unshare and the binary (env --ignore-signal=..., setsid --ctty). tty: a terminal instead of
    pipes. The standard error is kept apart, in `errors()`.
    """

    def __init__(self, command, *, as_pid1=True, under=(), tty=None, pass_fds=()):
        words = [*(UNSHARE if as_pid1 else []), *under, str(BINARY), "init", "--", *command]
        self._errors_read, errors_write = os.pipe()
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": errors_write}
        if tty is not None:
            streams = {"stdin": tty, "stdout": tty, "stderr": errors_write}
        self.process = subprocess.Popen(words, **streams, start_new_session=True, pass_fds=pass_fds)
        os.close(errors_write)
        self.as_pid1 = as_pid1
        self._text = b""

    @property
    def pid(self):
        """The number of the init itself, as seen from here."""
        if not self.as_pid1:
            return self.process.pid
        return wait_until(lambda: children_of(self.process.pid), 5, "unshare's child")[0]

    def signal(self, number):
        os.kill(self.pid, number)

    def line(self, timeout=10):
        """The next line of the command's standard output."""
        while b"\n" not in self._text:
            stream = self.process.stdout.fileno()
            assert select.select([stream], [], [], timeout)[0], f"no line within {timeout} s; so far {self._text!r}"
            more = os.read(stream, 4096)
            assert more, f"the output ended; so far {self._text!r}"
            self._text += more
        line, self._text = self._text.split(b"\n", 1)
        return line.decode()

    def rest(self):
        """All output that is left, once everybody who could write has ended."""
        return (self._text + read_to_end(self.process.stdout.fileno())).decode()

    def errors(self):
        return read_to_end(self._errors_read).decode()

    def status(self, timeout=10):
        """How it ended, as a shell would say it."""
        code = self.process.wait(timeout)
        return code if code >= 0 else 128 - code

    def processes(self):
        """{pid as seen from here: state letter} of the namespace."""
        namespace = os.readlink(f"/proc/{self.pid}/ns/pid")
        found = {}
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                stat = Path(f"/proc/{entry}/stat").read_text()
                if os.readlink(f"/proc/{entry}/ns/pid") == namespace:
                    found[int(entry)] = stat.rsplit(")", 1)[1].split()[0]
            except OSError:
                continue
        return found

    def remove(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()
        os.close(self._errors_read)


def read_to_end(descriptor, timeout=10):
    """All of it; an assertion when a writer is still there after `timeout` seconds."""
    text = b""
    end = time.monotonic() + timeout
    while select.select([descriptor], [], [], max(0, end - time.monotonic()))[0]:
        more = os.read(descriptor, 65536)
        if not more:
            return text
        text += more
    raise AssertionError(f"the output has no end; so far {text!r}")


def children_of(pid):
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def status_field(pid, name):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return line.split(":", 1)[1].strip()
    raise KeyError(name)


@pytest.fixture
def init():
    """init(command, **options) starts an Init; whatever is left of it is removed at the end of the test."""
    assert os.geteuid() == 0, "PID namespaces need root"
    assert BINARY.exists(), f"{BINARY} is not there: build it first (cmake --build --preset release)"
    made = []

    def start(command, **options):
        made.append(Init(command, **options))
        return made[-1]

    yield start
    for one in made:
        one.remove()
