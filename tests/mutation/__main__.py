"""The command that mutates money code: `python -m tests.mutation --sample 30 --seed 1`.

Cosmic Ray is no part of the environment, for one package that it needs has no wheel:
`uv run --frozen --all-packages --with cosmic-ray==8.7.0 python -m tests.mutation` brings it along.

Each mutant changes one place in a copy of the checkout, and the tests of `./test` that reach it
run until one fails. The first call measures which tests reach which lines. An interrupted run goes
on where it was; `.mutation/results-SEED.jsonl` holds every result. `--all-tests` runs the survivors
once more, against every test file that reaches them, on PostgreSQL too. Each room has a copy of its
own, so that two shells can run two rooms at a time.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from tests.mutation.rooms import ROOMS

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".mutation"
MISSING = (
    "Cosmic Ray is missing. Start this as:"
    " uv run --frozen --all-packages --with cosmic-ray==8.7.0 python -m tests.mutation"
)


def main() -> int:
    """Test a sample of the mutants and print the score of each room."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--room", choices=[room.name for room in ROOMS], help="Only this room.")
    parser.add_argument("--sample", type=int, default=30, help="Mutants of each room.")
    parser.add_argument("--seed", type=int, default=1, help="Another seed takes other mutants.")
    parser.add_argument("--seconds", type=int, default=120, help="Of tests for one mutant.")
    parser.add_argument("--all-tests", action="store_true", help="Survivors against all tests.")
    parser.add_argument("--report", action="store_true", help="Only print what is known.")
    options = parser.parse_args()
    if find_spec("cosmic_ray") is None:
        sys.stdout.write(f"{MISSING}\n")
        return 2
    from tests.mutation import run  # noqa: PLC0415 - needs the library

    results = FOLDER / f"results-{options.seed}.jsonl"
    if not options.report:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the changed file is put back
        os.environ.update(KT_TEST_SQLITE_ONLY=str(int(not options.all_tests)), CI="1")
        run.run_sample(results, copy_checkout, options)
    return run.print_report(results)


def copy_checkout(name: str) -> Path:
    """Copy what git knows and does not ignore, once; remove `.mutation` to begin anew."""
    tree, unfinished = FOLDER / name, FOLDER / f"{name}.part"
    if tree.exists():
        return tree
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    for path in filter(None, listed.stdout.split("\0")):
        (unfinished / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, unfinished / path)
    return unfinished.rename(tree)


if __name__ == "__main__":
    sys.exit(main())
