"""The draft of a plan: its steps read, measured and priced, then turned into rows."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from gateway.kit.errors import InvalidInput, Problem
from gateway.kit.operation import Caller
from gateway.kit.wire.json_text import write_json
from gateway.kit.wire.validation import prefix_fields
from gateway.media.inputs.resolver import STEP_URL
from gateway.media.inputs.workspace import MediaWorkspace, PromisedOutput
from gateway.media.schemas import TaskRequest
from gateway.media.submits.quotes import TERMS_ADAPTER
from gateway.media.submits.submit_request import ParsedRequest, Terms
from gateway.media.submits.submitter import Submitter
from gateway.media.tasks.base import InlineBytes, Media, UrlReference
from gateway.media.tasks.catalogue import ENABLED_TASKS, TASKS, suggest_task
from gateway.media.tasks.input_json import InputJson
from gateway.media.tasks.inputs.references import replace_value_at
from gateway.studio.plans.errors import UnknownOperation, UnknownStep, UrlRefused
from gateway.studio.plans.graph import order_steps
from gateway.studio.plans.preparation.free_steps import FreeSteps
from gateway.studio.plans.schemas import StepRequest
from gateway.studio.plans.states import StepState
from gateway.studio.plans.tables import PlanStep

AGENT_URL_SCHEMES = ("asset://", "job://", "step://")
# Stands in a stored input for bytes that were sent inline and are stored as a file.
INLINE_STUB = "data:application/octet-stream;base64,AAAA"


@dataclass(slots=True)
class PlanDraft:
    """A plan in the making. Its dictionaries are by the key of a step, all but `storage_keys`.

    `requests` are in the order of the caller. `dependencies` are keys of other steps, and
    `step_references` the `step://` references as (key, path, needed key). `earlier_media` are the
    stored media of a plan that is resumed; `storage_keys` are those of new media, by their source.
    """

    submitter: Submitter
    free_steps: FreeSteps
    caller: Caller
    is_by_agent: bool
    plan_id: str
    resume_of: str | None = None
    storyboard_id: str | None = None
    project_id: str | None = None
    requests: dict[str, StepRequest] = field(default_factory=dict)
    parsed_requests: dict[str, ParsedRequest] = field(default_factory=dict)
    dependencies: dict[str, list[str]] = field(default_factory=dict)
    step_references: list[tuple[str, str, str]] = field(default_factory=list)
    terms: dict[str, Terms] = field(default_factory=dict)
    frozen_inputs: dict[str, InputJson] = field(default_factory=dict)
    resumed_media: dict[str, Media] = field(default_factory=dict)
    storage_keys: Mapping[str, str] = field(default_factory=dict)

    def parse_steps(self, requests: Sequence[StepRequest]) -> None:
        """Read the inputs of all steps, and find out which step needs which.

        Raises:
            Problem: an input is not valid, a needed step does not exist, or steps need each other.
        """
        for place, request in enumerate(requests):
            with name_step_in_problems(place):
                self._parse_step(request.key or f"step{place + 1}", request)
        for key, path, needed in self.step_references:
            if needed not in self.requests:
                field = f"steps.{list(self.requests).index(key)}.{path}"
                raise UnknownStep(f"There is no step {needed!r}.", field=field)
        order_steps(self.dependencies)

    def _parse_step(self, key: str, request: StepRequest) -> None:
        if key in self.requests:
            raise InvalidInput(f"Two steps are named {key!r}.", field="key")
        self.requests[key] = request
        needs = dict.fromkeys(request.depends_on)
        if request.operation in TASKS:
            task_request = TaskRequest(task=request.operation, input=request.input)
            parsed = self.submitter.planner.parse_request(task_request)
            # The agent also reads what strangers wrote, and can be misled by it. A URL of its
            # choice could carry data out of the account: it may only name what the account keeps.
            for reference in parsed.references:
                url = reference.source.url if isinstance(reference.source, UrlReference) else ""
                if self.is_by_agent and (
                    isinstance(reference.source, InlineBytes)
                    or (url and not url.startswith(AGENT_URL_SCHEMES))
                ):
                    raise UrlRefused(field=f"input.{reference.path}")
                if match := STEP_URL.fullmatch(url):
                    needs[match[1]] = None
                    self.step_references.append((key, f"input.{reference.path}", match[1]))
            self.parsed_requests[key] = parsed
        elif request.operation not in self.free_steps:
            raise UnknownOperation(
                f"No step can do `{request.operation}`.",
                field="operation",
                hint=suggest_task(
                    request.operation,
                    [*sorted(ENABLED_TASKS), *self.free_steps],
                    otherwise="Operations",
                ),
            )
        self.dependencies[key] = list(needs)

    async def price_steps(self, workspace: MediaWorkspace) -> None:
        """Measure and price all steps, each after the steps whose outputs it takes.

        Raises:
            Problem: a step cannot be run as it is.
        """
        places = {key: place for place, key in enumerate(self.requests)}
        for key in order_steps(self.dependencies):
            with name_step_in_problems(places[key]):
                await self._price_step(workspace, key)

    async def _price_step(self, workspace: MediaWorkspace, key: str) -> None:
        request, parsed = self.requests[key], self.parsed_requests.get(key)
        if parsed is None:
            step = self.free_steps[request.operation]
            # The agent's caller has no scopes; executing the plan needs them.
            if not self.is_by_agent:
                self.caller.require_scope(step.scope)
            frozen = await step.freeze(self.caller, self.project_id, request.input)
            # Of two steps that replace one document, the second would find it changed by the first:
            # the plan could never be executed. New documents have no id and do not meet here.
            saved_ids = {each.get("assetId") for each in self.frozen_inputs.values()}
            if frozen.get("assetId", "") in saved_ids:
                raise InvalidInput(
                    "Another step already saves this document.", field="input.assetId"
                )
            self.frozen_inputs[key] = frozen
            return
        planner = self.submitter.planner
        terms = await planner.price_request(
            workspace, parsed, strict=request.strict, earlier_media=self.resumed_media.get(key, {})
        )
        self.terms[key] = terms
        workspace.promises[key] = PromisedOutput(
            name=f"The step {key}",
            task=parsed.task.name,
            effective_input=terms.plan.effective_input,
            overlap_frames=terms.plan.overlap_frames,
        )

    def build_rows(self) -> list[PlanStep]:
        """Return the rows of the steps, in order."""
        return [self._build_row(place, key) for place, key in enumerate(self.requests)]

    def _build_row(self, place: int, key: str) -> PlanStep:
        request, measured = self.requests[key], self.terms.get(key)
        terms = None if measured is None else measured.with_keys(self.storage_keys)
        plan = None if terms is None else terms.plan
        return PlanStep(
            id=self.submitter.ids.new("step"),
            plan_id=self.plan_id,
            place=place,
            key=key,
            operation=request.operation,
            state=StepState.PENDING,
            price_microusd=0 if plan is None else plan.price.microusd,
            shot_id=request.shot_id,
            depends_on_json=write_json(self.dependencies[key]),
            given_json=write_json(self._cut_inline_bytes(key)),
            input_json=write_json(
                self.frozen_inputs[key] if plan is None else plan.effective_input
            ),
            adjustments_json=write_json([] if plan is None else plan.adjustments),
            warnings_json=write_json([] if plan is None else plan.warnings),
            breakdown_json=write_json({} if plan is None else plan.price.breakdown),
            terms_json=None if terms is None else TERMS_ADAPTER.dump_json(terms).decode(),
            hold_id=None,
            job_id=None,
            error_json=None,
        )

    def _cut_inline_bytes(self, key: str) -> InputJson:
        """Return the requested input with inline bytes replaced by a stub: the bytes are stored."""
        request, parsed = self.requests[key], self.parsed_requests.get(key)
        task_input: InputJson = copy.deepcopy(request.input)
        for reference in parsed.references if parsed is not None else ():
            if isinstance(reference.source, InlineBytes):
                replace_value_at(task_input, reference.path, INLINE_STUB)
        return task_input


@contextmanager
def name_step_in_problems(place: int) -> Iterator[None]:
    """Put the step into the `field` of every problem raised inside: `steps.2.input.prompt`."""
    try:
        yield
    except Problem as problem:
        if problem.field == "task":
            problem.field = "operation"
        prefix_fields(problem, f"steps.{place}")
        raise
