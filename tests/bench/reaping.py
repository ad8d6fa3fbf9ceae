"""10,000 orphans, reaped by `pgordinal init --` and by Debian's tini."""

import os
import subprocess
from pathlib import Path

from measure import Row, Target, interleave
from support import Container, Mount
from support.container import PROGRAM

COUNT = 10_000
TINI = "/usr/bin/tini"
GENERATOR = "/usr/local/bin/orphans"


def build_generator(bench):
    program = bench.build / "orphans"
    source = Path(__file__).with_name("orphans.cpp")
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        subprocess.run(["g++", "-std=c++23", "-O2", "-static", "-o", program, source], check=True)
    return program


def reap(bench):
    generator = build_generator(bench)
    # Under --realtime PID 1 would wait for its turn behind 10,000 others: the luck of the queue would be measured.
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))

    def one(pattern, entrypoint):
        container = Container([GENERATOR, pattern, str(COUNT)], entrypoint=entrypoint, on=bench.image, volume=False,
                              mounts=[Mount(generator, GENERATOR), Mount(TINI, TINI)])
        try:
            if container.run(120) != 0:
                raise RuntimeError(f"not all orphans were reaped\n{container.transcript()}")
            return float(container.stdout)
        finally:
            container.remove()

    for pattern, what in (("burst", "end at once"), ("stream", "one after the other")):
        title = f"{COUNT:,} orphans, {what}"
        ours, reference = interleave(title, bench.trials(10), lambda: one(pattern, [PROGRAM, "init", "--"]),
                                     lambda: one(pattern, [TINI, "--"]))
        yield Row(title, "ms", Target("ratio", 1.2), ours, reference, "reference: Debian's tini")
