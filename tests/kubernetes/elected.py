"""A cluster of elected mode, as its tests see it: who is the primary, and who wrote what when."""

import http.client
import re
import threading
import time
from pathlib import Path

import psycopg2

from support.wait import wait_until

MEMBERS = (0, 1, 2)
PAUSE = 0.02


class Elected:
    """cluster: a Cluster of three members in elected mode."""

    def __init__(self, cluster):
        self.cluster, self.machine = cluster, cluster.machine

    def lease(self):
        return self.machine.get(f"/apis/coordination.k8s.io/v1/namespaces/{self.cluster.namespace}/leases/{self.cluster.name}")

    def labelled(self, role):
        """Ordinals of the pods with this label."""
        return [ordinal for ordinal in MEMBERS
                if (self.cluster.pod(ordinal) or {"metadata": {}})["metadata"].get("labels", {}).get("role") == role]

    def primary(self):
        """The ordinal of the member that has the label; None where not exactly one has."""
        found = self.labelled("primary")
        return found[0] if len(found) == 1 else None

    def writable(self):
        """Ordinals of the members that accept writes now."""
        return [ordinal for ordinal in MEMBERS if self.answers(ordinal, "select not pg_is_in_recovery()")]

    def answers(self, ordinal, question):
        try:
            return self.cluster.value(ordinal, question)
        except (psycopg2.Error, AssertionError):
            return None

    def transitions(self):
        """How often the Lease changed its holder so far."""
        return self.lease()["spec"]["leaseTransitions"]

    def candidates(self):
        """Names of the pods that the Lease lists as those that may take over, sorted; none where there is no Lease."""
        listed = (self.lease() or {"metadata": {}})["metadata"].get("annotations", {}).get("pgordinal.io/candidates", "")
        return sorted(each.split("=")[0] for each in listed.split(",") if each)

    def restarts(self, ordinal):
        """How often the kubelet started the container of PostgreSQL again."""
        states = self.cluster.pod(ordinal)["status"].get("containerStatuses", [])
        return next((state["restartCount"] for state in states if state["name"] == "postgres"), 0)

    def pid_1(self, ordinal):
        """The number that the container's PID 1 has on this machine: nothing inside the container could stop it."""
        found = self.find_pid_1(ordinal)
        assert found, f"no PID 1 of {self.cluster.pod_name(ordinal)} is seen"
        return found

    def find_pid_1(self, ordinal):
        uid = self.cluster.pod(ordinal)["metadata"]["uid"]
        for process in Path("/proc").glob("[0-9]*"):
            try:
                inside = re.search(r"^NSpid:.*\s(\d+)$", (process / "status").read_text(), re.M).group(1)
                if inside == "1" and (process / "comm").read_text().strip() == "pgordinal" and uid in (process / "cgroup").read_text():
                    return int(process.name)
            except (OSError, AttributeError):
                continue  # it has ended meanwhile
        return None

    def wait_healthy(self, bound=150):
        """Until one member is the primary, labelled, and streams to the two others, labelled and listed as those that may take over;
        returns its ordinal."""
        def healthy():
            first = self.primary()
            if first is None or self.writable() != [first]:
                return False
            self.cluster.first = first
            others = [ordinal for ordinal in MEMBERS if ordinal != first]
            names = [self.cluster.pod_name(ordinal) for ordinal in others]
            return self.cluster.streaming() == names and self.labelled("replica") == others and self.candidates() == names

        def tried():
            try:
                return healthy()
            except (psycopg2.Error, AssertionError):
                return False

        wait_until(tried, bound, f"one primary and two standbys in {self.cluster.namespace}", longest_pause=0.3)
        return self.cluster.first


class Writers:
    """One client beside every member, which writes whenever that member lets it; "-rw", through the Service for writes;
    "all", which names all members and takes the one that is read-write.

    acknowledged   {member or name: [(number, instant)]} of every row whose commit came back; instants are time.monotonic()
    """

    def __init__(self, elected):
        self._cluster = elected.cluster
        self._ended = threading.Event()
        self._threads = []
        self._next = iter(range(1, 10**9))
        self._lock = threading.Lock()
        self.acknowledged = {ordinal: [] for ordinal in MEMBERS}
        self.acknowledged.update({"-rw": [], "all": []})
        self._cluster.sql(self._cluster.first, "drop table if exists written")
        self._cluster.sql(self._cluster.first, "create table written (number bigint primary key, by text)")

    def __enter__(self):
        for ordinal in MEMBERS:
            self._start(self._write, ordinal, lambda ordinal=ordinal: self._cluster.connect(
                ordinal, tcp_user_timeout=2000, options="-c statement_timeout=2000"))
        service = self._cluster.service_address("-rw")
        # Where a client is, kube-proxy has to be: not on the node that may be cut off.
        elsewhere = (self._cluster.machine.node_of(self._cluster.pod(self._cluster.first)) + 1) % 3
        self._start(self._cluster.machine.from_node, elsewhere, lambda: self._write("-rw", lambda: self._connect(service)))
        self._start(self._write, "all", lambda: self._connect(self._addresses(), target_session_attrs="read-write"))
        self.wait_more(5)
        self.wait_more(5, who="all")
        return self

    def __exit__(self, *exception):
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def inside(self, node, ordinal):
        """One more client, "inside": on that member's own node, with a session that no cut of the node's network breaks."""
        self.acknowledged["inside"] = []
        address = self._cluster.pod(ordinal)["status"]["podIP"]
        self._start(self._cluster.machine.from_node, node, lambda: self._write("inside", lambda: self._connect(address)))
        self.wait_more(5, who="inside")

    def _connect(self, address, **more):
        return psycopg2.connect(host=address, user="postgres", password=self._cluster.password, dbname="postgres", connect_timeout=2,
                                tcp_user_timeout=2000, options="-c statement_timeout=2000", **more)

    def _addresses(self):
        """As the headless Service gives them: of the pods that are there. The names of pods are looked up at each connection."""
        found = [(self._cluster.pod(ordinal) or {"status": {}})["status"].get("podIP") for ordinal in MEMBERS]
        return ",".join(filter(None, found))

    def _start(self, *call):
        thread = threading.Thread(target=call[0], args=call[1:])
        thread.start()
        self._threads.append(thread)

    def _write(self, who, connect):
        while not self._ended.is_set():
            try:
                connection = connect()
                connection.autocommit = True
                with connection.cursor() as cursor:
                    while not self._ended.is_set():
                        with self._lock:
                            number = next(self._next)
                        cursor.execute("insert into written values (%s, %s)", (number, str(who)))
                        self.acknowledged[who].append((number, time.monotonic()))
                        self._ended.wait(PAUSE)
                connection.close()
            except (psycopg2.Error, AssertionError, OSError, http.client.HTTPException):  # of the server, or of the API that was asked
                self._ended.wait(PAUSE)

    def wait_more(self, rows, who="-rw", bound=120):
        wanted = len(self.acknowledged[who]) + rows
        wait_until(lambda: len(self.acknowledged[who]) >= wanted, bound, f"{rows} more acknowledged rows by {who}", longest_pause=0.05)

    def overlap(self, old, new):
        """Seconds for which two members acknowledged rows at once; negative: the pause between them."""
        return self.acknowledged[old][-1][1] - self.acknowledged[new][0][1]

    def outage(self, old, new):
        """Seconds from the last row of one member to the first of another, or of the same one after its longest pause."""
        return self.longest_pause(old) if old == new else -self.overlap(old, new)

    def longest_pause(self, who):
        """Seconds between two acknowledged rows of one client, the longest."""
        instants = [instant for _, instant in self.acknowledged[who]]
        return max(later - earlier for earlier, later in zip(instants, instants[1:]))

    def lost(self, ordinal):
        """Numbers of acknowledged rows that this member does not have."""
        there = {number for number, in self._cluster.sql(ordinal, "select number from written")}
        return sorted(number for rows in self.acknowledged.values() for number, _ in rows if number not in there)
