"""The base of every pipeline: what it is given, what it gives back, and the guard around it."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import wraps
from pathlib import Path
from typing import Any, Protocol, TypeAlias, overload
from uuid import UUID

from gateway.kit.disk import is_full
from gateway.kit.states import State
from gateway.library.facts import Kind
from gateway.media.states import AttemptState
from gateway.media.tasks.base import InputJson
from gateway.media.tasks.catalogue import TASKS
from workers.engines.base import BadAnswer, Engine, InputTooLarge, Progress, Unreachable
from workers.engines.report import EngineReport
from workers.pipelines.errors import (
    EngineFailed,
    InputOversized,
    OutOfMemory,
    StorageFailed,
    WorkerLost,
)
from workers.pipelines.errors import PipelineFailed as PipelineFailed
from workers.video.children import ChildFailed, answer
from workers.video.chore_forms import (
    Answer,
    Chore,
    Chores,
    FactsForm,
    FilmLook,
    LookAtFilm,
    Measured,
    Silent,
    TakeFrames,
    TakenFrames,
)

_CHORES = "workers.video.chores"


class Standstill(State):
    """Why an attempt does not run on its node: others' work is before it, or the node is silent."""

    WAITING = "waiting"
    SILENT = "silent"


class Elsewhere(Protocol):
    """Asks whether another node could do the work now; an `idle` one would begin at once."""

    async def __call__(self, *, idle: bool = False) -> bool:
        """Return True if there is one."""
        ...


async def _no_note(_state: AttemptState | Standstill) -> None:
    """Write nothing down."""


async def _anywhere(*, idle: bool = False) -> bool:
    return not idle


@dataclass(frozen=True)
class Work:
    """Everything a pipeline may know: values, never a database session.

    `effective_input` has the wire names, `inputs` local files under their plain wire names in
    order. `folder` is scratch space that the caller removes. `adopted` says that the attempt was
    submitted before, by a worker that is gone, and is only to be waited for. `note` writes down
    how it stands with the attempt; it is `waiting` while others' work is before it on the node.
    `elsewhere` says whether another node could do the work now, or begin at once if it has to be
    `idle`. One that `outlives` the worker is left alone when the worker shuts down. `sent` are the
    ids that the engine was given, the newest last: a film is enlarged in several; `reports` are
    what it said of them. `patience` is how many times the usual time it may take, and be silent.
    """

    task: str
    effective_input: InputJson
    inputs: Mapping[str, Sequence[Path]]
    folder: Path
    attempt: UUID
    engine: Engine
    report: Callable[[Progress], Awaitable[None]]
    adopted: bool = False
    outlives: bool = False
    note: Callable[[AttemptState | Standstill], Awaitable[None]] = _no_note
    elsewhere: Elsewhere = _anywhere
    sent: list[UUID] = field(default_factory=list)
    reports: dict[UUID, EngineReport] = field(default_factory=dict)
    patience: int = 1

    @property
    def makes(self) -> Kind:
        """Return the kind of what is made."""
        return TASKS[self.task].makes

    def files(self, name: str) -> list[Path]:
        """Return the files of an input in order, none if it was not given."""
        return list(self.inputs.get(name, ()))

    def one(self, *names: str) -> Path | None:
        """Return the first file of the first of these inputs that was given, or None."""
        return next((files[0] for name in names if (files := self.files(name))), None)

    def needed(self, *names: str) -> Path:
        """Return that file.

        Raises:
            EngineFailed: the caller left it out.
        """
        path = self.one(*names)
        if path is None:
            raise EngineFailed(f"no file for {' or '.join(names)}")
        return path


@dataclass(frozen=True)
class Output:
    """One finished file, measured and free of tags; sizes are pixels and bytes, times seconds."""

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


Run: TypeAlias = Callable[[Work], Coroutine[Any, Any, list[Output]]]


def pipeline(run: Run) -> Run:
    """Turn what goes wrong around a pipeline into its errors; the runtime limits its time."""

    @wraps(run)
    async def guarded(work: Work) -> list[Output]:
        try:
            return await run(work)
        except ChildFailed as error:
            raise child_failed(error, EngineFailed) from error
        except InputTooLarge as error:
            raise InputOversized(str(error)) from error
        except Unreachable as error:
            raise WorkerLost(without_node(error)) from error
        except OSError as error:
            raise (StorageFailed if is_full(error) else EngineFailed)(str(error)) from error

    return guarded


def without_node(error: Unreachable) -> str:
    """Describe a node that is of no use, and truly whether it answered."""
    verb = "answers wrongly" if isinstance(error, BadAnswer) else "does not answer"
    return f"the node {verb}: {error}"


def child_failed(error: ChildFailed, otherwise: type[PipelineFailed]) -> PipelineFailed:
    """Return the pipeline error for a child's bad end; `otherwise` is for all special to it."""
    known: dict[str, type[PipelineFailed]] = {
        "died": WorkerLost,
        "no_space": StorageFailed,
        "out_of_memory": OutOfMemory,
    }
    return known.get(error.code, otherwise)(f"{error}\n{error.trace}")


@overload
async def do_chores(
    chores: Sequence[Measured], *, otherwise: type[PipelineFailed]
) -> list[FactsForm]: ...
@overload
async def do_chores(
    chores: Sequence[TakeFrames], *, otherwise: type[PipelineFailed]
) -> list[TakenFrames]: ...
@overload
async def do_chores(
    chores: Sequence[LookAtFilm], *, otherwise: type[PipelineFailed]
) -> list[FilmLook]: ...
@overload
async def do_chores(chores: Sequence[Silent], *, otherwise: type[PipelineFailed]) -> list[None]: ...
async def do_chores(
    chores: Sequence[Chore], *, otherwise: type[PipelineFailed]
) -> Sequence[Answer | None]:
    """Do chores one after the other in one child process and return their answers.

    Raises:
        PipelineFailed: `otherwise` if one could not be done, or what took the child down.
    """
    if not chores:
        return []
    try:
        done = await answer(_CHORES, Chores(chores=list(chores)))
    except ChildFailed as error:
        raise child_failed(error, otherwise) from error
    answers: list[Answer | None] = done["answers"]
    return answers
