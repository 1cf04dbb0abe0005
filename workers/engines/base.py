"""The protocol of engines, and the values that cross it.

An engine gets values, never a database session. Polling decides, watching only draws progress.

    Poll = Pending | Running | Succeeded | Failed | Canceled | Absent
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, TypeAlias
from uuid import UUID

from gateway.media.tasks.input_json import InputJson
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
    """The plan was sent, and it is not known if it arrived."""


class IllegalPlan(ValueError):  # noqa: N818 - said of the plan
    """The plan is off the grid of engines, which never round."""


class Unreachable(Exception):  # noqa: N818 - said of the node
    """The node did not answer, or not as an engine does (`BadAnswer`)."""


class BadAnswer(Unreachable):
    """The node answered, but not as an engine does; the text says to what and how."""


class InputTooLarge(Exception):  # noqa: N818 - said of the input
    """The node takes no file of this size."""


class OutputRefused(Exception):  # noqa: N818 - said of the output
    """The node, or a proxy before it, does not give an output out; the text has its answer."""


class OutputCut(Exception):  # noqa: N818 - said of the output
    """An output ended before its last byte."""


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of an attempt: step `step` of `steps` in a stage."""

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
    """An uploaded input, by the engine's name for it."""

    name: str


@dataclass(frozen=True, slots=True)
class OutputRef:
    """An output of an attempt, by the engine's name for it; `size_bytes` if the engine tells it."""

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
    """The plan that an engine renders; `effective_input` has the wire names and is legal."""

    task: str
    effective_input: InputJson
    inputs: PlanInputs = field(default_factory=PlanInputs)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineFacts:
    """The abilities of a node.

    `classes` and `models` are names, `vram_bytes` is in bytes (None = not known), `queue_depth`
    counts running and waiting plans. `frame_buffer_bytes` is the memory for the float32 frames of
    one video.upscale segment; None: the engine streams and needs no segments.
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
    """The node refused the plan; if `incompatible`, it lacks a class or a model."""

    kind: Literal["incompatible", "input_missing", "refused"]
    message: str


@dataclass(frozen=True, slots=True)
class Pending:
    """The plan waits on the node; `position` counts the plans before it."""

    position: int


@dataclass(frozen=True, slots=True)
class Running:
    """The node works on the plan."""


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The outputs are ready to be fetched."""

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
FINAL_STATES = (Succeeded, Failed, Canceled, Absent)


class Engine(Protocol):
    """One node that renders plans; an attempt's UUID is the node's own id for it."""

    async def facts(self) -> EngineFacts:
        """Return the abilities of the node."""
        ...

    async def put_input(self, blob: Blob) -> InputRef:
        """Upload a file to the node; idempotent by its sha256.

        Raises:
            InputTooLarge: the node takes no file of this size.
            Unreachable: the node did not take it.
        """
        ...

    async def submit(self, attempt: UUID, plan: RenderPlan) -> Submitted | Rejected:
        """Send the plan under a fresh id.

        Raises:
            IllegalPlan: the plan is off the grid.
            OutcomeUnknown: it is not known if it arrived.
            Unreachable: it was not sent.
        """
        ...

    async def poll(self, attempt: UUID) -> Poll:
        """Return the state of an attempt; it decides, whatever `watch` has yielded.

        Raises:
            Unreachable: the node does not answer.
        """
        ...

    def watch(self, attempt: UUID) -> AsyncIterator[Progress]:
        """Yield progress, best effort: it may stay silent, and ends with the attempt."""
        ...

    def report(self, attempt: UUID) -> EngineReport:
        """Return the report of an attempt so far, without asking the node again."""
        ...

    async def cancel(self, attempt: UUID) -> None:
        """Ask the node to stop an attempt; idempotent, and no promise that it does."""
        ...

    async def withdraw(self, attempt: UUID) -> bool:
        """Take back a plan that waits; if it does not wait, leave it alone and return False.

        Raises:
            Unreachable: the node does not answer.
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
        """Let the node drop what it keeps of a finished attempt."""
        ...

    async def close(self) -> None:
        """Close the engine; it may not be used after that."""
        ...
