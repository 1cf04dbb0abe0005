"""The job of a child process: one attempt of the sandbox."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypedDict

from gateway.media.tasks.input_json import InputJson
from workers.engines.sandbox.meter import PaceMeter, StageLeg, build_legs

_HALF_BITS = 32


class SandboxJobForm(TypedDict):
    """The JSON form of a `SandboxJob`, which crosses to the child; paths are text."""

    task: str
    makes: str
    stages: Mapping[str, int]
    values: InputJson
    inputs: Mapping[str, Sequence[str]]
    folder: str
    faults: Sequence[str]
    seconds: float
    stallSeconds: float


@dataclass(frozen=True)
class SandboxJob:
    """The plan's values under their wire names, its inputs as files, and where outputs go."""

    task: str
    makes: str
    values: InputJson
    inputs: Mapping[str, Sequence[Path]]
    folder: Path
    faults: frozenset[str]
    meter: PaceMeter

    @classmethod
    def from_spec(cls, spec: SandboxJobForm) -> Self:
        """Read the JSON form that the engine writes."""
        faults = frozenset(spec["faults"])
        values = spec["values"]
        return cls(
            task=spec["task"],
            makes=spec["makes"],
            values=values,
            inputs={name: [Path(path) for path in paths] for name, paths in spec["inputs"].items()},
            folder=Path(spec["folder"]),
            faults=faults,
            meter=PaceMeter(
                _build_legs(spec["stages"], values),
                seconds=spec["seconds"],
                faults=faults,
                stall_seconds=spec["stallSeconds"],
            ),
        )

    @property
    def prompt(self) -> str:
        """Return the caption, empty for tasks without a prompt."""
        return str(self.values.get("prompt", ""))

    def build_seed(self, index: int = 0) -> list[int]:
        """Return the seed of picture `index`: from its number and its prompt."""
        seed = int(self.values.get("seed") or 0) + index
        words = zlib.crc32(self.prompt.encode("utf-8", "replace"))
        return [seed & 0xFFFFFFFF, seed >> _HALF_BITS, words]

    def find_file(self, name: str) -> Path | None:
        """Return the first file of an input, or None."""
        return next(iter(self.inputs.get(name, ())), None)


def _build_legs(stages: Mapping[str, int], values: InputJson) -> list[StageLeg]:
    steps = values.get("steps")
    passes = steps if isinstance(steps, Mapping) else {}
    return build_legs(
        stages,
        {
            "upscale": 1 if "first_pass" in stages else 8,  # of a latent, between two passes
            "sampling": steps if isinstance(steps, int) else 8,
            "first_pass": passes.get("firstPass", 8),
            "second_pass": passes.get("secondPass", 3),
        },
    )
