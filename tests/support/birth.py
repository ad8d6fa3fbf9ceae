"""The way from a fork to a container's PID 1: everything that a container engine does before it executes the program."""

import dataclasses
import os
import signal
import socket
import stat
import traceback
from pathlib import Path

from . import kernel
from .parts import Mount, Tmpfs


@dataclasses.dataclass(frozen=True)
class Rights:
    """What a process of the container may do: PID 1 and each command that is executed beside it."""
    uid: int
    gid: int
    groups: tuple
    capabilities: tuple
    no_new_privs: bool

    def take(self):
        kernel.limit_capabilities(self.capabilities)
        os.setgroups(self.groups)
        os.setresgid(self.gid, self.gid, self.gid)
        os.setresuid(self.uid, self.uid, self.uid)
        if self.no_new_privs:
            kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)


@dataclasses.dataclass(frozen=True)
class Birth:
    """Everything that PID 1 needs before it is its program. Container makes it and calls become() in a forked child."""
    argv: list
    env: dict
    layers: list  # of the root file system, upper first
    state: Path  # holds upper, work and root of the overlay
    hostname: str
    network: int  # a descriptor of its namespace
    address: str | None  # one more on `lo`
    mounts: list  # Mount and Tmpfs, in order
    files: dict  # path: File
    read_only: bool
    shm_size: str
    workdir: str
    rights: Rights
    ignored: list  # signals
    blocked: list

    def become(self, out, err, failure):
        """Never returns. Runs in the new process, which is PID 1 of its namespace already."""
        try:
            self._set_up(out, err)
            os.execve(self.argv[0], self.argv, self.env)
        except BaseException:
            os.write(failure, traceback.format_exc().encode())
        finally:
            os._exit(125)

    def _set_up(self, out, err):
        os.setsid()
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        os.umask(0o022)
        null = os.open(os.devnull, os.O_RDWR)
        for source, target in ((null, 0), (out, 1), (err, 2)):
            os.dup2(source, target)
        kernel.close_on_exec_from(3)
        give_pipes_to(self.rights.uid)

        kernel.setns(self.network, kernel.CLONE_NEWNET)
        kernel.loopback_up(self.address)
        kernel.unshare(kernel.CLONE_NEWNS | kernel.CLONE_NEWUTS | kernel.CLONE_NEWIPC)
        socket.sethostname(self.hostname)
        kernel.mount(None, "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
        # Sources are paths of the machine, targets of the container: each is resolved on its own side of pivot_root.
        trees = {mount: kernel.open_tree(mount.source) for mount in self.mounts if isinstance(mount, Mount)}
        self._enter_root()
        self._mount_kernel_file_systems()
        for path, file in self.files.items():
            self._write_file(path, file)
        for mount in self.mounts:
            self._mount(mount, trees.get(mount))
        if self.read_only:
            kernel.mount(None, "/", None, kernel.MS_REMOUNT | kernel.MS_BIND | kernel.MS_RDONLY)
        for number in self.ignored:
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_SETMASK, self.blocked)
        os.chdir(self.workdir)
        self.rights.take()

    def _enter_root(self):
        root = str(self.state / "root")
        kernel.mount("overlay", root, "overlay", 0,
                     f"lowerdir={':'.join(str(layer) for layer in self.layers)},upperdir={self.state}/upper,workdir={self.state}/work")
        os.chdir(root)
        kernel.pivot_root(".", ".")
        kernel.umount(".", kernel.MNT_DETACH)
        os.chdir("/")

    def _mount_kernel_file_systems(self):
        quiet = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
        kernel.mount("proc", "/proc", "proc", quiet)
        kernel.mount("sysfs", "/sys", "sysfs", quiet | kernel.MS_RDONLY)
        kernel.mount("tmpfs", "/dev", "tmpfs", kernel.MS_NOSUID, "mode=755,size=64k")
        old = os.umask(0)
        for name, minor in (("null", 3), ("zero", 5), ("full", 7), ("random", 8), ("urandom", 9)):
            os.mknod(f"/dev/{name}", stat.S_IFCHR | 0o666, os.makedev(1, minor))
        os.mknod("/dev/tty", stat.S_IFCHR | 0o666, os.makedev(5, 0))
        os.umask(old)
        for name, target in (("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
                             ("stderr", "/proc/self/fd/2"), ("ptmx", "pts/ptmx")):
            os.symlink(target, f"/dev/{name}")
        os.mkdir("/dev/pts")
        kernel.mount("devpts", "/dev/pts", "devpts", kernel.MS_NOSUID | kernel.MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5")
        os.mkdir("/dev/shm")
        kernel.mount("shm", "/dev/shm", "tmpfs", quiet, f"mode=1777,size={self.shm_size}")

    @staticmethod
    def _write_file(path, file):
        parent = os.path.dirname(path)
        os.makedirs(parent, exist_ok=True)
        if os.path.lexists(path) and not file.directory:
            os.unlink(path)
        if file.absent:
            return
        if file.link is not None:
            os.symlink(file.link, path)
            return
        if file.directory:
            os.makedirs(path, exist_ok=True)
        else:
            with open(path, "wb") as target:
                target.write(file.content.encode() if isinstance(file.content, str) else file.content)
        os.chown(path, file.uid, file.gid)
        os.chmod(path, file.mode)

    @staticmethod
    def _mount(mount, tree):
        if isinstance(mount, Tmpfs):
            os.makedirs(mount.target, exist_ok=True)
            # noexec is the mount's, not the file system's: mount(8) knows that, mount(2) does not.
            words = [word for word in mount.options.split(",") if word != "noexec"]
            flags = kernel.MS_NOSUID | kernel.MS_NODEV | (kernel.MS_NOEXEC if len(words) < mount.options.count(",") + 1 else 0)
            kernel.mount("tmpfs", mount.target, "tmpfs", flags, ",".join(words))
            return
        if os.path.isdir(f"/proc/self/fd/{tree}"):
            os.makedirs(mount.target, exist_ok=True)
        elif not os.path.exists(mount.target):
            os.makedirs(os.path.dirname(mount.target), exist_ok=True)
            os.close(os.open(mount.target, os.O_CREAT | os.O_WRONLY, 0o644))
        kernel.move_mount(tree, mount.target)
        if mount.read_only:
            kernel.mount(None, mount.target, None, kernel.MS_REMOUNT | kernel.MS_BIND | kernel.MS_RDONLY)


def give_pipes_to(uid):
    """So that a program can open /dev/stderr; container engines do the same."""
    for descriptor in (0, 1, 2):
        if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            os.fchown(descriptor, uid, -1)
