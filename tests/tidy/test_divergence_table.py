"""The table "Divergence" in tests/integration/README.md says only what is there, and leaves no reason out."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COLUMNS = ["case", "choice", "reason", "end state", "tests"]
SUITES = ("Divergence", "CrashedRewind", "KilledRewind")  # made for this table: each test of theirs is in it
UNLISTED = {"CrashedRewind.S7APidFileThatNamesAnotherProcessByNowDoesNotStopIt"}  # no divergence


def rows():
    """[{column: cell}] of the table."""
    text = (ROOT / "tests/integration/README.md").read_text().partition("## Divergence")[2]
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    assert lines[0] == COLUMNS and all(len(line) == len(COLUMNS) and all(line) for line in lines)
    return [dict(zip(COLUMNS, line)) for line in lines[2:]]


def quoted(cell):
    return re.findall(r"`([\w.]+)`", cell)


def known_tests():
    """Names of all tests, GoogleTest's as `Suite.Name`."""
    cpp = "".join(path.read_text() for folder in ("unit", "scenarios") for path in (ROOT / "tests" / folder).glob("*.cpp"))
    python = "".join(path.read_text() for path in (ROOT / "tests/integration").glob("test_*.py"))
    return {f"{suite}.{name}" for suite, name in re.findall(r"^TEST(?:_P|_F)?\(\s*(\w+),\s*(\w+)\)", cpp, re.M)} | set(
        re.findall(r"^def (test_\w+)", python, re.M))


def reasons(*files):
    return {name for file in files for name in re.findall(r'string_view\{"(\w+)"\}', (ROOT / "entrypoint/core" / file).read_text())}


def test_the_tests_that_it_names_are_there():
    for row in rows():
        named = quoted(row["tests"])
        assert named and not set(named) - known_tests(), row["case"]


def test_the_reasons_that_it_names_are_those_of_the_log_and_each_choice_has_one():
    known = reasons("rejoin_text.cpp", "reason.cpp", "elected/reason.cpp")
    named = {reason for row in rows() for reason in quoted(row["reason"])}
    assert all(quoted(row["reason"]) for row in rows()) and not named - known, named - known
    assert reasons("rejoin_text.cpp") - {"stream", "rewind", "clone", "wait"} <= named


def test_each_test_that_was_made_for_it_is_in_it():
    named = {name for row in rows() for name in quoted(row["tests"])}
    assert {name for name in known_tests() if name.split(".")[0] in SUITES} - UNLISTED <= named
