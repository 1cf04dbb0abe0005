"""Wall minutes of `./test`. It takes minutes, so `python -m bench` wants `--test-suite` for it."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from bench.table import Options, Row

ROOT = Path(__file__).parents[1]


def measure(_options: Options) -> Iterator[Row]:
    """Run every quick check, and measure its minutes.

    Raises:
        RuntimeError: a check failed, and the time would mean nothing.
    """
    row = Row("suite.minutes", "./test", must=6, goal=4, lower_is_better=True, unit=" min")
    began = time.monotonic()
    finished = subprocess.run(
        [ROOT / "test"], cwd=ROOT, capture_output=True, text=True, errors="replace", check=False
    )
    if finished.returncode:
        raise RuntimeError(finished.stdout[-5_000:] + finished.stderr[-5_000:])
    row.values.append((time.monotonic() - began) / 60)
    yield row
