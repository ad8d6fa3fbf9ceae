"""System calls that Python 3.11's os module does not have. Errors are OSError."""

import contextlib
import ctypes
import fcntl
import os
import platform
import socket
import struct

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_REMOUNT = 32
MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18
MNT_DETACH = 2

PR_SET_PDEATHSIG = 1
PR_CAPBSET_READ = 23
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38

AT_FDCWD = -100
AT_RECURSIVE = 0x8000
OPEN_TREE_CLONE = 1
MOVE_MOUNT_F_EMPTY_PATH = 4
CLOSE_RANGE_CLOEXEC = 4

# The numbers of system calls newer than 5.0 are the same on every architecture.
SYS_open_tree = 428
SYS_move_mount = 429
SYS_close_range = 436
SYS_pivot_root = {"x86_64": 155, "aarch64": 41}[platform.machine()]
SYS_capset = {"x86_64": 126, "aarch64": 91}[platform.machine()]

# What Docker leaves to a container (moby, oci/caps/defaults.go), by the kernel's numbers.
CAPABILITIES = {
    "CHOWN": 0, "DAC_OVERRIDE": 1, "FOWNER": 3, "FSETID": 4, "KILL": 5, "SETGID": 6, "SETUID": 7, "SETPCAP": 8,
    "NET_BIND_SERVICE": 10, "NET_ADMIN": 12, "NET_RAW": 13, "IPC_LOCK": 14, "SYS_CHROOT": 18, "SYS_PTRACE": 19,
    "SYS_ADMIN": 21, "SYS_NICE": 23, "SYS_RESOURCE": 24, "SYS_TIME": 25, "MKNOD": 27, "AUDIT_WRITE": 29, "SETFCAP": 31,
}
DOCKER_CAPABILITIES = ["CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW", "SETGID", "SETUID", "SETFCAP", "SETPCAP",
                       "NET_BIND_SERVICE", "SYS_CHROOT", "KILL", "AUDIT_WRITE"]

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result, what):
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{os.strerror(error)}: {what}")
    return result


def _text(value):
    return None if value is None else os.fsencode(value)


def unshare(flags):
    _checked(_libc.unshare(ctypes.c_int(flags)), f"unshare {flags:#x}")


def setns(fd, kinds=0):
    _checked(_libc.setns(ctypes.c_int(fd), ctypes.c_int(kinds)), f"setns {kinds:#x}")


def mount(source, target, kind=None, flags=0, data=None):
    _checked(_libc.mount(_text(source), _text(target), _text(kind), ctypes.c_ulong(flags), _text(data)),
             f"mount {source} at {target} ({kind}, {flags:#x}, {data})")


def umount(target, flags=0):
    _checked(_libc.umount2(_text(target), ctypes.c_int(flags)), f"umount {target}")


def pivot_root(new_root, put_old):
    _checked(_libc.syscall(ctypes.c_long(SYS_pivot_root), _text(new_root), _text(put_old)), f"pivot_root {new_root}")


def open_tree(path):
    """A detached copy of the mount tree at `path`, to be put somewhere with move_mount."""
    return _checked(_libc.syscall(ctypes.c_long(SYS_open_tree), ctypes.c_int(AT_FDCWD), _text(path),
                                  ctypes.c_uint(OPEN_TREE_CLONE | AT_RECURSIVE | os.O_CLOEXEC)), f"open_tree {path}")


def move_mount(tree, target):
    _checked(_libc.syscall(ctypes.c_long(SYS_move_mount), ctypes.c_int(tree), b"", ctypes.c_int(AT_FDCWD), _text(target),
                           ctypes.c_uint(MOVE_MOUNT_F_EMPTY_PATH)), f"move_mount to {target}")


def close_on_exec_from(first):
    _checked(_libc.syscall(ctypes.c_long(SYS_close_range), ctypes.c_uint(first), ctypes.c_uint(0xFFFFFFFF),
                           ctypes.c_uint(CLOSE_RANGE_CLOEXEC)), "close_range")


def prctl(option, argument):
    return _checked(_libc.prctl(ctypes.c_int(option), ctypes.c_ulong(argument), ctypes.c_ulong(0), ctypes.c_ulong(0),
                                ctypes.c_ulong(0)), f"prctl {option} {argument}")


def limit_capabilities(keep):
    """Drops all but `keep` (names) from the bounding set: what root has after its next exec."""
    wanted = {CAPABILITIES[name] for name in keep}
    for number in range(64):
        if number in wanted:
            continue
        try:
            if prctl(PR_CAPBSET_READ, number) == 1:
                prctl(PR_CAPBSET_DROP, number)
        except OSError:
            break  # past the last one that this kernel knows


@contextlib.contextmanager
def children_in(pid_namespace=None):
    """Children started inside this block are born in another PID namespace: that of the descriptor, or a new one."""
    own = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
    try:
        if pid_namespace is None:
            unshare(CLONE_NEWPID)
        else:
            setns(pid_namespace, CLONE_NEWPID)
        try:
            yield
        finally:
            setns(own, CLONE_NEWPID)
    finally:
        os.close(own)


def new_network_namespace():
    """A descriptor of a new network namespace; it lives as long as the descriptor or a process in it."""
    own = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        unshare(CLONE_NEWNET)
        try:
            return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        finally:
            setns(own, CLONE_NEWNET)
    finally:
        os.close(own)


def loopback_up(address=None):
    """Sets `lo` up in the current network namespace, with one more address (/32) if one is given."""
    SIOCSIFFLAGS, SIOCSIFADDR, SIOCSIFNETMASK, IFF_UP, IFF_RUNNING = 0x8914, 0x8916, 0x891C, 0x1, 0x40
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP | IFF_RUNNING))
        if address is not None:
            for request, value in ((SIOCSIFADDR, address), (SIOCSIFNETMASK, "255.255.255.255")):
                fcntl.ioctl(control, request, struct.pack("16sHH4s8x", b"lo:1", socket.AF_INET, 0, socket.inet_aton(value)))
