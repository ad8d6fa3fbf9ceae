"""A real Prometheus scrapes real members; the alert rules that are shipped, as promtool sees them."""

import json
import subprocess
import urllib.parse

import pytest

from support import kernel, wait_until
from support.suites import ROOT

from .test_pages import wait_ready

RULES = ROOT / "config" / "prometheus-rules.yaml"


def test_the_alert_rules_fire_where_they_should_and_only_there():
    checked = subprocess.run(["promtool", "check", "rules", RULES], text=True, capture_output=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    tested = subprocess.run(["promtool", "test", "rules", "prometheus-rules-test.yaml"], text=True, capture_output=True,
                            cwd=ROOT / "tests" / "integration")
    assert tested.returncode == 0, tested.stdout + tested.stderr


@pytest.fixture
def prometheus(three, tmp_path):
    """Asks a Prometheus beside the members, which scrapes them by their addresses, for the value of an expression."""
    host = three.lab.hosts.get("prometheus") or three.lab.host("prometheus", published=False)
    targets = [f"{three.place(ordinal).address}:8008" for ordinal in sorted(three.pods)]
    (tmp_path / "prometheus.yml").write_text(f"""
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: ["{RULES}"]
scrape_configs:
  - job_name: pg-main
    static_configs: [{{targets: {json.dumps(targets)}, labels: {{namespace: test}}}}]
""")

    def inside(command, **options):
        return subprocess.Popen(command, preexec_fn=lambda: kernel.setns(host.namespace, kernel.CLONE_NEWNET), **options)

    with open(tmp_path / "log", "w") as log:
        server = inside(["prometheus", f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/data",
                         "--web.listen-address=127.0.0.1:9090"], stdout=log, stderr=log)

    def get(path):
        script = f"exec 3<>/dev/tcp/127.0.0.1/9090 && printf 'GET {path.replace('%', '%%')} HTTP/1.0\\r\\nHost: a\\r\\n\\r\\n' >&3 && cat <&3"
        reply, _ = inside(["bash", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).communicate(timeout=10)
        body = reply.replace("\r\n", "\n").partition("\n\n")[2]
        return json.loads(body)["data"] if body.startswith("{") else None

    def query(expression):
        data = get("/api/v1/query?query=" + urllib.parse.quote(expression))
        return {each["metric"].get("instance", ""): float(each["value"][1]) for each in data["result"]} if data else {}

    query.get, query.targets = get, targets
    yield query
    server.terminate()
    server.wait(20)


def test_prometheus_scrapes_every_member_and_a_query_answers(three, prometheus):
    for pod in three.pods.values():
        wait_ready(pod)
    wait_until(lambda: prometheus("up") == {target: 1 for target in prometheus.targets}, 30, "Prometheus to have scraped every member")
    first, *standbys = prometheus.targets
    assert prometheus("pgordinal_primary") == {first: 1, **{standby: 0 for standby in standbys}}
    assert prometheus('pgordinal_build_info{mode="static"}') == {target: 1 for target in prometheus.targets}
    wait_until(lambda: prometheus("pgordinal_standbys_streaming") == {first: len(standbys)}, 20, "the primary to know its standbys")
    wait_until(lambda: prometheus("count(pgordinal_slot_active == 1)") == {"": len(standbys)}, 20, "all slots to be in use")
    wait_until(lambda: set(prometheus("pgordinal_replay_lag_seconds")) == set(standbys), 20, "the standbys' lag")
    rules = prometheus.get("/api/v1/rules")["groups"][0]["rules"]
    assert {rule["health"] for rule in rules} == {"ok"}, rules
    assert {rule["name"]: rule["state"] for rule in rules if rule["state"] == "firing"} == {}
