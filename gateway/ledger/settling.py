"""Settling a hold: capture all or less, or release. At most once, by the caller's owner row."""

from dataclasses import dataclass, replace

from gateway.kit.clock import day_of, month_of
from gateway.kit.sql import Tx, sql
from gateway.ledger.decisions import Account, Policy
from gateway.ledger.errors import HoldResolved
from gateway.ledger.journal import Journal, Movement, follow_up
from gateway.ledger.locking import lock
from gateway.ledger.states import Phase

FIND = sql(
    """
    SELECT h.id, h.book, h.code, h.reference, h.debit_account, h.credit_account,
           h.amount_microusd, h.key_id, h.created_at
    FROM {rows} JOIN transfer AS h ON h.id = given.id AND h.phase = 'pending'
    """,
    id="text",
)
STANDING = sql(
    """
    SELECT kt_now(), r.id,
           p.id, p.daily_limit_microusd, p.monthly_limit_microusd, p.total_limit_microusd,
           p.day, p.day_used_microusd, p.month, p.month_used_microusd, p.total_used_microusd
    FROM {rows} JOIN transfer AS h ON h.id = given.id
    LEFT JOIN transfer AS r ON r.pending_id = h.id AND r.pending_id IS NOT NULL
    LEFT JOIN spend_policy AS p ON p.id = h.policy_id
    """,
    id="text",
)


@dataclass(frozen=True, slots=True)
class Pending:
    """A hold as it was written."""

    id: str
    book: str
    code: str
    reference: str
    account: int
    house: int
    amount_microusd: int
    key_id: str | None
    created_at: int


async def post(tx: Tx, hold_id: str, amount_microusd: int | None = None) -> int:
    """Capture a hold, all of it or less; the rest is free again.

    Returns: what is available after it.

    Raises:
        HoldResolved: it was posted or voided before.
        LookupError: there is no such hold.
        ValueError: the amount is not between 1 and what is held.
    """
    hold = await find(tx, hold_id)
    captured = hold.amount_microusd if amount_microusd is None else amount_microusd
    if not 0 < captured <= hold.amount_microusd:
        raise ValueError(f"{captured} µUSD of a hold of {hold.amount_microusd}")
    return await resolve(tx, hold, Phase.POST, captured)


async def void(tx: Tx, hold_id: str) -> int:
    """Release a hold; return what is available after it.

    Raises:
        HoldResolved: it was posted or voided before.
        LookupError: there is no such hold.
    """
    return await resolve(tx, await find(tx, hold_id), Phase.VOID, 0)


async def open_amount(tx: Tx, hold_id: str) -> int:
    """Return what an open hold holds, in micro-USD; its account must be locked.

    Raises:
        HoldResolved: it was posted or voided before.
        LookupError: there is no such hold.
    """
    hold = await find(tx, hold_id)
    ((_, resolution, *_),) = await tx.read(STANDING, [(hold_id,)])
    if resolution is not None:
        raise HoldResolved(hold_id)
    return hold.amount_microusd


async def find(tx: Tx, hold_id: str) -> Pending:
    """Return a hold. Its row never changes, so it may be read before the lock.

    Raises:
        LookupError: there is no such hold.
    """
    rows = await tx.read(FIND, [(hold_id,)])
    if not rows:
        raise LookupError(hold_id)
    return Pending(*rows[0])


async def resolve(tx: Tx, hold: Pending, phase: Phase, captured_microusd: int) -> int:
    """Write the one resolution of a hold."""
    account = (await lock(tx, [hold.account])).accounts[hold.account]
    now, resolution, *policy = (await tx.read(STANDING, [(hold.id,)]))[0]
    if resolution is not None:
        raise HoldResolved(hold.id)
    journal = Journal(now)
    record(journal, account, hold, phase, captured_microusd)
    freed = hold.amount_microusd - captured_microusd
    pay_debt(account, freed)
    if policy[0] is not None and freed:
        journal.policy(given_back(Policy(*policy), hold, freed))
    await tx.write(*journal.writes())
    return account.available_microusd


def record(
    journal: Journal, account: Account, hold: Pending, phase: Phase, captured_microusd: int
) -> None:
    """Reverse the pending legs in full, then add the posted ones."""
    movement = Movement(
        id=follow_up(journal.now, f"{hold.id}:{phase}"),
        book=hold.book,
        code=hold.code,
        phase=phase,
        reference=hold.reference,
        debit=hold.account,
        credit=hold.house,
        amount_microusd=captured_microusd or hold.amount_microusd,
        pending_id=hold.id,
        key_id=hold.key_id,
    )
    journal.transfer(movement)
    journal.leg(movement.id, "pending", account, hold.amount_microusd)
    journal.house_leg(movement.id, "pending", hold.house, -hold.amount_microusd)
    if captured_microusd:
        journal.leg(movement.id, "posted", account, -captured_microusd)
        journal.house_leg(movement.id, "posted", hold.house, captured_microusd)
        if account.kind == "customer":
            account.untaken_microusd += captured_microusd


def pay_debt(account: Account, freed_microusd: int) -> None:
    """Let money that comes free pay debt first."""
    paid = min(account.debt_microusd, freed_microusd)
    account.debt_microusd -= paid
    if account.kind == "customer":
        account.untaken_microusd += paid


def given_back(policy: Policy, hold: Pending, freed_microusd: int) -> Policy:
    """Return caps their money; a day or month only while it still counts the hold's."""
    day = freed_microusd if policy.day == day_of(hold.created_at) else 0
    month = freed_microusd if policy.month == month_of(hold.created_at) else 0
    return replace(
        policy,
        day_used_microusd=policy.day_used_microusd - day,
        month_used_microusd=policy.month_used_microusd - month,
        total_used_microusd=policy.total_used_microusd - freed_microusd,
    )
