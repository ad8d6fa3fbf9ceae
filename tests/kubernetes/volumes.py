"""Volumes that a test makes for itself: small, read-only, or late."""

import json


def make_volume(cluster, storage_class, node, *, mounted=None):
    """A volume of its own class on a node: a directory, or a tmpfs with these options. Returns the tmpfs's place, which is
    not the volume's own: a remount there changes the file system, and no mount that a pod has of it."""
    path = f"{cluster.machine.run}/node/{node}/volumes/{cluster.namespace}"
    disk = f"{path}.disk"
    cluster.machine.on_node(node, "mkdir", "-p", "-m", "777", path, disk)
    if mounted is not None:
        cluster.machine.on_node(node, "mount", "-t", "tmpfs", "-o", mounted, "tmpfs", disk)
        cluster.machine.on_node(node, "mount", "--bind", disk, path)
    name = f"node-{node}"
    cluster.machine.kubectl("create", "-f", "-", text=json.dumps({
        "apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": cluster.namespace},
        "spec": {
            "capacity": {"storage": "10Gi"}, "accessModes": ["ReadWriteOnce"], "storageClassName": storage_class,
            "persistentVolumeReclaimPolicy": "Retain", "local": {"path": path},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [
                {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": [name]}]}]}}}}))
    return disk


def remount(cluster, node, disk, options):
    cluster.machine.on_node(node, "mount", "-o", f"remount,{options}", disk)
