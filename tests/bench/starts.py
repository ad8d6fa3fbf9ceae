"""From exec to the first `SELECT 1`: on an empty volume and on one that holds a cluster."""

import itertools
import signal
import subprocess

from measure import Row, Target, interleave, quiesce
from probe import Stamped, milliseconds_to_first_select
from support import Volume

PASSWORD = "bench"
ENVIRONMENT = {"POSTGRES_PASSWORD": PASSWORD, "POSTGRES_HOST_AUTH_METHOD": "trust"}
PASSWORD_FILE = "/etc/password"

# What the official entrypoint would do at least: initdb with its arguments, then the server in its place.
BARE_COLD_START = f'"$0" --username=postgres --pwfile={PASSWORD_FILE} -D "$PGDATA" && exec "$1"'


class Starts:
    """Makes containers of both kinds on one network host, so that their names, addresses and mounts are the same."""

    def __init__(self, bench):
        self.bench = bench
        self.numbers = itertools.count()

    def volume(self, medium, name):
        return Volume(self.bench.directory(medium) / f"{name}-{next(self.numbers)}")

    def ours(self, volume, host, **options):
        return Stamped(["postgres"], on=self.bench.image, env=ENVIRONMENT, volume=volume, net=self.bench.host(host), **options)

    def bare_server(self, volume, host):
        return Stamped(entrypoint=[f"{self.bench.image.bin}/postgres"], on=self.bench.image, user="postgres", volume=volume,
                       net=self.bench.host(host))

    def bare_cold(self, volume, host):
        programs = [f"{self.bench.image.bin}/initdb", f"{self.bench.image.bin}/postgres"]
        return Stamped(entrypoint=["/bin/sh", "-c", BARE_COLD_START, *programs], on=self.bench.image, user="postgres",
                       volume=volume, net=self.bench.host(host), files={PASSWORD_FILE: PASSWORD + "\n"})

    def cold(self, medium, make):
        """One trial on a new volume."""
        volume = self.volume(medium, "cold")
        container = make(volume, "bench")
        quiesce()
        try:
            return milliseconds_to_first_select(container)
        finally:
            container.remove()
            volume.remove()

    def warm(self, make, volume, host):
        """One trial on a volume that holds a cluster, which is shut down cleanly afterwards."""
        container = make(volume, host)
        quiesce()
        try:
            taken = milliseconds_to_first_select(container)
            status, _ = container.stop(signal.SIGINT)
            if status != 0:
                raise RuntimeError(f"the stop after a trial ended with status {status}\n{container.transcript()}")
            return taken
        finally:
            container.remove()

    def prepare(self, medium, host):
        """Two volumes with the same cluster and the same settings: one started by us, and its copy."""
        ours = self.volume(medium, "existing")
        self.warm(self.ours, ours, host)
        return ours, Volume.copy_of(ours, self.bench.directory(medium) / f"copy-{next(self.numbers)}")


def cold_start(bench):
    starts = Starts(bench)
    for medium in ("disk", "tmpfs"):
        what = f"cold start, {medium}"
        ours, reference = interleave(what, bench.trials(10), lambda: starts.cold(medium, starts.ours),
                                     lambda: starts.cold(medium, starts.bare_cold))
        yield Row(what, "ms", Target("ratio", 1.25), ours, reference, "reference: initdb, then postgres in its place")


def existing_volume(bench):
    starts = Starts(bench)
    for medium, mode, host in (("disk", "standalone", "bench"), ("tmpfs", "standalone", "bench"), ("disk", "static", "member-0")):
        what = f"start, existing volume, {medium}, {mode}"
        our_volume, bare_volume = starts.prepare(medium, host)
        try:
            ours, reference = interleave(what, bench.trials(20), lambda: starts.warm(starts.ours, our_volume, host),
                                         lambda: starts.warm(starts.bare_server, bare_volume, host))
        finally:
            subprocess.run(["rm", "-rf", our_volume.path, bare_volume.path], check=True)
        yield Row(what, "ms", Target("difference", 10), ours, reference, "reference: postgres, same settings")
