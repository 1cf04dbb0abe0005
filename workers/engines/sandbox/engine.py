"""The sandbox as an engine: one child process for each attempt, with the states of a real node."""

import asyncio
import hashlib
import json
import logging
import os
import shutil
import time
import weakref
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import get_args
from uuid import UUID

from gateway.library.kinds import guess_mime_type
from gateway.media.tasks.catalogue import TASKS
from workers.engines.base import (
    FINAL_STATES,
    Absent,
    Blob,
    Canceled,
    EngineFacts,
    EngineWithOurIds,
    Failed,
    FailureKind,
    InputRef,
    OutputRef,
    Pending,
    PlanInputs,
    Poll,
    Progress,
    Rejected,
    RenderPlan,
    Running,
    Submitted,
    Succeeded,
)
from workers.engines.plan_grid import require_legal_plan
from workers.engines.report import (
    EngineReport,
    SpanClock,
    Timings,
    build_timings,
    sum_stages,
    to_ms,
)
from workers.engines.sandbox.job import SandboxJobForm
from workers.engines.sandbox.makers import MAKERS
from workers.engines.sandbox.reserved_words import FIRST_ATTEMPT_ONLY, ReservedWords
from workers.processes.child_process import Child, ChildFailed, start_child
from workers.processes.confinement import MACHINE_FAULT_CODES

_CHILD = "workers.engines.sandbox.child"
_KEPT_SECONDS, _TIDY_SECONDS = 2 * 3600, 600
_BLOCK_BYTES = 256 * 1024
_log = logging.getLogger(__name__)


class _AttemptRecord:
    """The engine's record of one attempt."""

    def __init__(self, folder: Path, seed: object) -> None:
        self.folder, self.seed = folder, seed
        self.state: Poll = Pending(0)
        self.times: dict[str, float] = {"queuedAt": time.time()}
        self.spans: SpanClock[str] = SpanClock()
        self.progress: Progress | None = None
        self.child: Child | None = None
        self.task: asyncio.Task[None] | None = None
        self.is_cancel_asked = False
        self.changed = asyncio.Event()

    def update(self, *, state: Poll | None = None, progress: Progress | None = None) -> None:
        """Keep a new state or progress with its time, and wake every watcher."""
        if isinstance(state, Running):
            self.times["startedAt"] = time.time()
        elif isinstance(state, FINAL_STATES):
            self.times["endedAt"] = time.time()
            self.spans.enter(None)
        if progress is not None:
            self.spans.enter(progress.stage)
        self.state = state or self.state
        self.progress = progress or self.progress
        # A fresh event for the next change: a watcher that has yet to run still holds the old one.
        woken, self.changed = self.changed, asyncio.Event()
        woken.set()

    @property
    def timings(self) -> Timings:
        """Return when the attempt waited and ran, and how long each kind of stage took."""
        known = {name: to_ms(at) for name, at in self.times.items()}
        times = build_timings(known["queuedAt"], known.get("startedAt"), known.get("endedAt"))
        return {**times, **sum_stages(self.spans.seconds.items())}


class SandboxEngine(EngineWithOurIds):
    """The node called `sandbox`."""

    def __init__(
        self,
        folder: Path | None = None,
        *,
        pace: float = 0.0,
        slots: int | None = None,
        stall_seconds: float = 20.0,
    ) -> None:
        """Keep inputs, outputs and marks in `folder`, which processes may share.

        Without one a private temporary folder serves, removed with the engine.

        `pace` is 0 (as fast as possible) to 1 (like a GPU), `slots` how many pictures, and how many
        films, run at once (default: one a CPU), `stall_seconds` how long `[sandbox:stall]` ignores
        a cancel.
        """
        self._folder = folder or self._private_folder()
        self._pace = pace
        most = slots or os.cpu_count() or 1
        self._picture_slots, self._film_slots = asyncio.Semaphore(most), asyncio.Semaphore(most)
        self._stall_seconds = stall_seconds
        self._tidy_at = 0.0
        self._attempts: dict[UUID, _AttemptRecord] = {}

    async def facts(self) -> EngineFacts:
        """Describe the sandbox: it streams, and needs neither models nor segments."""
        depth = sum(not isinstance(one.state, FINAL_STATES) for one in self._attempts.values())
        return EngineFacts(engine="sandbox", version="1", queue_depth=depth)

    async def put_input(self, blob: Blob) -> InputRef:
        """Copy the file in under its sha256; one that is there already is only touched."""
        name = f"{blob.sha256}{blob.path.suffix}"
        target = self._folder / "inputs" / name
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            # Another process may copy the same file: each writes its own and renames it whole.
            part = target.with_suffix(f".{os.getpid()}.part")
            await asyncio.to_thread(shutil.copyfile, blob.path, part)
            part.replace(target)
        target.touch()  # an input that an attempt needs may not be old: old files are deleted
        return InputRef(name)

    async def submit(self, attempt: UUID, plan: RenderPlan) -> Submitted | Rejected:
        """Start the attempt's child as soon as a slot is free.

        Raises:
            IllegalPlan: the plan is off the grid.
        """
        require_legal_plan(plan)
        await self._drop_leftovers()
        words = ReservedWords.from_prompt(plan.effective_input.get("prompt"))
        if "reject" in words.faults:
            return Rejected("refused", "the sandbox was asked to refuse the plan")
        faults = self._choose_faults(words, plan)
        if "lost" in faults:
            return Submitted()
        folder = self._folder / "attempts" / str(attempt)
        record = _AttemptRecord(folder, plan.effective_input.get("seed"))
        record.folder.mkdir(parents=True, exist_ok=True)
        record.state = Pending(sum(one.child is None for one in self._list_pending()))
        self._attempts[attempt] = record
        spec = self._build_spec(record, plan, faults, words.slow_seconds)
        record.task = asyncio.create_task(self._run_attempt(attempt, record, spec))
        return Submitted()

    async def poll(self, attempt: UUID, _handle: str | None = None) -> Poll:
        """Return the state of an attempt; one never seen, or lost with its child, is absent."""
        record = self._attempts.get(attempt)
        return Absent() if record is None else record.state

    async def watch(self, attempt: UUID) -> AsyncIterator[Progress]:
        """Yield each new progress until the attempt ends."""
        record, seen = self._attempts.get(attempt), None
        while record is not None:
            changed = record.changed
            if record.progress is not None and record.progress is not seen:
                seen = record.progress
                yield seen
            if isinstance(record.state, FINAL_STATES):
                return
            await changed.wait()

    def report(self, attempt: UUID) -> EngineReport:
        """Return times and seed of an attempt; the sandbox has neither models nor graphs."""
        record = self._attempts.get(attempt)
        if record is None:
            return EngineReport()
        return EngineReport({"result": {"seed": record.seed}, "timings": record.timings})

    async def cancel(self, attempt: UUID, _handle: str | None = None) -> None:
        """Terminate the attempt's child; leave an attempt alone that is final or unknown."""
        record = self._attempts.get(attempt)
        if record is None or isinstance(record.state, FINAL_STATES):
            return
        record.is_cancel_asked = True
        if record.child is not None:
            record.child.terminate()
        elif record.task is not None:
            record.task.cancel()
            record.update(state=Canceled())

    async def withdraw(self, _attempt: UUID) -> bool:
        """Take nothing back: there is no other sandbox to go to."""
        return False

    async def open_output(self, ref: OutputRef) -> AsyncIterator[bytes]:
        """Yield the bytes of an output in blocks.

        Raises:
            FileNotFoundError: it is not there, or was forgotten.
        """
        path = self._folder / "attempts" / str(ref.attempt) / Path(ref.name).name
        with path.open("rb") as file:
            while block := await asyncio.to_thread(file.read, _BLOCK_BYTES):
                yield block

    async def forget(self, attempt: UUID, _handle: str | None = None) -> None:
        """Delete the record and the files of a finished attempt."""
        record = self._attempts.get(attempt)
        if record is not None and isinstance(record.state, FINAL_STATES):
            del self._attempts[attempt]
            await asyncio.to_thread(shutil.rmtree, record.folder, ignore_errors=True)

    async def close(self) -> None:
        """Kill every child; what ran is lost, as when a node goes down."""
        tasks = [one.task for one in self._attempts.values() if one.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._attempts.clear()

    async def _drop_leftovers(self) -> None:
        """Every ten minutes drop what was not forgotten in time, such as leftovers of a crash."""
        if time.monotonic() < self._tidy_at:
            return
        self._tidy_at = time.monotonic() + _TIDY_SECONDS
        await asyncio.to_thread(_delete_old_files, self._folder)
        for attempt, record in list(self._attempts.items()):
            if isinstance(record.state, FINAL_STATES) and not record.folder.exists():
                del self._attempts[attempt]

    def _private_folder(self) -> Path:
        folder = mkdtemp(prefix="kt-sandbox-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return Path(folder)

    def _list_pending(self) -> list[_AttemptRecord]:
        return [one for one in self._attempts.values() if isinstance(one.state, Pending)]

    def _choose_faults(self, words: ReservedWords, plan: RenderPlan) -> frozenset[str]:
        """Return the faults of this attempt; those for a first attempt alternate with success."""
        once = words.faults & FIRST_ATTEMPT_ONLY
        if once and not self._mark_first_try(plan):
            return words.faults - FIRST_ATTEMPT_ONLY
        return words.faults

    def _mark_first_try(self, plan: RenderPlan) -> bool:
        """Return True if this is the first try of a plan, by a mark that all processes share."""
        text = json.dumps([plan.task, dict(plan.effective_input)], sort_keys=True, default=str)
        mark = self._folder / "marks" / hashlib.sha256(text.encode()).hexdigest()
        mark.parent.mkdir(parents=True, exist_ok=True)
        try:
            mark.touch(exist_ok=False)
        except FileExistsError:
            mark.unlink(missing_ok=True)
            return False
        return True

    def _build_spec(
        self, record: _AttemptRecord, plan: RenderPlan, faults: frozenset[str], slow: int | None
    ) -> SandboxJobForm:
        return {
            "task": plan.task,
            "makes": TASKS[plan.task].output_kind,
            "stages": dict(TASKS[plan.task].stages),
            "values": dict(plan.effective_input),
            "inputs": self._input_paths(plan.inputs),
            "folder": str(record.folder),
            "faults": sorted(faults),
            "seconds": self._least_seconds(plan) if slow is None else slow,
            "stallSeconds": self._stall_seconds,
        }

    def _least_seconds(self, plan: RenderPlan) -> float:
        """Return how long the plan takes at least; a task without a maker fails at once."""
        maker = MAKERS.get(plan.task)
        return 0.0 if maker is None else self._pace * maker.gpu_seconds(plan.effective_input)

    def _input_paths(self, inputs: PlanInputs) -> dict[str, list[str]]:
        named = {
            "start_frame": [inputs.start_frame],
            "final_frame": [inputs.final_frame],
            "overlap_frames": inputs.overlap_frames,
            "reference_audio": [inputs.reference_audio],
            "source": [inputs.source],
            "references": inputs.references,
            "mask": [inputs.mask],
        }
        folder = self._folder / "inputs"
        return {
            name: [str(folder / ref.name) for ref in refs if ref is not None]
            for name, refs in named.items()
        }

    async def _run_attempt(
        self, attempt: UUID, record: _AttemptRecord, spec: SandboxJobForm
    ) -> None:
        """Wait for a slot, run the child, and keep its progress and its end."""
        async with self._film_slots if spec["makes"] == "video" else self._picture_slots:
            record.update(state=Running())
            try:
                state = await self._follow_child(attempt, record, spec)
            except ChildFailed as error:
                state = self._state_of_failure(record, error)
            except Exception as error:  # noqa: BLE001 - without an end its job would run for ever
                _log.exception("sandbox attempt failed")
                state = Failed("exception", str(error))
        if isinstance(state, Absent):
            self._attempts.pop(attempt, None)
        if not isinstance(state, Succeeded):
            await asyncio.to_thread(shutil.rmtree, record.folder, ignore_errors=True)
        record.update(state=state)

    async def _follow_child(
        self, attempt: UUID, record: _AttemptRecord, spec: SandboxJobForm
    ) -> Poll:
        async with start_child(_CHILD, spec) as child:
            record.child = child
            if record.is_cancel_asked:  # it came while the child was being started
                child.terminate()
            async for line in child.lines():
                if "stage" in line:
                    record.update(progress=Progress(**line))
                elif "error" in line:
                    raise ChildFailed(**line["error"])
                elif "done" in line:
                    return Succeeded(_list_outputs(attempt, record.folder, line["done"]["outputs"]))
            raise ChildFailed("died", f"status {await child.wait()}")

    def _state_of_failure(self, record: _AttemptRecord, error: ChildFailed) -> Poll:
        """Return the state after a child's bad end: canceled, absent, or failed by a known kind."""
        if error.code == "died":
            return Canceled() if record.is_cancel_asked else Absent()
        _log.warning("sandbox attempt failed: %s %s", error, error.trace)
        kinds: dict[str, FailureKind] = {kind: kind for kind in get_args(FailureKind)}
        kinds |= dict.fromkeys(MACHINE_FAULT_CODES, "machine")
        return Failed(kinds.get(error.code, "exception"), error.message)


def _delete_old_files(folder: Path) -> None:
    """Delete inputs, outputs and marks untouched for two hours; no attempt runs that long."""
    oldest = time.time() - _KEPT_SECONDS
    for path in folder.glob("*/*"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime > oldest:
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()


def _list_outputs(attempt: UUID, folder: Path, names: list[str]) -> tuple[OutputRef, ...]:
    return tuple(
        OutputRef(attempt, name, guess_mime_type(name), (folder / name).stat().st_size)
        for name in names
    )
