"""A StatefulSet of statefulset.yaml in a namespace of its own, and the few questions that the tests ask of it."""

import json

import psycopg2

from support.wait import wait_until

from .manifest import NAME, PASSWORD, manifest

# Bounds are for a slow and busy machine; what is waited for comes in a fraction of them.
START = 150


class Cluster:
    """namespace: made by make_namespace(), enforcing the Pod Security level `restricted`. first: the primary's ordinal."""

    def __init__(self, machine, namespace, *, name=NAME, first=0, password=PASSWORD):
        self.machine, self.namespace, self.name, self.first, self.password = machine, namespace, name, first, password

    def __repr__(self):
        return f"Cluster({self.namespace}/{self.name})"

    def kubectl(self, *words, **options):
        return self.machine.kubectl(*words, namespace=self.namespace, **options)

    def make_namespace(self):
        self.machine.kubectl("create", "-f", "-", text=json.dumps({
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": self.namespace, "labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}))
        return self

    def apply(self, text=None, **edits):
        """kubectl apply of a text, or of statefulset.yaml with these edits (see manifest())."""
        return self.kubectl("apply", "-f", "-", text=text or manifest(name=self.name, password=self.password, **edits))

    # Pods

    def pod_name(self, ordinal):
        return f"{self.name}-{ordinal}"

    def pod(self, ordinal):
        """The pod as the API has it, or None."""
        return self.machine.get(f"/api/v1/namespaces/{self.namespace}/pods/{self.pod_name(ordinal)}")

    def pods(self):
        return self.machine.get(f"/api/v1/namespaces/{self.namespace}/pods")["items"]

    def log(self, ordinal, container="postgres"):
        return self.machine.logs.of(self.namespace, self.pod_name(ordinal), container)

    def exec(self, ordinal, *words):
        """kubectl exec of a command in the container of PostgreSQL; returns its output."""
        return self.kubectl("exec", self.pod_name(ordinal), "-c", "postgres", "--", *words)

    def is_ready(self, ordinal):
        pod = self.pod(ordinal)
        return pod is not None and any(condition["type"] == "Ready" and condition["status"] == "True"
                                       for condition in pod["status"].get("conditions", []))

    def wait_ready(self, *ordinals, bound=START):
        for ordinal in ordinals:
            wait_until(lambda ordinal=ordinal: self.is_ready(ordinal), bound, f"{self.namespace}/{self.pod_name(ordinal)} to be Ready",
                       longest_pause=0.3)

    def wait_replaced(self, ordinal, uid, bound=START):
        """Until another pod than the one with this UID has the name."""
        wait_until(lambda: (self.pod(ordinal) or {"metadata": {"uid": uid}})["metadata"]["uid"] != uid, bound,
                   f"a new {self.pod_name(ordinal)}", longest_pause=0.3)

    def wait_log(self, ordinal, text, bound=START):
        """Until the text is in the pod's log; returns its line."""
        wait_until(lambda: text in self.log(ordinal), bound, f"{text!r} in the log of {self.namespace}/{self.pod_name(ordinal)}",
                   longest_pause=0.3)
        return next(line for line in self.log(ordinal).splitlines() if text in line)

    # PostgreSQL

    def connect(self, ordinal, *, user="postgres", password=None, database="postgres", **options):
        address = (self.pod(ordinal) or {"status": {}})["status"].get("podIP")
        assert address, f"{self.pod_name(ordinal)} has no address"
        connection = psycopg2.connect(host=address, user=user, password=password or self.password, dbname=database,
                                      connect_timeout=5, **options)
        connection.autocommit = True
        return connection

    def sql(self, ordinal, statement, *values):
        """The rows of a statement on a member, by its pod's address; [] where it has none."""
        connection = self.connect(ordinal)
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement, values or None)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def value(self, ordinal, statement, *values):
        return self.sql(ordinal, statement, *values)[0][0]

    def streaming(self):
        """Names of the standbys that stream from the primary now."""
        rows = self.sql(self.first, "select application_name from pg_stat_replication where state = 'streaming' order by 1")
        return [name for name, in rows]

    def wait_streaming(self, *ordinals, bound=START):
        """Until exactly these standbys stream, and nothing else is connected for replication."""
        wanted = sorted(self.pod_name(ordinal) for ordinal in ordinals)
        wait_until(lambda: self.streaming() == wanted, bound, f"{wanted} to stream in {self.namespace}", longest_pause=0.2)
        return self

    def wait_replayed(self, *ordinals, bound=60):
        """Until these standbys show all that the primary has committed by now."""
        lsn = self.value(self.first, "select pg_current_wal_flush_lsn()")
        for ordinal in ordinals:
            wait_until(lambda ordinal=ordinal: self.value(ordinal, "select pg_last_wal_replay_lsn() >= %s::pg_lsn", lsn), bound,
                       f"{self.pod_name(ordinal)} to replay {lsn}", longest_pause=0.2)

    def slots(self):
        """{name: active} of the primary's replication slots."""
        return dict(self.sql(self.first, "select slot_name, active from pg_replication_slots"))

    def addresses_of(self, name):
        """What a member's resolver says; nothing where there is no such name (yet)."""
        done = self.exec(0, "sh", "-c", f"getent ahostsv4 {name} || true")
        return {line.split()[0] for line in done.splitlines()}

    def service_address(self, suffix):
        return self.machine.get(f"/api/v1/namespaces/{self.namespace}/services/{self.name}{suffix}")["spec"]["clusterIP"]
