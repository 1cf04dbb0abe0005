"""The shapes that one request takes on its way from a body to a job, and why there are four.

`SubmitJob` (`schemas.py`) is the body that the client sent. `ParsedRequest` has its input as a
model: everything that can be refused without a look at any row or file was refused. `Terms` is the
decision about it, which quotes and plans store. `Admission` is a job that waits to be admitted.
`AdmittedJob` is the answer; until it is written, `NewJob` is what it needs to know.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from gateway.kit import idempotency
from gateway.kit.idempotency import KeyScope, StoredAnswer
from gateway.kit.operation import Caller, to_sent_fields
from gateway.media.inputs.input_files import replace_keys
from gateway.media.schemas import SubmitJob
from gateway.media.tasks.base import Media, Plan, Reference, Task

# One job that a client wants, by the scope of its key or by its own id; it is made once.
Intent: TypeAlias = KeyScope | str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedRequest:
    """A task with its input as a model; submits, quoted items and steps of plans all become one.

    It exists because every item of a quote is parsed before the media of the first one are fetched,
    and because requests are compared by `canonical`: the input as sent, in wire names.
    """

    task: Task[Any]
    task_input: Any
    references: Sequence[Reference]
    canonical: Mapping[str, Any]

    def hash_input(self) -> bytes:
        """Return the hash of task and input, by which a submit finds its item of a quote."""
        return idempotency.hash_request({"task": self.task.name, "input": self.canonical})

    def hash_submit(self, body: SubmitJob) -> bytes:
        """Return the hash of a body in canonical form, which tells a retry from another request.

        Amounts count as integers: "0.5" and "0.50" are the same request.
        """
        canonical = to_sent_fields(body) | {"input": self.canonical}
        if body.max_price_usd is not None:
            canonical["maxPriceUsd"] = body.max_price_microusd
        return idempotency.hash_request(canonical)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The decision about a request, with the media and seed that it was made from.

    It exists because quotes and plans store it in their rows, as JSON by its field names: media and
    seed are enough to decide the same again, at the prices of that day.
    """

    plan: Plan
    media: Media
    seed: int

    def with_keys(self, keys: Mapping[str, str]) -> "Terms":
        """Return the same terms with the keys under which the media were stored in the end."""
        return replace(
            self, plan=use_stored_keys(self.plan, keys), media=replace_keys(self.media, keys)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """A job that waits to be admitted, with ids made beforehand.

    It exists because many are admitted in one transaction, which may be tried again, and then has
    to write the same ids. `quoted_plans` are the plans of the quote's items that it may take, by
    place; only under the account's lock is it known which of them is free. Without an idempotency
    key it has no `scope`, and nobody can ask for its answer again.
    """

    caller: Caller
    body: SubmitJob
    plan: Plan
    job_id: str
    hold_id: str
    request_id: str
    scope: KeyScope | None
    request_hash: bytes
    queued_limit: int
    queue_position: int
    traceparent: str | None = None
    quoted_plans: Mapping[int, Plan] = field(default_factory=dict)

    @property
    def intent(self) -> Intent:
        """Return what twins have in common: the scope of their key, else the id of the one job."""
        return self.scope or self.job_id


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job that was admitted: when, and the credit that was left after its hold.

    `unit` has the plan that was chosen among those of its quote. `answer` is written already where
    it was stored with its key.
    """

    unit: Admission
    created_at: str
    available_microusd: int
    answer: StoredAnswer | None


@dataclass(frozen=True, slots=True)
class AdmittedJob:
    """The answer of an admission.

    `available_microusd` is the credit that is left after the hold; None where an earlier request
    made the job, and this answer is a replay.
    """

    answer: StoredAnswer
    available_microusd: int | None = None

    @property
    def is_replay(self) -> bool:
        """Return True if an earlier request made the job."""
        return self.available_microusd is None


def use_stored_keys(plan: Plan, keys: Mapping[str, str]) -> Plan:
    """Return a plan with the keys under which its media were stored in the end."""
    return replace(plan, media=replace_keys(plan.media, keys))
