"""The draft of a plan: its steps read, measured and priced, then turned into rows."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from gateway.kit.errors import InvalidInput, Problem
from gateway.kit.json_text import write_json
from gateway.kit.operation import Caller
from gateway.kit.validation import prefix_fields
from gateway.media.inputs import STEP_URL, MediaVisit, PromisedOutput
from gateway.media.quotes import TERMS_ADAPTER
from gateway.media.schemas import TaskRequest
from gateway.media.submit_request import ParsedRequest, Terms
from gateway.media.submitting import Submitter
from gateway.media.tasks.base import InlineBytes, InputJson, Media, UrlReference
from gateway.media.tasks.catalogue import ENABLED_TASKS, TASKS, suggest_task
from gateway.media.tasks.references import replace_value_at
from gateway.studio.plans.errors import UnknownOperation, UnknownStep, UrlRefused
from gateway.studio.plans.free import FreeSteps
from gateway.studio.plans.graph import ordered
from gateway.studio.plans.schemas import StepRequest
from gateway.studio.plans.states import StepState
from gateway.studio.plans.tables import PlanStep

ALLOWED_TO_AGENTS = ("asset://", "job://", "step://")
# Stands in a stored input for bytes that were sent inline and are stored as a file.
STUB = "data:application/octet-stream;base64,AAAA"


@dataclass(slots=True)
class Draft:
    """A plan in the making. Its dictionaries are by the key of a step, all but `keys`.

    `requests` are in the order of the caller. `needs` are keys of other steps, and `named` the
    `step://` references as (key, path, needed key). `earlier_media` are the stored media of a plan that is
    resumed; `keys` are the storage keys of new media, by their source.
    """

    submitting: Submitter
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
        """Read the inputs of all steps, and find out which step needs which.

        Raises:
            Problem: an input is not valid, a needed step does not exist, or steps need each other.
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
            task_request = TaskRequest(task=request.operation, input=request.input)
            parsed = self.submitting.planning.parse_request(task_request)
            # The agent also reads what strangers wrote, and can be misled by it. A URL of its
            # choice could carry data out of the account: it may only name what the account keeps.
            for reference in parsed.references:
                url = reference.source.url if isinstance(reference.source, UrlReference) else ""
                if self.is_agents and (
                    isinstance(reference.source, InlineBytes)
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
                hint=suggest_task(
                    request.operation, [*sorted(ENABLED_TASKS), *self.free], otherwise="Operations"
                ),
            )
        self.needs[key] = list(needs)

    async def plan(self, visit: MediaVisit) -> None:
        """Measure and price all steps, each after the steps whose outputs it takes.

        Raises:
            Problem: a step cannot be run as it is.
        """
        places = {key: place for place, key in enumerate(self.requests)}
        for key in ordered(self.needs):
            with step_at(places[key]):
                await self._plan(visit, key)

    async def _plan(self, visit: MediaVisit, key: str) -> None:
        request, parsed = self.requests[key], self.parsed.get(key)
        if parsed is None:
            step = self.free[request.operation]
            # The agent's caller has no scopes; executing the plan needs them.
            if not self.is_agents:
                self.caller.require_scope(step.scope)
            frozen = await step.frozen(self.caller, self.project_id, request.input)
            # Of two steps that replace one document, the second would find it changed by the first:
            # the plan could never be executed. New documents have no id and do not meet here.
            saved_ids = {each.get("assetId") for each in self.frozen.values()}
            if frozen.get("assetId", "") in saved_ids:
                raise InvalidInput(
                    "Another step already saves this document.", field="input.assetId"
                )
            self.frozen[key] = frozen
            return
        planner = self.submitting.planning
        terms = await planner.price_request(
            visit, parsed, strict=request.strict, earlier_media=self.kept.get(key, {})
        )
        self.terms[key] = terms
        visit.promises[key] = PromisedOutput(
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
            terms_json=None if terms is None else TERMS_ADAPTER.dump_json(terms).decode(),
            hold_id=None,
            job_id=None,
            error_json=None,
        )

    def _given(self, key: str) -> InputJson:
        """Return the requested input with inline bytes replaced by a stub: the bytes are stored."""
        request, parsed = self.requests[key], self.parsed.get(key)
        task_input: InputJson = copy.deepcopy(request.input)
        for reference in parsed.references if parsed is not None else ():
            if isinstance(reference.source, InlineBytes):
                replace_value_at(task_input, reference.path, STUB)
        return task_input


@contextmanager
def step_at(place: int) -> Iterator[None]:
    """Put the step into the `field` of every problem raised inside: `steps.2.input.prompt`."""
    try:
        yield
    except Problem as problem:
        if problem.field == "task":
            problem.field = "operation"
        prefix_fields(problem, f"steps.{place}")
        raise
