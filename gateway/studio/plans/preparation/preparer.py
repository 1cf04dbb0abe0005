"""Preparation of a plan: each step is read, measured and priced, and the whole is frozen.

Preparing is free and holds nothing. Media are fetched and stored before the transaction, under the
id of the plan that is still to be written; if it is not written after all, they are dropped again,
and a sweep drops what a crash left. A repeated request with the same idempotency key gets the plan
that the first one made.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from gateway.kit import idempotency
from gateway.kit.clock import MINUTE
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import get_database_time, sql
from gateway.kit.errors import ConcurrencyLimited, Problem
from gateway.kit.operation import Call, Caller, to_sent_fields
from gateway.ledger import transfers
from gateway.library import projects
from gateway.library.quota import lock_shelf
from gateway.media.submits.submitter import Submitter
from gateway.studio.documents import takes
from gateway.studio.plans.consent import decide_consent
from gateway.studio.plans.hash import hash_plan
from gateway.studio.plans.preparation.draft import PlanDraft
from gateway.studio.plans.preparation.free_steps import FreeSteps
from gateway.studio.plans.preparation.resumption import load_resumed_request
from gateway.studio.plans.schemas import Origin, PreparePlan
from gateway.studio.plans.states import PlanState
from gateway.studio.plans.tables import ApprovalPlan, PlanStep
from gateway.studio.threads import threads

PLAN_LIFE = 15 * MINUTE
MOST_PENDING = 100
COUNT_PENDING_PLANS = sql(
    """
    SELECT count(*) FROM approval_plan JOIN {rows} ON approval_plan.account_id = given.id
    WHERE state = 'pending' AND expires_at > kt_now()
    """,
    id="int",
)
IdempotencyKey = tuple[idempotency.KeyScope, bytes]
"""Where the idempotency key of a request is unique, and the hash of the request."""
CREATED = 201


@dataclass(frozen=True, slots=True)
class PreparedPlan:
    """The plan of a request; `is_replay` if an earlier request with the same key made it."""

    plan_id: str
    is_replay: bool = False


@dataclass(frozen=True, slots=True)
class PlanPreparer:
    """Prepares plans for one application; `free_steps` are the free steps, by operation."""

    submitter: Submitter
    free_steps: FreeSteps

    async def prepare(
        self,
        call: Call,
        caller: Caller,
        body: PreparePlan,
        *,
        origin: Origin | None = None,
        storyboard_id: str | None = None,
        original_request: BaseModel | None = None,
    ) -> PreparedPlan:
        """Prepare and store a pending plan; nothing is held.

        `origin` is set by the agent; by default it follows from the caller. `storyboard_id` is the
        storyboard whose takes the plan makes. `original_request` is the request of the caller where
        `body` was made from another one.

        Raises:
            Problem: a step cannot be run; its `field` begins with `steps.` and the place.
        """
        submitter, key = self.submitter, _build_idempotency_key(call, original_request or body)
        # Early looks at key and limit, which spare a replay and a full account the fetching. What
        # decides is `_store_plan`, which looks again under the account's lock.
        if (known := await self.find_replay(call, original_request or body)) is not None:
            return known
        async with submitter.database.read() as snapshot:
            if body.project_id is not None:
                await projects.load_project(snapshot, caller.ledger_account, body.project_id)
            if body.thread_id is not None:
                await threads.load_thread(snapshot, caller.ledger_account, body.thread_id)
            ((pending,),) = await snapshot.read(COUNT_PENDING_PLANS, [(caller.ledger_account,)])
        _check_pending_count(pending)
        draft = PlanDraft(
            submitter, self.free_steps, caller, origin == "agent", submitter.ids.new("plan")
        )
        draft.storyboard_id = storyboard_id
        if body.resume_of is not None:
            draft.resume_of = body.resume_of
            async with submitter.database.read() as snapshot:
                body, draft.resumed_media = await load_resumed_request(
                    snapshot, caller, body.resume_of
                )
        draft.project_id = body.project_id
        draft.parse_steps(body.steps or [])
        planner, requests = submitter.planner, list(draft.parsed_requests.values())
        with planner.open_workspace(caller, requests, submitting=False) as workspace:
            await draft.price_steps(workspace)
            files = planner.inputs.files
            draft.storage_keys = await files.store(draft.plan_id, caller, workspace.new_files)
        try:
            prepared = await self._store_plan(
                call, draft, body, origin or _origin_from_caller(caller), key
            )
        except Problem:
            await files.drop(draft.plan_id)
            raise
        if prepared.is_replay:  # a twin was faster: its plan has files of its own
            await files.drop(draft.plan_id)
        return prepared

    async def price(self, caller: Caller, body: PreparePlan) -> int:
        """Return the total of the plan that these steps would be, in micro-USD; makes none.

        Raises:
            Problem: a step cannot be run; its `field` begins with `steps.` and the place.
        """
        submitter = self.submitter
        draft = PlanDraft(
            submitter, self.free_steps, caller, is_by_agent=False, plan_id=submitter.ids.new("plan")
        )
        draft.project_id = body.project_id
        draft.parse_steps(body.steps or [])
        requests = list(draft.parsed_requests.values())
        with submitter.planner.open_workspace(caller, requests, submitting=False) as workspace:
            await draft.price_steps(workspace)
        return sum(terms.plan.price.microusd for terms in draft.terms.values())

    async def find_replay(self, call: Call, request: BaseModel) -> PreparedPlan | None:
        """Return the plan that the same request with the same idempotency key made, or None.

        Raises:
            IdempotencyConflict: the key was used for a different request.
        """
        if (key := _build_idempotency_key(call, request)) is None:
            return None
        async with self.submitter.database.read() as snapshot:
            return await _find_replay(snapshot, key)

    async def _store_plan(
        self,
        call: Call,
        draft: PlanDraft,
        body: PreparePlan,
        origin: Origin,
        key: IdempotencyKey | None,
    ) -> PreparedPlan:
        """Store the plan of a draft, unless a request with the same key has stored one.

        Raises:
            ConcurrencyLimited: the account has too many pending plans.
            IdempotencyConflict: the key was used for a different request.
        """
        caller, steps = draft.caller, draft.build_rows()
        async with self.submitter.database.write() as session:
            # Under this lock the key is looked up and pending plans are counted: else twins would
            # both store a plan, and calls at once would exceed the limit.
            await transfers.lock_accounts(session, [caller.ledger_account])
            if key is not None and (known := await _find_replay(session, key)) is not None:
                return known
            await lock_shelf(session, caller.ledger_account)
            ((pending,),) = await session.read(COUNT_PENDING_PLANS, [(caller.ledger_account,)])
            _check_pending_count(pending)
            plan = _build_plan(
                call, draft, body, steps, origin=origin, now=await get_database_time(session)
            )
            plan.hash = hash_plan(plan, steps)
            session.add(plan)
            await session.flush()
            session.add_all(steps)
            if draft.storyboard_id is not None:
                await takes.link_render(session, plan.id, draft.storyboard_id)
            if draft.resume_of is not None:
                await takes.link_resumed_render(session, plan.id, draft.resume_of)
            if key is not None:
                scope, request_hash = key
                stored = idempotency.StoredAnswer(request_hash, CREATED, "", plan.id)
                await session.write(idempotency.build_answer_write([(scope, stored)]))
        return PreparedPlan(draft.plan_id)


def _build_plan(
    call: Call,
    draft: PlanDraft,
    body: PreparePlan,
    steps: Sequence[PlanStep],
    *,
    origin: Origin,
    now: int,
) -> ApprovalPlan:
    """Build the row of a pending plan, still without its hash."""
    caller = draft.caller
    total_microusd = sum(step.price_microusd for step in steps)
    # What the agent prepared always waits for a person, whoever's request it was about.
    is_for_person = origin == "agent" or decide_consent(caller, total_microusd) == "approve"
    return ApprovalPlan(
        id=draft.plan_id,
        owner_id=caller.account_id,
        account_id=caller.ledger_account,
        book=caller.book,
        state=PlanState.PENDING,
        outcome=None,
        version=1,
        origin=origin,
        asked_by=caller.id,
        title=body.title,
        project_id=body.project_id,
        thread_id=body.thread_id,
        resume_of=draft.resume_of,
        on_failure=body.on_failure,
        price_version=draft.submitter.planner.prices.version,
        total_microusd=total_microusd,
        hash="",
        stored=int(bool(draft.storage_keys)),
        request_id=call.request_id,
        created_at=now,
        expires_at=now + PLAN_LIFE,
        decided_at=None,
        decided_by=None,
        key_id=None,
        approved_microusd=None,
        reason=None,
        finished_at=None,
        mail_due_at=now if is_for_person else None,
        member_id=caller.member_id,
    )


def _build_idempotency_key(call: Call, request: BaseModel) -> IdempotencyKey | None:
    """Return the scope of the request's idempotency key and the request's hash; None without."""
    if call.idempotency_key is None:
        return None
    return call.key_scope(call.idempotency_key), idempotency.hash_request(to_sent_fields(request))


async def _find_replay(session: Session, key: IdempotencyKey) -> PreparedPlan | None:
    """Return the plan stored under an idempotency key, or None.

    Raises:
        IdempotencyConflict: the key was used for a different request.
    """
    scope, request_hash = key
    stored = (await idempotency.find_answers(session, [scope])).get(scope)
    return (
        None
        if stored is None
        else PreparedPlan(stored.replay(request_hash).resource_id, is_replay=True)
    )


def _check_pending_count(pending: int) -> None:
    """Refuse another plan where the account has 100 pending ones.

    Raises:
        ConcurrencyLimited: it has.
    """
    if pending >= MOST_PENDING:
        raise ConcurrencyLimited(
            f"This account has reached its limit of {MOST_PENDING} pending plans.",
            hint="Execute or reject one, or wait for one to expire.",
            retry_after_seconds=60,
        )


def _origin_from_caller(caller: Caller) -> Origin:
    return "session" if caller.session_id is not None else "key"
