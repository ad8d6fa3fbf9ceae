"""What /proc says of the processes of a container."""

import os
from pathlib import Path

from .parts import Process


def processes_of(pid):
    """All processes in the PID namespace of this PID 1 (a PID of the machine), sorted by their PID in it."""
    namespace = os.readlink(f"/proc/{pid}/ns/pid")
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            if os.readlink(f"/proc/{name}/ns/pid") != namespace:
                continue
            status = dict(line.split(":\t", 1) for line in Path(f"/proc/{name}/status").read_text().splitlines() if ":\t" in line)
            command = Path(f"/proc/{name}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
            own = {key: int(status[key].split()[-1]) for key in ("NSpid", "NSpgid", "NSsid")}
            parent = int(status["PPid"])
            found.append((parent, dict(
                pid=own["NSpid"], host_pid=int(name), uid=int(status["Uid"].split()[0]), state=status["State"][0],
                name=status["Name"], command=tuple(word.decode(errors="replace") for word in command),
                pgid=own["NSpgid"], sid=own["NSsid"])))
        except (FileNotFoundError, ProcessLookupError, PermissionError, KeyError):
            continue
    own_pids = {facts["host_pid"]: facts["pid"] for _, facts in found}
    return sorted((Process(ppid=own_pids.get(parent, 0), **facts) for parent, facts in found), key=lambda process: process.pid)
