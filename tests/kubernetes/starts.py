"""How long the program takes until PostgreSQL runs, from the kernel's own events (connector, "process events").

The start time in /proc is that of the container's set-up: runc's process becomes the program by exec. Here time begins with that
exec and ends with the exec of the server, both with the kernel's nanoseconds, whoever else wants the processors.
"""

import dataclasses
import os
import re
import socket
import struct
import threading
from pathlib import Path

# linux/netlink.h, linux/connector.h, linux/cn_proc.h
NETLINK_CONNECTOR, CN_IDX_PROC, CN_VAL_PROC, LISTEN = 11, 1, 1, 1
NLMSG_DONE, HEADERS = 3, 16 + 20
EXEC, EXIT = 0x2, 0x80000000
MILLISECOND = 1_000_000


@dataclasses.dataclass
class Start:
    """One life of a pod's PID 1. Times in the kernel's nanoseconds; children: [program, its exec, its end or None]."""
    began: int
    children: list = dataclasses.field(default_factory=list)

    def __str__(self):
        """Until its first child: with data, questions to peers included, this is all. Then, on an empty volume, between the children,
        which are PostgreSQL's own work: initdb, a temporary server, pg_basebackup."""
        spawned = max(begun for program, begun, _ in self.children if program == "postgres")
        first = min(begun for _, begun, _ in self.children)
        tools = sum(end - begun for _, begun, end in self.children if end is not None and end <= spawned)
        text = f"{(first - self.began) / MILLISECOND:.1f} ms"
        return text if first == spawned else f"{text}, and {(spawned - first - tools) / MILLISECOND:.1f} ms between PostgreSQL's own tools"


def listener():
    """A socket that receives the events from now on."""
    made = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, NETLINK_CONNECTOR)
    made.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)  # SO_RCVBUFFORCE
    made.bind((0, CN_IDX_PROC))
    wish = struct.pack("=IIIIHHI", CN_IDX_PROC, CN_VAL_PROC, 0, 0, 4, 0, LISTEN)
    made.send(struct.pack("=IHHII", 16 + len(wish), NLMSG_DONE, 0, 0, os.getpid()) + wish)
    made.settimeout(1)
    return made


class Starts:
    """Listens from now on. A kernel may be built without these events, and tells nothing in another PID namespace than its first."""

    def __init__(self):
        self._of_pod, self._of_process, self._child = {}, {}, {}
        self._stopped, self._thread = threading.Event(), None
        try:
            self._socket = listener()
        except OSError:
            return
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def stop(self):
        if self._thread is not None:
            self._stopped.set()
            self._thread.join()
            self._socket.close()

    def of(self, pod):
        """The last Start of the pod with this UID; None where the kernel did not tell all of it."""
        start = self._of_pod.get(pod)
        return start if start and any(program == "postgres" for program, _, _ in start.children) else None

    def _next(self):
        """(what, nanoseconds, process) of the next event, None where none comes for a second."""
        try:
            message = self._socket.recv(4096)
        except OSError:  # the time is up, or events were lost because nobody read them
            return None
        what, _, at, process = struct.unpack_from("=IIQI", message, HEADERS)
        return what, at, process

    def _listen(self):
        while not self._stopped.is_set():
            event = self._next()
            try:
                if event is not None and event[0] == EXEC:
                    self._exec(*event[1:])
                elif event is not None and event[0] == EXIT:
                    self._exit(*event[1:])
            except (OSError, IndexError):
                pass  # it has ended already

    def _exec(self, at, process):
        here = Path(f"/proc/{process}")
        program = os.path.basename(os.readlink(here / "exe"))
        parent = int((here / "stat").read_text().rsplit(")", 1)[1].split()[1])
        if program == "pgordinal" and re.search(r"(?m)^NSpid:.*\t1$", (here / "status").read_text()):
            pod = re.findall(r"/pod([0-9a-f-]{36})/", (here / "cgroup").read_text())[0]
            self._of_pod[pod] = self._of_process[process] = Start(began=at)
        elif parent in self._of_process:
            self._child[process] = [program, at, None]
            self._of_process[parent].children.append(self._child[process])

    def _exit(self, at, process):
        self._of_process.pop(process, None)
        if process in self._child:
            self._child.pop(process)[2] = at
