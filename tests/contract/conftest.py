"""What the contract tests share: a started server, init files, and the words of the image's log."""

import re
import shutil
import subprocess

import pytest

from support import File, Mount, keeper

PASSWORD = "secret"
INITDB_D = "/docker-entrypoint-initdb.d"
LOG_NAME = "/usr/local/bin/docker-entrypoint.sh"
COMPLETE = "\nPostgreSQL init process complete; ready for start up.\n\n"
SKIPPING = "\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n\n"


@pytest.fixture
def boot(container):
    """boot(args, **options): the image's default command with a password, started and accepting connections on TCP."""
    def start(args=("postgres",), *, env=None, port=None, **options):
        made = container(args, env={"POSTGRES_PASSWORD": PASSWORD, **(env or {})}, **options)
        return made.start().wait_ready(port=port)

    return start


@pytest.fixture
def refuse(container):
    """refuse(args, **options): runs to its end, which must come by itself and not be 0. Returns the container."""
    def run(args=("postgres",), *, timeout=30, **options):
        made = container(args, **options)
        status = made.run(timeout)
        assert status != 0, "it was expected to fail"
        return made

    return run


@pytest.fixture
def init_files():
    """init_files({name: File or text}) is a Mount of a directory with these files at /docker-entrypoint-initdb.d."""
    made = []

    def make(files):
        directory = keeper.base_directory() / f"initdb.d-{len(made)}-{id(made):x}"
        made.append(directory)
        fill(directory, files)
        return Mount(directory, INITDB_D)

    yield make
    for directory in made:
        shutil.rmtree(directory, ignore_errors=True)


def fill(directory, files):
    """Makes the directory hold exactly these files."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    for name, file in files.items():
        file = file if isinstance(file, File) else File(file)
        path = directory / name
        if file.directory:
            path.mkdir()
            continue
        path.write_bytes(file.content.encode() if isinstance(file.content, str) else file.content)
        path.chmod(file.mode)


def script(body):
    """An executable init file."""
    return File("#!/bin/bash\nset -e\n" + body, mode=0o755)


def holds_until(release):
    """Shell lines that wait for a file, so that the test can look at a bootstrap in its middle."""
    return f"touch {release}.waiting\nuntil [ -e {release} ]; do sleep 0.01; done\n"


def announced(container):
    """What the log says of init files, in order: [("running", name)]"""
    return re.findall(rf"^{re.escape(LOG_NAME)}: (running|sourcing|ignoring) {INITDB_D}/(.*?)\s*$", container.stdout, re.M)


def cluster_files(volume):
    """Names on the volume that belong to a database, leaving out what pgordinal may keep there for itself."""
    return [name for name in volume.names() if not name.startswith(".") and "pgordinal" not in name]


def owned_tree(volume, uid, gid):
    """Changes the owner of everything on the volume."""
    subprocess.run(["chown", "-R", f"{uid}:{gid}", str(volume.path)], check=True)
