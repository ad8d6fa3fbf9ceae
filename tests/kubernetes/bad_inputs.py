"""Mistakes that people make, each as a cluster of its own: what is wrong, what has to be said about it, what cures it."""

import dataclasses
from typing import Callable

from .cluster import Cluster
from .clusters import CLUSTERS, applied, claim
from .manifest import PLACEHOLDER, document, manifest, replaced
from .volumes import make_volume, remount

CASES = {}


@dataclasses.dataclass
class Case:
    """make: the cluster with the mistake. cure: takes its cause away, and touches no pod (but one, see there).

    said        in one line of the log of the pod `who`
    ends        PID 1 ends for it: `kubectl describe` shows it as the container's termination message
    by_events   `kubectl describe` shows it as an event, for no container was started, so there is no log
    """
    make: Callable
    cure: Callable
    said: str
    who: int = 0
    ends: bool = True
    by_events: bool = False
    members: int = 1


def case(name, **facts):
    def keep(kind):
        CASES[name] = Case(make=kind.make, cure=kind.cure, **facts)
        CLUSTERS[name] = kind.make
        return kind

    return keep


@case("placeholder", said="found the placeholder that statefulset.yaml comes with, expected a password of your own; put one into "
                          "the Secret")
class _Placeholder:
    @staticmethod
    def make(machine, namespace):
        return applied(machine, namespace, password=PLACEHOLDER)

    @staticmethod
    def cure(cluster):
        cluster.password = "a password of my own"
        cluster.apply(document(manifest(password=cluster.password), "Secret"))


@case("no-secret", said='secret "pg-main" not found', by_events=True)
class _NoSecret:
    @staticmethod
    def make(machine, namespace):
        made = Cluster(machine, namespace).make_namespace()
        made.apply(replaced(manifest(replicas=1), {document(manifest(), "Secret"): "\n"}))
        return made

    @staticmethod
    def cure(cluster):
        cluster.apply(document(manifest(), "Secret"))


@case("no-key", said='POSTGRES_PASSWORD_FILE: cannot read the file "/etc/pgordinal-secret/superuser-password": No such file')
class _NoKey:
    @staticmethod
    def make(machine, namespace):
        return applied(machine, namespace, changes={"superuser-password: s3cret": "superuser: s3cret"})

    @staticmethod
    def cure(cluster):
        cluster.apply(document(manifest(), "Secret"))


@case("bad-config", said="/etc/pgordinal/pgordinal.toml:2:1: cluster.mood: ")
class _BadConfig:
    @staticmethod
    def make(machine, namespace):
        return applied(machine, namespace, changes={'mode = "static"': 'mood = "static"'})

    @staticmethod
    def cure(cluster):
        cluster.apply(document(manifest(), "ConfigMap"))


def _on_a_tmpfs(machine, namespace, options, *, then=None):
    """then: what it is remounted with before a pod has it."""
    made = Cluster(machine, namespace).make_namespace()
    made.disk = make_volume(made, namespace, 1, mounted=options)
    if then:
        remount(made, 1, made.disk, then)
    claim(made, 0, storageClassName=namespace)
    made.apply(replicas=1)
    return made


@case("read-only", said="Read-only file system")
class _ReadOnly:
    @staticmethod
    def make(machine, namespace):
        return _on_a_tmpfs(machine, namespace, "mode=777,size=300m", then="ro")

    @staticmethod
    def cure(cluster):
        # The kubelet's own mount of a volume stays read-only as long as the pod lives.
        remount(cluster, 1, cluster.disk, "rw")
        cluster.kubectl("delete", "pod", cluster.pod_name(0))


@case("full", said=" MB free, and a new cluster takes about 64 MB: make room, or give it a larger volume")
class _Full:
    @staticmethod
    def make(machine, namespace):
        return _on_a_tmpfs(machine, namespace, "mode=777,size=20m")

    @staticmethod
    def cure(cluster):
        remount(cluster, 1, cluster.disk, "size=300m")


@case("no-service", said="reason=waiting_for_primary_name", who=1, ends=False, members=2)
class _NoService:
    @staticmethod
    def make(machine, namespace):
        return applied(machine, namespace, replicas=2, changes={"  serviceName: pg-main": "  serviceName: elsewhere"})

    @staticmethod
    def cure(cluster):
        cluster.apply(replaced(document(manifest(), "Service"), {"  name: pg-main": "  name: elsewhere"}))


@case("no-token", said="give the pod a service account (serviceAccountName, automountServiceAccountToken: true)")
class _NoToken:
    @staticmethod
    def make(machine, namespace):
        return applied(machine, namespace, static=False, changes={"automountServiceAccountToken: true": "automountServiceAccountToken: false"})

    @staticmethod
    def cure(cluster):
        cluster.apply(document(manifest(static=False), "ServiceAccount"))
        # What a pod is given is settled when it is made.
        cluster.kubectl("delete", "pod", cluster.pod_name(0))


@case("no-lease-right", said='lacks the verb "create" or "update" on the resource "leases.coordination.k8s.io" with the name "pg-main"', ends=False)
class _NoLeaseRight:
    @staticmethod
    def make(machine, namespace):
        return applied(machine, namespace, static=False, changes={"verbs: [create, get, update, watch]": "verbs: [get, watch]"})

    @staticmethod
    def cure(cluster):
        cluster.apply(document(manifest(static=False), "Role"))


@case("no-label-right", said='lacks the verb "patch" on the resource "pods" with the name "pg-main-0"', ends=False)
class _NoLabelRight:
    """Who is the primary does not depend on it (S11)."""
    @staticmethod
    def make(machine, namespace):
        return applied(machine, namespace, static=False, changes={"    verbs: [patch]": "    verbs: [get]"})

    @staticmethod
    def cure(cluster):
        assert cluster.value(0, "select not pg_is_in_recovery()")
        cluster.apply(document(manifest(static=False), "Role"))
        cluster.wait_log(0, "label_set pod=pg-main-0 role=primary")
