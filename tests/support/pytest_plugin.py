"""Fixtures for everything that starts containers, and the containers' logs in the report of a failed test."""

import itertools
import signal

import pytest

from . import keeper
from .container import Container
from .image import image
from .lab import Lab
from .volume import Volume

_live = pytest.StashKey[list]()


def show_when_failed(node, container):
    """The container's log becomes part of the report when this test fails."""
    node.stash.setdefault(_live, []).append(container)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed:
        for container in item.stash.get(_live, []):
            report.sections.append((f"log of {container.name}", container.transcript()))


@pytest.hookimpl(trylast=True)  # behind the end of fixtures of the session
def pytest_sessionfinish():
    keeper.finish()


LONGEST = 180  # seconds; a whole test, so that one that hangs is a failure with a log and not a silent end of the run


def pytest_configure(config):
    config.addinivalue_line("markers", f"longest(seconds): a bound for this test, in place of {LONGEST} s")


@pytest.fixture(autouse=True)
def bounded(request):
    marker = request.node.get_closest_marker("longest")
    longest = marker.args[0] if marker else LONGEST

    def end(number, frame):
        raise TimeoutError(f"the test took longer than {longest} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(longest)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def root(request):
    """The image under the containers of this test: PostgreSQL 17, unless parametrised (indirectly) otherwise."""
    return image(getattr(request, "param", 17))


@pytest.fixture
def container(request, root):
    """container(args, **options) makes a Container on `root`; all of them are removed at the end of the test."""
    live = request.node.stash.setdefault(_live, [])

    def make(args=(), **options):
        made = Container(args, **{"on": root, **options})
        live.append(made)
        return made

    yield make
    for made in live:
        made.remove()


@pytest.fixture
def volume():
    """volume(**options) makes a Volume that outlives containers; volume(copy_of=other) copies one."""
    made = []
    numbers = itertools.count()

    def make(copy_of=None, **options):
        path = keeper.base_directory() / f"volume-{next(numbers)}.{id(made):x}"
        made.append(Volume.copy_of(copy_of, path) if copy_of else Volume(path, **options))
        return made[-1]

    yield make
    for one in made:
        one.remove()


@pytest.fixture
def lab(container):
    """lab(names, **options) makes a Lab. It goes after the containers of the test, which are removed first."""
    made = []

    def make(names=(), **options):
        made.append(Lab(names, **options))
        return made[-1]

    yield make
    for one in made:
        one.remove()


_databases = {}


@pytest.fixture
def database(root, volume):
    """database() is a Volume with an initialised cluster, made by plain initdb: superuser postgres, trust on the socket,
    scram from elsewhere (password `secret`). Each call gives a fresh copy."""
    def make():
        if root.major not in _databases:
            _databases[root.major] = _initialise(root.major)
        return volume(copy_of=_databases[root.major])

    return make


def _initialise(major):
    made = Volume(keeper.base_directory() / f"database-{major}")
    on = image(major)
    password = "/tmp/password"
    command = Container([f"--pgdata={on.pgdata}", f"--pwfile={password}", "--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync"],
                        entrypoint=[f"{on.bin}/initdb"], on=on, user="postgres", volume=made, files={password: "secret\n"})
    status = command.run()
    if status != 0:
        raise RuntimeError(f"initdb of the test database failed:\n{command.transcript()}")
    with open(made.path / "pg_hba.conf", "a") as file:
        file.write("\nhost all all all scram-sha-256\n")
    command.remove()
    return made
