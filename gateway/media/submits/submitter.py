"""The submitter: from a request to an admitted job, in an order that keeps every refusal free.

It parses the input, looks for a replay, measures the media, plans and prices; then one transaction
holds the price and makes the job. A quote takes the same path for each of its items, and stores
their terms.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypedDict

from gateway.kit import faults, idempotency
from gateway.kit.clock import to_iso
from gateway.kit.database.group_commit import GroupCommit
from gateway.kit.database.sessions import Database
from gateway.kit.errors import Problem, Unavailable
from gateway.kit.idempotency import StoredAnswer
from gateway.kit.ids import Ids
from gateway.kit.money import render_usd
from gateway.kit.operation import Call, Caller
from gateway.kit.queue import WakeUps
from gateway.kit.telemetry import tracing
from gateway.kit.wire.validation import prefix_fields
from gateway.ledger.accounts.owners import BOOKS
from gateway.media.errors import NoCapacity, QueueFull
from gateway.media.inputs.workspace import MediaWorkspace
from gateway.media.jobs.job_schemas import Billing, DryRun
from gateway.media.jobs.waits import QueueDepths
from gateway.media.schemas import (
    Capacity,
    Modes,
    PriceCheck,
    Quote,
    QuoteItem,
    QuoteRequest,
    SubmitJob,
)
from gateway.media.states import Availability, BillingState
from gateway.media.submits import quotes
from gateway.media.submits.accepted_answer import build_answer
from gateway.media.submits.admission import Outcome
from gateway.media.submits.request_planner import CPU_QUEUE, RequestPlanner
from gateway.media.submits.spending_check import check_spending
from gateway.media.submits.submit_request import (
    Admission,
    AdmittedJob,
    ParsedRequest,
    Terms,
    use_stored_keys,
)
from gateway.media.tasks.base import Task


@dataclass(frozen=True, slots=True)
class JobLimits:
    """Limits of waiting jobs, of an account and of the whole gateway, and of open quotes."""

    queued_jobs: int
    max_queued_jobs: int
    open_quotes: int


PricedRequest = tuple[ParsedRequest, Terms]


class BalanceFields(TypedDict):
    """The caller's credit, and the errors that a submit would get now, as fields of an answer."""

    affordable: bool
    balance_usd: str
    balance_microusd: int
    blocked_by: list[str]


class PriceFields(BalanceFields):
    """The prices of several jobs, and the caller's credit, as fields of an answer."""

    total_usd: str
    total_microusd: int
    price_version: str
    items: list[QuoteItem]


@dataclass(frozen=True, slots=True)
class Submitter:
    """Plans, quotes and admits jobs for one application; `live` says if it is open for money."""

    database: Database
    planner: RequestPlanner
    admissions: GroupCommit[Admission, Outcome]
    ids: Ids
    wakes: WakeUps
    depths: QueueDepths
    limits: JobLimits
    live: bool

    def describe_capacity(self, task: Task[Any]) -> Capacity:
        """Return how busy a task is, and whether a job of it would start in live and test mode."""
        modes: dict[str, Availability] = {}
        waiting = {mode: self.depths.count_waiting(task.queue, mode) for mode in BOOKS}
        for mode in BOOKS:
            runs = task.enabled and self.planner.can_run(task, livemode=mode == "live")
            is_free = (
                mode == "test"
                or task.queue == CPU_QUEUE
                or self.planner.fleet.takes_work(task.name, None)
            )
            state = Availability.AVAILABLE if is_free and not waiting[mode] else Availability.BUSY
            modes[mode] = state if runs else Availability.NONE
        shown_mode = "live" if self.live else "test"
        return Capacity(
            state=modes[shown_mode],
            modes=Modes(**modes),
            queued_jobs=sum(waiting.values()),
            estimated_start_seconds=self.depths.estimate_start_seconds(task.queue, shown_mode),
        )

    async def submit_job(self, call: Call, caller: Caller, body: SubmitJob) -> AdmittedJob:
        """Admit a job, or return the stored answer of its idempotency key.

        Raises:
            Problem: nothing was reserved, stored or charged.
        """
        request = self.planner.parse_request(body)
        request_hash = call.request_hash or b""
        if call.idempotency_key is not None and not request_hash:
            request_hash = request.hash_submit(body)
        # Admission looks for the answer of a key under the account's lock. To look for it before is
        # only worth its query where it spares a retry the fetching and measuring.
        if request.references or self.planner.moderation.is_enabled:
            replay = await self._find_replay(call, request_hash)
            if replay is not None:
                return replay
        try:
            unit = await self._build_admission(call, caller, body, request, request_hash)
        except Problem:
            # A retry gets its answer, whatever would refuse the same request now.
            replay = await self._find_replay(call, request_hash)
            if replay is not None:
                return replay
            raise
        try:
            return await self._admit_job(unit)
        except Unavailable:
            # The account is locked for long, or the answer of the commit was lost.
            replay = await self._find_replay(call, request_hash)
            if replay is not None:
                return replay
            raise

    async def _find_replay(self, call: Call, request_hash: bytes) -> AdmittedJob | None:
        """Return the stored answer of the call's key, if there is one.

        Raises:
            IdempotencyConflict: it is that of another request.
        """
        if call.idempotency_key is None:
            return None
        scope = call.key_scope(call.idempotency_key)
        async with self.database.read() as snapshot:
            stored = await idempotency.find_answers(snapshot, [scope])
        return AdmittedJob(stored[scope].replay(request_hash)) if scope in stored else None

    async def _build_admission(
        self,
        call: Call,
        caller: Caller,
        body: SubmitJob,
        request: ParsedRequest,
        request_hash: bytes,
    ) -> Admission:
        """Plan and price a request, and store its files.

        Raises:
            Problem: it cannot be admitted; nothing is stored.
        """
        if self.depths.count_against_limit(caller.book) >= self.limits.max_queued_jobs:
            raise QueueFull(retry_after_seconds=10)
        if not self.planner.has_capacity(caller, request):
            raise NoCapacity(retry_after_seconds=60)
        job_id = self.ids.new("job")
        with self.planner.open_workspace(
            caller, [request], submitting=True, attachments=call.attachments
        ) as workspace:
            plans = await self.planner.price_submit(workspace, body, request)
            keys = await self.planner.inputs.files.store(job_id, caller, workspace.new_files)
        plan = next(iter(plans.values()))
        if keys:
            plan = use_stored_keys(plan, keys)
        return Admission(
            caller=caller,
            body=body,
            plan=plan,
            quoted_plans={} if body.quote_id is None else plans,
            job_id=job_id,
            hold_id=self.ids.new("trf"),
            request_id=call.request_id,
            traceparent=call.traceparent,
            scope=None if call.idempotency_key is None else call.key_scope(call.idempotency_key),
            request_hash=request_hash,
            queued_limit=self.limits.queued_jobs,
            queue_position=self.depths.count_waiting(plan.queue, caller.book) + 1,
        )

    async def _admit_job(self, unit: Admission) -> AdmittedJob:
        """Admit a job and wake a worker; drop the stored inputs of a job that was not made.

        Raises:
            Problem: it was refused.
        """
        files, started_at = self.planner.inputs.files, tracing.read_clock()
        try:
            outcome = await self.admissions.submit(unit)
            if isinstance(outcome, Problem):
                raise outcome
        except Unavailable:
            raise  # the connection broke at COMMIT: the job may exist, and need its inputs
        except Problem:
            await files.drop(unit.job_id)
            raise
        if isinstance(outcome, StoredAnswer) and outcome.resource_id != unit.job_id:
            await files.drop(unit.job_id)  # a twin made the job
            return AdmittedJob(outcome)
        if tracing.is_recording():
            tracing.record_span(
                "admit",
                unit.job_id,
                started_at=started_at,
                ended_at=tracing.read_clock(),
                kind=tracing.SpanKind.PRODUCER,
                links=[tracing.find_address(unit.request_id)],
            )
        await faults.reach("submit.committed")
        self.wakes.send_soon(unit.plan.queue, unit.job_id)
        if isinstance(outcome, StoredAnswer):  # the job was made, but its commit was not heard of
            return AdmittedJob(outcome)
        available = outcome.available_microusd
        answer = outcome.answer or build_answer(outcome.unit, outcome.created_at, available)
        return AdmittedJob(answer, available)

    async def dry_run_job(self, caller: Caller, body: SubmitJob) -> DryRun:
        """Return the plan and price that a submit would have; nothing is stored or reserved."""
        request = self.planner.parse_request(body)
        with self.planner.open_workspace(caller, [request], submitting=False) as workspace:
            plans = await self.planner.price_submit(workspace, body, request)
        plan = next(iter(plans.values()))
        billing = Billing.before_charge(plan.price, BillingState.NONE)
        balance = await self._load_balance_fields(caller, plan.price.microusd, [request])
        return DryRun.describe(plan, billing=billing, **balance)

    async def quote_jobs(self, caller: Caller, body: QuoteRequest) -> Quote:
        """Price all items for 15 minutes and store their media for that time; reserve nothing.

        Raises:
            Problem: an item could not be submitted; its `field` begins with `items.` and the index.
        """
        async with self.database.read() as snapshot:
            await quotes.check_open_quotes(snapshot, caller, self.limits.open_quotes)
        requests = self._parse_items(body)
        quote_id = self.ids.new("quote")
        with self.planner.open_workspace(caller, requests, submitting=False) as workspace:
            items = await self._price_items(workspace, body, requests)
            expires_at = await self._store_quote(workspace, quote_id, items)
        prices = await self._render_prices(caller, items)
        return Quote(quote_id=quote_id, expires_at=to_iso(expires_at), **prices)

    async def price_jobs(self, caller: Caller, body: QuoteRequest) -> PriceCheck:
        """Price all items as a quote does; nothing is stored or reserved.

        Raises:
            Problem: an item could not be submitted; its `field` begins with `items.` and the index.
        """
        requests = self._parse_items(body)
        with self.planner.open_workspace(caller, requests, submitting=False) as workspace:
            items = await self._price_items(workspace, body, requests)
        return PriceCheck(**await self._render_prices(caller, items))

    def _parse_items(self, body: QuoteRequest) -> list[ParsedRequest]:
        requests: list[ParsedRequest] = []
        for index, item in enumerate(body.items):
            with _name_item_in_refusals(index):
                requests.append(self.planner.parse_request(item))
        return requests

    async def _price_items(
        self, workspace: MediaWorkspace, body: QuoteRequest, requests: Sequence[ParsedRequest]
    ) -> list[PricedRequest]:
        priced: list[PricedRequest] = []
        for index, (item, request) in enumerate(zip(body.items, requests, strict=True)):
            with _name_item_in_refusals(index):
                terms = await self.planner.price_request(workspace, request, strict=item.strict)
            priced.append((request, terms))
        return priced

    async def _render_prices(self, caller: Caller, items: Sequence[PricedRequest]) -> PriceFields:
        total = sum(terms.plan.price.microusd for _, terms in items)
        warn = self.planner.add_node_warning
        return {
            "total_usd": render_usd(total),
            "total_microusd": total,
            "price_version": self.planner.prices.version,
            "items": [
                QuoteItem.describe(
                    warn(caller, request, terms.plan), index=index, task=request.task.name
                )
                for index, (request, terms) in enumerate(items)
            ],
            **await self._load_balance_fields(caller, total, [request for request, _ in items]),
        }

    async def _store_quote(
        self, workspace: MediaWorkspace, quote_id: str, items: Sequence[PricedRequest]
    ) -> int:
        """Store the media, then the quote; return when it expires.

        The limit of open quotes is checked again: others may have been stored while media were
        measured.
        """
        files, caller = self.planner.inputs.files, workspace.caller
        keys = await files.store(quote_id, caller, workspace.new_files)
        kept = [(request, terms.with_keys(keys)) for request, terms in items]
        try:
            async with self.database.write() as session:
                await quotes.check_open_quotes(session, caller, self.limits.open_quotes)
                return await quotes.store_quote(session, quote_id, caller, kept, stored=bool(keys))
        except Problem:
            await files.drop(quote_id)
            raise

    async def _load_balance_fields(
        self, caller: Caller, total_microusd: int, requests: Sequence[ParsedRequest]
    ) -> BalanceFields:
        """Return the caller's credit and the errors that a submit of all these would get now."""
        check = await check_spending(
            self.database,
            caller,
            total_microusd=total_microusd,
            jobs=len(requests),
            queued_limit=self.limits.queued_jobs,
        )
        capable = all(self.planner.has_capacity(caller, request) for request in requests)
        return {
            "affordable": check.affordable,
            "balance_usd": render_usd(check.available_microusd),
            "balance_microusd": check.available_microusd,
            "blocked_by": check.blocked_by + ([] if capable else [NoCapacity.code]),
        }


@contextmanager
def _name_item_in_refusals(index: int) -> Iterator[None]:
    """Name the item of the quote in every refusal raised inside."""
    try:
        yield
    except Problem as problem:
        prefix_fields(problem, f"items.{index}")
        raise
