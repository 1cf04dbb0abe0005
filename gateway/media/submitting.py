"""From a request to an admitted job, in the order that keeps every refusal free.

Read the input, look for a replay, measure the media, plan, price; then one transaction.
"""

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.kit import idempotency
from gateway.kit.database import Database
from gateway.kit.errors import Problem, Unavailable
from gateway.kit.group_commit import GroupCommit
from gateway.kit.ids import Ids
from gateway.kit.money import both, microusd, usd
from gateway.kit.operation import Call, Caller, sent
from gateway.kit.queue import Wakes
from gateway.ledger.balances import balances
from gateway.media.admission import Admission, Admitted
from gateway.media.errors import NoCapacity, PriceExceedsMax, QueueFull
from gateway.media.inputs import Found, Inputs
from gateway.media.schemas import SubmitJob
from gateway.media.tasks.base import Plan, Reference, refuse_adjustments
from gateway.media.tasks.catalogue import find_task, read_input
from gateway.media.tasks.prices import PriceTable
from gateway.media.waiting import Depths

CPU = "cpu"


@dataclass(frozen=True, slots=True)
class JobLimits:
    """How many jobs may wait: of one account, and in the whole gateway."""

    queued_jobs: int
    max_queued_jobs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A request that was read, measured and priced; nothing of it is stored yet."""

    job_id: str
    plan: Plan
    found: Mapping[str, Sequence[Found]]


@dataclass(frozen=True, slots=True)
class Submitting:
    """Plans and admits jobs for one application."""

    database: Database
    inputs: Inputs
    admissions: GroupCommit[Admission, Admitted | Problem]
    ids: Ids
    prices: PriceTable
    wakes: Wakes
    depths: Depths
    limits: JobLimits
    live_engines: bool

    async def submit(self, call: Call, caller: Caller, body: SubmitJob) -> Admitted:
        """Admit the job, or return the answer its key got before.

        Raises:
            Problem: nothing was reserved, stored or charged.
        """
        asked = self._read(body)
        request_hash = _hash(body, asked[1])
        if call.idempotency_key is not None:
            scope = call.scope(call.idempotency_key)
            async with self.database.read() as snapshot:
                known = (await idempotency.find_many(snapshot, [scope])).get(scope)
            if known is not None:
                return Admitted(known.replay(request_hash), replayed=True)
        if self.depths.total >= self.limits.max_queued_jobs:
            raise QueueFull(retry_after_seconds=10)
        with scratch(asked) as folder:
            planned = await self._plan(caller, body, asked, folder, submitting=True)
            await self.inputs.store(planned.found)
        unit = self._unit(call, caller, body, planned, request_hash)
        try:
            admitted = await self._admit(unit)
        except Unavailable:
            raise  # after a lost connection the job may be there, and need its inputs
        except Problem:
            await self.inputs.drop(planned.job_id)
            raise
        if admitted.stored.resource_id != planned.job_id:
            await self.inputs.drop(planned.job_id)
        if not admitted.replayed:
            self.wakes.soon(planned.plan.queue, planned.job_id)
        return admitted

    async def _admit(self, unit: Admission) -> Admitted:
        outcome = await self.admissions.submit(unit)
        if isinstance(outcome, Problem):
            raise outcome
        return outcome

    async def dry_run(self, caller: Caller, body: SubmitJob) -> dict[str, Any]:
        """Return what a submit would do and cost; nothing is stored or reserved."""
        asked = self._read(body)
        with scratch(asked) as folder:
            planned = await self._plan(caller, body, asked, folder, submitting=False)
        plan = planned.plan
        balance = (await balances(self.database, [caller.ledger_account]))[caller.ledger_account]
        affordable = balance.available_microusd >= plan.price.microusd and not balance.debt_microusd
        return {
            "effectiveInput": plan.effective_input,
            "inputAdjustments": [each.describe() for each in plan.adjustments],
            "warnings": plan.warnings,
            **both("price", plan.price.microusd),
            "priceVersion": self.prices.version,
            "breakdown": plan.price.breakdown,
            "affordable": affordable,
            **both("balance", balance.available_microusd),
            "blockedBy": [] if affordable else ["insufficient_credits"],
        }

    def _read(self, body: SubmitJob) -> tuple[Any, Any, list[Reference]]:
        task = find_task(body.task)
        asked = read_input(task, body.input)
        return task, asked, task.references(asked)

    async def _plan(
        self,
        caller: Caller,
        body: SubmitJob,
        asked: tuple[Any, Any, list[Reference]],
        folder: Path,
        *,
        submitting: bool,
    ) -> Planned:
        task, given, references = asked
        if caller.livemode and task.queue != CPU and not self.live_engines:
            raise NoCapacity(retry_after_seconds=60)
        job_id = self.ids.new("job")
        found = await self.inputs.find(
            caller, references, job_id=job_id, folder=folder, submitting=submitting
        )
        media = {name: [one.media for one in many] for name, many in found.items()}
        plan: Plan = task.plan(given, media, seed=self.ids.seed(), prices=self.prices)
        if body.strict:
            refuse_adjustments(plan)
        if body.max_price_usd is not None and plan.price.microusd > microusd(body.max_price_usd):
            raise PriceExceedsMax(
                f"The price is ${usd(plan.price.microusd)}, above the maxPriceUsd given.",
                **both("price", plan.price.microusd),
            )
        return Planned(job_id=job_id, plan=plan, found=found)

    def _unit(
        self, call: Call, caller: Caller, body: SubmitJob, planned: Planned, request_hash: bytes
    ) -> Admission:
        return Admission(
            caller=caller,
            job_id=planned.job_id,
            hold_id=self.ids.new("trf"),
            request_id=call.request_id,
            task=body.task,
            plan=planned.plan,
            price_version=self.prices.version,
            scope=call.scope(call.idempotency_key or planned.job_id),
            request_hash=request_hash,
            queue_timeout_seconds=body.queue_timeout_seconds,
            deadline_seconds=body.deadline_seconds,
            metadata=body.metadata,
            max_price_microusd=None if body.max_price_usd is None else microusd(body.max_price_usd),
            queued_limit=self.limits.queued_jobs,
            queue_position=self.depths.of(planned.plan.queue) + 1,
        )


@contextmanager
def scratch(asked: tuple[Any, Any, list[Reference]]) -> Iterator[Path]:
    """Give a folder for the media of a request; one without media needs none, and gets none."""
    if not asked[2]:
        yield Path(tempfile.gettempdir())
        return
    with tempfile.TemporaryDirectory(prefix="kt-input-") as folder:
        yield Path(folder)


def _hash(body: SubmitJob, asked: Any) -> bytes:  # noqa: ANN401 - any task's input
    """Hash what the client sent, in canonical form; amounts as integers."""
    canonical = sent(body) | {"input": json.loads(asked.model_dump_json(exclude_unset=True))}
    if body.max_price_usd is not None:
        canonical["maxPriceUsd"] = microusd(body.max_price_usd)
    return idempotency.request_hash(canonical)
