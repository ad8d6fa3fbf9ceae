"""One process beside the tests that reads the containers' output and outlives the tests just long enough to clean up.

It owns the reading ends of all pipes (so that a container never waits for a busy test, and a busy test never loses a line)
and a descriptor of every PID 1. When the tests end, in whatever way, it kills what is left and removes the directory.
It is told of a container by one message with three descriptors, and never answers; its files are its answer:

    DIRECTORY/stdout, DIRECTORY/stderr   bytes as they came
    DIRECTORY/timed                      both, line by line: seconds since the start, `out` or `err`, the line
    DIRECTORY/complete                   appears when both pipes have reached their end
"""

import array
import json
import os
import selectors
import shutil
import signal
import socket
import tempfile
import time
from pathlib import Path


_connection = None
_pid = None
_base = None


def base_directory():
    """Where all state of this run lives: in memory if there is plenty, as initdb is then as fast as the processor."""
    global _base
    if _base is None:
        _base = Path(tempfile.mkdtemp(prefix="pgordinal-containers-", dir=_roomy_place()))
        os.chmod(_base, 0o755)
        _start()
    return _base


def _roomy_place():
    chosen = os.environ.get("PGORDINAL_TEST_TMP")
    if chosen:
        return chosen
    shared_memory = Path("/dev/shm")
    try:
        room = os.statvfs(shared_memory)
        if room.f_bavail * room.f_frsize >= 4 << 30:
            return str(shared_memory)
    except OSError:
        pass
    return None


def keep(directory, stdout, stderr, pidfd, started):
    """Hands over the reading ends of a container's pipes and its PID 1. The caller closes its own copies."""
    message = json.dumps({"directory": str(directory), "started": started}).encode()
    descriptors = array.array("i", [stdout, stderr, pidfd])
    _connection.sendmsg([message], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)])


def finish():
    """Ends the keeper: it kills what is left and removes the base directory."""
    global _connection, _pid, _base
    if _connection is None:
        return
    _connection.close()
    os.waitpid(_pid, 0)
    _connection = _pid = _base = None


def _start():
    global _connection, _pid
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    _pid = os.fork()
    if _pid != 0:
        its.close()
        _connection = ours
        return
    status = 1
    try:
        ours.close()
        os.setsid()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1):
            os.dup2(null, descriptor)
        # A runner that waits for the end of our inherited standard error would wait for the keeper.
        os.dup2(null, 2)
        _close_all_but(its.fileno())
        _Keeper(its).run()
        shutil.rmtree(_base, ignore_errors=True)
        status = 0
    finally:
        os._exit(status)


def _close_all_but(kept):
    for name in os.listdir("/proc/self/fd"):
        descriptor = int(name)
        if descriptor > 2 and descriptor != kept:
            try:
                os.close(descriptor)
            except OSError:
                pass


class _Stream:
    def __init__(self, entry, name, descriptor):
        self.entry, self.name, self.descriptor, self.rest = entry, name, descriptor, b""
        self.file = os.open(os.path.join(entry["directory"], name), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)


class _Keeper:
    def __init__(self, connection):
        self.connection = connection
        self.selector = selectors.DefaultSelector()
        self.selector.register(connection, selectors.EVENT_READ, None)
        self.entries = []

    def run(self):
        while True:
            for key, _ in self.selector.select():
                if key.data is None:
                    if not self.receive():
                        self.kill_all()
                        return
                elif isinstance(key.data, _Stream):
                    self.read(key.data)
                else:
                    self.forget_process(key.data)

    def receive(self):
        message, ancillary, _, _ = self.connection.recvmsg(4096, socket.CMSG_SPACE(3 * 4))
        if not message:
            return False
        descriptors = array.array("i")
        descriptors.frombytes(ancillary[0][2])
        entry = json.loads(message)
        entry["pidfd"] = descriptors[2]
        entry["open"] = 2
        entry["timed"] = os.open(os.path.join(entry["directory"], "timed"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        for name, descriptor in zip(("stdout", "stderr"), descriptors):
            os.set_blocking(descriptor, False)
            self.selector.register(descriptor, selectors.EVENT_READ, _Stream(entry, name, descriptor))
        self.selector.register(entry["pidfd"], selectors.EVENT_READ, entry)
        self.entries.append(entry)
        return True

    def read(self, stream):
        try:
            data = os.read(stream.descriptor, 65536)
        except BlockingIOError:
            return
        os.write(stream.file, data)
        *lines, stream.rest = (stream.rest + data).split(b"\n")
        if not data and stream.rest:
            lines.append(stream.rest)
        stamp = f"{time.monotonic() - stream.entry['started']:9.3f} {stream.name[3:]} ".encode()
        if lines:
            os.write(stream.entry["timed"], b"".join(stamp + line + b"\n" for line in lines))
        if not data:
            self.selector.unregister(stream.descriptor)
            os.close(stream.descriptor)
            os.close(stream.file)
            stream.entry["open"] -= 1
            if stream.entry["open"] == 0:
                os.close(stream.entry["timed"])
                os.close(os.open(os.path.join(stream.entry["directory"], "complete"), os.O_WRONLY | os.O_CREAT, 0o644))

    def forget_process(self, entry):
        self.selector.unregister(entry["pidfd"])
        os.close(entry["pidfd"])
        self.entries.remove(entry)

    def kill_all(self):
        for entry in self.entries:
            try:
                signal.pidfd_send_signal(entry["pidfd"], signal.SIGKILL)
            except ProcessLookupError:
                pass
        # A dead PID 1 takes its namespace with it; wait for that before the directory goes.
        poller = selectors.DefaultSelector()
        for entry in self.entries:
            poller.register(entry["pidfd"], selectors.EVENT_READ, entry["pidfd"])
        deadline = time.monotonic() + 10
        while poller.get_map() and time.monotonic() < deadline:
            for key, _ in poller.select(deadline - time.monotonic()):
                poller.unregister(key.fileobj)
