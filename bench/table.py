"""Table of the benchmarks: its rows, their bounds, and how they are printed.

A module of this folder that feeds the table offers `measure(options) -> Iterable[Row]`, and yields
each row as soon as its rounds are done. A broken invariant is raised as `BrokenInvariantError`.
"""

import argparse
import os
import platform
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import KW_ONLY, dataclass, field

COLUMNS = (
    f"{'':<46}{'median':>9}{'range':>17}{'must':>9}{'goal':>9}  {'verdict':<7} floor → subject"
)


class BrokenInvariantError(Exception):
    """A benchmark left its database in a state that must not exist."""


@dataclass(frozen=True)
class Options:
    """Options of a run: seconds and rounds of each comparison, entries of a grown ledger."""

    seconds: float = 3.0
    rounds: int = 5
    entries: int = 10_000_000


Measure = Callable[[Options], Iterable["Row"]]


@dataclass
class Row:
    """A line of the table: the value of each round, and two bounds of their median.

    A value is subject / floor, both of one round; without a floor it has a `unit`. A row without
    bounds explains its neighbors.
    """

    key: str
    name: str
    _: KW_ONLY
    must: float | None = None
    goal: float | None = None
    lower_is_better: bool = False
    unit: str = ""
    side_unit: str = "/s"
    values: list[float] = field(default_factory=list)
    floors: list[float] = field(default_factory=list)
    subjects: list[float] = field(default_factory=list)

    def add_round(self, floor: float, subject: float) -> None:
        """Add what one round measured of both sides, each in `side_unit`."""
        self.values.append(subject / floor)
        self.floors.append(floor)
        self.subjects.append(subject)

    @property
    def median(self) -> float:
        """The median of the rounds."""
        return statistics.median(self.values)

    @property
    def low(self) -> float:
        """The least value of a round."""
        return min(self.values)

    @property
    def high(self) -> float:
        """The greatest value of a round."""
        return max(self.values)

    def meets_bound(self, bound: float | None) -> bool:
        """Return True if the median is as good as the bound, or there is none."""
        if bound is None:
            return True
        return self.median <= bound if self.lower_is_better else self.median >= bound

    @property
    def is_missed(self) -> bool:
        """True if the median misses its `must`."""
        return not self.meets_bound(self.must)

    @property
    def verdict(self) -> str:
        """The bound that the median reaches, MISSED if none, nothing if nothing is asked."""
        if self.is_missed:
            return "MISSED"
        if self.goal is not None and self.meets_bound(self.goal):
            return "goal"
        return "" if self.must is None else "ok"

    def __str__(self) -> str:
        """Return median, range, bounds and verdict as a line, without what surrounds them."""
        sign = "≤" if self.lower_is_better else "≥"
        must, goal = (
            "" if bound is None else f"{sign} {bound:g}" for bound in (self.must, self.goal)
        )
        spread = f"{format_value(self.low)} - {format_value(self.high)}"
        return (
            f"{self.name:<46}{format_value(self.median) + self.unit:>9}{spread:>17}"
            f"{must:>9}{goal:>9}  {self.verdict:<7}"
        )

    def format_sides(self) -> str:
        """Return the medians of floor and subject, or nothing where there is no floor."""
        if not self.floors:
            return ""
        floor, subject = statistics.median(self.floors), statistics.median(self.subjects)
        return f"{format_value(floor)} → {format_value(subject)}{self.side_unit}"


def format_value(value: float) -> str:
    """Return a number with about three digits that count."""
    digits = 3 if value < 0.1 else 2 if value < 100 else 0  # noqa: PLR2004 - what a reader needs
    return f"{value:,.{digits}f}"


def describe_machine() -> dict[str, str]:
    """Describe the processor, its cores and the system; ratios of other machines may differ."""
    model = platform.processor()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123 - no file of ours
            models = [line for line in lines if line.startswith("model name")]
        model = models[0].partition(":")[2].strip() if models else model
    except FileNotFoundError:
        pass  # not Linux
    return {
        "processor": model or "unknown",
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
    }


def read_options(
    parser: argparse.ArgumentParser, arguments: Sequence[str] | None = None
) -> tuple[Options, argparse.Namespace]:
    """Add the options of a run to a parser, and read its arguments."""
    usual = Options()
    parser.add_argument("--seconds", type=float, default=usual.seconds, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=usual.rounds, help="of each comparison")
    parser.add_argument(
        "--entries", type=int, default=usual.entries, help="of the ledger that has grown"
    )
    chosen = parser.parse_args(arguments)
    return Options(chosen.seconds, chosen.rounds, chosen.entries), chosen


def run_measure(measure: Measure, arguments: Sequence[str] | None = None) -> int:
    """Print the rows of one measure, as `python -m bench.MODULE`; return 1 if one is missed."""
    options, _ = read_options(argparse.ArgumentParser(), arguments)
    print(COLUMNS)
    missed = 0
    for row in measure(options):
        print(row, row.format_sides(), flush=True)
        missed += row.is_missed
    return min(missed, 1)
