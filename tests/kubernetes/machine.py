"""The lab as the tests see it: kubectl as a user types it, the API read directly, nodes whose power and network can be cut.

The test process enters the network namespace of the control plane, from where it reaches the API and every pod.
kubectl does what a user does. What a test polls is read over one kept connection, for a start of kubectl costs more than
the answer.
"""

import http.client
import json
import os
import shutil
import ssl
import subprocess
import threading
from pathlib import Path

from support import kernel
from support.wait import wait_until

from .logs import Logs
from .starts import Starts

HERE = Path(__file__).parent
BUILD = HERE.parents[1] / "build"
REPORTS = BUILD / "reports"
NODES = 3


class KubectlFailed(AssertionError):
    """kubectl ended with an error."""


class Machine:
    """The lab, brought up by start() and taken down by stop(). One a session. What it logged is in reports/`name` afterwards."""

    def __init__(self, name="kubernetes"):
        self.reports = REPORTS / name
        self._local = threading.local()
        self._outside = None
        self.logs = None
        self.starts = None

    def start(self):
        shutil.rmtree(self.reports, ignore_errors=True)
        self.reports.mkdir(parents=True)
        self.lab("up", str(NODES))
        self.run = Path(self.lab("path", "run"))
        self._kube = Path(self.lab("path", "bin")) / "kube"
        self._environment = {**os.environ, "KUBECONFIG": str(self.run / "admin.conf"), "KUBECACHEDIR": str(self.run / "kubectl-cache")}
        self.starts = Starts()  # the kernel tells them in the machine's own network namespace only
        self._outside = os.open("/proc/self/ns/net", os.O_RDONLY)
        self._enter(f"/run/netns/{self.lab('path', 'cp')}")
        self.logs = Logs(self.run / "node", self.reports / "pods")

    def stop(self):
        """Keeps the logs and takes everything down, in whatever state start() left it."""
        if self.logs is not None:
            self.logs.stop()
        if self.starts is not None:
            self.starts.stop()
        if self._outside is not None:
            kernel.setns(self._outside, kernel.CLONE_NEWNET)
        run = Path(self.lab("path", "run"))
        if (run / "log").is_dir():
            shutil.copytree(run / "log", self.reports / "programs", dirs_exist_ok=True)
        if not os.environ.get("PGORDINAL_KEEP_LAB"):
            self.lab("down")

    @staticmethod
    def lab(*words):
        """The program beside this file; returns what it printed."""
        done = subprocess.run([HERE / "lab", *words], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise RuntimeError(f"lab {' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout.strip()

    @staticmethod
    def _enter(namespace):
        descriptor = os.open(namespace, os.O_RDONLY)
        kernel.setns(descriptor, kernel.CLONE_NEWNET)
        os.close(descriptor)

    # What a user does

    def kubectl(self, *words, namespace=None, text=None, timeout=120):
        """kubectl; returns its output. text: its standard input."""
        chosen = ["-n", namespace] if namespace else []
        done = subprocess.run([self._kube, "kubectl", *chosen, *map(str, words)], input=text or "", capture_output=True, text=True,
                              env=self._environment, timeout=timeout)
        if done.returncode != 0:
            raise KubectlFailed(f"kubectl {' '.join(map(str, words))}: {done.stdout}{done.stderr}")
        return done.stdout

    # What a test looks at

    def get(self, path):
        """The object or list at a path of the API; None where there is none."""
        for attempt in (1, 2):
            try:
                self._connection().request("GET", path, headers={"Authorization": "Bearer labadmin"})
                answer = self._connection().getresponse()
                body = json.load(answer)
                break
            except (http.client.HTTPException, OSError):
                self._local.connection = None
                if attempt == 2:
                    raise
        if answer.status == http.HTTPStatus.NOT_FOUND:
            return None
        if answer.status != http.HTTPStatus.OK:
            raise RuntimeError(f"GET {path}: {body}")
        return body

    def _connection(self):
        if getattr(self._local, "connection", None) is None:
            trust = ssl.create_default_context(cafile=self.run / "pki" / "ca.crt")
            # The lab's certificates are made in the second before their use.
            self._local.connection = http.client.HTTPSConnection("10.77.0.1", 6443, context=trust, timeout=20)
        return self._local.connection

    # Faults

    def power_off(self, node):
        """Everything on the node ends at this instant."""
        self.lab("power-off", str(node))

    def power_on(self, node):
        self.lab("power-on", str(node))

    def unplug(self, node):
        """Packets from and to the node vanish."""
        self.lab("unplug", str(node))

    def plug(self, node):
        self.lab("plug", str(node))

    def on_node(self, node, *words):
        """A command in the node's namespaces."""
        return self.lab("node", str(node), *words)

    def from_node(self, node, call):
        """call() in a thread on the node's network, where Services' addresses work. Returns its result."""
        outcome = {}
        namespace = f"/run/netns/{self.lab('path', 'cp').removesuffix('-cp')}-n{node}"

        def run():
            try:
                self._enter(namespace)
                outcome["result"] = call()
            except BaseException as error:  # noqa: BLE001: handed to the caller
                outcome["error"] = error

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        if "error" in outcome:
            raise outcome["error"]
        return outcome["result"]

    def node_of(self, pod):
        """The number of the node that a pod (an object) runs on."""
        return int(pod["spec"]["nodeName"].removeprefix("node-"))

    def wait_nodes_ready(self, bound=90):
        def ready():
            nodes = self.get("/api/v1/nodes")["items"]
            states = [condition["status"] for node in nodes for condition in node["status"]["conditions"] if condition["type"] == "Ready"]
            return states == ["True"] * NODES

        wait_until(ready, bound, "all nodes to be Ready", longest_pause=0.5)
