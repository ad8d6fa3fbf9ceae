"""The volume of pg_wal is full: of the primary, of a standby. PostgreSQL 15 and 17, on file systems that are full for real."""

import os
import re
import subprocess

import pytest

from support import SqlError, Volume, image, keeper, wait_until

SIZE, LARGER = 272, 640  # MiB
# WAL that has no checkpoint to remove it, so that it fills the volume as a busy server's does.
ARGS = ("postgres", "-c", "max_wal_size=4GB", "-c", "checkpoint_timeout=1h")
RESERVE = "pg_wal/pgsql_tmp.pgordinal.reserve"


class SmallVolume(Volume):
    """A volume that is a tmpfs of its own and can be made larger while it is mounted."""

    def __init__(self, path, mebibytes):
        super().__init__(path)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m,mode=1777,uid=999,gid=999", "tmpfs", str(self.path)], check=True)

    def resize(self, mebibytes):
        subprocess.run(["mount", "-o", f"remount,size={mebibytes}m", str(self.path)], check=True)

    def available(self):
        space = os.statvfs(self.path)
        return space.f_bavail * space.f_frsize

    def remove(self):
        subprocess.run(["umount", "-l", str(self.path)], check=False)
        super().remove()


@pytest.fixture
def pair(cluster):
    """pair(major, ordinal): a primary and a standby that streams; that one's volume is small."""
    def start(major, small):
        made = cluster(on=image(major))
        made.volumes[small] = SmallVolume(keeper.base_directory() / f"small.{id(made):x}", SIZE)
        made.start(0, 1, args=ARGS)
        made[0].wait_ready()
        made[0].sql("create table kept (number int)")
        return made.wait_streaming(1)
    return start


def message(size):
    return f"pg_logical_emit_message(false, 'fill', repeat('x', {size}))"


def fill(pod, volume, stops):
    """Rows with WAL behind them until `stops()`, one transaction each. Returns how many were committed. PID 1 looks every 200 ms:
    a WAL file of 16 MB takes these transactions longer."""
    most = (volume.available() - (72 << 20)) // 8_000_000
    pod.sql(f"select count({message(8_000_000)}) from generate_series(1, {max(most, 0)})")
    committed = 0
    while not stops():
        try:
            pod.sql(f"insert into kept values ({committed + 1}); select {message(1_000_000)}")
        except SqlError:
            break
        committed += 1
    return committed


def starts(pod):
    """How often the server was started, initdb's temporary one not counted."""
    return len(re.findall(r"starting PostgreSQL 1", pod.logs.rpartition("PostgreSQL init process complete")[2]))


def shut_down_well(pod):
    """pg_control's state is 1: DB_SHUTDOWNED."""
    return pod.volume.path.joinpath("global/pg_control").read_bytes()[16] == 1


def events(pod):
    """Our own lines."""
    return [line.rstrip() for _, _, line in pod.timed_lines if " pgordinal" in line]


@pytest.mark.longest(90)
@pytest.mark.parametrize("major", [17, 15])
def test_a_full_primary_shuts_down_says_what_to_do_and_comes_back_by_itself(pair, table, major):
    made = pair(major, 0)
    primary, standby, volume = made[0], made[1], made.volumes[0]
    primary.wait_for(lambda: (volume / RESERVE).exists(), 10, "the reserve")
    committed = fill(primary, volume, lambda: "volume_full_stops" in primary.logs)
    assert committed > 0
    primary.wait_for("reason=volume_full_waits", 20)
    assert primary.logs.index("volume_fills_up") < primary.logs.index("volume_full_stops")
    assert "wal_reserve_given_up" in primary.logs
    assert "database system is shut down" in primary.logs and "PANIC" not in primary.logs and shut_down_well(primary)
    assert re.search(r"has \d+ MB of 272 MB free, and the server needs 80 MB\. Enlarge it", primary.logs)
    # What was committed is on the standby, which serves reads; PID 1 waits, and is alive.
    wait_until(lambda: standby.sql("select count(*) from kept") >= str(committed), 5, "the standby to have all")
    assert standby.sql("select count(*) from kept") == str(committed)
    before = starts(primary)
    assert before == 1 and primary.running and primary.postmaster() is None
    assert len(re.findall("reason=volume_full_waits", primary.logs)) <= 2, "at most every 10 s"
    volume.resize(LARGER)
    primary.wait_ready(20)
    made.wait_streaming(1)
    assert primary.sql("select count(*) from kept") == str(committed)
    primary.sql("insert into kept values (0)")
    made.wait_replayed(1)
    assert starts(primary) == 2 and primary.runs == 1 and standby.runs == 1 and starts(standby) == 1
    primary.wait_for(lambda: (volume / RESERVE).stat().st_blocks > 0, 10, "the reserve again")
    table(f"a full primary, PostgreSQL {major}", events(primary))


@pytest.mark.longest(90)
def test_a_primary_that_panicked_recovers_on_its_reserve_and_is_shut_down(pair):
    made = pair(15, 0)
    primary, volume = made[0], made.volumes[0]
    primary.wait_for(lambda: (volume / RESERVE).exists(), 10, "the reserve")
    primary.sql("insert into kept values (1)")
    # Faster than anybody can look: the volume has no byte left from one moment to the next.
    ballast = volume / "ballast"
    with open(ballast, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, volume.available())
    with pytest.raises(SqlError):
        primary.sql("select pg_logical_emit_message(false, 'fill', repeat('x', 40000000))")
    primary.wait_for("reason=volume_full_waits", 30)
    assert "wal_reserve_given_up" in primary.logs
    assert starts(primary) <= 3 and primary.postmaster() is None and shut_down_well(primary)
    ballast.unlink()
    primary.wait_ready(20)
    assert primary.sql("select count(*) from kept") == "1"
    made.wait_streaming(1)
    assert primary.runs == 1


@pytest.mark.longest(90)
def test_a_full_standby_does_not_hold_up_its_primary_and_comes_back_by_itself(pair):
    made = pair(17, 1)
    primary, standby, volume = made[0], made[1], made.volumes[1]
    ballast = volume / "ballast"
    with open(ballast, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, volume.available() - (1 << 20))
    committed = fill(primary, volume, lambda: made.streaming() == [])
    primary.sql("insert into kept values (0)")
    assert "volume_fu" not in primary.logs and "volume_fills_up" not in primary.logs and primary.postmaster()
    ballast.unlink()
    volume.resize(LARGER)
    made.wait_streaming(1)
    made.wait_replayed(1)
    assert standby.sql("select count(*) from kept") == str(committed + 1)
    assert starts(standby) <= 3 and standby.runs == 1 and starts(primary) == 1
