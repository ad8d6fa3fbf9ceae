"""A container without an engine: the program under test is PID 1 of real namespaces over a real Debian root.

What a container engine would do, and in its order: overlay over the image, /proc, /dev, /sys, the files in /etc, volumes,
the capabilities of its default set, user, environment, exec. PID 1 is a direct child of the test process, so its exit status
is the kernel's word and not a launcher's. All mounts live in the container's own mount namespace: none is left behind.
"""

import itertools
import os
import re
import select
import shutil
import signal
import stat
import subprocess
import time
from pathlib import Path

from . import keeper, kernel
from .birth import Birth, Rights, give_pipes_to
from .image import Image, binary, image
from .parts import PROGRAM, ContainerError, ExecFailed, File, Mount, Process, SqlError
from .processes import processes_of
from .volume import Volume
from .wait import wait_until

# An address of every container that has no Lab: what comes by it is not from 127.0.0.1, which initdb's pg_hba.conf trusts.
OUTSIDE = "192.0.2.1"
# What a container has of these is for its own programs, not for the test's look from outside.
NO_LIBPQ = dict.fromkeys(["PGHOST", "PGHOSTADDR", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE", "PGOPTIONS"])
SOCKET_DIRECTORY = "/var/run/postgresql"


class Container:
    """One container. Its writable layer, volumes and network outlive PID 1, so start() after an exit is a restart.

    args            CMD: what follows the entrypoint
    entrypoint      argv before `args`; entrypoint[0] is a path in the container
    on              an Image, or a major version, or the name of a root
    env             added to the image's ENV; a value of None removes a variable
    volume          a Volume mounted at the image's PGDATA; None: an anonymous one; False: none
    volume_at       where, if not at the image's PGDATA
    user            as `docker run --user`: a name or number of the image, or None for root
    groups          supplementary groups, as --group-add
    cap_drop        names, or "ALL"; from Docker's default set. cap_add: names
    read_only       the root file system is read-only (volumes and mounts are not)
    mounts          Mount and Tmpfs objects, in order
    files           {path: text, bytes or File}: what the image has on top of its root
    net             a Host of a Lab; None: a network of its own with only `lo`
    ignore, block   signals that PID 1 inherits as ignored or blocked
    """

    _numbers = itertools.count(1)

    def __init__(self, args=(), *, on=17, entrypoint=(PROGRAM,), env=None, volume=None, volume_at=None, user=None, groups=(),
                 cap_drop=(), cap_add=(), no_new_privs=False, read_only=False, mounts=(), files=None, hostname=None,
                 net=None, workdir="/", shm_size="64m", ignore=(), block=(), extra_hosts="", name=None):
        self.image = on if isinstance(on, Image) else image(on)
        self.args = list(args)
        self.entrypoint = list(entrypoint)
        self.name = name or (net.name if net else f"container-{next(self._numbers)}")
        self.hostname = hostname or (net.name if net else "pgtest")
        self.state = keeper.base_directory() / f"{self.name}.{time.monotonic_ns():x}"
        for directory in ("upper", "work", "root", "etc"):
            (self.state / directory).mkdir(parents=True)
        self.user = self.image.user(user) if user is not None else (0, 0, [])
        self.user = (self.user[0], self.user[1], [*self.user[2], *groups])
        kept = [] if cap_drop == "ALL" else [name for name in kernel.DOCKER_CAPABILITIES if name not in cap_drop]
        self.capabilities = [*kept, *cap_add]
        self.no_new_privs = no_new_privs
        self.read_only = read_only
        self.volume = Volume(self.state / "volume") if volume is None else volume
        self.volume_at = volume_at or self.image.pgdata
        self.mounts = list(mounts)
        self.files = {path: content if isinstance(content, File) else File(content) for path, content in (files or {}).items()}
        self.net = net
        self.workdir = workdir
        self.shm_size = shm_size
        self.ignored, self.blocked = list(ignore), list(block)
        self.env = {"HOSTNAME": self.hostname, "HOME": self.image.home(self.user[0]), **self.image.env}
        for key, value in (env or {}).items():
            if value is None:
                self.env.pop(key, None)
            else:
                self.env[key] = str(value)
        self._program = binary() if any(PROGRAM in word for word in self.entrypoint) or self._links_to_program() else None
        self._own_network = None
        self._write_etc(extra_hosts)
        self.runs = 0
        self.pid = None
        self._pidfd = None
        self._status = None
        self._commands = []
        self.started = self.ended = None

    def _links_to_program(self):
        return any(file.link == PROGRAM for file in self.files.values())

    def _write_etc(self, extra_hosts):
        (self.state / "etc/hostname").write_text(self.hostname + "\n")
        server = self.net.lab.name_server if self.net else None
        known = f"nameserver {server}\n" if server else "# no name server: names come from the hosts file\n"
        (self.state / "etc/resolv.conf").write_text(known + "options timeout:1 attempts:1\n")
        own = f"{self.net.address} {self.net.fqdn} {self.net.name}\n" if self.net else f"127.0.0.1 {self.hostname}\n"
        (self.state / "etc/hosts").write_text("127.0.0.1 localhost\n::1 localhost ip6-localhost\n" + own + extra_hosts)

    # Life

    def start(self):
        """Starts PID 1; returns when it has been exec'd. Returns self."""
        if self.running:
            raise ContainerError(f"{self.name} runs already")
        if self._status is None and self.pid is not None:
            self.wait(10)
        self.runs += 1
        self._directory = self.state / f"run-{self.runs}"
        self._directory.mkdir()
        if self.net is None and self._own_network is None:
            self._own_network = kernel.new_network_namespace()
        out_read, out_write = os.pipe()
        err_read, err_write = os.pipe()
        failure_read, failure_write = os.pipe()
        self.started, self.ended = time.monotonic(), None
        birth = self._birth()
        with kernel.children_in():
            pid = os.fork()
            if pid == 0:
                birth.become(out_write, err_write, failure_write)
        for descriptor in (out_write, err_write, failure_write):
            os.close(descriptor)
        self.pid, self._status = pid, None
        if self._pidfd is not None:
            os.close(self._pidfd)
        self._pidfd = os.pidfd_open(pid)
        keeper.keep(self._directory, out_read, err_read, self._pidfd, self.started)
        os.close(out_read)
        os.close(err_read)
        with open(failure_read, "rb") as failure:
            message = failure.read().decode()
        if message:
            self.wait(10)
            raise ContainerError(f"{self.name} could not be started:\n{message}")
        return self

    def _birth(self):
        layers = [] if self._program is None else [_program_layer(self._program)]
        return Birth(
            argv=[*self.entrypoint, *self.args], env=self.env, layers=[*layers, self.image.path], state=self.state,
            hostname=self.hostname, network=self.net.namespace if self.net else self._own_network,
            address=None if self.net else OUTSIDE, mounts=[*self._engine_mounts(), *self.mounts], files=self.files,
            read_only=self.read_only, shm_size=self.shm_size, workdir=self.workdir, rights=self._rights(*self.user),
            ignored=self.ignored, blocked=self.blocked)

    def _rights(self, uid, gid, groups):
        return Rights(uid, gid, tuple(groups), tuple(self.capabilities), self.no_new_privs)

    def _engine_mounts(self):
        hosts = self.net.lab.hosts_file if self.net and not self.net.lab.name_server else self.state / "etc/hosts"
        found = [Mount(self.state / "etc/hostname", "/etc/hostname"), Mount(self.state / "etc/resolv.conf", "/etc/resolv.conf"),
                 Mount(hosts, "/etc/hosts")]
        if self.volume:
            found.append(Mount(self.volume.path, self.volume_at))
        return found

    @property
    def running(self):
        """PID 1 has been started and has not ended (an ended one that nobody waited for counts as ended)."""
        if self._pidfd is None or self._status is not None:
            return False
        return not self._ended(0)

    def _ended(self, timeout):
        poller = select.poll()
        poller.register(self._pidfd, select.POLLIN)
        deadline = time.monotonic() + timeout
        while True:
            # The kernel lets a PID 1 end only when all of its namespace have been waited for: our commands in it, by us.
            self._commands = [command for command in self._commands if command.poll() is None]
            left = max(0.0, deadline - time.monotonic())
            if poller.poll(1000 * (min(left, 0.005) if self._commands else left)):
                return True
            if left <= 0:
                return False

    def wait(self, timeout=30):
        """The exit status of PID 1: its code, or minus the number of the signal that killed it."""
        if self._status is None:
            if not self._ended(timeout):
                raise ContainerError(f"{self.name}: PID 1 still runs after {timeout} s")
            self.ended = time.monotonic()
            _, status = os.waitpid(self.pid, 0)
            self._status = os.waitstatus_to_exitcode(status)
            complete = self._directory / "complete"
            wait_until(complete.exists, 5, f"the end of the output of {self.name}")
        return self._status

    def signal(self, number):
        """Sends a signal to PID 1, as `docker kill --signal` does: from outside of its PID namespace."""
        signal.pidfd_send_signal(self._pidfd, number)

    def stop(self, number=15, timeout=30):
        """Signals PID 1 and waits. Returns (exit status, seconds it took)."""
        began = time.monotonic()
        self.signal(number)
        status = self.wait(timeout)
        return status, self.ended - began

    def kill(self):
        """SIGKILL of PID 1: every process of the container dies with it. Returns the exit status."""
        if self.running:
            self.signal(signal.SIGKILL)
        return self.wait(10) if self.pid is not None else None

    def run(self, timeout=60):
        """start() and wait(): for commands that end by themselves. Returns the exit status."""
        return self.start().wait(timeout)

    def remove(self):
        """Kills what runs and removes every trace but an explicit volume."""
        self.kill()
        for descriptor in (self._pidfd, self._own_network):
            if descriptor is not None:
                os.close(descriptor)
        self._pidfd = self._own_network = None
        shutil.rmtree(self.state, ignore_errors=True)

    # Output

    def _read(self, name, run=None):
        path = (self.state / f"run-{run}" if run else self._directory) / name
        try:
            return path.read_text(errors="replace")
        except FileNotFoundError:
            return ""

    @property
    def stdout(self):
        """Standard output of the last start so far."""
        return self._read("stdout")

    @property
    def stderr(self):
        return self._read("stderr")

    @property
    def logs(self):
        """Both, in the order in which the lines came (between the two streams: nearly)."""
        return "".join(line[14:] for line in self._read("timed").splitlines(keepends=True))

    @property
    def timed_lines(self):
        """[(seconds since the start, "out" or "err", line)]"""
        return [(float(line[:9]), line[10:13], line[14:]) for line in self._read("timed").splitlines()]

    def transcript(self, lines=150):
        """What to print when a test has failed: the last lines of each start, with times."""
        parts = []
        for run in range(1, self.runs + 1):
            text = self._read("timed", run).splitlines()
            cut = [f"… {len(text) - lines} lines before"] if len(text) > lines else []
            status = self._status if run == self.runs else "ended"
            title = f"{self.name}, start {run}: {' '.join([*self.entrypoint, *self.args])}"
            parts.append("\n".join([title, *cut, *text[-lines:], f"(exit status {'none: it runs' if status is None else status})"]))
        return "\n\n".join(parts)

    # Waiting

    def wait_for(self, condition, timeout=60, what=None):
        """Waits for a text in the log, a compiled pattern, or a condition. Fails at once when PID 1 has ended without it."""
        if isinstance(condition, str):
            text = condition
            return self._wait_for(lambda: text in self.logs, timeout, what or f"the line {text!r}")
        if isinstance(condition, re.Pattern):
            pattern = condition
            return self._wait_for(lambda: pattern.search(self.logs), timeout, what or f"the line /{pattern.pattern}/")
        return self._wait_for(condition, timeout, what or "a condition")

    def _wait_for(self, condition, timeout, what):
        gone = False

        def check():
            nonlocal gone
            if gone:
                raise ContainerError(f"{self.name}: PID 1 ended with status {self._status} before {what}")
            if not self.running:
                self.wait(10)
                gone = True  # one last look, now that all output is there

        return wait_until(condition, timeout, f"{what} in {self.name}", check=check)

    def wait_ready(self, timeout=60, host="127.0.0.1", port=None):
        """Until the server accepts connections on TCP: the image's documented sign that initialisation is over. Returns self."""
        port = port or self.env.get("PGPORT", "5432")
        # -U, as a user without an entry in passwd has no name to offer.
        command = [f"{self.image.bin}/pg_isready", "-q", "-h", host, "-p", str(port), "-U", "postgres", "-d", "postgres"]
        self._wait_for(lambda: self.exec(command, env=NO_LIBPQ).returncode == 0, timeout, "the server's readiness")
        return self

    # Inside

    def popen(self, command, *, user=None, env=None, cwd="/", **options):
        """Starts a command in the container as `docker exec` does: same namespaces, capabilities and environment.

        env: added to it; a value of None removes a variable. options: those of subprocess.Popen, which is what it returns.
        """
        if not self.running:
            raise ContainerError(f"{self.name} does not run")
        rights = self._rights(*(self.image.user(user) if user is not None else self.user))
        environment = {key: str(value) for key, value in {**self.env, **(env or {})}.items() if value is not None}
        if user is not None:
            environment["HOME"] = self.image.home(rights.uid)
        pid_namespace = os.open(f"/proc/{self.pid}/ns/pid", os.O_RDONLY | os.O_CLOEXEC)

        def enter():
            kernel.setns(self._pidfd, kernel.CLONE_NEWNS | kernel.CLONE_NEWUTS | kernel.CLONE_NEWIPC | kernel.CLONE_NEWNET)
            os.chdir(cwd)
            os.setsid()
            give_pipes_to(rights.uid)
            rights.take()

        try:
            with kernel.children_in(pid_namespace):
                self._commands.append(subprocess.Popen(command, env=environment, preexec_fn=enter, **options))
            return self._commands[-1]
        finally:
            os.close(pid_namespace)

    def exec(self, command, *, user=None, env=None, input=None, cwd="/", timeout=60, check=False):
        """Runs a command in the container; returns a CompletedProcess with text output. A program is looked up in PATH."""
        with self.popen(command, user=user, env=env, cwd=cwd, text=True, stdin=subprocess.PIPE if input is not None else subprocess.DEVNULL,
                        stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            try:
                out, err = process.communicate(input, timeout)
            except subprocess.TimeoutExpired as late:
                process.kill()
                # Not communicate() again: a child of the command may hold the pipes for ever.
                for pipe in (process.stdin, process.stdout, process.stderr):
                    if pipe:
                        pipe.close()
                seen = b"".join(part for part in (late.stdout, late.stderr) if part).decode(errors="replace")
                raise ExecFailed(f"{command} in {self.name} ran longer than {timeout} s\n{seen}") from None
        done = subprocess.CompletedProcess(command, process.returncode, out, err)
        if check and done.returncode != 0:
            raise ExecFailed(f"{command} in {self.name} failed with status {done.returncode}\n{out}{err}")
        return done

    def psql(self, host=None, user="postgres", db=None, port=None):
        """The beginning of a psql command line: unaligned tuples, stop at the first error."""
        command = [f"{self.image.bin}/psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", host or SOCKET_DIRECTORY, "-U", user,
                   "-p", str(port or self.env.get("PGPORT", "5432")), "-d", db or "postgres"]
        return command

    def sql(self, statement, *, host=None, user="postgres", db=None, password=None, port=None, timeout=60):
        """Runs SQL by the container's psql (over the socket, if no host is given); returns its output, columns split by |."""
        env = {**NO_LIBPQ, "PGPASSWORD": password}
        done = self.exec([*self.psql(host, user, db, port), "-w", "-c", statement], env=env, timeout=timeout)
        if done.returncode != 0:
            raise SqlError(f"{statement!r} in {self.name} failed: {done.stderr}", done.stderr, done.returncode)
        return done.stdout.rstrip("\n")

    def processes(self):
        """All processes of the container (commands started by exec too), by their PID in it."""
        return processes_of(self.pid)

    def postmaster(self):
        """The postmaster's Process, or None: a `postgres` whose parent is none."""
        everything = self.processes()
        servers = {process.pid for process in everything if process.name == "postgres"}
        heads = [process for process in everything if process.pid in servers and process.ppid not in servers]
        return heads[0] if heads else None

    def host_pid(self, pid):
        for process in self.processes():
            if process.pid == pid:
                return process.host_pid
        raise ContainerError(f"{self.name} has no process {pid}")

    def signal_process(self, pid, number):
        """Signals a process of the container by its PID in it."""
        os.kill(self.host_pid(pid), number)

    def environ(self, process=1):
        """The environment block of a Process (or of a PID in the container) as the kernel shows it now."""
        host_pid = process.host_pid if isinstance(process, Process) else self.host_pid(process)
        data = Path(f"/proc/{host_pid}/environ").read_bytes()
        return dict(entry.split("=", 1) for entry in data.decode(errors="replace").split("\0") if "=" in entry)

    def path(self, path):
        """A path of the running container, as the machine reaches it. Beware of absolute symbolic links inside."""
        return Path(f"/proc/{self.pid}/root{path}")

    def read(self, path):
        """A file of the container: while it runs, else of its volume or its writable layer."""
        return self._reachable(path).read_text(errors="replace")

    def exists(self, path):
        return os.path.lexists(self._reachable(path))

    def stat(self, path):
        """(mode bits, uid, gid)"""
        found = os.lstat(self._reachable(path))
        return stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid

    def _reachable(self, path):
        path = path.replace("/var/run/", "/run/")
        if self.running:
            return self.path(path)
        if self.volume and (path + "/").startswith(self.volume_at + "/"):
            return self.volume.path / path[len(self.volume_at):].lstrip("/")
        upper = self.state / "upper" / path.lstrip("/")
        return upper if os.path.lexists(upper) else self.image.path / path.lstrip("/")


def _program_layer(program):
    """A layer of the image that has nothing but the program: what a Dockerfile's COPY makes."""
    facts = program.stat()
    layer = keeper.base_directory() / f"layer-{facts.st_ino}-{facts.st_mtime_ns}"
    if not layer.exists():
        partial = layer.with_name(f"{layer.name}.{os.getpid()}")
        target = Path(str(partial) + PROGRAM)
        target.parent.mkdir(parents=True)
        shutil.copyfile(program, target)
        target.chmod(0o755)
        partial.rename(layer)
    return layer
