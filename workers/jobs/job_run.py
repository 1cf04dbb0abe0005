"""The run of a claimed job: its attempt, its engine, its time limit and its report."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from gateway.media.jobs.claims import ClaimedJob
from gateway.media.nodes import placement
from gateway.media.nodes.node_pool import advise_patience
from gateway.media.nodes.upstream import StoredReport, encode_report
from gateway.media.tasks.catalogue import TASKS
from gateway.media.tasks.rules.adjustments import to_json_number
from gateway.media.tasks.rules.capacity import count_pixel_frames
from workers.engines.base import Engine
from workers.engines.report import EngineReport, ResultFields, describe_node, join_reports, to_ms
from workers.jobs.job_slots import JobSlot
from workers.jobs.run_clock import RunClock
from workers.pipelines.base import Output

LONGEST_WAIT_SECONDS = 86_400  # on a busy node: as long as a job may wait in our own queue


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRun:
    """A claimed job, its attempt, and the engine that it runs on.

    `sent_ids` are the ids that the engine was given, `handles` the node's own ids of them, if it
    makes its own, and `reports` its reports. An adopted
    attempt was sent by an earlier worker, which left its report in the row: `earlier_report`.
    """

    claimed: ClaimedJob
    attempt: UUID
    is_adopted: bool
    engine: Engine
    clock: RunClock
    sent_ids: list[UUID] = field(default_factory=list)
    handles: dict[UUID, str] = field(default_factory=dict)
    reports: dict[UUID, EngineReport] = field(default_factory=dict)
    earlier_report: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def from_slot(cls, slot: JobSlot, engine: Engine) -> "JobRun":
        """Build the run of a claimed job; its clock starts at once where no node has a queue."""
        clock, started = RunClock(), slot.started
        if not slot.claimed.is_on_node:
            clock.start()
        return cls(
            claimed=slot.claimed,
            attempt=started.id,
            is_adopted=started.is_adopted,
            engine=engine,
            clock=clock,
            handles={} if started.handle is None else {started.id: started.handle},
            earlier_report=started.reported,
        )

    @property
    def is_sent(self) -> bool:
        """Return True if the attempt may have been sent, by this worker or one before."""
        return self.is_adopted or bool(self.sent_ids)

    @property
    def work(self) -> placement.PlacedWork:
        """Return the work as placement sees it: task, size and family."""
        claimed, size = self.claimed, count_pixel_frames(self.claimed.effective_input)
        return placement.PlacedWork(claimed.job_id, claimed.task, size, claimed.family)

    @property
    def patience(self) -> int:
        """Return how many times the usual time it may take, as was decided when it was placed."""
        usual = TASKS[self.claimed.task].run_limit_seconds
        return max(1, self.claimed.run_limit_seconds // usual)

    async def wait_within_limit(self, task: asyncio.Task[None]) -> bool:
        """Wait for the task until the run's time is over; return False if it still goes on."""
        expiry = asyncio.create_task(self.clock.wait_until(self.claimed.run_limit_seconds))
        try:
            # The clock stands while a node works for others; this ends a wait that never ends.
            most = self.claimed.run_limit_seconds + LONGEST_WAIT_SECONDS
            await asyncio.wait({task, expiry}, timeout=most, return_when=asyncio.FIRST_COMPLETED)
        finally:
            expiry.cancel()
        return task.done()

    def build_report(self, made: Sequence[Output] = ()) -> StoredReport:
        """Build the report for the attempt's row: from the engine's reports and the outputs."""
        joined, claimed = join_reports(self.reports), self.claimed
        reported: dict[str, object] = {
            **self.earlier_report,  # by the worker before, which sent the graph
            **describe_node(claimed.node, claimed.engine),
            "promptIdHash": hashlib.sha256(str(self.attempt).encode()).hexdigest()[:16],
            **({} if claimed.is_on_node else {"timings": {"runMs": to_ms(self.clock.elapsed)}}),
            **joined.fields,
        }
        if made:
            before = reported.get("result")
            seed = before.get("seed") if isinstance(before, Mapping) else None
            reported["result"] = {**_result_fields(made[0]), "seed": seed}
        return replace(
            encode_report(reported, joined.graph),
            handle=self.handles.get(self.attempt),
            cost_microusd=joined.cost_microusd,
            cost_state=joined.cost_state,
        )

    @property
    def advice(self) -> str:
        """Return advice for the operator, in case a run was too long because its node is slow."""
        if not self.claimed.is_on_node:
            return "it ran on this machine"
        return f"on {self.claimed.node}: {advise_patience(self.claimed.family, self.patience)}"


def _result_fields(made: Output) -> ResultFields:
    return {
        "width": made.width,
        "height": made.height,
        "frames": made.frames,
        "fps": None if made.fps is None else to_json_number(made.fps),
        "hasAudio": made.has_audio,
    }
