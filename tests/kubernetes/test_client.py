"""entrypoint/kubernetes, the client of elected mode, against the real API server."""

import json
import os
import subprocess

from .machine import BUILD

NAMESPACE = "client"
LEASES = ["read", "swap", "uid", "missing", "watched", "old"]


def rule(groups, resource, verbs, **names):
    return {"apiGroups": [groups], "resources": [resource], "verbs": verbs, **names}


def objects():
    """A service account with few rights, and a pod that no node ever gets."""
    yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    yield {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "pg", "namespace": NAMESPACE}}
    yield {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "pg", "namespace": NAMESPACE},
           "rules": [rule("coordination.k8s.io", "leases", ["create", "get", "update", "watch"], resourceNames=LEASES),
                     rule("", "pods", ["patch"], resourceNames=["pg-0"])]}
    yield {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "pg", "namespace": NAMESPACE},
           "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "pg"},
           "subjects": [{"kind": "ServiceAccount", "name": "pg", "namespace": NAMESPACE}]}
    yield {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pg-0", "namespace": NAMESPACE},
           "spec": {"schedulingGates": [{"name": "example.com/never"}], "serviceAccountName": "pg",
                    "automountServiceAccountToken": False, "containers": [{"name": "none", "image": "none"}]}}


def test_the_client_and_a_real_api_server_understand_each_other(machine, tmp_path):
    for found in objects():
        machine.kubectl("create", "-f", "-", text=json.dumps(found))
    token = machine.kubectl("create", "token", "pg", namespace=NAMESPACE).strip()
    for name, text in [("token", token), ("namespace", NAMESPACE), ("ca.crt", (machine.run / "pki" / "ca.crt").read_text())]:
        (tmp_path / name).write_text(text)
    done = subprocess.run([BUILD / "sanitize" / "kubernetes_api_tests"], capture_output=True, text=True, timeout=300, check=False,
                          env={**os.environ, "KUBERNETES_SERVICE_HOST": "10.77.0.1", "KUBERNETES_SERVICE_PORT": "6443",
                               "SERVICE_ACCOUNT": str(tmp_path)})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[  PASSED  ] 9 tests." in done.stdout, done.stdout
