"""The engine and the images, once a session; containers, which end with their test."""

import itertools
from pathlib import Path

import pytest

from support.wait import wait_until

from . import images
from .engine import Engine

HERE = Path(__file__).parent
ROOTS = ["bookworm", "trixie", "trixie-no-shell"]


def pytest_collection_modifyitems(items):
    """The first test of an image makes it, which on a new and busy machine takes minutes."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.longest(420))


@pytest.fixture(scope="session")
def engine():
    with Engine() as made:
        yield made


@pytest.fixture(scope="session")
def workspace(tmp_path_factory):
    return tmp_path_factory.mktemp("images")


@pytest.fixture(scope="session")
def program(engine, workspace):
    return images.program(engine, workspace / "program")


@pytest.fixture(scope="session")
def made(engine, program, workspace):
    """made(root): the image with pgordinal on this root, and the root; each is built once."""
    cache = {}

    def make(root):
        if root not in cache:
            cache[root] = images.postgres(engine, root, workspace)
        return cache[root]

    return make


class Docker:
    """One container of the engine, by its name."""

    def __init__(self, engine, name, root):
        self.engine, self.name, self.root = engine, name, root

    @property
    def state(self):
        return self.engine.inspect(self.name)["State"]

    @property
    def logs(self):
        done = self.engine.docker("logs", self.name)
        return done.stdout + done.stderr

    def exec(self, *words, user=None, **options):
        return self.engine.docker("exec", *(["-u", user] if user else []), self.name, *words, **options)

    def sql(self, statement, **options):
        done = self.exec(f"{self.root.bin}/psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-c", statement, **options)
        return done.stdout.strip()

    def wait_for(self, condition, what, timeout=120):
        def alive():
            assert self.state["Status"] == "running", f"{self.name} has ended before {what}:\n{self.logs}"

        wait_until(condition, timeout, f"{what} in {self.name}", check=alive, longest_pause=0.3)
        return self

    def wait_ready(self):
        ready = [f"{self.root.bin}/pg_isready", "-q", "-h", "127.0.0.1", "-U", "postgres"]
        return self.wait_for(lambda: self.exec(*ready, check=False).returncode == 0, "the server's readiness")

    def stop(self, patience=60):
        """`docker stop`, which sends the image's STOPSIGNAL. Returns the exit status."""
        self.engine.docker("stop", "-t", patience, self.name)
        return self.state["ExitCode"]


@pytest.fixture
def volume(engine):
    """volume(): the name of a new one."""
    names = []

    def make():
        names.append(engine.docker("volume", "create").stdout.strip())
        return names[-1]

    yield make
    for name in names:
        engine.docker("volume", "rm", "-f", name)


@pytest.fixture
def run(engine, made, volume):
    """run(root, *command, options=[...]): `docker run -d`; the container goes at the end, its log is shown when the test failed.

    After `volume`, so that it goes before the volumes do.
    """
    numbers, live = itertools.count(1), []

    def start(root, *command, options=()):
        name, facts = made(root)
        container = Docker(engine, f"test-{next(numbers)}", facts)
        live.append(container)
        engine.docker("run", "-d", "--name", container.name, *options, name, *command)
        return container

    yield start
    for container in live:
        print(f"-- {container.name}\n{container.logs[-4000:]}")
        engine.docker("rm", "-f", "-v", container.name)
