"""Members of one StatefulSet on a Lab: what a StatefulSet's controller, kubelet and a headless Service would make of them."""

from support import Container, Lab, Mount, Volume, keeper, wait_until

NAME = "postgresql-sfs"
DOMAIN = "postgresql.test"
PASSWORD = "sUper:s3cret\\pa'ss"
SECRET = "/run/secrets/password"


class Cluster:
    """Pods by ordinal. A pod's volume and place on the network outlive it; a Container is one pod.

    on         the image
    name       of the StatefulSet
    domain     of its headless Service; empty: bare names, as Compose has them
    settings   environment of all members
    watch      called with each Container that is made

    All members get the superuser's password from a file that only root can read, as a Secret's.
    """

    def __init__(self, on, *, name=NAME, domain=DOMAIN, settings=None, watch=lambda container: None):
        self.on, self.name, self.settings, self.watch = on, name, dict(settings or {}), watch
        self.lab = Lab(domain=domain, dns=True)
        self.pods, self.volumes, self.made = {}, {}, []
        self.secret = keeper.base_directory() / f"secret.{id(self):x}"
        self.secret.write_text(PASSWORD + "\n")
        self.secret.chmod(0o400)

    def __getitem__(self, ordinal):
        return self.pods[ordinal]

    def pod_name(self, ordinal):
        return f"{self.name}-{ordinal}"

    def place(self, ordinal, *, published=True):
        """The pod's place on the network, made when it is first asked for."""
        name = self.pod_name(ordinal)
        return self.lab.hosts.get(name) or self.lab.host(name, published=published)

    def volume(self, ordinal):
        if ordinal not in self.volumes:
            self.volumes[ordinal] = Volume(keeper.base_directory() / f"claim-{ordinal}.{id(self):x}.{len(self.made)}")
        return self.volumes[ordinal]

    def empty_volume(self, ordinal):
        """The pod's claim is deleted; the next pod gets a new one."""
        self.volumes.pop(ordinal).remove()

    def pod(self, ordinal, *, env=None, mounts=(), published=True, args=("postgres",), volume=None, secret=True, **options):
        """A new pod in place of an earlier one, not started."""
        if ordinal in self.pods:
            self.pods[ordinal].kill()
        net = self.place(ordinal, published=published)
        mounted = [Mount(self.secret, SECRET, read_only=True)] if secret else []
        environment = {**({"POSTGRES_PASSWORD_FILE": SECRET} if secret else {}), **self.settings, **(env or {})}
        made = Container(args, on=options.pop("on", self.on), net=net, volume=self.volume(ordinal) if volume is None else volume, env=environment,
                         mounts=[*mounted, *mounts], **options)
        self.pods[ordinal] = made
        self.made.append(made)
        self.watch(made)
        return made

    def start(self, *ordinals, **options):
        """New pods, all at once (podManagementPolicy Parallel). Returns the last one."""
        for pod in [self.pod(ordinal, **options) for ordinal in ordinals]:
            pod.start()
        return self.pods[ordinals[-1]]

    def streaming(self, primary=0):
        """Names of the standbys that stream from it now."""
        rows = self.pods[primary].sql("select application_name from pg_stat_replication where state = 'streaming' order by 1")
        return rows.split()

    def wait_streaming(self, *ordinals, primary=0, timeout=40):
        """Until exactly these standbys stream. Fails at once when a pod that should run has ended."""
        wanted = sorted(self.pod_name(ordinal) for ordinal in ordinals)

        def alive():
            for ordinal in (primary, *ordinals):
                assert self.pods[ordinal].running, f"{self.pod_name(ordinal)} has ended"

        wait_until(lambda: sorted(self.streaming(primary)) == wanted, timeout, f"{wanted} to stream", check=alive)
        return self

    def wait_replayed(self, *ordinals, primary=0, timeout=20):
        """Until these standbys show all that the primary has committed by now."""
        lsn = self.pods[primary].sql("select pg_current_wal_flush_lsn()")
        for ordinal in ordinals:
            wait_until(lambda pod=self.pods[ordinal]: pod.sql(f"select pg_last_wal_replay_lsn() >= '{lsn}'") == "t", timeout,
                       f"{self.pod_name(ordinal)} to replay {lsn}")

    def remove(self):
        for pod in self.made:
            pod.remove()
        self.lab.remove()
        for volume in self.volumes.values():
            volume.remove()
        self.secret.unlink(missing_ok=True)


def as_role(pod, role, password, statement, *, host, database="postgres", replication=False):
    """psql over TCP as this role; returns the CompletedProcess."""
    conninfo = f"host={host} user={role} dbname={database} connect_timeout=5" + (" replication=true" if replication else "")
    return pod.exec([f"{pod.image.bin}/psql", "-XAtq", "-w", "-d", conninfo, "-c", statement], env={"PGPASSWORD": password})


def slots(pod):
    """{name: active} of the replication slots."""
    rows = pod.sql("select slot_name, active from pg_replication_slots order by 1").splitlines()
    return {name: active == "t" for name, active in (row.split("|") for row in rows)}


def error_line(pod):
    """The one line of ours that says why it ended."""
    lines = [line for line in pod.logs.splitlines() if " ERROR pgordinal" in line]
    assert len(lines) == 1, pod.logs
    assert ".." not in lines[0], lines[0]
    return lines[0]
