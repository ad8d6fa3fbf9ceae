"""What a container engine would mount at PGDATA."""

import os
import shutil
import subprocess
from pathlib import Path


class Volume:
    """A directory of the machine, mounted into containers. It outlives them and goes with the test.

    Fresh, it looks like an anonymous volume of the official image: owned by postgres, mode 1777.
    """

    def __init__(self, path, uid=999, gid=999, mode=0o1777):
        self.path = Path(path)
        self.path.mkdir(parents=True)
        os.chown(self.path, uid, gid)
        os.chmod(self.path, mode)

    @classmethod
    def copy_of(cls, other, path):
        """A copy with all owners, modes and times."""
        copy = cls(path)
        subprocess.run(["cp", "-a", f"{other.path}/.", str(copy.path)], check=True)
        return copy

    def __truediv__(self, name):
        return self.path / name

    def names(self):
        return sorted(os.listdir(self.path))

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)
