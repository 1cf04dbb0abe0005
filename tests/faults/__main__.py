"""The command that runs seeds: `python -m tests.faults SEED` with its trace, `… 0 5000` for many.

A range also fails if an event that has to happen in a run of many seeds never happened.
"""

import argparse
import logging
import sys
from collections import Counter

import structlog

from tests.faults.required_events import list_missing_events
from tests.faults.seeds import SeedFailed, SeedRunner


def main() -> int:
    """Run one seed or many; print the failures and the required events that never happened."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("seed", type=int, help="The seed, or the first one.")
    parser.add_argument("end", type=int, nargs="?", help="The seed after the last one.")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    failed, seen = 0, Counter[str]()
    with SeedRunner.open() as seeds:
        for seed in range(options.seed, options.end or options.seed + 1):
            try:
                seen += seeds.run(seed)
            except SeedFailed as failure:
                failed += 1
                sys.stdout.write(f"{failure}\n")
            if options.end is None:
                sys.stdout.write("\n".join(seeds.trace) + "\n")
    missing = [] if options.end is None else list_missing_events(seen)
    if missing:
        sys.stdout.write(f"never happened: {', '.join(missing)}\n")
    return 1 if failed or missing else 0


if __name__ == "__main__":
    sys.exit(main())
