"""The one protocol that every engine speaks, and the values that cross it.

An engine gets values, never a database session. Polling is the truth, watching draws progress.

    Poll = Pending | Running | Succeeded | Failed | Canceled | Absent
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, TypeAlias
from uuid import UUID

from gateway.media.tasks.base import InputJson
from workers.engines.report import EngineReport

Stage = Literal[
    "loading", "first_pass", "upscale", "second_pass", "sampling", "combine", "decode", "save"
]
FailureKind = Literal[
    "out_of_memory",
    "input_missing",
    "incompatible",
    "interrupted",
    "exception",
    "audio",
    "content",
    "machine",
]


class OutcomeUnknown(Exception):  # noqa: N818 - the name of a state
    """The plan was sent, but nobody knows whether it arrived."""


class IllegalPlan(ValueError):  # noqa: N818 - said of the plan
    """The plan is off the grid; an engine never rounds."""


class Unreachable(Exception):  # noqa: N818 - said of the node
    """Nothing is known from the node: it did not answer, or see `BadAnswer`."""


class BadAnswer(Unreachable):
    """The node answered, but not as an engine does; the text says what and how."""


class InputTooLarge(Exception):  # noqa: N818 - said of the input
    """The node takes no file of this size."""


class OutputRefused(Exception):  # noqa: N818 - said of the output
    """The node, or a proxy before it, does not give an output out; the text says how it answers."""


class OutputCut(Exception):  # noqa: N818 - said of the output
    """An output ended before its last byte."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an attempt is: step `step` of `steps` in a stage."""

    stage: Stage
    step: int
    steps: int


@dataclass(frozen=True, slots=True)
class Blob:
    """An input file on this machine, named by the sha256 (hex) of its bytes."""

    path: Path
    sha256: str
    mime_type: str


@dataclass(frozen=True, slots=True)
class InputRef:
    """An input as the engine knows it."""

    name: str


@dataclass(frozen=True, slots=True)
class OutputRef:
    """An output of an attempt as the engine knows it; `size_bytes` if it says so."""

    attempt: UUID
    name: str
    mime_type: str
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanInputs:
    """The media of a plan, each fitted to the canvas already; `overlap_frames` oldest first."""

    start_frame: InputRef | None = None
    final_frame: InputRef | None = None
    overlap_frames: tuple[InputRef, ...] = ()
    reference_audio: InputRef | None = None
    source: InputRef | None = None
    references: tuple[InputRef, ...] = ()
    mask: InputRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderPlan:
    """What an engine is to render; `effective_input` has the wire names and is legal."""

    task: str
    effective_input: InputJson
    inputs: PlanInputs = field(default_factory=PlanInputs)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineFacts:
    """What a node can do.

    `classes` and `models` are names, `vram_bytes` is in bytes (None = not known), `queue_depth`
    counts running and waiting plans. `frame_buffer_bytes` is the memory for the float32 frames of
    one video.upscale segment; None says that the engine streams and needs no segments.
    """

    engine: str
    version: str
    classes: frozenset[str] = frozenset()
    models: frozenset[str] = frozenset()
    vram_bytes: int | None = None
    queue_depth: int = 0
    frame_buffer_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """The node has accepted the plan."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The node refused the plan; `incompatible` says that it lacks a class or a model."""

    kind: Literal["incompatible", "input_missing", "refused"]
    message: str


@dataclass(frozen=True, slots=True)
class Pending:
    """The plan waits on the node; `position` counts the plans before it."""

    position: int


@dataclass(frozen=True, slots=True)
class Running:
    """The node is at work."""


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The outputs are ready to be read."""

    outputs: tuple[OutputRef, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """The attempt ended badly; `message` is for the operator, never for the user."""

    kind: FailureKind
    message: str


@dataclass(frozen=True, slots=True)
class Canceled:
    """The attempt was canceled."""


@dataclass(frozen=True, slots=True)
class Absent:
    """The node does not know this attempt."""


Poll: TypeAlias = Pending | Running | Succeeded | Failed | Canceled | Absent
FINAL = (Succeeded, Failed, Canceled, Absent)


class Engine(Protocol):
    """One node that renders plans; an attempt's UUID is the node's own id for it."""

    async def facts(self) -> EngineFacts:
        """Return what the node can do."""
        ...

    async def put_input(self, blob: Blob) -> InputRef:
        """Bring a file to the node; idempotent by its sha256.

        Raises:
            InputTooLarge: the node takes no file of this size.
            Unreachable: the node did not take it.
        """
        ...

    async def submit(self, attempt: UUID, plan: RenderPlan) -> Submitted | Rejected:
        """Send the plan under a fresh id.

        Raises:
            IllegalPlan: the plan is off the grid.
            OutcomeUnknown: nobody knows whether it arrived.
            Unreachable: it was not sent.
        """
        ...

    async def poll(self, attempt: UUID) -> Poll:
        """Return the truth about an attempt.

        Raises:
            Unreachable: the node does not say.
        """
        ...

    def watch(self, attempt: UUID) -> AsyncIterator[Progress]:
        """Yield progress while there is any; best effort, may be silent, ends with the attempt."""
        ...

    def report(self, attempt: UUID) -> EngineReport:
        """Return what the engine has said of an attempt so far; it is not asked anew."""
        ...

    async def cancel(self, attempt: UUID) -> None:
        """Ask the node to stop; idempotent, and no promise."""
        ...

    async def withdraw(self, attempt: UUID) -> bool:
        """Take back a plan that waits; False if it does not wait there, and then it is not touched.

        Raises:
            Unreachable: the node does not say.
        """
        ...

    def open_output(self, ref: OutputRef) -> AsyncIterator[bytes]:
        """Yield the bytes of an output.

        Raises:
            FileNotFoundError: it is not there.
            OutputRefused: it is not given out, and will not be.
            OutputCut: it ended too early.
            Unreachable: the node does not answer.
        """
        ...

    async def forget(self, attempt: UUID) -> None:
        """Drop what the node keeps of a finished attempt."""
        ...

    async def close(self) -> None:
        """Let go of everything; nothing is asked of the engine after it."""
        ...
