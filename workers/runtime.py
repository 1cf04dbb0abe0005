"""One worker: claims jobs, runs their pipelines, settles them. Belongs to one event loop."""

import asyncio
import hashlib
import logging
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import structlog

from gateway.kit import faults, metrics
from gateway.kit.database import Clash, ConnectionLost, Database
from gateway.kit.errors import Problem, Unavailable
from gateway.kit.http_report import trace_id
from gateway.media import attempts, lifecycle, outputs
from gateway.media.keeping import Keeping
from gateway.media.lifecycle import Claimed
from gateway.storage.base import Storage
from gateway.studio.plan_advancing import Advancing
from workers import pipelines
from workers.engines.base import FINAL, Engine
from workers.leases import SHUTDOWN, Lease, Leases
from workers.pipelines.base import Output, PipelineFailed, Work
from workers.progress import Meter, weights_of

SANDBOX = "sandbox"
LOOKS, LOOK_SECONDS = 600, 0.1
log = logging.getLogger("workers")


@contextmanager
def about(claimed: Claimed) -> Iterator[None]:
    """Put the job, its attempt and the request it came from on every log line of the block."""
    fields = {
        "job_id": claimed.job_id,
        "attempt": claimed.fence,
        "request_id": claimed.request_id,
        "trace_id": trace_id(claimed.traceparent),
    }
    known = {name: value for name, value in fields.items() if value}
    with structlog.contextvars.bound_contextvars(**known):
        yield


class Agents(Protocol):
    """Who answers messages to the agent."""

    async def take_due(self) -> None:
        """Begin to answer what waits."""
        ...

    async def close(self) -> None:
        """Answer no more."""
        ...


@dataclass(frozen=True, slots=True)
class Runtime:
    """What running a job takes."""

    database: Database
    storage: Storage
    engine: Engine
    leases: Leases
    keeping: Keeping
    running_limit: int
    plans: Advancing
    agents: Agents | None
    active: set[asyncio.Task[Any] | None] = field(default_factory=set)

    async def run_queue(self, queue: str) -> None:
        """Run jobs of a queue until none is due."""
        task = asyncio.current_task()
        self.active.add(task)
        try:
            while await self.run_next(queue):
                pass
        finally:
            self.active.discard(task)

    async def answer_messages(self) -> None:
        """Begin to answer each message to the agent that waits; without a model there is none."""
        if self.agents is not None:
            await self.agents.take_due()

    async def close(self) -> None:
        """Give every lease back, wait for whoever had just claimed a job, then close."""
        if self.agents is not None:
            await self.agents.close()
        await self.leases.stop()
        if self.active:
            await asyncio.wait([task for task in self.active if task is not None])
        await self.engine.close()
        await self.database.close()

    async def run_next(self, queue: str) -> bool:
        """Claim and run one job; False if there was none, or no more are taken."""
        if self.leases.closed:
            return False
        async with self.database.write() as session:
            claimed = await lifecycle.claim(session, queue, running_limit=self.running_limit)
        if claimed is None:
            return False
        await faults.reach("claim.committed")
        started = time.monotonic()
        with about(claimed):
            await self._run(claimed, queue)
            await self._tell_plan(claimed.job_id)
        seconds = time.monotonic() - started
        metrics.JOB_RUN_SECONDS.labels(claimed.task, SANDBOX).observe(seconds)
        return True

    async def _tell_plan(self, job_id: str) -> None:
        """Let the plan of a job go on; if that fails now, the sweeper does it."""
        try:
            await self.plans.job_ended(job_id)
        except (Clash, ConnectionLost, Unavailable) as error:
            log.warning("the plan of job %s has to wait: %s", job_id, type(error).__name__)

    async def _run(self, claimed: Claimed, queue: str) -> None:
        meter = Meter(weights_of(claimed.task, queue))
        task = asyncio.create_task(self._attempt(claimed, meter))
        lease = Lease(claimed, meter, task)
        async with self.leases.holding(lease):
            done, _ = await asyncio.wait([task], timeout=claimed.run_limit_seconds)
            if not done:
                await self._fail(claimed, "run_timeout")
                lease.stop("timeout")
                await asyncio.wait([task])
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("job %s could not be settled", claimed.job_id, exc_info=error)

    async def _attempt(self, claimed: Claimed, meter: Meter) -> None:
        async with self.database.write() as session:
            attempt = await attempts.start(session, claimed, SANDBOX)
        folder = Path(tempfile.mkdtemp(prefix="kt-job-"))
        try:
            await self._work(claimed, meter, attempt, folder)
        except PipelineFailed as failure:
            log.warning("job %s attempt failed: %s", claimed.job_id, failure)
            again = failure.retryable_elsewhere
            await self._failed(claimed, attempt, failure.code, again=again)
        except Problem as problem:
            log.warning("job %s: storage failed: %s", claimed.job_id, problem.code)
            await self._failed(claimed, attempt, "storage_failed", again=True)
        except asyncio.CancelledError as stop:
            await self._stopped(claimed, attempt, shutdown=SHUTDOWN in stop.args)
            raise
        except Exception:
            log.exception("job %s: pipeline broke", claimed.job_id)
            await self._failed(claimed, attempt, "engine_failed", again=True)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _work(self, claimed: Claimed, meter: Meter, attempt: UUID, folder: Path) -> None:
        work = Work(
            task=claimed.task,
            effective_input=claimed.effective_input,
            inputs=await self._inputs(claimed, folder),
            folder=folder,
            attempt=attempt,
            engine=self.engine,
            report=meter.report,
        )
        made = await pipelines.TASKS[claimed.task](work)
        await faults.reach("engine.finished")
        rows = [await self._store(claimed, index, each) for index, each in enumerate(made)]
        copies = await self.keeping.copies(claimed, rows)
        await faults.reach("output.stored")
        async with self.database.write() as session:
            await attempts.end(session, attempt, "succeeded")
            ours = await lifecycle.finish(session, claimed, rows, self._upstream(attempt, made))
            kept = ours and await self.keeping.keep(session, claimed, copies)
            await faults.reach("settle.in_transaction")
        await faults.reach("settle.committed")
        await self.engine.forget(attempt)
        if not kept:
            await self.keeping.drop(copies)
        if not ours:
            await self.storage.delete_prefix(f"outputs/{claimed.job_id}/{claimed.fence}")

    async def _inputs(self, claimed: Claimed, folder: Path) -> dict[str, Sequence[Path]]:
        files: dict[str, Sequence[Path]] = {}
        for name, keys in claimed.inputs.items():
            paths = [
                folder / f"{name}-{number}{Path(key).suffix}" for number, key in enumerate(keys)
            ]
            for key, path in zip(keys, paths, strict=True):
                await self.storage.fetch_to(key, path)
            files[name] = paths
        return files

    async def _store(self, claimed: Claimed, index: int, made: Output) -> outputs.Made:
        key = outputs.storage_key(claimed.job_id, claimed.fence, index, made.mime_type)
        await self.storage.put_file(key, made.path, made.mime_type)
        poster = None
        if made.poster_path is not None:
            poster = outputs.poster_key(claimed.job_id, claimed.fence, index)
            await self.storage.put_file(poster, made.poster_path, "image/webp")
        return outputs.Made(
            key=key,
            poster_key=poster,
            kind=made.kind,
            mime_type=made.mime_type,
            width=made.width,
            height=made.height,
            frames=made.frames,
            fps=None if made.fps is None else int(made.fps),
            has_audio=made.has_audio,
            size_bytes=made.size_bytes,
            sha256=made.sha256,
        )

    def _upstream(self, attempt: UUID, made: Sequence[Output]) -> dict[str, object]:
        first = made[0]
        return {
            "engine": SANDBOX,
            "node": SANDBOX,
            "promptIdHash": hashlib.sha256(str(attempt).encode()).hexdigest()[:16],
            "result": {
                "width": first.width,
                "height": first.height,
                "frames": first.frames,
                "fps": None if first.fps is None else int(first.fps),
                "hasAudio": first.has_audio,
            },
        }

    async def _failed(self, claimed: Claimed, attempt: UUID, code: str, *, again: bool) -> None:
        """End an attempt that went wrong: another one, or the job's end without charge."""
        async with self.database.write() as session:
            await attempts.end(session, attempt, "failed", code)
            bad = await attempts.ended_badly(session, claimed.job_id)
            if again and bad < lifecycle.MOST_ATTEMPTS:
                await lifecycle.requeue(session, claimed)
            else:
                await lifecycle.fail(session, claimed, code)

    async def _fail(self, claimed: Claimed, code: str) -> None:
        async with self.database.write() as session:
            await lifecycle.fail(session, claimed, code)

    async def _stopped(self, claimed: Claimed, attempt: UUID, *, shutdown: bool) -> None:
        """End an attempt that was stopped; at a shutdown the job goes back to the queue.

        Else the attempt stays open, and its account's slot taken, until the node has let go.
        """
        if not shutdown:
            for _ in range(LOOKS):
                if isinstance(await self.engine.poll(attempt), FINAL):
                    break
                await asyncio.sleep(LOOK_SECONDS)
        async with self.database.write() as session:
            await attempts.end(session, attempt, "canceled")
            if shutdown:
                await lifecycle.requeue(session, claimed)
