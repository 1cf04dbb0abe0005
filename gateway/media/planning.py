"""One planning path for submit, dry run and quote, so that they agree by construction."""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from gateway.kit import idempotency
from gateway.kit.ids import Ids
from gateway.kit.operation import Caller
from gateway.media.errors import NoPrice
from gateway.media.fleet import Fleet, Offer
from gateway.media.input_files import Found, with_keys
from gateway.media.inputs import Inputs, Visit
from gateway.media.moderation import Moderation
from gateway.media.price_withdrawals import PriceWithdrawals, check_price
from gateway.media.schemas import TaskRequest
from gateway.media.tasks.base import InputWarning, Media, Plan, Reference, Task, refuse_adjustments
from gateway.media.tasks.bindings import refuse_unbound
from gateway.media.tasks.capacity import refuse_oversize
from gateway.media.tasks.catalogue import find_task, read_input
from gateway.media.tasks.prices import PriceTable
from gateway.media.tasks.texts import free_texts

CPU = "cpu"
NOWHERE = Path(os.devnull)
WAITS_FOR_NODE = InputWarning(
    code="waiting_for_node",
    message="No machine that can do this takes work right now. The job waits for one; if none "
    "comes within queueTimeoutSeconds it expires, and costs nothing.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request for one task, read; `canonical` is the input as sent, in wire names."""

    task: Task[Any]
    given: Any
    references: Sequence[Reference]
    canonical: Mapping[str, Any]

    def hash(self) -> bytes:
        """Return what equal requests for the same task and input share."""
        return idempotency.request_hash({"task": self.task.name, "input": self.canonical})


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What was decided about a request, and from what: enough to decide the same again."""

    plan: Plan
    media: Media
    seed: int

    def with_keys(self, keys: Mapping[str, str]) -> "Terms":
        """Return the same with the media where it was stored, for keys that are another now."""
        plan = replace(self.plan, media=with_keys(self.plan.media, keys))
        return replace(self, plan=plan, media=with_keys(self.media, keys))


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A request that was measured and priced; `found` is its media, not yet stored."""

    terms: Terms
    found: Mapping[str, Sequence[Found]]


@dataclass(frozen=True, slots=True)
class Planning:
    """Reads, measures and prices requests for one application."""

    inputs: Inputs
    ids: Ids
    prices: PriceTable
    fleet: Fleet
    moderation: Moderation
    withdrawals: PriceWithdrawals

    def read(self, request: TaskRequest) -> Asked:
        """Return the request with its input checked.

        Raises:
            Problem: there is no such task, or it does not take this input.
        """
        task = find_task(request.task)
        given = read_input(task, request.input)
        references = task.references(given)
        return Asked(
            task=task,
            given=given,
            references=references,
            canonical=self.inputs.canonical(given, references),
        )

    async def plan(
        self,
        visit: Visit,
        asked: Asked,
        *,
        strict: bool,
        kept: Media = MappingProxyType({}),
    ) -> Planned:
        """Measure the media and decide everything; nothing is stored.

        `kept` is the media of an earlier request of the same form, whose bytes are taken again.

        Raises:
            Problem: the input cannot be carried out, or `strict` forbids what would change.
        """
        if await self.withdrawals.is_withdrawn(self.prices.version):
            raise NoPrice
        offer = self._offer(visit.caller, asked)
        found = await self.inputs.find(visit, asked.references, kept=kept)
        media = {name: [one.media for one in many] for name, many in found.items()}
        seed = self.ids.seed()
        plan = self._decided(asked, media, seed, offer)
        if strict:
            refuse_adjustments(plan)
        texts = free_texts(asked.given, asked.references)
        await self.moderation.judge(visit.caller, asked.task.name, texts, media)
        return Planned(terms=Terms(plan=plan, media=media, seed=seed), found=found)

    async def again(self, visit: Visit, asked: Asked, quoted: Terms) -> Plan:
        """Return the quoted plan at the lower of the quoted and the present price, if both count.

        Nothing is fetched; only outputs that were not made yet at the time are looked up.

        Raises:
            Problem: such an output is still not there.
            PriceChanged, NoPrice: the operator withdrew the quoted price.
        """
        offer = self._offer(visit.caller, asked)
        media = await self.inputs.settled(visit, asked.references, quoted.media)
        present = self._decided(asked, media, quoted.seed, offer)
        same = media == quoted.media and present.family == quoted.plan.family
        plan = quoted.plan if same else present
        versions = {quoted.plan.price.version, self.prices.version}
        withdrawn = {each: await self.withdrawals.is_withdrawn(each) for each in versions}
        was, now = quoted.plan.price, present.price
        check_price(withdrawn, was.version, self.prices.version, lambda: now.microusd)
        priced = [was] if withdrawn[self.prices.version] else [was, now]
        return replace(plan, price=min(priced, key=lambda price: price.microusd))

    def has_capacity(self, caller: Caller, asked: Asked) -> bool:
        """Return True if anything here can run the task for this caller."""
        return self.runs(asked.task, livemode=caller.livemode)

    def runs(self, task: Task[Any], *, livemode: bool) -> bool:
        """Return True if anything here runs a task in this mode."""
        return not livemode or task.queue == CPU or self.fleet.runs(task.name)

    def run_limit_seconds(self, task: Task[Any]) -> int:
        """Return how long a job of a task may run on what does it here."""
        offer = self.fleet.offer(task.name)
        return task.run_limit_seconds * (1 if offer is None else offer.patience)

    def advised(self, caller: Caller, asked: Asked, plan: Plan) -> Plan:
        """Return the plan with a warning if its job will have to wait for a node to come back."""
        free = not caller.livemode or asked.task.queue == CPU
        if free or self.fleet.takes(asked.task.name, plan.family):
            return plan
        return replace(plan, warnings=[*plan.warnings, WAITS_FOR_NODE])

    def _offer(self, caller: Caller, asked: Asked) -> Offer | None:
        """Return by which family the nodes do this; None on the sandbox, the CPU, or no node.

        Raises:
            InvalidInput: the family does not take what was asked.
        """
        if not caller.livemode or asked.task.queue == CPU:
            return None
        offer = self.fleet.offer(asked.task.name)
        if offer is not None:
            refuse_unbound(asked.task, offer.planning, asked.canonical)
        return offer

    def _decided(self, asked: Asked, media: Media, seed: int, offer: Offer | None) -> Plan:
        """Return the plan for the family that is on offer.

        Raises:
            Problem: the input cannot be carried out with these media.
            JobTooLarge: it fits on no node.
        """
        task, given = asked.task, asked.given
        if offer is None:
            sandbox: Plan = task.plan(given, media, seed=seed, prices=self.prices)
            return sandbox
        plan: Plan = task.plan(given, media, seed=seed, prices=self.prices, family=offer.planning)
        if offer.most is not None:
            refuse_oversize(plan, offer.most)
        limit = plan.run_limit_seconds * offer.patience
        return replace(plan, family=offer.family, run_limit_seconds=limit)


@contextmanager
def scratch(requests: Sequence[Asked]) -> Iterator[Path]:
    """Give a folder for the media of requests; without media none is needed, and none is made."""
    if not any(asked.references for asked in requests):
        yield NOWHERE
        return
    with tempfile.TemporaryDirectory(prefix="kt-input-") as folder:
        yield Path(folder)
