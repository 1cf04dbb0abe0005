"""The base of every pipeline: its work, its outputs, and the guard around it."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import wraps
from pathlib import Path
from typing import Any, Protocol, TypeAlias, overload
from uuid import UUID

from gateway.kit.database.states import State
from gateway.kit.disk import is_disk_full
from gateway.library.facts import Kind
from gateway.media.states import AttemptState
from gateway.media.tasks.catalogue import TASKS
from gateway.media.tasks.input_json import InputJson
from workers.engines.base import (
    BadAnswer,
    Engine,
    InputTooLarge,
    NotAccepted,
    OutputUnsafe,
    Progress,
    ReplyLost,
    Unreachable,
)
from workers.engines.report import EngineReport
from workers.pipelines.errors import (
    EngineFailed,
    InputOversized,
    NodeBusy,
    OutOfMemory,
    OutputInvalid,
    PaidWorkLost,
    StorageFailed,
    WorkerLost,
)
from workers.pipelines.errors import PipelineFailed as PipelineFailed
from workers.processes.child_process import ChildFailed, ask_child
from workers.video.chores.chore_forms import (
    Chore,
    ChoreAnswer,
    ChoreList,
    FilmMeasures,
    FinishedForm,
    FramesAnswer,
    LookAtFilmChore,
    MeasuringChore,
    SilentChore,
    TakeFramesChore,
)

_CHORES = "workers.video.chores.child"
# Reasons to stop a job's task; they travel as the argument of its `CancelledError`.
STOP_SHUTDOWN, STOP_JOB_ENDED, STOP_LEASE_LOST, STOP_OVERTIME = (
    "shutdown",
    "ended",
    "taken",
    "overtime",
)
# After these the attempt goes on on its node: the worker that claims the job next adopts it.
ADOPTABLE_STOPS = {STOP_SHUTDOWN, STOP_LEASE_LOST}


class Standstill(State):
    """The reason why an attempt stands still on its node: others are before it, or it is silent."""

    WAITING = "waiting"
    SILENT = "silent"


class ElsewhereCheck(Protocol):
    """The check if another node could do the work now; an `idle` one would begin at once."""

    async def __call__(self, *, idle: bool = False) -> bool:
        """Return True if there is such a node."""
        ...


async def _ignore_state(_state: AttemptState | Standstill) -> None:
    """Record nothing: the default of `record_state`."""


async def _is_free_anywhere(*, idle: bool = False) -> bool:
    return not idle


@dataclass(frozen=True)
class Work:
    """Everything a pipeline may know: values, never a database session.

    `effective_input` has the wire names, `inputs` local files under their plain wire names in
    order. `folder` is scratch space that the caller removes.

    - `is_adopted`: the attempt was sent by a worker that is gone; it is waited for, not sent again.
    - `outlives_worker`: the attempt goes on when this worker shuts down.
    - `record_state` writes the attempt's state down; `is_free_elsewhere` asks for another node.
    - `sent_ids` are the ids that the engine was given, the newest last (a film is enlarged in
      several), `handles` the node's own ids of them, and `reports` its reports by our id.
    - `patience`: how many times the usual time the work may take, and the engine be silent.
    """

    task: str
    effective_input: InputJson
    inputs: Mapping[str, Sequence[Path]]
    folder: Path
    attempt: UUID
    engine: Engine
    report_progress: Callable[[Progress], Awaitable[None]]
    is_adopted: bool = False
    outlives_worker: bool = False
    record_state: Callable[[AttemptState | Standstill], Awaitable[None]] = _ignore_state
    is_free_elsewhere: ElsewhereCheck = _is_free_anywhere
    sent_ids: list[UUID] = field(default_factory=list)
    handles: dict[UUID, str] = field(default_factory=dict)
    reports: dict[UUID, EngineReport] = field(default_factory=dict)
    patience: int = 1

    @property
    def makes(self) -> Kind:
        """Return the kind of media that the task makes."""
        return TASKS[self.task].output_kind

    def files(self, name: str) -> list[Path]:
        """Return the files of an input in order; none if it was not given."""
        return list(self.inputs.get(name, ()))

    def find_file(self, *names: str) -> Path | None:
        """Return the first file of the first of these inputs that was given, or None."""
        return next((files[0] for name in names if (files := self.files(name))), None)

    def get_file(self, *names: str) -> Path:
        """Return the first file of the first of these inputs that was given.

        Raises:
            EngineFailed: none of them was given.
        """
        path = self.find_file(*names)
        if path is None:
            raise EngineFailed(f"no file for {' or '.join(names)}")
        return path


@dataclass(frozen=True)
class PreviewPaths:
    """The previews of an output: pictures by their longest side, a clip, a tiny data URI."""

    pictures: Mapping[int, Path] = field(default_factory=dict)
    clip: Path | None = None
    placeholder: str | None = None


@dataclass(frozen=True)
class Output:
    """A finished file, measured and without tags; sizes are pixels and bytes, times seconds."""

    path: Path
    poster_path: Path | None
    kind: Kind
    mime_type: str
    width: int | None
    height: int | None
    frames: int | None
    fps: Fraction | None
    duration_seconds: Fraction | None
    has_audio: bool
    size_bytes: int
    sha256: str
    previews: PreviewPaths = field(default_factory=PreviewPaths)


Pipeline: TypeAlias = Callable[[Work], Coroutine[Any, Any, list[Output]]]


def pipeline(run: Pipeline) -> Pipeline:
    """Turn exceptions of engines, children and files into the errors of pipelines."""

    @wraps(run)
    async def guarded(work: Work) -> list[Output]:
        try:
            return await run(work)
        except ChildFailed as error:
            raise to_pipeline_error(error, EngineFailed) from error
        except InputTooLarge as error:
            raise InputOversized(str(error)) from error
        except NotAccepted as error:
            raise NodeBusy(str(error)) from error
        except ReplyLost as error:
            raise (PaidWorkLost if error.may_cost else WorkerLost)(str(error)) from error
        except OutputUnsafe as error:
            raise OutputInvalid(str(error)) from error
        except Unreachable as error:
            raise WorkerLost(describe_unreachable(error)) from error
        except OSError as error:
            raise (StorageFailed if is_disk_full(error) else EngineFailed)(str(error)) from error

    return guarded


def describe_unreachable(error: Unreachable) -> str:
    """Describe an unreachable node: it does not answer, or not as an engine does."""
    verb = "answers wrongly" if isinstance(error, BadAnswer) else "does not answer"
    return f"the node {verb}: {error}"


def to_pipeline_error(error: ChildFailed, otherwise: type[PipelineFailed]) -> PipelineFailed:
    """Return the pipeline error for a child's failure; `otherwise` if its code is no common one."""
    known: dict[str, type[PipelineFailed]] = {
        "died": WorkerLost,
        "no_space": StorageFailed,
        "out_of_memory": OutOfMemory,
    }
    return known.get(error.code, otherwise)(f"{error}\n{error.trace}")


@overload
async def do_chores(
    chores: Sequence[MeasuringChore], *, otherwise: type[PipelineFailed]
) -> list[FinishedForm]: ...
@overload
async def do_chores(
    chores: Sequence[TakeFramesChore], *, otherwise: type[PipelineFailed]
) -> list[FramesAnswer]: ...
@overload
async def do_chores(
    chores: Sequence[LookAtFilmChore], *, otherwise: type[PipelineFailed]
) -> list[FilmMeasures]: ...
@overload
async def do_chores(
    chores: Sequence[SilentChore], *, otherwise: type[PipelineFailed]
) -> list[None]: ...
async def do_chores(
    chores: Sequence[Chore], *, otherwise: type[PipelineFailed]
) -> Sequence[ChoreAnswer | None]:
    """Do chores one after the other in one child process and return their answers.

    Raises:
        PipelineFailed: `otherwise` if a chore failed, else what ended the child.
    """
    if not chores:
        return []
    try:
        done = await ask_child(_CHORES, ChoreList(chores=list(chores)))
    except ChildFailed as error:
        raise to_pipeline_error(error, otherwise) from error
    answers: list[ChoreAnswer | None] = done["answers"]
    return answers
