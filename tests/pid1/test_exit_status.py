"""The exit status is the command's, as a shell and a container runtime show it."""

import signal

import pytest


@pytest.mark.parametrize("code", [0, 1, 3, 127, 255])
def test_is_the_commands_own(init, code):
    assert init(["sh", "-c", f"exit {code}"]).status() == code


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV, signal.SIGHUP])
def test_is_128_and_the_signal_that_ended_it(init, number):
    assert init(["sh", "-c", f"kill -{int(number)} $$"]).status() == 128 + number


def test_is_127_when_there_is_no_such_program(init):
    started = init(["no-such-program"])
    assert started.status() == 127
    assert started.errors() == 'pgordinal: exec: "no-such-program": executable file not found in $PATH\n'


def test_is_127_when_there_is_no_such_file(init):
    assert init(["/no/such/program"]).status() == 127


def test_is_126_when_it_may_not_be_executed(init, tmp_path):
    (tmp_path / "plain").write_text("exit 0\n")
    started = init([str(tmp_path / "plain")])
    assert started.status() == 126
    assert "ermission denied" in started.errors()
    assert init([str(tmp_path)]).status() == 126


def test_a_script_without_a_first_line_runs_in_a_shell(init, tmp_path):
    script = tmp_path / "script"
    script.write_text("exit $1\n")
    script.chmod(0o755)
    assert init([str(script), "9"]).status() == 9


def test_no_command_is_an_error_that_shows_the_grammar(init):
    started = init([])
    assert started.status() not in (0, 126, 127)
    assert "init -- COMMAND" in started.errors()
