"""The table of rules in tests/sim/README.md is complete, and says only what is there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SIM = ROOT / "tests" / "sim"
RULES = [f"R{number}" for number in range(1, 35)]
VERDICTS = ("proved", "partly: ", "open: ")


def rows():
    """{rule: (what, verdict, proofs)} of the table."""
    found = {}
    for line in (SIM / "README.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if re.fullmatch(r"R\d+", cells[0]):
            assert cells[0] not in found, f"two rows for {cells[0]}"
            assert len(cells) == 4, line
            found[cells[0]] = tuple(cells[1:])
    return found


def scenario_tests():
    """{`R9.Name`} of the tests of elected mode whose suite is a rule."""
    text = "".join(path.read_text() for path in sorted((ROOT / "tests" / "scenarios").glob("elected_*.cpp")))
    return {f"{rule}.{name}" for rule, name in re.findall(r"^TEST\((R\d+), (\w+)\)", text, re.M)}


def seeded_bugs():
    """{name: rule} of the simulation's bugs."""
    text = (SIM / "bugs.cpp").read_text()
    return dict(re.findall(r'"([a-z0-9-]+)",\s*"(\w+)"\}', text))


def names_in(cell):
    return set(re.findall(r"`([\w.-]+)`", cell))


def test_every_rule_has_a_row_with_a_verdict():
    assert list(rows()) == RULES
    for rule, (what, verdict, proofs) in rows().items():
        assert what and verdict.startswith(VERDICTS), rule
        assert bool(names_in(proofs)) != verdict.startswith("open: "), f"{rule}: {verdict!r} with {proofs!r}"


def test_what_the_table_names_is_there():
    known = scenario_tests() | set(seeded_bugs()) | checks()
    for rule, (_, _, proofs) in rows().items():
        assert names_in(proofs) <= known, f"{rule}: {names_in(proofs) - known}"


def test_every_test_of_a_rule_is_in_its_row():
    for name in scenario_tests():
        assert name in names_in(rows()[name.split(".")[0]][2]), name
    assert len(seeded_bugs()) == 26
    for name, rule in seeded_bugs().items():
        if rule in RULES:
            assert name in names_in(rows()[rule][2]), name


def checks():
    """{`check-S1`} of the promises that the simulation looks at after events."""
    text = "".join((SIM / name).read_text() for name in ("checks.cpp", "perform.cpp", "server.cpp", "world.cpp"))
    return {f"check-{number}" for number in re.findall(r'"([SLR]\d+): ', text)}
