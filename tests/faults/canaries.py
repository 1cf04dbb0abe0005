"""Planted mistakes, each of which a few seeds must find: they prove that the seeds are not blind.

Each is a context manager, kept with the crash point near which its mistake shows: the seeds that
aim at this point have to find it. The name of a canary is its name in reports.
"""

# ruff: noqa: ANN401 - a mistake stands in for functions of any kind

import asyncio
import dataclasses
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from gateway.kit.database import connection_tx, sqlite
from gateway.kit.database.sql import Statement
from gateway.kit.idempotency import KeyScope
from gateway.kit.operation import Call
from gateway.ledger import transfers
from gateway.ledger.accounts import journal
from gateway.ledger.movements import settlement
from gateway.media.jobs import lifecycle
from gateway.media.sweeps import job_sweeps
from gateway.payments.purchases import purchase_credit, referrals
from gateway.payments.refunds import reversal_credit
from gateway.studio.plans import rows
from gateway.studio.plans.execution import executor
from gateway.studio.plans.states import PlanState

Canary = Callable[[], Any]
CANARIES: dict[str, tuple[str, Canary]] = {}
RUNNING_GUARD = "AND job.state = 'running'"


def register_canary(point: str) -> Callable[[Canary], Canary]:
    """Register a canary under its name, for seeds that aim at this point."""

    def keep(canary: Canary) -> Canary:
        CANARIES[canary.__name__.replace("_", " ")] = point, canary
        return canary

    return keep


def remove_text(statement: Statement, text: str, replacement: str = "") -> Statement:
    """Return the statement with a text replaced or, by default, removed; SQLite's form alone."""
    assert text in statement.sqlite, text
    return dataclasses.replace(statement, sqlite=statement.sqlite.replace(text, replacement))


@contextmanager
def patch_attributes(*changes: tuple[Any, str, Any]) -> Iterator[None]:
    """Replace attributes for the block."""
    with ExitStack() as stack:
        for owner, name, instead in changes:
            stack.enter_context(mock.patch.object(owner, name, instead))
        yield


@register_canary("submit.committed")
def no_hold() -> Any:
    """A job is admitted without a hold."""
    real = transfers.hold_many

    async def hold_many(*given: Any) -> Any:
        outcomes, _ = await real(*given)
        return outcomes, []

    return patch_attributes((transfers, "hold_many", hold_many))


@register_canary("submit.committed")
def an_update_of_nothing_is_taken_for_one() -> Any:
    """An account changed meanwhile, so that its update hits no row, and no count notices."""
    late = remove_text(journal.SET_ACCOUNTS, "a.version = given.was", "a.version = given.was - 1")
    return patch_attributes(
        (journal, "SET_ACCOUNTS", late),
        (sqlite, "check_counts", lambda *_: None),
        (connection_tx, "check_counts", lambda *_: None),
    )


@register_canary("settle.committed")
def settle_without_state_guard() -> Any:
    """A worker finishes a job that went back to the queue meanwhile."""
    return patch_attributes(
        (lifecycle, "FINISH_JOB", remove_text(lifecycle.FINISH_JOB, RUNNING_GUARD))
    )


@register_canary("settle.committed")
def settle_without_fence() -> Any:
    """A worker that lost its lease finishes the job of another."""
    fence = "AND job.fence = given.fence"
    return patch_attributes((lifecycle, "FINISH_JOB", remove_text(lifecycle.FINISH_JOB, fence)))


@register_canary("settle.committed")
def capture_under_a_random_key() -> Any:
    """A capture has another reference than its hold."""
    real = settlement.get_pending_transfer

    async def find(tx: Any, hold_id: str) -> Any:
        return dataclasses.replace(await real(tx, hold_id), reference=str(uuid.uuid4()))

    return patch_attributes((settlement, "get_pending_transfer", find))


@register_canary("settle.committed")
def release_what_should_be_captured() -> Any:
    """A job succeeds and is not charged."""
    return patch_attributes((transfers, "post", transfers.void))


@register_canary("cancel.committed")
def cancel_keeps_the_hold() -> Any:
    """A job ends without a charge, and its money stays held."""

    async def void(*_: Any) -> int:
        return 0

    return patch_attributes((transfers, "void", void))


@register_canary("settle.committed")
def recovery_runs_a_finished_job_again() -> Any:
    """A gateway queues finished jobs again when it starts."""
    again = Statement("", "UPDATE job SET state = 'queued' WHERE state IN ('running', 'succeeded')")
    return patch_attributes((job_sweeps, "END_LEASES", again))


@register_canary("dispatch.noted")
def a_lost_message_is_lost() -> Any:
    """A job whose message the broker lost is never woken."""

    async def nothing(_self: object) -> None:
        await asyncio.sleep(0)

    return patch_attributes((job_sweeps.JobSweeps, "resend_wake_ups", nothing))


@register_canary("event.committed")
def event_credited_outside_the_transaction_of_its_row() -> Any:
    """The credit comes after the commit of the event, and is lost if the process dies between."""
    real = purchase_credit.transfer_credit

    async def credit(session: Any, shop: Any, purchase: Any) -> None:
        async def later() -> None:
            async with shop.database.write() as another:
                await real(another, shop, purchase)

        session.after(lambda: asyncio.ensure_future(later()))

    return patch_attributes((purchase_credit, "transfer_credit", credit))


@register_canary("submit.committed")
def idempotency_scope_without_account() -> Any:
    """Accounts share their idempotency keys."""

    def scope(call: Call, key: str) -> KeyScope:
        assert call.caller is not None
        return KeyScope("", call.caller.book, call.method, call.path, key)

    return patch_attributes((Call, "key_scope", scope))


@register_canary("plan.claimed")
def plan_taken_without_state_guard() -> Any:
    """A plan that was already decided is executed again."""
    guard = "AND approval_plan.state = 'pending'"
    real = rows.load_plan

    async def plan_of(session: Any, *given: Any, **more: Any) -> Any:
        plan = await real(session, *given, **more)
        session.expunge(plan)
        plan.state = PlanState.PENDING
        return plan

    return patch_attributes(
        (executor, "TAKE_PLAN", remove_text(executor.TAKE_PLAN, guard)),
        (executor, "load_plan", plan_of),
    )


@register_canary("refund.in_transaction")
def refund_not_in_proportion() -> Any:
    """A partial refund takes back the whole credit."""

    def owed(*, credit_microusd: int, bonus_microusd: int, **_: int) -> tuple[int, int]:
        return credit_microusd, bonus_microusd

    return patch_attributes((reversal_credit, "calculate_owed_credit", owed))


@register_canary("refund.in_transaction")
def commission_on_a_refunded_purchase() -> Any:
    """A purchase is refunded, and the commission on it stays."""

    async def went_back(*_: Any) -> None:
        await asyncio.sleep(0)

    return patch_attributes((referrals, "adjust_commission", went_back))


@register_canary("cleanup.deleted")
def outputs_deleted_too_early() -> Any:
    """The bytes of an output are gone a day after its job."""
    early = remove_text(
        job_sweeps.SELECT_STALE_OUTPUTS, "o.expires_at < kt_now() - ", "o.expires_at < kt_now() + "
    )
    return patch_attributes((job_sweeps, "SELECT_STALE_OUTPUTS", early))
