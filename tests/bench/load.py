"""The HTTP port under load: answers of /readyz and /metrics, alone and beside clients that only keep connections busy."""

import json
import subprocess
import sys
from pathlib import Path

from idle import Idle, proportional_set_size, helpers
from measure import Row, Target, say
from support import kernel

TRIALS, REQUESTS = 5, 5000
CLIENT = Path(__file__).with_name("load_client.py")
# Who is beside: connections that say nothing, and some that send a byte of a header now and then.
CROWDS = {"alone": [], "1,000 idle, 100 slow": ["--idle", "1000", "--slow", "100"]}


def client(host, *words, **options):
    return subprocess.Popen([sys.executable, CLIENT, *words], preexec_fn=lambda: kernel.setns(host.namespace, kernel.CLONE_NEWNET),
                            stdout=subprocess.PIPE, text=True, **options)


def ask(host, path, count):
    """One after the other over one connection: (99th percentile in ms, requests a second)"""
    found = json.loads(client(host, "--ask", path, "--count", str(count)).communicate(timeout=120)[0])
    return found["p99"] * 1000, found["rate"]


def load(bench):
    idle = Idle(bench)
    try:
        primary = idle.start("member-0")  # static mode, which opens the port
        host = bench.host("member-0")
        before = proportional_set_size(helpers(primary))
        for crowd, words in CROWDS.items():
            beside = client(host, *words, stdin=subprocess.PIPE) if words else None
            if beside and beside.stdout.readline() != "there\n":
                raise RuntimeError("the crowd did not come")
            say(f"load: {crowd}")
            ask(host, "/readyz", 200)
            ready = [ask(host, "/readyz", REQUESTS) for _ in range(bench.trials(TRIALS))]
            metrics = [ask(host, "/metrics", REQUESTS // 5) for _ in range(bench.trials(TRIALS))]
            yield Row(f"/readyz, 99 %, {crowd}", "ms", Target("limit", 1), [p99 for p99, _ in ready])
            yield Row(f"/readyz, {crowd}", "a second", Target("limit", 5000, at_least=True), [rate for _, rate in ready])
            yield Row(f"/metrics, 99 %, {crowd}", "ms", Target("limit", 5), [p99 for p99, _ in metrics])
            if beside:
                yield Row("memory (PSS) in that load", "MB", Target("limit", 12), [proportional_set_size(helpers(primary))],
                          note=f"{before:.1f} before it")
                beside.stdin.close()
                beside.wait(20)
    finally:
        idle.remove()
