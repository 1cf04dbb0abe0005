"""Survivors that a person has read: `survivors.toml`."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Survivor:
    """A mutant that no test of `./test` catches, and the reason: "equivalent: …" or "left: …"."""

    file: str
    before: str
    after: str
    reason: str

    @property
    def kind(self) -> str:
        """The word before the colon."""
        return self.reason.partition(":")[0]


def list_survivors() -> list[Survivor]:
    """Return every listed survivor."""
    listed = tomllib.loads(Path(__file__).with_name("survivors.toml").read_text())
    return [Survivor(**each) for each in listed.get("survivor", ())]
