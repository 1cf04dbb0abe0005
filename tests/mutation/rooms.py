"""Rooms whose code is mutated: their files, and the tests that are tried first."""

import fnmatch
from dataclasses import dataclass
from pathlib import Path

# Wire schemas, tables, errors and names of states decide nothing: other checks compare them with
# the OpenAPI document and the migrations.
LEFT_OUT = {"schemas.py", "tables.py", "errors.py", "states.py", "__init__.py"}


@dataclass(frozen=True, slots=True)
class Room:
    """A part of the code that decides about money or rights."""

    name: str
    patterns: tuple[str, ...]
    first_tests: tuple[str, ...]

    def list_files(self, root: Path) -> list[Path]:
        """Return the files of this room that no earlier room has, in order."""
        earlier = ROOMS[: ROOMS.index(self)]
        return [
            path
            for path in sorted((root / "gateway").rglob("*.py"))
            if path.name not in LEFT_OUT
            and self.holds(path.relative_to(root).as_posix())
            and not any(room.holds(path.relative_to(root).as_posix()) for room in earlier)
        ]

    def holds(self, name: str) -> bool:
        """Return True if a pattern of this room matches the file."""
        return any(fnmatch.fnmatch(name, pattern) for pattern in self.patterns)


ROOMS = (
    Room(
        "consent",
        (
            "gateway/studio/plans/consent.py",
            "gateway/studio/plans/film_prices.py",
            "gateway/media/submits/spending_check.py",
            "gateway/ledger/policies.py",
            "gateway/identity/keys/*_policy.py",
            "gateway/identity/keys/session_allowance.py",
        ),
        ("tests/studio", "tests/identity", "tests/ledger", "tests/flows/plans"),
    ),
    Room(
        "prices",
        (
            "gateway/media/tasks/prices.py",
            "gateway/media/tasks/rules/*prices.py",
            "gateway/media/submits/quotes.py",
            "gateway/media/submits/price_withdrawals.py",
        ),
        (
            "tests/media/tasks",
            "tests/flows/jobs/test_quote",
            "tests/flows/jobs/test_kept_inputs",
            "tests/flows/money/test_withdrawn",
        ),
    ),
    Room("ledger", ("gateway/ledger/*",), ("tests/ledger", "tests/flows/money/test_history")),
    Room("payments", ("gateway/payments/*",), ("tests/payments", "tests/flows/money")),
    Room(
        "affiliates", ("gateway/affiliates/*",), ("tests/affiliates", "tests/flows/money/test_aff")
    ),
    Room("keys", ("gateway/identity/keys/*",), ("tests/identity", "tests/flows/accounts")),
)
