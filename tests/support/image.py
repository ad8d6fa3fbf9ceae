"""The root file systems that tests/roots makes, each with the facts a container engine would know of an image."""

import json
import os
import subprocess
from functools import lru_cache
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
NAMES = {15: "bookworm", 17: "trixie"}


class Image:
    """A root file system, read-only by agreement: containers mount an overlay over it.

    env: the image's ENV. bin: where the programs of PostgreSQL are (a path inside).
    """

    def __init__(self, path, facts):
        self.path = Path(path)
        self.name = facts["name"]
        self.major = facts["major"]
        self.bin = facts["bin"]
        self.has_shell = facts["shell"]
        self.env = dict(facts["env"])
        self.pgdata = self.env["PGDATA"]

    def __repr__(self):
        return f"Image({self.name}, PostgreSQL {self.major})"

    def user(self, name):
        """(uid, gid, supplementary groups) as a container engine finds them for `--user name`."""
        name, _, group = str(name).partition(":")
        uid, gid, groups, known_as = None, 0, [], None
        for line in (self.path / "etc/passwd").read_text().splitlines():
            fields = line.split(":")
            if name in (fields[0], fields[2]):
                known_as, uid, gid = fields[0], int(fields[2]), int(fields[3])
                break
        if uid is None:
            uid = int(name)
        for line in (self.path / "etc/group").read_text().splitlines():
            fields = line.split(":")
            if known_as is not None and known_as in fields[3].split(","):
                groups.append(int(fields[2]))
            if group and group == fields[0]:
                group = fields[2]
        if group:
            return uid, int(group), []
        return uid, gid, groups

    def home(self, uid):
        for line in (self.path / "etc/passwd").read_text().splitlines():
            fields = line.split(":")
            if int(fields[2]) == uid:
                return fields[5]
        return "/"


@lru_cache(maxsize=None)
def image(which):
    """The image by major version (15, 17) or by name ("trixie-no-shell"); made now if it is missing."""
    name = NAMES.get(which, which)
    done = subprocess.run([str(TOP / "tests" / "roots"), name], stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"tests/roots {name} failed with status {done.returncode}")
    path = done.stdout.strip()
    with open(path + ".json") as file:
        return Image(path, json.load(file))


def binary():
    """The program under test."""
    path = Path(os.environ.get("PGORDINAL_BINARY") or TOP / "build" / "release" / "pgordinal").resolve()
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing: build the release preset, or set PGORDINAL_BINARY")
    return path
