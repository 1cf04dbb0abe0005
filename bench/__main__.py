"""The whole table: `python -m bench`, or `python -m bench http ledger` for some of its measures.

Each row is compared with the committed table in bench/last.json, which `--record` writes. The
exit status is 1 if a row misses what it must reach or fell by more than its noise, or a measure
failed.
"""

import argparse
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from pkgutil import resolve_name

from bench.record import (
    RECORD_PATH,
    Record,
    compare_row,
    describe_commit,
    load_record,
    save_record,
)
from bench.table import COLUMNS, Measure, Options, Row, describe_machine, read_options

# In the order of the table. A new measure is one line: its name, and the function that yields rows.
MEASURES = {
    "http": "bench.http:measure",
    "ledger": "bench.ledger:measure",
    "growth": "bench.growth:measure",
    "mcp_start": "bench.mcp_start:measure",
    "mcp_calls": "bench.mcp_calls:measure",
    "command_start": "bench.command_start:measure",
    "idle": "bench.idle:measure",
    "comfy": "bench.comfy:measure",
    "combine": "bench.combine:measure",
    "suite": "bench.suite:measure",
}


def main(arguments: Sequence[str] | None = None, path: Path = RECORD_PATH) -> int:
    """Print the table; return 1 if something in it is wrong."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("measures", nargs="*", choices=[*MEASURES, []], metavar="MEASURE")
    parser.add_argument("--test-suite", action="store_true", help="run ./test too, for minutes")
    parser.add_argument("--record", action="store_true", help="write bench/last.json")
    options, chosen = read_options(parser, arguments)
    names = chosen.measures or [name for name in MEASURES if name != "suite" or chosen.test_suite]
    last = load_record(path)
    print_heading(last)
    run = TableRun(last)
    for name in names:
        run.print_measure(name, options)
    run.print_summary()
    if chosen.record:
        save_record(last.add_rows(run.rows, describe_commit()), path)
    return int(bool(run.troubles))


def print_heading(last: Record) -> None:
    """Print machine, load and columns, and what makes the comparison doubtful."""
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    print(", ".join(describe_machine().values()), f"load {load:.1f}")
    if load > cores / 2:
        print("This machine is busy: only the rows by processor time mean something.")
    if last.rows and last.machine != describe_machine():
        print(f"Not judged by the committed table, of {', '.join(last.machine.values())}.")
    print(f"{COLUMNS}; last, change")


class TableRun:
    """One run of the table: prints rows as they come, and collects what is wrong."""

    def __init__(self, last: Record) -> None:
        self._last, self._is_judged = last, last.machine == describe_machine()
        self.rows: list[Row] = []
        self.troubles: list[str] = []

    def print_measure(self, name: str, options: Options) -> None:
        """Print the rows of one measure, and compare each."""
        for row in self._measure_rows(name, options):
            self.rows.append(row)
            change = compare_row(row, self._last.rows.get(row.key))
            print(row, "; ".join(filter(None, [row.format_sides(), str(change or "")])), flush=True)
            if row.is_missed:
                self.troubles.append(f"{row.key} misses what it must reach")
            if change and change.has_fallen and self._is_judged:
                self.troubles.append(f"{row.key} fell: {change}")

    def _measure_rows(self, name: str, options: Options) -> Iterator[Row]:
        measure: Measure = resolve_name(MEASURES[name])
        try:
            yield from measure(options)
        except (Exception, SystemExit):  # noqa: BLE001 - it must not lose the rows of the others
            traceback.print_exc()
            self.troubles.append(f"{name} failed")

    def print_summary(self) -> None:
        """Print what is wrong, a line each."""
        fine = "Nothing fell." if self._last.rows else "No table is committed to compare with."
        print("\n".join(["", *(self.troubles or [fine])]))


if __name__ == "__main__":
    sys.exit(main())
