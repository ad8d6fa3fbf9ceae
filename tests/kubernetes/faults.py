"""What can happen to a primary, each as a call that does it while clients beside every member never stop writing.

FAULTS has them by name. A fault is called with the cluster, its clients and the primary's ordinal; it returns once what it
did is over, and leaves nothing behind.
"""

import contextlib
import dataclasses
import os
import signal
import time
from pathlib import Path

from support.wait import wait_until

from .elected import Writers

FROZEN = 20  # seconds; longer than the lease of 10 s
PROGRAM = "/opt/pgordinal/pgordinal"
FAULTS = {}


def fault(call):
    FAULTS[call.__name__.replace("_", " ")] = call
    return call


@dataclasses.dataclass(frozen=True)
class Trial:
    """One fault, as the clients saw it. Seconds.

    outage     from the last acknowledged row of the old primary to the first of the new one, by the clients beside them; of
               one member, its longest pause
    named      the longest pause of the client that names all members, and takes the one that is read-write
    service    the longest pause through the Service for writes
    overlap    for how long two members acknowledged rows at once; nothing where they did not
    changes    of the Lease's holder
    """
    fault: str
    old: int
    new: int
    outage: float
    named: float
    service: float
    lost: list
    overlap: float
    changes: int

    def __str__(self):
        return (f"{self.fault}: outage {self.outage:.2f} s, for one that names all members {self.named:.2f} s, through -rw "
                f"{self.service:.2f} s, {len(self.lost)} rows lost, two writable at once {self.overlap * 1000:.0f} ms")


def tried(elected, name, **more):
    """Does a fault to a healthy cluster, waits until it is healthy again, and asserts what holds after every one."""
    old, before = elected.cluster.first, elected.transitions()
    with Writers(elected) as writers:
        FAULTS[name](elected, writers, old, **more)
        new = elected.wait_healthy()
        for who in ("-rw", "all", new):
            writers.wait_more(10, who=who)
        changes = elected.transitions() - before
    overlap = writers.overlap(old, new) if new != old else 0.0
    trial = Trial(name, old, new, writers.outage(old, new), writers.longest_pause("all"), writers.longest_pause("-rw"),
                  writers.lost(new), max(0.0, overlap), changes)
    # S1: the last acknowledged row of the old primary lies before the first of the new one.
    assert not trial.overlap, trial
    return trial


def wait_another(elected, old):
    wait_until(lambda: elected.primary() not in (old, None), 60, "another primary", longest_pause=0.2)


@fault
def switchover(elected, writers, old):
    """Asked for in a pod that is neither."""
    new, third = [ordinal for ordinal in (0, 1, 2) if ordinal != old]
    said = elected.cluster.exec(third, PROGRAM, "switchover", elected.cluster.pod_name(new))
    assert f"{elected.cluster.pod_name(new)} holds the Lease now" in said
    writers.wait_more(5, who=new)


@fault
def pod_deleted(elected, writers, old, *options):
    uid = elected.cluster.pod(old)["metadata"]["uid"]
    elected.cluster.kubectl("delete", "pod", elected.cluster.pod_name(old), "--wait=false", *options)
    elected.cluster.wait_replaced(old, uid)


@fault
def pod_deleted_by_force(elected, writers, old):
    pod_deleted(elected, writers, old, "--force", "--grace-period=0")


@fault
def postmaster_killed(elected, writers, old):
    elected.cluster.exec(old, "sh", "-c", "kill -9 $(head -n 1 $PGDATA/postmaster.pid)")
    writers.wait_more(10, who="all")


@fault
def pid_1_killed(elected, writers, old):
    """The container ends with it, and the kubelet starts another."""
    was = elected.pid_1(old)
    os.kill(was, signal.SIGKILL)
    wait_until(lambda: elected.restarts(old) > 0 and elected.find_pid_1(old) not in (was, None), 60, "the container's next start")


@fault
def pid_1_stopped(elected, writers, old):
    stopped = elected.pid_1(old)
    os.kill(stopped, signal.SIGSTOP)
    try:
        wait_another(elected, old)
        writers.wait_more(10)
    finally:
        os.kill(stopped, signal.SIGCONT)


@fault
def container_frozen(elected, writers, old):
    """All of it, the fence included, and thawed long after the lease ran out."""
    control = freezer(elected.pid_1(old))
    control.write_text("FROZEN")
    try:
        began = time.monotonic()
        wait_another(elected, old)
        wait_until(lambda: time.monotonic() > began + FROZEN, FROZEN + 5, f"{FROZEN} s to pass")
    finally:
        control.write_text("THAWED")


def freezer(pid):
    lines = Path(f"/proc/{pid}/cgroup").read_text().splitlines()
    path = next(line.split(":", 2)[2] for line in lines if line.split(":", 2)[1] == "freezer")
    return Path(f"/sys/fs/cgroup/freezer{path}/freezer.state")


@fault
def node_without_power(elected, writers, old):
    node = elected.machine.node_of(elected.cluster.pod(old))
    elected.machine.power_off(node)
    try:
        wait_another(elected, old)
        writers.wait_more(10)
    finally:
        elected.machine.power_on(node)
    elected.machine.wait_nodes_ready()


@fault
def node_unplugged(elected, writers, old):
    """With a client on that node, whose session no cut of its network breaks."""
    node = elected.machine.node_of(elected.cluster.pod(old))
    writers.inside(node, old)
    elected.machine.unplug(node)
    try:
        wait_another(elected, old)
        writers.wait_more(10)
    finally:
        elected.machine.plug(node)
    elected.machine.wait_nodes_ready()
    new = elected.wait_healthy()
    # It never writes again: the old primary's server is somebody else's standby, or refuses it.
    assert writers.acknowledged["inside"][-1][1] < writers.acknowledged[new][0][1]


@contextlib.contextmanager
def without(machine, program, *, killed=False):
    """While it lasts a program of the control plane does nothing: stopped, so that it accepts connections and is silent; or
    killed, so that they are refused. It goes on afterwards."""
    machine.lab("kill" if killed else "stop", program)
    try:
        yield
    finally:
        machine.lab("again" if killed else "cont", program)
