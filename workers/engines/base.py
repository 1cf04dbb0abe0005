"""The protocol of engines, and the values that cross it.

An engine gets values, never a database session. Polling decides, watching only draws progress.

    Poll = Pending | Running | Succeeded | Failed | Canceled | Absent
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, TypeAlias
from uuid import UUID

from gateway.media.nodes.node_pool import NodeOffReason
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
    "refused",
]


class OutcomeUnknown(Exception):  # noqa: N818 - the name of a state
    """The plan was sent, and it is not known if it arrived."""


class NotAccepted(Exception):  # noqa: N818 - said of the plan
    """The node did not take the plan, and has not begun it: it may go elsewhere, or come again.

    - `rest_seconds`: how long the node wants to be left alone, None if it does not answer at all.
    - `off`: why the node gets no work any more (`unauthorized`, `unpaid`), None if it is only busy.
    """

    def __init__(
        self, message: str, *, rest_seconds: float | None = None, off: NodeOffReason | None = None
    ) -> None:
        """Keep what the node asks for beside the message, which is for the operator."""
        super().__init__(message)
        self.rest_seconds = rest_seconds
        self.off = off


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


class ReplyLost(Exception):  # noqa: N818 - said of the reply
    """The plan was sent, the reply was lost, and the node cannot be asked: it takes no id of ours.

    If `may_cost`, its owner may charge us for the lost work.
    """

    def __init__(self, message: str, *, may_cost: bool) -> None:
        """Keep whether it may cost beside the message, which is for the operator."""
        super().__init__(message)
        self.may_cost = may_cost


class OutputUnsafe(Exception):  # noqa: N818 - said of the output
    """The output is named by an address that is not followed; the text says which."""


class OutputCut(Exception):  # noqa: N818 - said of the output
    """An output ended before its last byte."""


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of an attempt: step `step` of `steps` in a stage, or in all if `is_whole`."""

    stage: Stage
    step: int
    steps: int
    is_whole: bool = False


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
    """The node has accepted the plan; `handle` is its own id of it, if it does not take ours."""

    handle: str | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """The node refused the plan; if `incompatible`, it lacks a class or a model.

    If `content`, it refuses what the prompt or an input shows.
    """

    kind: Literal["incompatible", "input_missing", "refused", "content"]
    message: str


@dataclass(frozen=True, slots=True)
class Pending:
    """The plan waits on the node; `position` counts the plans before it.

    `poll_seconds` is when it wants to be asked again, None if it does not say; so in `Running`.
    """

    position: int
    poll_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Running:
    """The node works on the plan."""

    poll_seconds: float | None = None


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
    """One node that renders plans.

    An attempt's UUID is the node's own id for it, or else the node makes one: the `handle`, which
    `submit` returns and the others are given back.
    """

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
            NotAccepted: it was refused for now, and not begun.
            ReplyLost: it may have arrived, and nobody can tell.
        """
        ...

    async def resume(
        self, attempt: UUID, plan: RenderPlan, handle: str | None
    ) -> Submitted | Rejected | None:
        """Take up a plan that an earlier worker sent; None: `poll` finds it by the attempt's id.

        Raises:
            OutcomeUnknown, Unreachable, NotAccepted, ReplyLost: as `submit`.
        """
        ...

    def stops(self, attempt: UUID) -> bool:
        """Return True if a cancel ends an attempt on the node; else its slot stays taken."""
        ...

    async def poll(self, attempt: UUID, handle: str | None = None) -> Poll:
        """Return the state of an attempt; it decides, whatever `watch` has yielded.

        Raises:
            Unreachable: the node does not answer.
            NotAccepted, ReplyLost: where the call lasts as long as the work.
        """
        ...

    def watch(self, attempt: UUID) -> AsyncIterator[Progress]:
        """Yield progress, best effort: it may stay silent, and ends with the attempt."""
        ...

    def report(self, attempt: UUID) -> EngineReport:
        """Return the report of an attempt so far, without asking the node again."""
        ...

    async def cancel(self, attempt: UUID, handle: str | None = None) -> None:
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
            OutputUnsafe: its address is not followed.
            OutputCut: it ended too early.
            Unreachable: the node does not answer.
        """
        ...

    async def forget(self, attempt: UUID, handle: str | None = None) -> None:
        """Let the node drop what it keeps of a finished attempt."""
        ...

    async def close(self) -> None:
        """Close the engine; it may not be used after that."""
        ...


class EngineWithOurIds:
    """The part of an engine whose node takes the attempt's UUID as its own id."""

    __slots__ = ()

    async def resume(
        self, _attempt: UUID, _plan: RenderPlan, _handle: str | None
    ) -> Submitted | Rejected | None:
        """Return None: the node is asked for the attempt."""
        return None

    def stops(self, _attempt: UUID) -> bool:
        """Return True: the node stops what it is told to stop, sooner or later."""
        return True
