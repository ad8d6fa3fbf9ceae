"""What PID 1 and its helpers take while nothing happens: memory and processor time."""

import re
import shutil
import time
from pathlib import Path

from measure import Row, Target, say
from starts import Starts
from support import Mount, wait_until
from support.container import PROGRAM

SETTLE, PERIOD = 5, 30


def helpers(container):
    """PID 1 and every process that is neither the postmaster nor below it, by their numbers on this machine."""
    everything = container.processes()
    postmaster = container.postmaster()
    server = {postmaster.pid}
    for process in everything:  # sorted by PID, but a PID may be reused: until nothing is added
        server |= {other.pid for other in everything if other.ppid in server}
    return [process.host_pid for process in everything if process.pid not in server]


def proportional_set_size(pids):
    """MB (of 2^20 bytes)"""
    kilobytes = 0
    for pid in pids:
        kilobytes += int(re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M).group(1))
    return kilobytes / 1024


def processor_time(pids):
    """Seconds on a processor so far, of all threads, by the scheduler's nanoseconds (/proc/PID/stat counts ticks of 10 ms)."""
    total = 0
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


class Idle:
    """Containers with a copy of the program each: pages of one file, mapped by several, would count as a fraction in each."""

    def __init__(self, bench):
        self.bench, self.starts, self.containers, self.volumes = bench, Starts(bench), [], []

    def start(self, host):
        program = self.bench.directory("tmpfs") / f"program-{host}"
        shutil.copy(self.bench.binary, program)
        volume = self.starts.volume("tmpfs", "idle")
        container = self.starts.ours(volume, host, mounts=[Mount(program, PROGRAM)])
        self.containers.append(container)
        self.volumes.append(volume)
        return container.start().wait_ready()

    def remove(self):
        for container in self.containers:
            container.remove()
        for volume in self.volumes:
            volume.remove()

    def rows(self, named):
        """named: {role: container}. Memory now, processor time from now on, of all at the same time."""
        time.sleep(SETTLE)
        pids = {role: helpers(container) for role, container in named.items()}
        before = {role: processor_time(found) for role, found in pids.items()}
        began = time.monotonic()
        say(f"idle: {', '.join(named)}: {PERIOD} s of nothing")
        time.sleep(PERIOD)
        for role, container in named.items():
            used = processor_time(pids[role]) - before[role]
            passed = time.monotonic() - began
            if helpers(container) != pids[role]:
                raise RuntimeError(f"{role}: its processes changed while it was idle:\n{container.transcript()}")
            count = f"{len(pids[role])} process{'es' if len(pids[role]) > 1 else ''}"
            yield Row(f"memory (PSS), {role}", "MB", Target("limit", 8), [proportional_set_size(pids[role])], note=count)
            yield Row(f"processor, idle, {role}", "% of a core", Target("limit", 0.1), [100 * used / passed], note=count)


def footprint(bench):
    idle = Idle(bench)
    try:
        yield from idle.rows({"standalone": idle.start("bench")})
        idle.remove()
        primary = idle.start("member-0")
        standbys = [idle.start("member-1"), idle.start("member-2")]
        wait_until(lambda: primary.sql("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") == "2", 60,
                   "two standbys that stream")
        yield from idle.rows({"static primary": primary, "static standby": standbys[0]})
    finally:
        idle.remove()
