"""Real containers for the tests: namespaces, an overlay over a Debian root, a program as PID 1.

    wait.py       wait_until: the one way to wait
    kernel.py     the system calls that Python 3.11 lacks
    image.py      the root file systems that tests/roots makes, with their environment
    container.py  Container: start, signal, wait, exec, sql, logs
    birth.py      what happens between the fork and the program
    parts.py      File, Mount, Tmpfs, Process, and the errors
    processes.py  what /proc says of a container
    volume.py     Volume: what a container engine would mount at PGDATA
    lab.py        Lab: a bridge and hosts on it, links that can be cut
    names.py      a Lab's name server
    keeper.py     the process that keeps the logs and promises that nothing outlives the tests
    pytest_plugin.py   fixtures; prints the containers' logs when a test fails
"""

from .container import OUTSIDE, Container
from .image import Image, image
from .lab import Lab
from .parts import ContainerError, ExecFailed, File, Mount, SqlError, Tmpfs
from .volume import Volume
from .wait import WaitTimeout, wait_until

__all__ = ["Container", "ContainerError", "ExecFailed", "File", "Image", "Lab", "Mount", "OUTSIDE", "SqlError", "Tmpfs", "Volume",
           "WaitTimeout", "image", "wait_until"]
