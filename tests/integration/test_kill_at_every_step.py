"""S7: PID 1 is killed at instants spread over the whole course of a bootstrap and of a clone; each next start ends well.

A course is run to its end a few times, under the load of the workers, to learn how long it takes. Then it is begun anew for
every point, killed there, and started again: the server must come up with every step done exactly once. The table at the end
says what each kill had hit and how the next start went on.
"""

import ctypes
import gzip
import os
import select
import statistics
import struct
import subprocess
import time

import pytest

from support import Container, File, Volume, keeper, wait_until

from .workers import in_parallel

WORKERS = 3
POINTS = 50
DIRECTORY = "/docker-entrypoint-initdb.d"
STEPS = ["1-created", "2-run", "3-sourced", "4-unpacked"]
INIT_FILES = {
    f"{DIRECTORY}/1.sql": "create table steps(name text); insert into steps values ('1-created');",
    f"{DIRECTORY}/2.sh": File("#!/bin/bash\npsql -U $POSTGRES_USER -d $POSTGRES_DB -c \"insert into steps values ('2-run')\"\n", mode=0o755),
    f"{DIRECTORY}/3.sh": "docker_process_sql <<< \"insert into steps values ('3-sourced')\"\n",
    f"{DIRECTORY}/4.sql.gz": File(gzip.compress(b"insert into steps values ('4-unpacked');")),
}
ARRIVAL = "arrival of "
ARRIVALS = [ARRIVAL + name for name in ("pgordinal.bootstrap", "base", "global", "pg_xact", "postgresql.conf", "PG_VERSION")]
NAMED = ["reason=volume_empty", "creating configuration files", "post-bootstrap initialization", "accept connections", "CREATE DATABASE",
         "1.sql", "2.sh", "4.sql.gz", "received fast shutdown", "database system is shut down", "init process complete", "reason=cluster_found"]


class Bootstrap:
    """A primary with init files, alone; `hostname` decides the mode."""

    named, arrivals, origin = NAMED, ARRIVALS, None

    def __init__(self, root, hostname):
        self.root, self.hostname = root, hostname

    def begin(self, volume, worker):
        return Container(["postgres"], on=self.root, hostname=self.hostname, volume=volume, files=INIT_FILES,
                         env={"POSTGRES_PASSWORD": "secret", "POSTGRES_DB": "app"})

    def healthy(self, pod, worker):
        pod.wait_ready(60)
        assert pod.sql("select name from steps order by 1", db="app").split() == STEPS, "each step exactly once"
        expected = {"pgtest": ["postgres"], "db-0": ["pgordinal", "postgres", "replicator"]}[self.hostname]
        assert pod.sql("select rolname from pg_roles where rolname !~ '^pg_' order by 1").split() == expected
        assert pod.sql("select count(*) from pg_database") == "4"
        hba = pod.read(f"{pod.image.pgdata}/pg_hba.conf")
        assert hba.count("\nhost all all all scram-sha-256\n") == 1 and hba.count("pgordinal: begin") in (0, 2)
        assert pod.read(f"{pod.image.pgdata}/postgresql.conf").count("pgordinal: begin") == 1
        assert pod.sql("show fsync") == "on" and pod.sql("show listen_addresses") == "*"


class Clone:
    """A standby with an empty volume, of a primary that runs all the time. Each worker is a member of its own."""

    named = ["reason=asking_peers", "volume_empty_primary_answers", "clone_started", "clone_copied", "clone_done", "entering standby mode",
             "consistent recovery state", "started streaming"]
    arrivals, origin = ARRIVALS, None

    def __init__(self, cluster):
        self.cluster = cluster

    def begin(self, volume, worker):
        return self.cluster.pod(worker + 1, volume=volume)

    def healthy(self, pod, worker):
        primary = self.cluster[0]
        pod.wait_for(lambda: pod.sql("select status from pg_stat_wal_receiver") == "streaming", 60, "the stream")
        lsn = primary.sql("select pg_current_wal_flush_lsn()")
        pod.wait_for(lambda: pod.sql(f"select pg_last_wal_replay_lsn() >= '{lsn}'") == "t", 60, "the replay")
        assert pod.sql("select count(*), sum(n) from kept") == "20000|200010000"
        assert pod.sql("select pg_is_in_recovery()") == "t"
        own = f"application_name = '{self.cluster.pod_name(worker + 1)}'"
        # Where others make WAL all the time, the primary's end catches up for a moment after that.
        pod.wait_for(lambda: primary.sql(f"select count(*) from pg_stat_replication where {own} and state = 'streaming'") == "1", 60,
                     "the primary to say so")


class CloneInPlace:
    """A standby whose WAL is gone from the primary: from the decision to clone it anew to its stream."""

    named = ["clone_beside", "clone_started", "clone_copied", "clone_done"]
    arrivals = [name for name in ARRIVALS if name != ARRIVAL + "base"]
    origin = "reason=copy_to_be_replaced"  # what comes before it is a standby that waits

    def __init__(self, clone, stale):
        self.clone, self.stale = clone, stale

    def begin(self, volume, worker):
        subprocess.run(["cp", "-a", f"{self.stale.path}/.", str(volume.path)], check=True)
        return self.clone.begin(volume, worker)

    def healthy(self, pod, worker):
        self.clone.healthy(pod, worker)
        assert pod.sql("select count(*) from later") == "8"


def on_the_volume(volume):
    """What the kill left: the phase of the marker, or what is there without one."""
    names = os.listdir(volume.path)
    if "pgordinal.bootstrap" in names:
        text = (volume / "pgordinal.bootstrap").read_text()
        return "marker, phase " + next(line[6:] for line in text.splitlines() if line.startswith("phase="))
    if "PG_VERSION" in names:
        return "cluster"
    return "nothing" if not [name for name in names if not name.startswith("pgordinal.")] else f"?? {sorted(names)}"


def how_it_went_on(pod):
    if "unfinished_bootstrap_found" in pod.logs:
        again = "volume_empty" in pod.logs
        if again:
            return "discarded it, began anew"
        return "went back to the old copy" if "copy_to_be_replaced" in pod.logs else "finished what was left"
    if "copy_to_be_replaced" in pod.logs:
        return "began"
    if "volume_empty" in pod.logs:
        return "began"
    return "started the server" if "cluster_found" in pod.logs else "??"


class Arrivals:
    """Names that are renamed into a directory, from now on (inotify): what a bootstrap adopts, within a millisecond."""

    MOVED_TO = 0x80

    def __init__(self, directory):
        libc = ctypes.CDLL(None, use_errno=True)
        self.descriptor = libc.inotify_init1(os.O_CLOEXEC)
        assert libc.inotify_add_watch(self.descriptor, os.fsencode(directory), self.MOVED_TO) >= 0

    def wait_for(self, wanted, timeout):
        deadline = time.monotonic() + timeout
        while select.select([self.descriptor], [], [], max(0, deadline - time.monotonic()))[0]:
            data = os.read(self.descriptor, 1 << 16)
            while data:
                length = struct.unpack_from("iIII", data)[3]
                if data[16:16 + length].rstrip(b"\0").decode() == wanted:
                    return
                data = data[16 + length:]
        raise AssertionError(f"{wanted} did not arrive")

    def close(self):
        os.close(self.descriptor)


def beginning(pod, course):
    """The instant from which the course's seconds count."""
    if course.origin is None:
        return pod.started
    wait_until(lambda: course.origin in pod.logs, 60, course.origin, longest_pause=0.003)
    return time.monotonic()


def reach(pod, point, arrivals, began):
    """Waits for the point of a course: seconds since its beginning, a text in the log, or `arrival of X` in PGDATA."""
    if isinstance(point, float):
        wait_until(lambda: time.monotonic() - began >= point, point + 1, "the instant", longest_pause=0.003)
    elif point.startswith(ARRIVAL):
        arrivals.wait_for(point.removeprefix(ARRIVAL), 60)
    else:
        wait_until(lambda: point in pod.logs, 60, point, longest_pause=0.003)


class Killing:
    """One point: begun, killed there, started again. Called in a worker."""

    def __init__(self, course):
        self.course = course

    def __call__(self, point, worker):
        volume = Volume(keeper.base_directory() / f"killed-{os.getpid()}-{time.monotonic_ns():x}")
        pod = self.course.begin(volume, worker)
        arrivals = Arrivals(volume.path)
        try:
            pod.start()
            began = beginning(pod, self.course)
            reach(pod, point, arrivals, began)
            pod.kill()
            at = pod.ended - began
            left = on_the_volume(volume)
            pod.start()
            try:
                self.course.healthy(pod, worker)
            except BaseException as error:
                raise AssertionError(f"killed at {point}, {at:.3f} s, leaving {left}: {error}\n{pod.transcript()}") from error
            rest = [name for name in volume.names()
                    if name in ("pgordinal.bootstrap", "pgordinal.staging", "pgordinal.old", "pgordinal.bootstrap.tmp")]
            assert not rest, f"killed at {point}: {rest} stayed behind\n{pod.transcript()}"
            return at, left, how_it_went_on(pod)
        finally:
            arrivals.close()
            pod.remove()
            volume.remove()


class Measuring:
    def __init__(self, course):
        self.course = course

    def __call__(self, _, worker):
        volume = Volume(keeper.base_directory() / f"measured-{os.getpid()}-{time.monotonic_ns():x}")
        pod = self.course.begin(volume, worker).start()
        try:
            began = beginning(pod, self.course)
            self.course.healthy(pod, worker)
            return time.monotonic() - began
        finally:
            pod.remove()
            volume.remove()


def kill_everywhere(name, course, table, workers=WORKERS, points=POINTS):
    durations = in_parallel(list(range(2 * workers)), Measuring(course), workers, 120)
    whole = statistics.median(durations)
    points = [whole * number / points for number in range(points + 1)] + course.named + course.arrivals
    began = time.monotonic()
    outcomes = in_parallel(points, Killing(course), workers, 360)
    lines = [f"{'point':>32}  {'killed at':>9}  {'left on the volume':24}  the next start"]
    for point, (at, left, went) in sorted(zip(points, outcomes), key=lambda pair: pair[1][0]):
        what = f"{point / whole:.0%} of the course" if isinstance(point, float) else point
        lines.append(f"{what:>32}  {at:7.3f} s  {left:24}  {went}")
    counts = {went: sum(1 for _, _, other in outcomes if other == went) for went in {went for _, _, went in outcomes}}
    summary = ", ".join(f"{count} {went}" for went, count in sorted(counts.items()))
    table(f"{name}: {len(points)} kills in a course of {whole:.2f} s, {len(outcomes)} healthy afterwards, {time.monotonic() - began:.0f} s",
          [*lines, summary])
    assert len(outcomes) >= 50 and not [outcome for outcome in outcomes if "??" in "".join(outcome[1:])]
    return outcomes


def lefts(outcomes):
    return {left for _, left, _ in outcomes}


@pytest.mark.longest(500)
@pytest.mark.late
def test_s7_a_standalone_bootstrap_killed_anywhere_is_begun_again_or_complete(root, table):
    outcomes = kill_everywhere("bootstrap, standalone, four init files", Bootstrap(root, "pgtest"), table)
    assert lefts(outcomes) >= {"marker, phase staging", "marker, phase init", "cluster"}


@pytest.mark.longest(500)
@pytest.mark.late
def test_s7_a_primarys_bootstrap_killed_anywhere_is_begun_again_or_complete(root, table):
    outcomes = kill_everywhere("bootstrap, primary of a cluster", Bootstrap(root, "db-0"), table)
    assert lefts(outcomes) >= {"marker, phase staging", "marker, phase init", "cluster"}


@pytest.mark.longest(500)
@pytest.mark.late
def test_s7_a_clone_killed_anywhere_is_begun_again_or_complete(cluster, table):
    made = cluster()
    for worker in range(WORKERS):
        made.place(worker + 1)
    made.start(0).wait_ready()
    made[0].sql("create table kept as select generate_series(1, 20000) as n")
    made[0].sql("create table bulk as select n, repeat('x', 500) from generate_series(1, 50000) n; checkpoint")
    outcomes = kill_everywhere("clone", Clone(made), table)
    assert lefts(outcomes) >= {"marker, phase staging", "cluster"}
    assert made[0].runs == 1 and made[0].sql("select count(*) from kept") == "20000"


@pytest.mark.longest(500)
@pytest.mark.late
def test_s7_a_clone_in_place_killed_anywhere_is_begun_again_or_complete(cluster, table):
    """Most of a course is a standby that waits, so there are more workers."""
    workers = 8
    made = cluster(settings={"PGORDINAL_CLUSTER_MAX_MEMBERS": 12})  # no small limit of slots: eight backups switch WAL at once
    for worker in range(workers):
        made.place(worker + 1)
    made.start(0, 9, args=("postgres", "-c", "wal_keep_size=0"))
    made[0].wait_ready()
    made.wait_streaming(9)
    made[0].sql("create table kept as select generate_series(1, 20000) as n; create table later (n int)")
    made.wait_replayed(9)
    made[9].stop()
    for number in range(8):
        made[0].sql(f"insert into later values ({number}); select pg_switch_wal()")
    made[0].sql("select pg_drop_replication_slot('postgresql_sfs_9'); checkpoint")
    outcomes = kill_everywhere("clone in place", CloneInPlace(Clone(made), made.volume(9)), table, workers, points=44)
    assert lefts(outcomes) >= {"marker, phase beside", "cluster"}
    assert made[0].runs == 1
