"""`pgordinal status` in static and standalone mode, from any pod, as a person calls it by kubectl exec."""

import json
import os
import pty
import re
import signal
import subprocess
import time

from support import wait_until

from .cluster import PASSWORD
from .test_pages import wait_ready

STATUS = ["pgordinal", "status"]


def wait_well(*pods):
    """Until the primary has named its standbys, and they say that they stream."""
    for pod in pods:
        wait_ready(pod)
    wait_until(lambda: pods[0].exec(STATUS).returncode == 0, 30, "every member to be ready")


def test_every_pod_shows_the_same_cluster(three):
    members = sorted(three.pods)  # a test before this one may have added one
    pods = [three[ordinal] for ordinal in members]
    wait_well(*pods)
    for pod in pods:
        shown = pod.exec(STATUS, check=True).stdout
        assert re.match(rf"Primary: {three.pod_name(0)} for \d+ \w+, timeline 1, at 0/\w+\n\nPOD +ROLE +STATE ", shown), shown
        assert shown.endswith("\nTo do: nothing; in static mode nobody takes over from the primary\n")
        lines = shown.splitlines()
        roles = {line.split()[0]: line.split()[1:3] for line in lines[3:3 + len(members)]}
        assert roles == {three.pod_name(number): ["standby", "streaming"] if number else ["primary", "accepting"] for number in members}, shown
        assert max(map(len, lines)) <= 80 and "\033" not in shown
        told = json.loads(pod.exec([*STATUS, "--json"], check=True).stdout)["members"]
        assert [(each["pod"], each["ready"], each["mode"]) for each in told] == [(three.pod_name(number), True, "static") for number in members]


def test_who_does_not_answer_is_shown_in_time(two):
    wait_well(two[0], two[1])
    two[1].signal(signal.SIGSTOP)  # its system still accepts connections
    began = time.monotonic()
    shown = two[0].exec(STATUS)
    assert time.monotonic() - began < 8
    assert shown.returncode == 1
    assert re.search(rf"^{two.pod_name(1)} +- +no answer ", shown.stdout, re.M), shown.stdout
    assert f"{two.pod_name(1)} did not answer in time" in shown.stdout
    two[1].signal(signal.SIGCONT)
    wait_well(two[0], two[1])
    two[0].stop()
    shown = two[1].exec(STATUS)
    assert shown.returncode == 1
    assert shown.stdout.startswith("Primary: none accepts writes now; in static mode"), shown.stdout
    assert re.search(rf"^{two.pod_name(0)} +- +no answer ", shown.stdout, re.M), shown.stdout
    assert "To do: start the primary's pod" in shown.stdout
    assert "error" in json.loads(two[1].exec([*STATUS, "--json"]).stdout)["members"][0]


def test_a_server_alone_shows_itself_without_any_port(container):
    pod = container(["postgres"], env={"POSTGRES_PASSWORD": PASSWORD})
    pod.start()
    pod.wait_ready()
    shown = pod.exec(STATUS, check=True).stdout
    assert re.match(r"Primary: pgtest for \d+ s\n", shown) and shown.endswith("To do: nothing\n"), shown
    order = pod.exec(["pgordinal", "switchover"])
    assert (order.returncode, order.stdout) == (1, "")
    assert order.stderr == 'cluster.mode is "standalone": there are no other members\n'


def test_orders_of_elected_mode_are_refused_with_the_reason(three):
    order = three[1].exec(["pgordinal", "switchover", three.pod_name(1)])
    assert order.returncode == 1
    assert order.stderr == f'cluster.mode is "static": the primary is always {three.pod_name(0)}; only cluster.mode = "elected" changes it\n'


def on_terminal(pod, command, env, enough):
    """What the command writes to a terminal until `enough` of it came; then it gets SIGINT. With its exit status."""
    master, slave = pty.openpty()
    process = pod.popen(command, env=env, stdin=subprocess.DEVNULL, stdout=slave, stderr=slave)
    os.close(slave)
    text = b""
    while not enough(text):
        try:
            text += os.read(master, 4096)
        except OSError:  # nobody holds the other end any more
            break
    process.send_signal(signal.SIGINT)
    status = process.wait(10)
    os.close(master)
    return text.decode(), status


def test_colours_are_for_a_terminal_that_wants_them(three):
    wait_well(*(three[ordinal] for ordinal in sorted(three.pods)))
    whole = lambda text: False
    shown, status = on_terminal(three[1], STATUS, {"TERM": "xterm"}, whole)
    assert "\033[1mprimary\033[0m" in shown and "\033[32myes\033[0m" in shown
    assert status == 0
    for env in ({"TERM": "xterm", "NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert "\033" not in on_terminal(three[1], STATUS, env, whole)[0]


def test_watch_goes_on_until_it_is_interrupted(three):
    wait_well(*(three[ordinal] for ordinal in sorted(three.pods)))
    shown, status = on_terminal(three[2], [*STATUS, "--watch"], {"TERM": "xterm"}, lambda text: text.count(b"To do:") >= 2)
    assert shown.count("\033[H\033[2J") >= 2
    assert status == 0
