"""Trials that take turns, what is left of them, and the table.

Numbers are in the unit of their row. A verdict compares medians; the samples themselves are in the report.
"""

import dataclasses
import os
import random
import statistics
import sys
import time


@dataclasses.dataclass(frozen=True)
class Target:
    """What is promised. kind: `ratio` (ours by the reference's, times or throughput), `difference` (ours less the
    reference's) or `limit` (ours alone)."""
    kind: str
    bound: float
    at_least: bool = False

    def met(self, figure):
        return figure >= self.bound if self.at_least else figure <= self.bound


@dataclasses.dataclass
class Row:
    """One line of the table. note: what a reader of the report should know beside it."""
    what: str
    unit: str
    target: Target
    ours: list
    reference: list = dataclasses.field(default_factory=list)
    note: str = ""
    failure: str = ""

    @property
    def figure(self):
        """What the target is about."""
        return self._compare(self.ours, self.reference)

    def _compare(self, ours, reference):
        if self.target.kind == "limit":
            return statistics.median(ours)
        ours, reference = statistics.median(ours), statistics.median(reference)
        return ours / reference if self.target.kind == "ratio" else ours - reference

    @property
    def interval(self):
        """Where the figure would be in nine of ten runs like this one, as far as its own samples tell (bootstrap)."""
        if len(self.reference) < 3:
            return None
        draw = random.Random(0).choices
        again = sorted(self._compare(draw(self.ours, k=len(self.ours)), draw(self.reference, k=len(self.reference)))
                       for _ in range(1000))
        return again[50], again[949]

    @property
    def verdict(self):
        if self.failure:
            return "failed"
        return "ok" if self.target.met(self.figure) else "short"

    def cells(self):
        """what, ours, reference, ratio, target, verdict"""
        bound = self.target.bound
        sign = "≥" if self.target.at_least else "≤"
        if self.failure:
            return [self.what, "-", "-", "-", "-", "failed"]
        if self.target.kind == "ratio":
            compared, target = f"{self.figure:.3f}{self._range('.2f')}", f"{sign} {bound} ×"
        elif self.target.kind == "difference":
            compared, target = f"{self.figure:+.1f}{self._range('+.1f')} {self.unit}", f"{sign} {bound:+g} {self.unit}"
        else:
            compared, target = "-", f"{sign} {bound:g} {self.unit}"
        return [self.what, f"{_spread(self.ours)} {self.unit}", f"{_spread(self.reference)} {self.unit}" if self.reference else "-",
                compared, target, self.verdict]

    def _range(self, form):
        return f" ({self.interval[0]:{form}}..{self.interval[1]:{form}})" if self.interval else ""

    def report(self):
        figures = {} if self.failure else {"figure": self.figure, "interval": self.interval}
        return {"what": self.what, "unit": self.unit, "ours": self.ours, "reference": self.reference, **figures,
                "target": dataclasses.asdict(self.target), "verdict": self.verdict, "note": self.note, "failure": self.failure}


def _number(value):
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}" if abs(value) < 1 else f"{value:.1f}"


def _spread(samples):
    """The median, and the quartiles where there are enough trials for them to mean anything."""
    middle = _number(statistics.median(samples))
    if len(samples) < 3:
        return middle
    low, _, high = statistics.quantiles(samples, n=4, method="inclusive")
    return f"{middle} ({_number(low)}..{_number(high)})"


def say(text):
    print(f"   {text}", file=sys.stderr, flush=True)


def interleave(what, trials, ours, reference, *, warm_up=True):
    """Runs both by turns, ABBAABBA…, so that whatever slows the machine hits both, and neither always comes second.

    ours, reference: called without arguments, each returns one sample. Returns (samples of ours, of the reference).
    """
    samples = {ours: [], reference: []}
    for number in range(-1 if warm_up else 0, trials):
        for side in (ours, reference) if number % 2 == 0 else (reference, ours):
            sample = side()
            if number >= 0:
                samples[side].append(sample)
        if number >= 0:
            say(f"{what}: {number + 1} of {trials}: {_number(samples[ours][-1])} to {_number(samples[reference][-1])}")
    return samples[ours], samples[reference]


def quiesce():
    """What an earlier trial left to be written is not to be written during the next one."""
    os.sync()
    time.sleep(0.02)


def table(rows):
    head = ["what", "ours", "reference", "ratio", "target", ""]
    lines = [head, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    shown = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines]
    return "\n".join([shown[0], "-" * max(map(len, shown)), *shown[1:]])
