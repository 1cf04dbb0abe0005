"""The planner of requests: one path for submits, dry runs, quotes and plans.

A request is parsed, its media are measured, and the task decides effective input and price. Since
all four take this path, a quoted price cannot differ from a charged one. A submit with a quote
takes the quoted terms instead, at the lower of the quoted and the present price.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from gateway.kit.database.sessions import Database
from gateway.kit.ids import Ids
from gateway.kit.money import to_amount_fields
from gateway.kit.operation import Caller
from gateway.library import projects
from gateway.media.errors import NoPrice, PriceExceedsMax
from gateway.media.inputs.moderation import Moderation
from gateway.media.inputs.resolver import InputResolver
from gateway.media.inputs.workspace import MediaWorkspace
from gateway.media.jobs.outputs import require_parent
from gateway.media.nodes.fleet import Fleet, TaskOffer
from gateway.media.outputs.presets import check_preset_ids
from gateway.media.schemas import SubmitJob, TaskRequest
from gateway.media.submits import quotes
from gateway.media.submits.price_withdrawals import PriceWithdrawals, check_price
from gateway.media.submits.submit_request import ParsedRequest, Terms
from gateway.media.tasks.base import InputWarning, Media, Plan, Task, refuse_adjustments
from gateway.media.tasks.catalogue import get_task, read_input
from gateway.media.tasks.inputs.texts import collect_free_texts
from gateway.media.tasks.prices import PriceTable
from gateway.media.tasks.rules.bindings import refuse_unbound_fields
from gateway.media.tasks.rules.capacity import refuse_oversize
from gateway.media.tasks.rules.served_sizes import choose_served_defaults, refuse_unserved_size
from gateway.media.webhooks.sender import WebhookSender

CPU_QUEUE = "cpu"
WAITS_FOR_NODE_WARNING = InputWarning(
    code="waiting_for_node",
    message="No machine that can do this takes work right now. The job waits for one; if none "
    "comes within queueTimeoutSeconds it expires, and costs nothing.",
)


@dataclass(frozen=True, slots=True)
class RequestPlanner:
    """Parses, measures and prices requests, for one application."""

    database: Database
    inputs: InputResolver
    webhooks: WebhookSender
    ids: Ids
    prices: PriceTable
    fleet: Fleet
    moderation: Moderation
    withdrawals: PriceWithdrawals

    def parse_request(self, body: TaskRequest) -> ParsedRequest:
        """Return a request with its input parsed and checked.

        Raises:
            Problem: there is no such task, or it does not accept this input.
        """
        task = get_task(body.task)
        task_input = read_input(task, body.input)
        references = task.list_references(task_input)
        return ParsedRequest(
            task=task,
            task_input=task_input,
            references=references,
            canonical=self.inputs.build_canonical_input(task_input, references),
        )

    def open_workspace(
        self,
        caller: Caller,
        requests: Sequence[ParsedRequest],
        *,
        submitting: bool,
        attachments: Mapping[str, Path] = MappingProxyType({}),
    ) -> AbstractContextManager[MediaWorkspace]:
        """Open a workspace for the media of requests; new files must be stored before it closes."""
        references = [each for request in requests for each in request.references]
        return self.inputs.open_workspace(
            caller, references, submitting=submitting, attachments=attachments
        )

    async def price_submit(
        self, workspace: MediaWorkspace, body: SubmitJob, request: ParsedRequest
    ) -> dict[int, Plan]:
        """Return the priced plans that a submit may take, by the place of the item in its quote.

        Without a quote there is one, at place 0.

        Raises:
            Problem: the request cannot be carried out, or not within the caller's limits.
        """
        if body.project_id is not None:
            async with self.database.read() as snapshot:
                await projects.load_project(
                    snapshot, workspace.caller.ledger_account, body.project_id
                )
        check_preset_ids(body.preset_ids)
        if body.parent is not None:
            async with self.database.read() as snapshot:
                await require_parent(snapshot, workspace.caller.ledger_account, body.parent)
        if body.webhook is not None:
            await self.webhooks.check_url(body.webhook.url, "webhook.url")
        if body.quote_id is None:
            terms = await self.price_request(workspace, request, strict=body.strict)
            plans = {0: terms.plan}
        else:
            async with self.database.read() as snapshot:
                items = await quotes.list_unused_items(
                    snapshot, body.quote_id, workspace.caller, request
                )
            plans = {
                place: await self.reprice_terms(workspace, request, terms) for place, terms in items
            }
        for plan in plans.values():
            if body.strict:
                refuse_adjustments(plan)
            if (most := body.max_price_microusd) is not None and plan.price.microusd > most:
                if body.quote_id is None:
                    await self._refuse_withdrawn_price()
                raise PriceExceedsMax(
                    f"The price is ${plan.price.usd}, above the maxPriceUsd given.",
                    **to_amount_fields("price", plan.price.microusd),
                )
        warn = self.add_node_warning
        return {place: warn(workspace.caller, request, plan) for place, plan in plans.items()}

    async def price_request(
        self,
        workspace: MediaWorkspace,
        request: ParsedRequest,
        *,
        strict: bool,
        earlier_media: Media = MappingProxyType({}),
    ) -> Terms:
        """Measure the media and decide the terms; nothing is stored.

        `earlier_media` is the media of an earlier request of the same form; its bytes serve again.

        Raises:
            Problem: the input cannot be carried out, or `strict` forbids what would change.
        """
        # Admission asks again, to the last moment; a plain submit is only asked there.
        is_plain = not request.references and not self.moderation.is_enabled
        if not (workspace.submitting and is_plain):
            await self._refuse_withdrawn_price()
        offer = self._find_offer(workspace.caller, request)
        media = await self.inputs.resolve(
            workspace, request.references, earlier_media=earlier_media
        )
        seed = self.ids.seed()
        plan = self._decide_plan(request, media, seed, offer)
        if strict:
            refuse_adjustments(plan)
        if self.moderation.is_enabled:
            texts = collect_free_texts(request.task_input, request.references)
            await self.moderation.check(workspace.caller, request.task.name, texts, media)
        return Terms(plan=plan, media=media, seed=seed)

    async def _refuse_withdrawn_price(self) -> None:
        if await self.withdrawals.is_withdrawn(self.prices.version):
            raise NoPrice

    async def reprice_terms(
        self, workspace: MediaWorkspace, request: ParsedRequest, quoted: Terms
    ) -> Plan:
        """Return the quoted plan at the lower of the quoted and the present price.

        A present price that the operator withdrew does not count. Nothing is fetched; only outputs
        that did not exist when it was quoted are looked up.

        Raises:
            Problem: such an output still does not exist.
            PriceChanged, NoPrice: the operator withdrew the quoted price.
        """
        offer = self._find_offer(workspace.caller, request)
        media = await self.inputs.resolve_promises(workspace, request.references, quoted.media)
        present = self._decide_plan(request, media, quoted.seed, offer)
        # Measures of a promised output, or another family of the nodes, may have changed the plan.
        is_same = media == quoted.media and present.family == quoted.plan.family
        plan = quoted.plan if is_same else present
        versions = {quoted.plan.price.version, self.prices.version}
        withdrawn = {each: await self.withdrawals.is_withdrawn(each) for each in versions}
        was, now = quoted.plan.price, present.price
        check_price(withdrawn, was.version, self.prices.version, lambda: now.microusd)
        priced = [was] if withdrawn[self.prices.version] else [was, now]
        return replace(plan, price=min(priced, key=lambda price: price.microusd))

    def has_capacity(self, caller: Caller, request: ParsedRequest) -> bool:
        """Return True if anything here can run the request's task in the caller's mode."""
        return self.can_run(request.task, livemode=caller.livemode)

    def can_run(self, task: Task[Any], *, livemode: bool) -> bool:
        """Return True if anything here runs a task in this mode."""
        return not livemode or task.queue == CPU_QUEUE or self.fleet.can_run(task.name)

    def run_limit_seconds(self, task: Task[Any]) -> int:
        """Return how long a job of a task may run on the nodes that do it here."""
        offer = self.fleet.find_offer(task.name)
        return task.run_limit_seconds * (1 if offer is None else offer.patience)

    def add_node_warning(self, caller: Caller, request: ParsedRequest, plan: Plan) -> Plan:
        """Return the plan, with a warning if no node takes such work at the moment."""
        needs_no_node = not caller.livemode or request.task.queue == CPU_QUEUE
        if needs_no_node or self.fleet.takes_work(request.task.name, plan.family):
            return plan
        return replace(plan, warnings=[*plan.warnings, WAITS_FOR_NODE_WARNING])

    def _find_offer(self, caller: Caller, request: ParsedRequest) -> TaskOffer | None:
        """Return the nodes' offer for a task; None on the sandbox or the CPU, or without a node.

        Raises:
            InvalidInput: the workflow of its family cannot carry out a field of the input.
        """
        if not caller.livemode or request.task.queue == CPU_QUEUE:
            return None
        offer = self.fleet.find_offer(request.task.name)
        if offer is not None:
            refuse_unbound_fields(request.task, offer.planning, request.canonical)
        return offer

    def _decide_plan(
        self, request: ParsedRequest, media: Media, seed: int, offer: TaskOffer | None
    ) -> Plan:
        """Return the task's plan, for the family of the offer if there is one.

        Raises:
            Problem: the input cannot be carried out with these media.
            JobTooLarge: it fits on no node.
        """
        task, task_input = request.task, request.task_input
        if offer is not None:
            task_input = choose_served_defaults(task.name, task_input, offer.planning)
        if offer is None:
            sandbox: Plan = task.plan(task_input, media, seed=seed, prices=self.prices)
            return sandbox
        plan: Plan = task.plan(
            task_input, media, seed=seed, prices=self.prices, family=offer.planning
        )
        refuse_unserved_size(plan.effective_input, offer.planning)
        if offer.max_pixel_frames is not None:
            refuse_oversize(plan, offer.max_pixel_frames)
        limit = plan.run_limit_seconds * offer.patience
        return replace(plan, family=offer.family, run_limit_seconds=limit)
