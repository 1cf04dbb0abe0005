"""Preparing a plan: read, fetch, measure and price every step, then freeze all of it. Free."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from pydantic import BaseModel

from gateway.kit import idempotency
from gateway.kit.clock import MINUTE
from gateway.kit.database import Session
from gateway.kit.errors import ConcurrencyLimited, InvalidInput, Problem
from gateway.kit.json_text import write_json
from gateway.kit.operation import Call, Caller, sent
from gateway.kit.sql import sql
from gateway.kit.validation import under
from gateway.ledger import transfers
from gateway.library import projects
from gateway.library.quota import touch
from gateway.media.inputs import STEP_URL, Promise, Visit
from gateway.media.quotes import TERMS
from gateway.media.schemas import TaskRequest
from gateway.media.submit_request import ParsedRequest, Terms
from gateway.media.submitting import Submitting
from gateway.media.tasks.base import InlineBytes, InputJson, Media, UrlReference
from gateway.media.tasks.catalogue import ENABLED, TASKS, name_task
from gateway.media.tasks.references import replace_at
from gateway.studio.plans.errors import UnknownOperation, UnknownStep, UrlRefused
from gateway.studio.plans.free import FreeSteps
from gateway.studio.plans.graph import ordered
from gateway.studio.plans.hash import plan_hash
from gateway.studio.plans.resuming import resumed
from gateway.studio.plans.rows import clock
from gateway.studio.plans.schemas import Origin, PreparePlan, StepRequest
from gateway.studio.plans.states import PlanState, StepState
from gateway.studio.plans.tables import ApprovalPlan, PlanStep
from gateway.studio.storyboards import takes
from gateway.studio.threads import keeping as threads

LIFE = 15 * MINUTE
MOST_PENDING = 100
ALLOWED_TO_AGENTS = ("asset://", "job://", "step://")
PENDING = sql(
    """
    SELECT count(*) FROM approval_plan JOIN {rows} ON approval_plan.account_id = given.id
    WHERE state = 'pending' AND expires_at > kt_now()
    """,
    id="int",
)
Key = tuple[idempotency.Scope, bytes]
CREATED = 201


@dataclass(frozen=True, slots=True)
class Prepared:
    """The plan of a request; `again` if its idempotency key had made it before."""

    plan_id: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class Preparing:
    """Makes plans for one application; `free` are the document steps there are."""

    submitting: Submitting
    free: FreeSteps

    async def prepare(
        self,
        call: Call,
        caller: Caller,
        body: PreparePlan,
        *,
        origin: Origin | None = None,
        renders: str | None = None,
        asked: BaseModel | None = None,
    ) -> Prepared:
        """Store a pending plan; nothing is reserved.

        `origin` is the agent's; else it is told from the caller. `renders` is the storyboard whose
        takes it makes. `asked` is the request where it is not the body itself.

        Raises:
            Problem: a step cannot be done; its `field` begins with `steps.` and the place.
        """
        submitting, key = self.submitting, _key_of(call, asked or body)
        if (known := await self.earlier(call, asked or body)) is not None:
            return known
        async with submitting.database.read() as snapshot:
            if body.project_id is not None:
                await projects.find(snapshot, caller.ledger_account, body.project_id)
            if body.thread_id is not None:
                await threads.find(snapshot, caller.ledger_account, body.thread_id)
            ((pending,),) = await snapshot.read(PENDING, [(caller.ledger_account,)])
        _refuse_many(pending)
        draft = Draft(submitting, self.free, caller, origin == "agent", submitting.ids.new("plan"))
        draft.renders = renders
        if body.resume_of is not None:
            draft.resume_of = body.resume_of
            async with submitting.database.read() as snapshot:
                body, draft.kept = await resumed(snapshot, caller, body.resume_of)
        draft.project_id = body.project_id
        draft.read(body.steps or [])
        planning, requests = submitting.planning, list(draft.parsed.values())
        with planning.open_visit(caller, requests, submitting=False) as visit:
            await draft.plan(visit)
            files = planning.inputs.files
            draft.keys = await files.keep(draft.plan_id, caller, visit.new_files)
        try:
            made = await self._keep(call, draft, body, origin or _origin(caller), key)
        except Problem:
            await files.drop(draft.plan_id)
            raise
        if made.again:
            await files.drop(draft.plan_id)
        return made

    async def earlier(self, call: Call, asked: BaseModel) -> Prepared | None:
        """Return the plan that the idempotency key of a request made before, if it did.

        Raises:
            IdempotencyConflict: it was another request.
        """
        if (key := _key_of(call, asked)) is None:
            return None
        async with self.submitting.database.read() as snapshot:
            return await _earlier(snapshot, key)

    async def _keep(
        self, call: Call, draft: "Draft", body: PreparePlan, origin: Origin, key: Key | None
    ) -> Prepared:
        caller, steps = draft.caller, draft.rows()
        async with self.submitting.database.write() as session:
            await transfers.lock(session, [caller.ledger_account])
            if key is not None and (known := await _earlier(session, key)) is not None:
                return known
            await touch(session, caller.ledger_account)
            ((pending,),) = await session.read(PENDING, [(caller.ledger_account,)])
            _refuse_many(pending)
            now = await clock(session)
            plan = ApprovalPlan(
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
                price_version=self.submitting.planning.prices.version,
                total_microusd=sum(step.price_microusd for step in steps),
                hash="",
                stored=int(bool(draft.keys)),
                request_id=call.request_id,
                created_at=now,
                expires_at=now + LIFE,
                decided_at=None,
                decided_by=None,
                key_id=None,
                approved_microusd=None,
                reason=None,
                finished_at=None,
            )
            plan.hash = plan_hash(plan, steps)
            session.add(plan)
            await session.flush()
            session.add_all(steps)
            if draft.renders is not None:
                await takes.link(session, plan.id, draft.renders)
            if draft.resume_of is not None:
                await takes.follow(session, plan.id, draft.resume_of)
            if key is not None:
                scope, request_hash = key
                stored = idempotency.Stored(request_hash, CREATED, "", plan.id)
                await session.write(idempotency.store_many([(scope, stored)]))
        return Prepared(draft.plan_id)


@dataclass(slots=True)
class Draft:
    """A plan in the making: its steps by key, in the order of the request."""

    submitting: Submitting
    free: FreeSteps
    caller: Caller
    is_agents: bool
    plan_id: str
    resume_of: str | None = None
    renders: str | None = None
    project_id: str | None = None
    requests: dict[str, StepRequest] = field(default_factory=dict)
    parsed: dict[str, ParsedRequest] = field(default_factory=dict)
    needs: dict[str, list[str]] = field(default_factory=dict)
    named: list[tuple[str, str, str]] = field(default_factory=list)
    terms: dict[str, Terms] = field(default_factory=dict)
    frozen: dict[str, InputJson] = field(default_factory=dict)
    kept: dict[str, Media] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)

    def read(self, requests: Sequence[StepRequest]) -> None:
        """Read all inputs, and which step needs which.

        Raises:
            Problem: a step cannot be read, or they need each other.
        """
        for place, request in enumerate(requests):
            with step_at(place):
                self._read(request.key or f"step{place + 1}", request)
        for key, path, needed in self.named:
            if needed not in self.requests:
                field = f"steps.{list(self.requests).index(key)}.{path}"
                raise UnknownStep(f"There is no step {needed!r}.", field=field)
        ordered(self.needs)

    def _read(self, key: str, request: StepRequest) -> None:
        if key in self.requests:
            raise InvalidInput(f"Two steps are named {key!r}.", field="key")
        self.requests[key] = request
        needs = dict.fromkeys(request.depends_on)
        if request.operation in TASKS:
            wanted = TaskRequest(task=request.operation, input=request.input)
            parsed = self.submitting.planning.parse_request(wanted)
            for reference in parsed.references:
                url = reference.given.url if isinstance(reference.given, UrlReference) else ""
                if self.is_agents and (
                    isinstance(reference.given, InlineBytes)
                    or (url and not url.startswith(ALLOWED_TO_AGENTS))
                ):
                    raise UrlRefused(field=f"input.{reference.path}")
                if match := STEP_URL.fullmatch(url):
                    needs[match[1]] = None
                    self.named.append((key, f"input.{reference.path}", match[1]))
            self.parsed[key] = parsed
        elif request.operation not in self.free:
            raise UnknownOperation(
                f"No step can do `{request.operation}`.",
                field="operation",
                hint=name_task(
                    request.operation, [*sorted(ENABLED), *self.free], otherwise="Operations"
                ),
            )
        self.needs[key] = list(needs)

    async def plan(self, visit: Visit) -> None:
        """Measure and price all steps, each after those whose outputs it takes.

        Raises:
            Problem: a step cannot be carried out.
        """
        places = {key: place for place, key in enumerate(self.requests)}
        for key in ordered(self.needs):
            with step_at(places[key]):
                await self._plan(visit, key)

    async def _plan(self, visit: Visit, key: str) -> None:
        request, parsed = self.requests[key], self.parsed.get(key)
        if parsed is None:
            step = self.free[request.operation]
            if not self.is_agents:  # an agent has no scopes, whoever sends it a message has these
                self.caller.need(step.scope)
            frozen = await step.frozen(self.caller, self.project_id, request.input)
            saved = {each.get("assetId") for each in self.frozen.values()}
            if frozen.get("assetId", "") in saved:
                raise InvalidInput(
                    "Another step already saves this document.", field="input.assetId"
                )
            self.frozen[key] = frozen
            return
        planning = self.submitting.planning
        terms = await planning.price_request(
            visit, parsed, strict=request.strict, kept=self.kept.get(key, {})
        )
        self.terms[key] = terms
        visit.promises[key] = Promise(
            name=f"The step {key}",
            task=parsed.task.name,
            effective_input=terms.plan.effective_input,
            overlap_frames=terms.plan.overlap_frames,
        )

    def rows(self) -> list[PlanStep]:
        """Return the rows of the steps, in order."""
        return [self._row(place, key) for place, key in enumerate(self.requests)]

    def _row(self, place: int, key: str) -> PlanStep:
        request, measured = self.requests[key], self.terms.get(key)
        terms = None if measured is None else measured.with_keys(self.keys)
        plan = None if terms is None else terms.plan
        return PlanStep(
            id=self.submitting.ids.new("step"),
            plan_id=self.plan_id,
            place=place,
            key=key,
            operation=request.operation,
            state=StepState.PENDING,
            price_microusd=0 if plan is None else plan.price.microusd,
            shot_id=request.shot_id,
            depends_on_json=write_json(self.needs[key]),
            given_json=write_json(self._given(key)),
            input_json=write_json(self.frozen[key] if plan is None else plan.effective_input),
            adjustments_json=write_json([] if plan is None else plan.adjustments),
            warnings_json=write_json([] if plan is None else plan.warnings),
            breakdown_json=write_json({} if plan is None else plan.price.breakdown),
            terms_json=None if terms is None else TERMS.dump_json(terms).decode(),
            hold_id=None,
            job_id=None,
            error_json=None,
        )

    def _given(self, key: str) -> InputJson:
        """Return what was asked for, with inline bytes cut out: they are stored."""
        request, parsed = self.requests[key], self.parsed.get(key)
        given: InputJson = copy.deepcopy(request.input)
        for reference in parsed.references if parsed is not None else ():
            if isinstance(reference.given, InlineBytes):
                replace_at(given, reference.path, STUB)
        return given


STUB = "data:application/octet-stream;base64,AAAA"


@contextmanager
def step_at(place: int) -> Iterator[None]:
    """Name the step in every refusal raised inside."""
    try:
        yield
    except Problem as problem:
        if problem.field == "task":
            problem.field = "operation"
        under(problem, f"steps.{place}")
        raise


def _key_of(call: Call, asked: BaseModel) -> Key | None:
    """Return where the idempotency key of a request is unique, and the hash of what it asks."""
    if call.idempotency_key is None:
        return None
    return call.scope(call.idempotency_key), idempotency.request_hash(sent(asked))


async def _earlier(session: Session, key: Key) -> Prepared | None:
    scope, request_hash = key
    stored = (await idempotency.find_many(session, [scope])).get(scope)
    return None if stored is None else Prepared(stored.replay(request_hash).resource_id, again=True)


def _refuse_many(pending: int) -> None:
    if pending >= MOST_PENDING:
        raise ConcurrencyLimited(
            f"This account has reached its limit of {MOST_PENDING} pending plans.",
            hint="Execute or reject one, or wait for one to expire.",
            retry_after_seconds=60,
        )


def _origin(caller: Caller) -> Origin:
    return "session" if caller.session_id is not None else "key"
