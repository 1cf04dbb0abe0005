"""The whole table: `python -m bench`, or `python -m bench http ledger` for some of its measures."""

import argparse
import os
import sys
import traceback
from pkgutil import resolve_name

from bench.table import COLUMNS, Measure, Options, describe_machine, read_options

# In the order of the table. A new measure is one line: its name, and the function that yields rows.
MEASURES = {
    "http": "bench.http:measure",
    "ledger": "bench.ledger:measure",
    "growth": "bench.ledger:measure_growth",
    "mcp_start": "bench.mcp_start:measure",
    "idle": "bench.idle:measure",
    "comfy": "bench.comfy:measure",
    "combine": "bench.combine:measure",
}


def main() -> int:
    """Print the table; return 1 if a row is missed or a measure failed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("measures", nargs="*", choices=[*MEASURES, []], metavar="MEASURE")
    options, chosen = read_options(parser)
    print(", ".join(describe_machine().values()), f"load {os.getloadavg()[0]:.1f}")
    print(COLUMNS)
    wrong = sum([count_misses(name, options) for name in chosen.measures or MEASURES])
    return min(wrong, 1)


def count_misses(name: str, options: Options) -> int:
    """Print the rows of one measure; return how many are missed, one more if it failed."""
    missed = 0
    try:
        measure: Measure = resolve_name(MEASURES[name])
        for row in measure(options):
            print(row, row.format_sides(), flush=True)
            missed += row.is_missed
    except Exception:  # noqa: BLE001 - one measure must not lose the rows of the others
        traceback.print_exc()
        print(f"{name}: failed", flush=True)
        missed += 1
    return missed


if __name__ == "__main__":
    sys.exit(main())
