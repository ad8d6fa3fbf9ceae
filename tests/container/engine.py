"""A Docker engine for these tests alone: Debian's dockerd in namespaces of its own, with its own data and its own socket.

Its network namespace keeps bridges, addresses and routes away from the machine; its mount and PID namespaces take
everything that it started away with it, however the tests end: the kernel kills a PID namespace whose first process dies,
and that one is killed when the test process goes.
"""

import json
import os
import signal
import subprocess
import tempfile
from pathlib import Path

from support.image import TOP, binary
from support.wait import wait_until

# What it downloads and unpacks is kept: importing the base images is most of a first run.
DATA = TOP / "build" / "container"
# Of what is outside of the namespaces: a directory in TMPDIR and a control group, each with our process number.
PREFIX = "pgordinal-docker-"
# Debian's, whatever else is first on the PATH.
DOCKER = ["/usr/bin/docker"]
CONTROLLERS = Path("/sys/fs/cgroup")


class DockerFailed(AssertionError):
    """A docker command failed; the message has its output."""


def remove_tree(directory):
    subprocess.run(["rm", "-rf", "--one-file-system", directory], check=True)


def remove_cgroups(name):
    """True when done. The kernel removes a control group only when no process is in it: this proves that all are gone."""
    for top in [*CONTROLLERS.glob(name), *CONTROLLERS.glob(f"*/{name}")]:
        for directory, _, _ in os.walk(top, topdown=False):
            os.rmdir(directory)
    return True


def forget_the_dead():
    """What a run that was killed left behind; its processes have gone with it."""
    for left in [*Path(tempfile.gettempdir()).glob(f"{PREFIX}*"), *CONTROLLERS.glob(f"{PREFIX}*"), *CONTROLLERS.glob(f"*/{PREFIX}*")]:
        if os.path.exists(f"/proc/{left.name.removeprefix(PREFIX).split('-')[0]}"):
            continue
        if CONTROLLERS in left.parents:
            remove_cgroups(left.name)
        else:
            remove_tree(left)


class Engine:
    """Started by `with Engine() as engine`; engine.docker(...) runs Debian's client against it."""

    def __init__(self, data=DATA):
        forget_the_dead()
        self.data = Path(data)
        self.directory = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
        self.socket = self.directory / "docker.sock"
        self.log = self.directory / "dockerd.log"
        self.cgroup = f"{PREFIX}{os.getpid()}"
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.directory), "DOCKER_BUILDKIT": "1",
                            "DOCKER_HOST": f"unix://{self.socket}", "BUILDKIT_PROGRESS": "plain"}

    def __enter__(self):
        self.data.mkdir(parents=True, exist_ok=True)
        command = [
            "setpriv", "--pdeathsig", "KILL",
            "unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc",
            binary(), "init", "--",
            "dockerd", "--host", self.environment["DOCKER_HOST"], "--data-root", self.data, "--exec-root", self.directory / "exec",
            "--pidfile", self.directory / "pid", "--cgroup-parent", f"/{self.cgroup}",
            # Nothing leaves the namespace, so nothing is to be masked or filtered.
            "--iptables=false", "--ip6tables=false", "--ip-masq=false",
        ]
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env={"PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}, start_new_session=True)
        try:
            wait_until(lambda: self.docker("version", check=False).returncode == 0, 120, "dockerd", check=self._still_there)
            self.sweep()
        except BaseException:
            print(self.log.read_text(errors="replace")[-4000:])
            self.__exit__()
            raise
        return self

    def _still_there(self):
        if self.process.poll() is not None:
            raise DockerFailed(f"dockerd ended with {self.process.returncode}")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(60)
        wait_until(lambda: remove_cgroups(self.cgroup), 30, "the end of the engine's processes")
        remove_tree(self.directory)

    def sweep(self):
        """Removes what earlier runs left in the data root: containers, volumes, networks, images that have lost their name."""
        if names := self.docker("ps", "-aq").stdout.split():
            self.docker("rm", "-f", "-v", *names)
        if names := self.docker("volume", "ls", "-q").stdout.split():
            self.docker("volume", "rm", "-f", *names)
        self.docker("network", "prune", "-f")
        self.docker("image", "prune", "-f")

    def docker(self, *words, check=True, timeout=120, env=None, program=DOCKER, **options):
        """Runs the client; returns the CompletedProcess with text output."""
        command = [*program, *(str(word) for word in words)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, env={**self.environment, **(env or {})}, **options)
        if check and done.returncode != 0:
            raise DockerFailed(f"{' '.join(command)}: status {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def compose(self, *words, **options):
        """Compose of Debian 12 is a program of its own, later ones are a plugin of the client."""
        alone = Path("/usr/bin/docker-compose")
        return self.docker(*words, program=[str(alone)] if alone.exists() else [*DOCKER, "compose"], **options)

    def inspect(self, name):
        return json.loads(self.docker("inspect", name).stdout)[0]
