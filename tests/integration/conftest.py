"""Clusters for the tests, the order of the slow ones, and the tables that are printed at the end."""

import pytest

from support import image
from support.pytest_plugin import show_when_failed

from .cluster import Cluster

_tables = []


def pytest_configure(config):
    config.addinivalue_line("markers", "late: runs behind the others, because it waits for what began before them")
    config.addinivalue_line("markers", "last: runs at the very end")


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: ("last" in item.keywords) * 2 + ("late" in item.keywords))


def pytest_terminal_summary(terminalreporter):
    for title, lines in _tables:
        terminalreporter.section(title)
        for line in lines:
            terminalreporter.line(line)


@pytest.fixture
def table():
    """table(title, lines): printed at the end of the run."""
    return lambda title, lines: _tables.append((title, lines))


@pytest.fixture
def cluster(request, root):
    """cluster(**options) makes a Cluster for this test alone."""
    made = []

    def make(**options):
        made.append(Cluster(options.pop("on", root), watch=lambda pod: show_when_failed(request.node, pod), **options))
        return made[-1]

    yield make
    for one in made:
        one.remove()


@pytest.fixture
def two(cluster):
    """A primary and a standby that streams, for one test alone."""
    made = cluster()
    made.start(0, 1)
    made[0].wait_ready()
    return made.wait_streaming(1)


@pytest.fixture(scope="session", params=[17, 15], ids=["pg17", "pg15"])
def _three(request):
    made = Cluster(image(request.param))
    made.start(0, 1, 2)
    yield made
    made.remove()


@pytest.fixture
def three(request, _three):
    """Three members that were started at the same time with empty volumes, for all tests that do them no harm."""
    for pod in _three.made:
        show_when_failed(request.node, pod)
    _three.pods[0].wait_ready()
    return _three.wait_streaming(*[ordinal for ordinal in _three.pods if ordinal != 0])
