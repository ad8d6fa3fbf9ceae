"""statefulset.yaml itself: what Kubernetes thinks of it, of its comments, and of the rights it gives."""

import re

import pytest

from .manifest import FILE, documents, optional_parts

POD_MONITOR = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: podmonitors.monitoring.coreos.com}
spec:
  group: monitoring.coreos.com
  scope: Namespaced
  names: {kind: PodMonitor, plural: podmonitors, singular: podmonitor}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              required: [selector, podMetricsEndpoints]
              properties:
                selector:
                  type: object
                  properties: {matchLabels: {type: object, additionalProperties: {type: string}}}
                podMetricsEndpoints:
                  type: array
                  items: {type: object, properties: {port: {type: string}, path: {type: string}}}
"""


def test_three_members_stream_in_a_namespace_that_enforces_restricted(cluster):
    namespace = cluster.machine.get(f"/api/v1/namespaces/{cluster.namespace}")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert len(cluster.pods()) == 3


def test_no_file_of_the_image_can_be_written(cluster):
    for path in ("/usr/local/bin", "/etc", "/opt/pgordinal", "/etc/pgordinal", "/etc/pgordinal-secret"):
        done = cluster.exec(0, "sh", "-c", f"touch {path}/probe 2>&1 || true")
        assert "Read-only file system" in done, path


def test_the_optional_parts_are_valid_as_well(cluster):
    parts = optional_parts()
    assert sorted(parts) == ["NetworkPolicy", "PodMonitor"]
    cluster.machine.kubectl("apply", "-f", "-", text=POD_MONITOR)
    cluster.machine.kubectl("wait", "--for=condition=Established", "crd/podmonitors.monitoring.coreos.com", "--timeout=60s")
    for kind, part in parts.items():
        applied = cluster.kubectl("apply", "--dry-run=server", "--validate=strict", "-f", "-", text=part)
        assert "created (server dry run)" in applied, kind


def test_every_object_passes_strict_validation(cluster):
    applied = cluster.kubectl("apply", "--dry-run=server", "--validate=strict", "-f", FILE)
    assert len(applied.splitlines()) == len(documents(FILE.read_text()))


def test_the_service_account_may_do_what_the_role_names_and_nothing_else(cluster):
    def may(account):
        output = cluster.kubectl("auth", "can-i", "--list", f"--as=system:serviceaccount:{cluster.namespace}:{account}",
                                 "--as-group=system:serviceaccounts", "--as-group=system:authenticated")
        return {re.sub(r"\s+", " ", line).strip() for line in output.splitlines()[1:]}

    # Besides what every account may.
    assert may("pg-main") - may("default") == {
        "leases.coordination.k8s.io [] [pg-main] [create get update watch]",
        *(f"pods [] [pg-main-{ordinal}] [patch]" for ordinal in range(8)),
    }
    pod = cluster.pod(0)
    assert pod["spec"]["serviceAccountName"] == "pg-main"
    with pytest.raises(AssertionError, match="No such file or directory"):
        cluster.exec(0, "ls", "/var/run/secrets/kubernetes.io")
