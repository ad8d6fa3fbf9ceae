"""The README's first command."""

import os
import re
import subprocess

import pytest

from support.image import TOP


@pytest.mark.last
@pytest.mark.longest(900)
def test_one_command_brings_up_a_cluster_and_shows_the_row_on_both_standbys():
    if (TOP / "build/cluster").exists():
        pytest.skip("a cluster of tests/cluster is running on this machine, and it is not the tests' to take down")
    done = subprocess.run([TOP / "tests/cluster", "--once"], capture_output=True, text=True, timeout=880, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    for standby in ("postgresql-sfs-1", "postgresql-sfs-2"):
        assert re.search(rf"Reading on the standby, {standby}\n.*\n.*\n +1 \| anynines GmbH\n\(1 row\)", done.stdout), done.stdout
        assert re.search(rf"^ {standby} +\| 10\.77\.\d+\.\d+ +\| streaming", done.stdout, re.M), done.stdout
    assert not (TOP / "build/cluster").exists()
    assert not [name for name in os.listdir("/var/run/netns") if name.startswith("pgordinal-")]
