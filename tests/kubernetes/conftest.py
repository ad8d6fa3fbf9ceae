"""The lab for the session, its clusters, and what a failed test shows.

The main cluster is applied to the empty lab and measured. Then all clusters that the selected tests name are applied at
once: what they wait for, each its own, passes while other tests run.
"""

import concurrent.futures
import signal
import time

import pytest

from . import bad_inputs  # noqa: F401: adds its clusters
from .cluster import Cluster
from .clusters import CLUSTERS
from .machine import Machine

_figures = []
# The bound of a whole test, in place of the other suites'.
LONGEST = 400


# Those that harm nothing first, those that cut a node's power last. Mistakes are cured early: the longer the kubelet cannot mount a
# volume, the later it tries again. C3 waits for what follows from the scaling before it.
ORDER = ("test_table", "test_client", "test_a_mistake_is_said_in_one_line", "test_course", "test_manifest", "test_scaling", "test_services",
         "test_variants", "test_in_order", "test_orders", "test_elected", "test_pause", "test_bad_input", "test_changes", "test_c3_no_slot_is_left_behind_and_scaling_up_brings_the_members_back",
         "test_life")


def place(item):
    """By its own name where that is listed, else by its module's."""
    return ORDER.index(item.originalname if item.originalname in ORDER else item.module.__name__.rsplit(".", 1)[-1])


def pytest_configure(config):
    config.addinivalue_line("markers", "on(name): the test is about this cluster of clusters.py, not the main one")
    # A run that is asked to end ends as with Ctrl-C: with everything taken down.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_collection_modifyitems(items):
    items.sort(key=place)
    for item in items:
        if item.get_closest_marker("longest") is None:
            item.add_marker(pytest.mark.longest(LONGEST))


def pytest_terminal_summary(terminalreporter):
    if _figures:
        terminalreporter.section("measured")
    for line in _figures:
        terminalreporter.line(line)


@pytest.fixture(scope="session")
def figure():
    """figure(line): printed at the end of the run."""
    return lambda line: _figures.append(str(line))


@pytest.fixture(scope="session")
def machine(request):
    only = {item.path.name for item in request.session.items}
    lab = Machine("failover" if only <= {"test_elected.py", "test_pause.py"} else "kubernetes")
    try:
        lab.start()
        yield lab
    finally:
        lab.stop()


@pytest.fixture(scope="session")
def _clusters(request, machine, figure):
    """{name: Cluster}: the main one, which streams, and those of CLUSTERS; of all only what the selected tests ask for."""
    found = {}
    if any("cluster" in item.fixturenames and item.get_closest_marker("on") is None for item in request.session.items):
        found["main"] = main_cluster(machine, figure)
    wanted = {marker.args[0] for item in request.session.items for marker in item.iter_markers("on")}
    names = [name for name in CLUSTERS if name in wanted]
    # Most of an apply is the start of kubectl, and its answers.
    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        made = threads.map(lambda name: CLUSTERS[name](machine, name), names)
    return {**found, **dict(zip(names, made))}


def main_cluster(machine, figure):
    main = Cluster(machine, "course").make_namespace()
    began = time.monotonic()
    main.apply()
    main.wait_streaming(1, 2)
    figure(f"from kubectl apply to three streaming members: {time.monotonic() - began:.1f} s")
    for ordinal in (0, 1, 2):
        show_start(main, ordinal, figure, "its volume is empty")
    return main


def show_start(cluster, ordinal, figure, volume):
    """Prints the last start of a member."""
    told = cluster.machine.starts.of(cluster.pod(ordinal)["metadata"]["uid"]) or "the kernel did not tell"
    figure(f"from the exec of the program to that of PostgreSQL, {cluster.pod_name(ordinal)}, {volume}: {told}")


@pytest.fixture
def cluster(request, _clusters):
    """The cluster that the test's marker `on` names; without one the main cluster, with three members that stream."""
    marker = request.node.get_closest_marker("on")
    found = _clusters[marker.args[0] if marker else "main"]
    request.node.stash[_shown] = found
    if marker is None:
        found.wait_streaming(1, 2)
        found.wait_ready(0, 1, 2)
    return found


_shown = pytest.StashKey[Cluster]()
LINES = 60


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    found = item.stash.get(_shown, None)
    if report.failed and found is not None:
        try:
            report.sections.append(("pods", found.kubectl("get", "pods,endpointslices", "-o", "wide")))
            for pod in found.pods():
                name = pod["metadata"]["name"]
                text = found.machine.logs.of(found.namespace, name).splitlines()[-LINES:]
                report.sections.append((f"log of {name}, its last lines; all of it is in {found.machine.reports}", "\n".join(text)))
            report.sections.append(("events", "\n".join(found.kubectl("get", "events", "--sort-by=lastTimestamp").splitlines()[-25:])))
        except Exception as error:  # noqa: BLE001: the test's own failure matters more
            report.sections.append(("no logs", repr(error)))
