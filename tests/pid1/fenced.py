"""A real PostgreSQL under fence_owner.cpp, and a client that notes when each of its writes was acknowledged."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import psycopg2

from conftest import UNSHARE, children_of, status_field
from support.wait import wait_until

TOP = Path(__file__).resolve().parents[2]
BIN = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
PROGRAM = TOP / "build/release/fence_owner"


def build_program():
    if not (TOP / "build/release/build.ninja").exists():
        subprocess.run(["cmake", "--preset", "release"], cwd=TOP, check=True)
    subprocess.run(["cmake", "--build", "--preset", "release", "--target", "fence_owner"], cwd=TOP, check=True)


def boot_time():
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def as_postgres(*words, **options):
    return subprocess.run([str(word) for word in words], user="postgres", group="postgres", extra_groups=[], check=True,
                          stdout=subprocess.DEVNULL, cwd="/", **options)


class Place:
    """A directory in memory that PostgreSQL's user owns; `data` in it is a cluster."""

    def __init__(self, template=None):
        self.path = Path(tempfile.mkdtemp(prefix="pgordinal-fence-", dir="/dev/shm"))
        self.data = self.path / "data"
        self._own(self.path)
        if template is None:
            as_postgres(BIN / "initdb", "--no-sync", "-A", "trust", "-D", self.data)
        else:
            as_postgres("cp", "-a", template.data, self.data)

    @staticmethod
    def _own(path):
        account = pwd.getpwnam("postgres")
        os.chown(path, account.pw_uid, account.pw_gid)

    def server(self):
        return [BIN / "postgres", "-D", self.data, "-k", self.path, "-c", "listen_addresses=", "-c", "fsync=off",
                "-c", "log_min_messages=panic"]

    def connect(self):
        made = psycopg2.connect(host=str(self.path), user="postgres", dbname="postgres")
        made.autocommit = True
        return made

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)


class Owner:
    """fence_owner over a Place: as PID 1 of a new namespace, or as an ordinary process."""

    def __init__(self, place, *, as_pid1=True, under=()):
        self.place = place
        words = [*(UNSHARE if as_pid1 else []), *under, PROGRAM, place.data, *place.server()]
        self.process = subprocess.Popen([str(word) for word in words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        start_new_session=True, cwd="/")
        self.lines = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.as_pid1 = as_pid1
        self.pid = wait_until(lambda: children_of(self.process.pid), 10, "unshare's child")[0] if as_pid1 else self.process.pid
        wait_until(lambda: self.said("server "), 10, "the server", check=self._runs)
        wait_until(lambda: place.connect().close() or True, 30, "the first connection", check=self._runs)

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.decode().rstrip())

    def _runs(self):
        assert self.process.poll() is None, f"the owner ended with {self.process.returncode}, and had said {self.lines}"

    def said(self, beginning, after=0):
        return [line for line in self.lines[after:] if line.startswith(beginning)]

    def tell(self, word, milliseconds=0, expected=None):
        """The words of its answer. `arm` and `move` answer with the deadline, in nanoseconds of CLOCK_BOOTTIME."""
        before = len(self.lines)
        self.process.stdin.write(f"{word} {milliseconds}\n".encode())
        self.process.stdin.flush()
        return wait_until(lambda: self.said(expected or word, before), 10, f"the answer to {word}")[0].split()

    def state(self):
        """(pid of the fence as the owner sees it, heartbeat, kills, servers)"""
        return tuple(map(int, self.tell("state")[1:]))

    def family(self):
        """{pid as seen from here: name} of the servers and the fence."""
        found = {}
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                name = Path(f"/proc/{entry}/comm").read_text().strip()
                if name == "pgordinal-fence" and self._ours(entry):
                    found[int(entry)] = name
                # A zombie has no directory any more.
                if name == "postgres" and os.path.samefile(f"/proc/{entry}/cwd", self.place.data):
                    found[int(entry)] = name
            except OSError:
                continue
        return found

    def _ours(self, entry):
        if self.as_pid1:
            return os.readlink(f"/proc/{entry}/ns/pid") == os.readlink(f"/proc/{self.pid}/ns/pid")
        return int(Path(f"/proc/{entry}/stat").read_text().rsplit(")", 1)[1].split()[1]) == self.pid

    def servers(self):
        return [pid for pid, name in self.family().items() if name == "postgres"]

    def fence(self):
        return [pid for pid, name in self.family().items() if name == "pgordinal-fence"][0]

    def postmaster(self):
        """Its pid as seen from here."""
        own = (self.place.data / "postmaster.pid").read_text().split()[0]
        for pid in self.servers():
            try:
                if status_field(pid, "NSpid").split()[-1] == own:
                    return pid
            except OSError:
                continue  # a short-lived one
        return None

    def remove(self):
        # The PID 1 itself: it has another user than it was born with, so unshare's end does not kill it.
        if self.process.poll() is None:
            os.kill(self.pid, signal.SIGKILL)
        self.process.wait(10)
        # Where it was no PID 1 its servers are left, and hold its output.
        for pid in self.servers():
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not self.servers(), 10, "the last server to end")
        self._reader.join(10)
        assert not self._reader.is_alive(), "somebody still holds the owner's output"
        for stream in (self.process.stdin, self.process.stdout):
            stream.close()


class Writer:
    """Inserts as fast as it can, in one session as long as it lasts, then in new ones. `acknowledged` are the boot times
    at which an answer came."""

    def __init__(self, place):
        self.place, self.acknowledged, self._stop = place, [], False
        with place.connect() as session, session.cursor() as cursor:
            cursor.execute("CREATE TABLE IF NOT EXISTS written (at timestamptz DEFAULT now())")
        self._thread = threading.Thread(target=self._write, daemon=True)
        self._thread.start()
        wait_until(lambda: len(self.acknowledged) > 10, 10, "the first writes")

    def _write(self):
        while not self._stop:
            try:
                with self.place.connect().cursor() as cursor:
                    while not self._stop:
                        cursor.execute("INSERT INTO written DEFAULT VALUES")
                        self.acknowledged.append(boot_time())
            except psycopg2.Error:
                time.sleep(0.002)

    def end(self):
        self._stop = True
        self._thread.join(10)
        return self.acknowledged
