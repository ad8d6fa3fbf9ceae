"""How fast a standby copies 1 GB from the primary, and how fast pg_basebackup alone does it between the same two hosts."""

import ctypes
import itertools
import os
import re
import time

from measure import Row, Target, interleave, quiesce, say
from probe import Stamped
from starts import Starts
from support import File, wait_until

ROWS = 1_100_000  # of about a kilobyte
FILL = f"""CREATE TABLE fill WITH (autovacuum_enabled = off) AS
           SELECT number, md5(number::text) || repeat('x', 900) AS text FROM generate_series(1, {ROWS}) AS number"""
PASSFILE = "/etc/passfile"
LEFT_TO_WRITE = 0.1  # seconds; more than that is worth a line

_libc = ctypes.CDLL(None, use_errno=True)


def sync_file_system(path):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        if _libc.syncfs(descriptor) != 0:
            raise OSError(ctypes.get_errno(), f"syncfs of {path}")
    finally:
        os.close(descriptor)


class Cloning:
    """A primary with the data, and standbys of it that come and go on one host."""

    def __init__(self, bench):
        self.bench, self.starts = bench, Starts(bench)
        self.volume = self.starts.volume("disk", "primary")
        self.primary = self.starts.ours(self.volume, "member-0")
        self.numbers = itertools.count()
        self.command = self.passfile = None

    def prepare(self):
        self.primary.start().wait_ready()
        say("clone: filling the primary with 1 GB")
        self.primary.sql(FILL, timeout=600)
        self.primary.sql("VACUUM fill", timeout=600)
        self.primary.sql("CHECKPOINT", timeout=600)
        self.size = int(self.primary.sql("SELECT sum(pg_database_size(oid)) FROM pg_database"))
        self.learn_command()

    def learn_command(self):
        """Our pg_basebackup's own words, and the password file that it reads."""
        container, volume = self.standby("tmpfs")
        with_it = []

        def found():
            # Not Debian's wrapper of the same name, which execs it.
            with_it[:] = [process for process in container.processes() if process.command[0].endswith("pg_basebackup")]
            return with_it

        try:
            container.start().wait_for(found, 60, "pg_basebackup")
            self.command = with_it[0].command
            path = re.search(r"passfile='?([^' ]+)", " ".join(self.command)).group(1)
            self.passfile = container.path(path).read_text()
            # What we write ourselves to the disk it has to write itself.
            self.command = [word.replace(path, PASSFILE) for word in self.command if word != "--no-sync"]
        finally:
            container.remove()
            volume.remove()

    def standby(self, medium):
        volume = self.starts.volume(medium, "standby")
        return self.starts.ours(volume, "member-1"), volume

    def calm(self):
        """No stream of an earlier trial holds the slot, and nothing is left to be written."""
        wait_until(lambda: self.primary.sql("SELECT count(*) FROM pg_replication_slots WHERE active") == "0", 30, "an idle slot")
        self.primary.sql("CHECKPOINT", timeout=600)
        quiesce()

    def throughput(self, seconds, volume):
        """Until all of it is on the disk: who says "done" before has the rest of the time added."""
        began = time.monotonic()
        sync_file_system(volume.path)
        left = time.monotonic() - began
        if left > LEFT_TO_WRITE:
            say(f"clone: {left:.2f} s of writing were left after {seconds:.2f} s of copying")
        return self.size / (seconds + left) / 1e6

    def ours(self, medium):
        """From the exec of PID 1 to its word that the clone is done: the questions to the primary are part of it."""
        container, volume = self.standby(medium)
        self.calm()
        try:
            container.start().wait_for("clone_done", 300)
            done = next(at for at, _, line in container.timed_lines if "clone_done" in line)
            return self.throughput(done - (container.executed - container.started), volume)
        finally:
            container.remove()
            volume.remove()

    def bare(self, medium):
        """From exec to exit. The target is the volume itself."""
        volume = self.starts.volume(medium, "standby")
        target = self.command.index("-D") + 1
        command = [f"{self.bench.image.bin}/pg_basebackup", *self.command[1:target], self.bench.image.pgdata,
                   *self.command[target + 1:]]
        container = Stamped(entrypoint=command, on=self.bench.image, user="postgres", volume=volume, net=self.bench.host("member-1"),
                            files={PASSFILE: File(self.passfile, mode=0o600, uid=volume.path.stat().st_uid)})
        self.calm()
        try:
            container.start()
            if container.wait(300) != 0:
                raise RuntimeError(f"pg_basebackup failed\n{container.transcript()}")
            return self.throughput(container.ended - container.executed, volume)
        finally:
            container.remove()
            volume.remove()

    def remove(self):
        self.primary.remove()
        self.volume.remove()


def clone(bench):
    cloning = Cloning(bench)
    try:
        cloning.prepare()
        for medium in ("disk", "tmpfs"):
            what = f"clone of {cloning.size / 1e9:.2f} GB to {medium}"
            ours, reference = interleave(what, bench.trials(10), lambda: cloning.ours(medium), lambda: cloning.bare(medium))
            yield Row(what, "MB/s", Target("ratio", 0.97, at_least=True), ours, reference,
                      f"reference: {' '.join(cloning.command)}")
    finally:
        cloning.remove()
