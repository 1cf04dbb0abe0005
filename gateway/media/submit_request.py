"""The shapes that one request takes on its way from a body to a job, and why there are four.

`SubmitJob` (`schemas.py`) is what the client sent. `ParsedRequest` is its input, read: all that can
be refused without looking anything up has been. `Terms` is what was decided about it, to be kept by
quotes and plans. `Admission` is a job that asks to exist. `AdmittedJob` is the answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.kit import idempotency
from gateway.kit.idempotency import Scope, Stored
from gateway.kit.operation import Caller, sent
from gateway.media.input_files import replace_keys
from gateway.media.schemas import SubmitJob
from gateway.media.tasks.base import Media, Plan, Reference, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedRequest:
    """A task with its input as a model; submits, quoted items and steps of plans all become one.

    It exists because every item of a quote is read before the media of the first one are fetched,
    and because equal requests are told by `canonical`: the input as sent, in wire names.
    """

    task: Task[Any]
    given: Any
    references: Sequence[Reference]
    canonical: Mapping[str, Any]

    def hash_input(self) -> bytes:
        """Return what equal requests for the same task and input share."""
        return idempotency.request_hash({"task": self.task.name, "input": self.canonical})

    def hash_submit(self, body: SubmitJob) -> bytes:
        """Hash what the client sent, in canonical form; amounts as integers."""
        canonical = sent(body) | {"input": self.canonical}
        if body.max_price_usd is not None:
            canonical["maxPriceUsd"] = body.max_price_microusd
        return idempotency.request_hash(canonical)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What was decided about a request, and from what.

    It exists because quotes and plans keep it in their rows: its media and seed are enough to
    decide the same again, at the prices of that day.
    """

    plan: Plan
    media: Media
    seed: int

    def with_keys(self, keys: Mapping[str, str]) -> "Terms":
        """Return the same with the media where it was stored, for keys that are another now."""
        return replace(
            self, plan=use_stored_keys(self.plan, keys), media=replace_keys(self.media, keys)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """A job that asks to exist, with ids made beforehand.

    It exists because many are admitted in one transaction, which may be tried again: then the ids
    are the same. `quoted_plans` are the plans of the items of its quote that it may take, by
    place; which of them is free is known under the account's lock only.
    """

    caller: Caller
    body: SubmitJob
    plan: Plan
    job_id: str
    hold_id: str
    request_id: str
    scope: Scope
    request_hash: bytes
    queued_limit: int
    queue_position: int
    traceparent: str | None = None
    quoted_plans: Mapping[int, Plan] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AdmittedJob:
    """The answer of an admission.

    `available_microusd` is what was left after it; None where an earlier request made the job, and
    this is a replay.
    """

    stored: Stored
    available_microusd: int | None = None

    @property
    def replayed(self) -> bool:
        """Return True if an earlier request made the job."""
        return self.available_microusd is None


def use_stored_keys(plan: Plan, keys: Mapping[str, str]) -> Plan:
    """Return a plan with its media where they were stored, for keys that are another now."""
    return replace(plan, media=replace_keys(plan.media, keys))
