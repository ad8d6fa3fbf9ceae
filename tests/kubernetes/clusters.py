"""The clusters besides the main one, each with what makes it special. Tests choose one with @pytest.mark.on(NAME), which
is the name of its namespace as well."""

import json

from .cluster import Cluster

CLUSTERS = {}


def cluster(name):
    def keep(make):
        CLUSTERS[name] = make
        return make

    return keep


def applied(machine, namespace, *, replicas=1, changes=None, settings="", static=True, **identity):
    """A Cluster in a new namespace, of statefulset.yaml with these edits."""
    made = Cluster(machine, namespace, **identity).make_namespace()
    made.apply(replicas=replicas, changes=changes, settings=settings, static=static)
    return made


def claim(made, ordinal, **spec):
    """The volume claim of a member, made before its StatefulSet is."""
    made.kubectl("create", "-f", "-", text=json.dumps({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": f"data-{made.pod_name(ordinal)}"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Gi"}}, **spec}}))


IN_ORDER = {"podManagementPolicy: Parallel": "podManagementPolicy: OrderedReady"}
EVENTS = {'  #- apiGroups: [""]': '  - apiGroups: [""]', "  #  resources: [events]": "    resources: [events]", "  #  verbs: [create]": "    verbs: [create]"}


@cluster("ordered")
def _ordered(machine, namespace):
    return applied(machine, namespace, replicas=2, changes=IN_ORDER)


@cluster("digits")
def _digits(machine, namespace):
    """A name that ends in digits, and ordinals that start elsewhere: 7 and 8."""
    return applied(machine, namespace, name="pg-15", first=7, replicas=2, changes={
        "  serviceName: pg-main": "  ordinals: {start: 7}\n  serviceName: pg-main",
        "primary_ordinal = 0": "primary_ordinal = 7",
        'pod-index: "0"': 'pod-index: "7"',
        'pod-index: "1"': 'pod-index: "8"',
    })


@cluster("any-uid")
def _any_uid(machine, namespace):
    """As OpenShift runs pods: a number that no image knows, in group 0. Warm standbys as well, and the name of the main
    cluster in another namespace, with another password."""
    return applied(machine, namespace, password="another s3cret", replicas=2, settings="[replication]\nhot_standby = false", changes={
        "runAsUser: 999": "runAsUser: 1000680000",
        "runAsGroup: 999": "runAsGroup: 0",
        "fsGroup: 999": "fsGroup: 1000680000",
    })


@cluster("late-primary")
def _late_primary(machine, namespace):
    """The primary's claim waits for a volume of a class that has none yet."""
    made = Cluster(machine, namespace).make_namespace()
    claim(made, 0, storageClassName="late")
    made.apply(replicas=2)
    return made


@cluster("elected")
def _elected(machine, namespace):
    return applied(machine, namespace, replicas=3, static=False)


@cluster("elected-ordered")
def _elected_ordered(machine, namespace):
    return applied(machine, namespace, replicas=3, static=False, changes={**IN_ORDER, **EVENTS})


@cluster("scaled")
def _scaled(machine, namespace):
    """A primary alone; a slot is given up soon after its member was scaled away."""
    return applied(machine, namespace, settings='[replication]\nslot_retention = "20s"')
