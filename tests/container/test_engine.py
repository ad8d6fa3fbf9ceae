"""The engine of these tests leaves nothing behind and touches nothing of the machine, however the tests end."""

import os
import signal
import subprocess
import sys

from support.image import TOP
from support.wait import wait_until

from .engine import CONTROLLERS, PREFIX, forget_the_dead

# Starts an engine and a container in it, says so, and waits to be killed.
VICTIM = """
import sys, time
sys.path.insert(0, "tests")
from container.engine import Engine
with Engine(data=sys.argv[1]) as engine:
    engine.docker("network", "create", "some")
    print(engine.directory, flush=True)
    time.sleep(600)
"""


def running_with(text):
    """Processes of the machine whose command line has this text."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/cmdline") as file:
                found += [name] if text in file.read() else []
        except OSError:
            continue
    return found


def test_a_killed_run_takes_its_engine_with_it(tmp_path):
    links = os.listdir("/sys/class/net")
    with subprocess.Popen([sys.executable, "-c", VICTIM, tmp_path / "data"], cwd=TOP, stdout=subprocess.PIPE, text=True) as victim:
        directory = victim.stdout.readline().strip()
        assert directory and len(running_with(f"unix://{directory}")) >= 2, "the engine runs"
        assert os.listdir("/sys/class/net") == links, "its bridges are not the machine's"
        victim.send_signal(signal.SIGKILL)
    wait_until(lambda: not running_with(directory), 30, "the end of the engine")
    forget_the_dead()
    assert not os.path.exists(directory)
    assert not [*CONTROLLERS.glob(f"{PREFIX}{victim.pid}"), *CONTROLLERS.glob(f"*/{PREFIX}{victim.pid}")]
