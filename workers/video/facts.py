"""Measurements of a finished file, and their JSON form that crosses processes."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, Self, TypeAlias

FileFactsForm: TypeAlias = Mapping[str, str | int | None]
"""The JSON form of `FileFacts`: its fields by name, fractions as text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """Measurements of one file.

    `width` and `height` are pixels, `frames` counts video packets, `fps` is frames a second,
    `duration` and `sound` are seconds of the whole and of its sound. What does not apply is None.
    """

    kind: Literal["image", "audio", "video"]
    mime_type: str
    codec: str
    size_bytes: int
    sha256: str
    width: int | None = None
    height: int | None = None
    frames: int | None = None
    fps: Fraction | None = None
    duration: Fraction | None = None
    sound: Fraction | None = None

    def to_json(self) -> FileFactsForm:
        """Return the JSON form; fractions are text, so that no float rounds them."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return {
            name: str(value) if isinstance(value, Fraction) else value
            for name, value in values.items()
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Read the JSON form of `to_json`."""
        exact = {
            name: None if values[name] is None else Fraction(values[name])
            for name in ("fps", "duration", "sound")
        }
        return cls(**{**values, **exact})


def hash_file(path: Path) -> str:
    """Return the SHA-256 of the file's bytes in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
