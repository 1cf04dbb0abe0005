"""A private copy of a settings file, as it was before our first change."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from killatamata import profiles

PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600  # settings may contain keys


@dataclass(frozen=True, slots=True)
class Backup:
    """The copy of one file, or the note that there was no file."""

    original: Path

    @property
    def copy(self) -> Path:
        """Return the place of the copy, in a folder of ours."""
        digest = hashlib.sha256(str(self.original).encode()).hexdigest()[:16]
        return profiles.get_config_path().parent / "hosts" / f"{digest}-{self.original.name}"

    @property
    def note(self) -> Path:
        """Return the place of the note that there was no file."""
        return self.copy.with_name(f"{self.copy.name}.none")

    @property
    def exists(self) -> bool:
        """Return True if something is kept."""
        return self.copy.exists() or self.note.exists()

    def keep(self, text: str | None) -> None:
        """Keep a text, or that there was no file."""
        self.forget()
        kept = self.note if text is None else self.copy
        kept.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
        kept.touch(mode=PRIVATE_FILE)
        kept.write_bytes((text or "").encode())

    def read(self) -> str:
        """Return the kept text; empty where there was no file, or where nothing is kept."""
        return self.copy.read_bytes().decode() if self.copy.exists() else ""

    def forget(self) -> None:
        """Delete what is kept."""
        self.copy.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)
