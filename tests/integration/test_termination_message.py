"""Why a container ended, in the file that Kubernetes shows as its termination message."""

import os

import pytest

from support import Mount

TOML = "/etc/pgordinal/pgordinal.toml"


@pytest.fixture
def log(tmp_path):
    """The file as the kubelet makes it: empty, writable for everybody."""
    made = tmp_path / "termination-log"
    made.touch()
    made.chmod(0o666)
    return made


@pytest.fixture
def ended(container, log):
    """ended(arguments, status, **options): a container with a termination log that ends by itself. Returns the message."""
    def run(arguments, status, **options):
        made = container(arguments, mounts=[Mount(log, "/dev/termination-log")], **options)
        assert made.run(60) == status, made.logs
        return log.read_text(), made

    return run


def test_settings_every_mistake_at_once(ended):
    message, pod = ended(["postgres"], 1, files={TOML: "[cluster]\nordnal = 1\n[stop]\nfast_timeout = 3\n"})
    assert message == pod.stderr and message.count("\n") == 2
    assert "ordnal" in message and "fast_timeout" in message


def test_a_refusal_before_the_loop(ended):
    message, pod = ended(["postgres"], 1, user="12345", env={"PGDATA": "/etc/data", "POSTGRES_PASSWORD": "very-secret"})
    assert "/etc/data" in message and message in pod.stderr and "very-secret" not in message


def test_a_decision_to_exit(ended):
    message, pod = ended(["postgres"], 1, env={"POSTGRES_PASSWORD": "very-secret", "POSTGRES_INITDB_ARGS": "--no-such-option"})
    assert message and message in pod.logs and "very-secret" not in message


def test_a_command_that_is_not_there(ended):
    message, _ = ended(["no-such-command"], 127)
    assert message == 'exec: "no-such-command": executable file not found in $PATH'


def test_a_clean_end_says_nothing(container, log):
    pod = container(["postgres"], env={"POSTGRES_PASSWORD": "x"}, mounts=[Mount(log, "/dev/termination-log")])
    pod.start().wait_ready()
    assert pod.stop()[0] == 0
    assert log.read_text() == ""


def test_only_the_last_end_counts(ended, log):
    log.write_text("what an earlier program of the container left " * 100)
    message, _ = ended(["no-such-command"], 127)
    assert message.startswith("exec: ") and "earlier" not in message


def test_a_command_of_kubectl_exec_is_not_the_containers_end(container, log):
    pod = container(["postgres"], env={"POSTGRES_PASSWORD": "x"}, mounts=[Mount(log, "/dev/termination-log")]).start().wait_ready()
    assert pod.exec(["/usr/local/bin/pgordinal", "install", "/not/there"]).returncode == 1
    assert pod.exec(["/usr/local/bin/pgordinal", "no-such-command"]).returncode == 127
    assert log.read_text() == ""


@pytest.mark.parametrize("there", ["nothing", "a directory", "not writable", "a pipe"])
def test_without_a_file_that_can_be_written_nothing_changes(container, tmp_path, there):
    mounts = []
    if there != "nothing":
        path = tmp_path / "termination-log"
        if there == "a directory":
            path.mkdir()
        elif there == "a pipe":
            os.mkfifo(path)
        else:
            path.write_text("")
        mounts = [Mount(path, "/dev/termination-log", read_only=there == "not writable")]
    pod = container(["no-such-command"], mounts=mounts)
    assert pod.run(10) == 127
    assert pod.stderr == 'pgordinal: exec: "no-such-command": executable file not found in $PATH\n'
