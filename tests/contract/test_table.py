"""The table in README.md names every clause with the tests that prove it; here it is held to that."""

import ast
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CLAUSES = range(1, 57)
VERDICTS = ("same", "deviation: ")


def by_name():
    """{test name: set of clauses that its marker names}, read from the sources."""
    found = {}
    for path in sorted(HERE.glob("test_*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                assert node.name not in found, f"two tests are called {node.name}"
                found[node.name] = {argument.value for decorator in node.decorator_list
                                    if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name) and decorator.func.id == "clause"
                                    for argument in decorator.args}
    return found


def rows(heading):
    """The cells of each row of the table under a heading of README.md."""
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", (HERE / "README.md").read_text(), re.M | re.S).group(1)
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))] for line in lines]


def names_in(cell):
    return re.findall(r"`(test_\w+)`", cell)


def test_table_is_complete():
    tests = by_name()
    table = {int(cells[0]): cells for cells in rows("Clauses")}
    assert sorted(table) == list(CLAUSES)
    for number, (_, what, verdict, proofs) in table.items():
        assert what and verdict.startswith(VERDICTS), f"clause {number} needs words and a verdict"
        assert names_in(proofs), f"clause {number} has no test"
        assert set(names_in(proofs)) == {name for name, clauses in tests.items() if number in clauses}, f"clause {number}"


def test_names_and_markers_agree():
    for name, clauses in by_name().items():
        numbers = {int(number) for number in re.findall(r"(?:^test|_)_?c(\d\d)(?=_)", name)}
        assert numbers == clauses, name


def test_improvements_are_listed():
    """Section 0 of the contract: each row names tests that exist, and each test of section 0 is named."""
    tests = set(by_name())
    named = {name for cells in rows("Better on purpose") for name in names_in(cells[-1])}
    assert named <= tests
    assert {name for name in tests if name.startswith("test_s0_")} <= named


@pytest.mark.parametrize("heading", ["Clauses", "Better on purpose"])
def test_tables_are_well_formed(heading):
    assert len({len(cells) for cells in rows(heading)}) == 1
