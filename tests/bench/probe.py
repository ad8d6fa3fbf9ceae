"""When a server answers its first `SELECT 1` over TCP, to the millisecond.

psql takes longer to start than PostgreSQL does, so this speaks the protocol itself (protocol 3.0, method trust), from a
process that is there before the server is. Both sides of a comparison are asked in the same way.
"""

import dataclasses
import mmap
import os
import select
import signal
import socket
import struct
import time

from support import Container, kernel

PAUSE = 0.001


@dataclasses.dataclass(frozen=True)
class _StampedRights:
    """Rights whose taking, the last thing before the exec, leaves the time in a page that is shared with the parent."""
    rights: object
    page: mmap.mmap

    def __getattr__(self, name):
        return getattr(self.rights, name)

    def take(self):
        self.rights.take()
        self.page[:8] = struct.pack("q", time.monotonic_ns())


class Stamped(Container):
    """A Container that knows when its PID 1 was about to be exec'd: `executed`, in seconds of the monotonic clock.

    Setting up namespaces and mounts is the harness's time, not the program's.
    """

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self._page = mmap.mmap(-1, mmap.PAGESIZE)

    def _birth(self):
        birth = super()._birth()
        return dataclasses.replace(birth, rights=_StampedRights(birth.rights, self._page))

    @property
    def executed(self):
        stamp = struct.unpack("q", self._page[:8])[0] / 1e9
        if self.pid is None or stamp < self.started:
            raise RuntimeError(f"{self.name}: nobody noted when PID 1 was executed")
        return stamp


class FirstSelect:
    """Asks from now on, in a network namespace, until there is an answer. The asker dies with this process."""

    def __init__(self, namespace, port=5432, timeout=120):
        read, write = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            try:
                kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
                os.close(read)
                kernel.setns(namespace, kernel.CLONE_NEWNET)
                os.write(write, b"ready\n")
                os.write(write, _ask_until_answered(port, time.monotonic() + timeout).encode())
            finally:
                os._exit(0)
        os.close(write)
        self._answer = os.fdopen(read)
        if self._answer.readline() != "ready\n":
            raise RuntimeError("the asker of SELECT 1 could not start")

    def wait(self, container):
        """Seconds of the monotonic clock at the answer. Gives up when the container has ended."""
        while not select.select([self._answer], [], [], 0.25)[0]:
            if not container.running:
                os.kill(self._pid, signal.SIGKILL)
        with self._answer as answer:
            text = answer.read()
        os.waitpid(self._pid, 0)
        if not text.startswith("at "):
            raise RuntimeError(f"no answer to SELECT 1: {text}\n{container.transcript()}")
        return int(text.split()[1]) / 1e9


def _ask_until_answered(port, deadline):
    last = "never tried"
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                last = _select_1(connection)
                if last == "1":
                    return f"at {time.monotonic_ns()}"
        except OSError as error:
            last = str(error)
        time.sleep(PAUSE)
    return last


def _select_1(connection):
    """The value, or what the server said instead."""
    parameters = b"user\0postgres\0database\0postgres\0\0"
    connection.sendall(struct.pack("!ii", 8 + len(parameters), 196608) + parameters)
    asked, data = False, b""
    while True:
        received = connection.recv(4096)
        if not received:
            return "the connection was closed"
        data += received
        while len(data) >= 5 and len(data) >= 1 + (length := struct.unpack("!i", data[1:5])[0]):
            kind, body, data = data[:1], data[5:1 + length], data[1 + length:]
            if kind == b"E":
                return body.replace(b"\0", b" ").decode(errors="replace")
            if kind == b"D":
                return body[6:].decode()
            if kind == b"Z" and not asked:
                query = b"SELECT 1\0"
                connection.sendall(b"Q" + struct.pack("!i", 4 + len(query)) + query)
                asked = True


def milliseconds_to_first_select(container):
    """Starts the container, which has a Host of a Lab, and waits for its first answer."""
    asker = FirstSelect(container.net.namespace)
    container.start()
    return (asker.wait(container) - container.executed) * 1000
