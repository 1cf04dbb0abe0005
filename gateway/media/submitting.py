"""From a request to an admitted job, in the order that keeps every refusal free.

Read the input, look for a replay, measure the media, plan, price; then one transaction. A quote
goes the same way for each of its items, and keeps what was decided.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from gateway.kit import faults, idempotency
from gateway.kit.clock import iso
from gateway.kit.database import Database
from gateway.kit.errors import Problem, Unavailable
from gateway.kit.group_commit import GroupCommit
from gateway.kit.ids import Ids
from gateway.kit.money import both, microusd, usd
from gateway.kit.operation import Call, Caller, sent
from gateway.kit.queue import Wakes
from gateway.kit.validation import under
from gateway.ledger.accounts import BOOKS
from gateway.library import projects
from gateway.media import quotes
from gateway.media.asking import Admission, Admitted
from gateway.media.blocking import standing
from gateway.media.errors import NoCapacity, PriceExceedsMax, QueueFull
from gateway.media.input_files import Found, with_keys
from gateway.media.inputs import Visit
from gateway.media.job_schemas import Billing, DryRun
from gateway.media.planning import CPU, Asked, Planned, Planning, scratch
from gateway.media.quotes import Offer
from gateway.media.schemas import (
    Capacity,
    Modes,
    Quote,
    QuoteItem,
    QuoteRequest,
    SubmitJob,
)
from gateway.media.tasks.base import Plan, Task, refuse_adjustments
from gateway.media.waiting import Depths
from gateway.media.webhooks import Webhooks


@dataclass(frozen=True, slots=True)
class JobLimits:
    """How many jobs may wait, of one account and in the whole gateway; how many quotes be open."""

    queued_jobs: int
    max_queued_jobs: int
    open_quotes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A request that was read, measured and priced; nothing of it is stored yet.

    `offers` are the equal items of its quote, the first of which has this plan too.
    """

    job_id: str
    plan: Plan
    found: Mapping[str, Sequence[Found]]
    offers: Sequence[Offer] = ()


@dataclass(frozen=True, slots=True)
class Submitting:
    """Plans, quotes and admits jobs for one application; `live` says if it is open for money."""

    database: Database
    planning: Planning
    webhooks: Webhooks
    admissions: GroupCommit[Admission, Admitted | Problem]
    ids: Ids
    wakes: Wakes
    depths: Depths
    limits: JobLimits
    live: bool

    def capacity(self, task: Task[Any]) -> Capacity:
        """Return how busy a task is: whether a job would start, in live and in test mode."""
        modes: dict[str, Any] = {}
        waiting = {mode: self.depths.of(task.queue, mode) for mode in BOOKS}
        for mode in BOOKS:
            runs = task.enabled and self.planning.runs(task, livemode=mode == "live")
            free = mode == "test" or task.queue == CPU or self.planning.fleet.takes(task.name, None)
            state = "available" if free and not waiting[mode] else "busy"
            modes[mode] = state if runs else "none"
        told = "live" if self.live else "test"
        return Capacity(
            state=modes[told],
            modes=Modes(**modes),
            queued_jobs=sum(waiting.values()),
            estimated_start_seconds=self.depths.seconds_to_start(task.queue, told),
        )

    async def submit(self, call: Call, caller: Caller, body: SubmitJob) -> Admitted:
        """Admit the job, or return the answer its key got before.

        Raises:
            Problem: nothing was reserved, stored or charged.
        """
        asked = self.planning.read(body)
        request_hash = _hash(body, asked)
        if call.idempotency_key is not None:
            scope = call.scope(call.idempotency_key)
            async with self.database.read() as snapshot:
                known = (await idempotency.find_many(snapshot, [scope])).get(scope)
            if known is not None:
                return Admitted(known.replay(request_hash))
        if self.depths.counted_for(caller.book) >= self.limits.max_queued_jobs:
            raise QueueFull(retry_after_seconds=10)
        if not self.planning.has_capacity(caller, asked):
            raise NoCapacity(retry_after_seconds=60)
        with scratch([asked]) as folder:
            visit = self.planning.inputs.visit(caller, folder, submitting=True)
            ready = await self._ready(visit, body, asked)
            keys = await self.planning.inputs.files.keep(ready.job_id, caller, [ready.found])
        plan = replace(ready.plan, media=with_keys(ready.plan.media, keys))
        ready = replace(ready, plan=plan)
        return await self._admitted(self._unit(call, caller, body, ready, request_hash))

    async def _admitted(self, unit: Admission) -> Admitted:
        """Admit the job; what was stored for one that does not come to be is dropped."""
        files = self.planning.inputs.files
        try:
            outcome = await self.admissions.submit(unit)
            if isinstance(outcome, Problem):
                raise outcome
        except Unavailable:
            raise  # after a lost connection the job may be there, and need its inputs
        except Problem:
            await files.drop(unit.job_id)
            raise
        if outcome.stored.resource_id != unit.job_id:
            await files.drop(unit.job_id)
        if not outcome.replayed:
            await faults.reach("submit.committed")
            self.wakes.soon(unit.plan.queue, unit.job_id)
        return outcome

    async def dry_run(self, caller: Caller, body: SubmitJob) -> DryRun:
        """Return what a submit would do and cost; nothing is stored or reserved."""
        asked = self.planning.read(body)
        with scratch([asked]) as folder:
            visit = self.planning.inputs.visit(caller, folder, submitting=False)
            plan = (await self._ready(visit, body, asked)).plan
        billing = Billing.before_charge(plan.price, "none")
        standing = await self._standing(caller, plan.price.microusd, [asked])
        return DryRun.describe(plan, billing=billing, **standing)

    async def quote(self, caller: Caller, body: QuoteRequest) -> Quote:
        """Price all items for 15 minutes and keep their media for so long; reserve nothing.

        Raises:
            Problem: an item could not be submitted; its `field` begins with `items.` and the index.
        """
        async with self.database.read() as snapshot:
            await quotes.refuse_many(snapshot, caller, self.limits.open_quotes)
        requests: list[Asked] = []
        for index, item in enumerate(body.items):
            with _item(index):
                requests.append(self.planning.read(item))
        quote_id = self.ids.new("quote")
        with scratch(requests) as folder:
            visit = self.planning.inputs.visit(caller, folder, submitting=False)
            planned = await self._planned(visit, body, requests)
            expires_at = await self._keep(caller, quote_id, requests, planned)
        plans = [one.terms.plan for one in planned]
        total = sum(plan.price.microusd for plan in plans)
        return Quote(
            quote_id=quote_id,
            expires_at=iso(expires_at),
            total_usd=usd(total),
            total_microusd=total,
            price_version=self.planning.prices.version,
            items=[
                QuoteItem.describe(
                    self.planning.advised(caller, asked, plan), index=index, task=asked.task.name
                )
                for index, (asked, plan) in enumerate(zip(requests, plans, strict=True))
            ],
            **await self._standing(caller, total, requests),
        )

    async def _planned(
        self, visit: Visit, body: QuoteRequest, requests: Sequence[Asked]
    ) -> list[Planned]:
        planned = []
        for index, asked in enumerate(requests):
            with _item(index):
                strict = body.items[index].strict
                planned.append(await self.planning.plan(visit, asked, strict=strict))
        return planned

    async def _keep(
        self, caller: Caller, quote_id: str, requests: Sequence[Asked], planned: Sequence[Planned]
    ) -> int:
        """Store the media, then the quote; return when it expires."""
        files = self.planning.inputs.files
        keys = await files.keep(quote_id, caller, [one.found for one in planned])
        terms = [one.terms.with_keys(keys) for one in planned]
        items = list(zip(requests, terms, strict=True))
        try:
            async with self.database.write() as session:
                await quotes.refuse_many(session, caller, self.limits.open_quotes)
                return await quotes.keep(session, quote_id, caller, items, stored=bool(keys))
        except Problem:
            await files.drop(quote_id)
            raise

    async def _standing(
        self, caller: Caller, total_microusd: int, requests: Sequence[Asked]
    ) -> dict[str, Any]:
        """Return the caller's credit and the errors that a submit of all these would get now."""
        found = await standing(
            self.database,
            caller,
            total_microusd=total_microusd,
            jobs=len(requests),
            queued_limit=self.limits.queued_jobs,
        )
        capable = all(self.planning.has_capacity(caller, asked) for asked in requests)
        return {
            "affordable": found.affordable,
            "balance_usd": usd(found.available_microusd),
            "balance_microusd": found.available_microusd,
            "blocked_by": found.blocked_by + ([] if capable else [NoCapacity.code]),
        }

    async def _ready(self, visit: Visit, body: SubmitJob, asked: Asked) -> Ready:
        if body.project_id is not None:
            async with self.database.read() as snapshot:
                await projects.find(snapshot, visit.caller.ledger_account, body.project_id)
        if body.webhook is not None:
            await self.webhooks.judge(body.webhook.url, "webhook.url")
        job_id = self.ids.new("job")
        if body.quote_id is None:
            planned = await self.planning.plan(visit, asked, strict=body.strict)
            plan = self.planning.advised(visit.caller, asked, planned.terms.plan)
            ready = Ready(job_id=job_id, plan=plan, found=planned.found)
        else:
            offers = await self._offers(visit, body.quote_id, asked)
            ready = Ready(job_id=job_id, plan=offers[0].plan, found={}, offers=offers)
        for plan in (ready.plan, *(offer.plan for offer in ready.offers)):
            if body.strict:
                refuse_adjustments(plan)
            _affordable(body, plan.price.microusd)
        return ready

    async def _offers(self, visit: Visit, quote_id: str, asked: Asked) -> list[Offer]:
        async with self.database.read() as snapshot:
            unused = await quotes.unused(snapshot, quote_id, visit.caller, asked)
        return [
            Offer(place, self.planning.advised(visit.caller, asked, plan))
            for place, terms in unused
            for plan in [await self.planning.again(visit, asked, terms)]
        ]

    def _unit(
        self, call: Call, caller: Caller, body: SubmitJob, ready: Ready, request_hash: bytes
    ) -> Admission:
        return Admission(
            caller=caller,
            job_id=ready.job_id,
            hold_id=self.ids.new("trf"),
            request_id=call.request_id,
            traceparent=call.traceparent,
            task=body.task,
            plan=ready.plan,
            scope=call.scope(call.idempotency_key or ready.job_id),
            request_hash=request_hash,
            queue_timeout_seconds=body.queue_timeout_seconds,
            deadline_seconds=body.deadline_seconds,
            metadata=body.metadata,
            quote_id=body.quote_id,
            offers=ready.offers,
            project_id=body.project_id,
            webhook=None if body.webhook is None else body.webhook.model_dump(mode="json"),
            max_price_microusd=None if body.max_price_usd is None else microusd(body.max_price_usd),
            queued_limit=self.limits.queued_jobs,
            queue_position=self.depths.of(ready.plan.queue, caller.book) + 1,
        )


@contextmanager
def _item(index: int) -> Iterator[None]:
    """Name the item of the quote in every refusal raised inside."""
    try:
        yield
    except Problem as problem:
        under(problem, f"items.{index}")
        raise


def _affordable(body: SubmitJob, price_microusd: int) -> None:
    """Hold `maxPriceUsd` to its word.

    Raises:
        PriceExceedsMax: the price is above it.
    """
    if body.max_price_usd is not None and price_microusd > microusd(body.max_price_usd):
        raise PriceExceedsMax(
            f"The price is ${usd(price_microusd)}, above the maxPriceUsd given.",
            **both("price", price_microusd),
        )


def _hash(body: SubmitJob, asked: Asked) -> bytes:
    """Hash what the client sent, in canonical form; amounts as integers."""
    canonical = sent(body) | {"input": asked.canonical}
    if body.max_price_usd is not None:
        canonical["maxPriceUsd"] = microusd(body.max_price_usd)
    return idempotency.request_hash(canonical)
