"""What a container is described with, what it answers with, and how it fails."""

import dataclasses
import os

PROGRAM = "/usr/local/bin/pgordinal"


class ContainerError(AssertionError):
    """The container is not in the state that the test needs."""


class ExecFailed(AssertionError):
    """A command in the container failed."""


class SqlError(ExecFailed):
    """psql in the container failed; `stderr` says why."""

    def __init__(self, message, stderr, returncode):
        super().__init__(message)
        self.stderr = stderr
        self.returncode = returncode


@dataclasses.dataclass(frozen=True)
class File:
    """A file that the image has on top of its root.

    link: a symbolic link to that path. directory: a directory. absent: what the root has there is gone.
    """
    content: str | bytes = ""
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    link: str | None = None
    directory: bool = False
    absent: bool = False


@dataclasses.dataclass(frozen=True)
class Mount:
    """A directory or file of the machine, bind-mounted."""
    source: str | os.PathLike
    target: str
    read_only: bool = False


@dataclasses.dataclass(frozen=True)
class Tmpfs:
    """A tmpfs; `options` as in mount(8), for example "size=60m,mode=1777"."""
    target: str
    options: str = "mode=1777"


@dataclasses.dataclass(frozen=True)
class Process:
    """A process of the container. pid and ppid are its own numbers; host_pid is the machine's."""
    pid: int
    ppid: int
    host_pid: int
    uid: int
    state: str
    name: str
    command: tuple
    pgid: int
    sid: int
