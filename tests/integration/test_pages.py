"""Probes, status and metrics of a real static cluster, asked as kubelet, a load balancer and Prometheus ask."""

import json
import re
import subprocess

import pytest

from support import wait_until

from .cluster import PASSWORD
from .test_static_cluster import REPLICATION_PASSWORD

PAGES = ("/livez", "/readyz?verbose", "/startupz", "/status", "/cluster", "/metrics", "/", "/primary", "/replica", "/health")


def ask(pod, target, method="GET", port=8008):
    """(status, body) of the page, asked inside the pod; None: nobody listens."""
    script = (f"exec 3<>/dev/tcp/127.0.0.1/{port} && printf '%s {target} HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n' {method} >&3"
              " && cat <&3")
    done = pod.exec(["bash", "-c", script])
    if not done.stdout:
        return None
    head, _, body = done.stdout.replace("\r\n", "\n").partition("\n\n")
    return int(head.split()[1]), body


def wait_ready(pod):
    wait_until(lambda: ask(pod, "/readyz") and ask(pod, "/readyz")[0] == 200, 30, f"{pod.name} to be ready")


def test_members_are_ready_and_say_what_they_are(three):
    for ordinal, pod in three.pods.items():
        wait_ready(pod)
        primary, other = ("/primary", "/replica") if ordinal == 0 else ("/replica", "/primary")
        assert ask(pod, primary)[0] == 200
        assert ask(pod, other)[0] == 503
        assert ask(pod, "/livez") == (200, "ok\n")
        assert ask(pod, "/startupz") == (200, "ok\n")
        assert ask(pod, "/read-only")[0] == 200
        assert ask(pod, "/nothing")[0] == 404
        assert ask(pod, "/livez", "DELETE")[0] == 405
        assert ask(pod, "/livez", "HEAD") == (200, "")


def test_status_knows_the_streams(three):
    for pod in three.pods.values():
        wait_ready(pod)
    standbys = sorted(three.pod_name(ordinal) for ordinal in three.pods if ordinal != 0)
    wait_until(lambda: [each["pod"] for each in json.loads(ask(three[0], "/status")[1])["standbys"]] == standbys, 20,
               "the primary to know who streams from it")
    # How far behind it is a standby knows from its upstream's first message on.
    wait_until(lambda: "lag_bytes" in json.loads(ask(three[1], "/status")[1]), 20, "the standby to know how far behind it is")
    status = json.loads(ask(three[1], "/status")[1])
    assert status["follows"] == three.pod_name(0) and status["streams"] is True
    assert status["lag_bytes"] >= 0 and re.fullmatch(r"[0-9A-F]+/[0-9A-F]+", status["lsn"])
    assert status["version"] == 1 and status["timeline"] == 1


def test_metrics_are_as_prometheus_wants_them(three):
    for pod in three.pods.values():
        checked = subprocess.run(["promtool", "check", "metrics"], input=ask(pod, "/metrics")[1], text=True, capture_output=True)
        assert (checked.returncode, checked.stderr) == (0, "")


def test_k1_no_password_on_a_page(three):
    key = three[0].read(f"{three.on.pgdata}/pgordinal.key").strip()
    for pod in three.pods.values():
        for target in PAGES:
            body = ask(pod, target)[1]
            for secret in (PASSWORD, json.dumps(PASSWORD)[1:-1], REPLICATION_PASSWORD, key):
                assert secret not in body, target


@pytest.mark.parametrize("given", [{}, {"PGORDINAL_HTTP_PORT": "8010"}], ids=["not set", "8010"])
def test_a_standalone_server_listens_only_where_it_is_told_to(container, given):
    pod = container(["postgres"], env={"POSTGRES_PASSWORD": PASSWORD, **given})
    pod.start()
    pod.wait_ready()
    assert ask(pod, "/livez") is None
    if given:
        assert ask(pod, "/readyz", port=8010) == (200, "ok: primary\n")


def test_a_port_that_is_taken_stops_nothing_and_is_said(container, cluster):
    place = cluster().lab.host("pgtest")
    first, second = (container(["postgres"], net=place, name=f"standalone-{port}", env={
        "POSTGRES_PASSWORD": PASSWORD, "PGPORT": port, "PGORDINAL_HTTP_PORT": "8010"}) for port in ("5432", "5433"))
    first.start()
    first.wait_ready()
    second.start()
    second.wait_ready(port=5433)
    assert ask(first, "/readyz", port=8010)[0] == 200
    said = [line for line in second.logs.splitlines() if "no_pages" in line]
    assert len(said) == 1 and " WARN " in said[0] and "cannot listen on port 8010: Address already in use" in said[0], second.logs
