"""The README's table of scenarios and tests is complete and true."""

import re
from pathlib import Path

HERE = Path(__file__).parent
SCENARIOS = ["A1", "A2", "A3", "A4", "A5", "A6", "A7", "B3", "B5", "C2", "C3", "C4", "C5", "C6"]


def names_here():
    found = set()
    for path in HERE.glob("test_*.py"):
        found |= set(re.findall(r"^def (test_\w+)", path.read_text(), re.M))
    return found


def rows():
    """{scenario: [tests]} of the README's table."""
    found = {}
    for line in (HERE / "README.md").read_text().splitlines():
        row = re.match(r"\| ([ABC]\d) \|", line)
        if row:
            found[row[1]] = re.findall(r"`(test_\w+)`", line)
    return found


def test_every_scenario_has_a_test():
    assert list(rows()) == SCENARIOS
    assert all(rows().values())


def test_every_test_in_the_table_exists():
    assert not {name for names in rows().values() for name in names} - names_here()


def test_every_test_of_a_scenario_is_in_the_table():
    for scenario, names in rows().items():
        assert {name for name in names_here() if name.startswith(f"test_{scenario.lower()}_")} == set(names)
