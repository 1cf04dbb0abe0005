"""Settlement of holds: post all or a part of the money, or void it, once.

The problem: a worker, a sweeper and a cancel may all try to end the same hold. The caller decides
who wins by an update of the row that owns the hold (a job, a plan step, a payout) in the same
transaction; the ledger only refuses a second resolution.

Invariants: a hold's own row never changes; its resolution is a second transfer that names it by
`pending_id`, which is unique; the pending legs are reversed in full, then the posted ones added;
what is not posted goes back to the caps that it used, of the key and of its member, and pays debt
first.
"""

from dataclasses import dataclass, replace

from gateway.kit.clock import to_utc_day, to_utc_month
from gateway.kit.database.sql import Tx, sql
from gateway.ledger.accounts.journal import Journal, NewTransfer, derive_transfer_id
from gateway.ledger.accounts.locks import lock_accounts
from gateway.ledger.decisions import Account, Policy
from gateway.ledger.errors import HoldResolved
from gateway.ledger.states import Phase

SELECT_PENDING_TRANSFER = sql(
    """
    SELECT h.id, h.book, h.code, h.reference, h.debit_account, h.credit_account,
           h.amount_microusd, h.key_id, h.created_at
    FROM {rows} JOIN transfer AS h ON h.id = given.id AND h.phase = 'pending'
    """,
    id="text",
)
SELECT_RESOLUTION = sql(
    """
    SELECT kt_now(), r.id,
           p.id, p.daily_limit_microusd, p.monthly_limit_microusd, p.total_limit_microusd,
           p.day, p.day_used_microusd, p.month, p.month_used_microusd, p.total_used_microusd
    FROM {rows} JOIN transfer AS h ON h.id = given.id
    LEFT JOIN transfer AS r ON r.pending_id = h.id AND r.pending_id IS NOT NULL
    LEFT JOIN spend_policy AS p ON p.id IN (h.policy_id, h.member_policy_id)
    """,
    id="text",
)


@dataclass(frozen=True, slots=True)
class PendingTransfer:
    """A pending transfer as it was written: a hold, a promised commission or a reserved payout."""

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
    """Charge a hold, all of it or less; the rest is free again.

    Returns: the available balance after it.

    Raises:
        HoldResolved: the hold was posted or voided before.
        LookupError: there is no such hold.
        ValueError: the amount is not between 1 and the held amount.
    """
    hold = await get_pending_transfer(tx, hold_id)
    captured = hold.amount_microusd if amount_microusd is None else amount_microusd
    if not 0 < captured <= hold.amount_microusd:
        raise ValueError(f"{captured} µUSD of a hold of {hold.amount_microusd}")
    return await resolve_hold(tx, hold, Phase.POST, captured)


async def void(tx: Tx, hold_id: str) -> int:
    """Release a hold; return the available balance after it.

    Raises:
        HoldResolved: the hold was posted or voided before.
        LookupError: there is no such hold.
    """
    return await resolve_hold(tx, await get_pending_transfer(tx, hold_id), Phase.VOID, 0)


async def get_held_amount(tx: Tx, hold_id: str) -> int:
    """Return the amount of an open hold; the caller has locked its account.

    Raises:
        HoldResolved: the hold was posted or voided before.
        LookupError: there is no such hold.
    """
    hold = await get_pending_transfer(tx, hold_id)
    (_, resolution, *_), *_ = await tx.read(SELECT_RESOLUTION, [(hold_id,)])
    if resolution is not None:
        raise HoldResolved(hold_id)
    return hold.amount_microusd


async def get_pending_transfer(tx: Tx, hold_id: str) -> PendingTransfer:
    """Return a pending transfer. Its row never changes, so it may be read before the lock.

    Raises:
        LookupError: there is no such hold.
    """
    rows = await tx.read(SELECT_PENDING_TRANSFER, [(hold_id,)])
    if not rows:
        raise LookupError(hold_id)
    return PendingTransfer(*rows[0])


async def resolve_hold(tx: Tx, hold: PendingTransfer, phase: Phase, captured_microusd: int) -> int:
    """Write the only resolution of a hold: post `captured_microusd` of it, or void it (0)."""
    # Lock first, then look for a resolution: read the other way round, two settlements could both
    # find none, and the second would fail on the unique index instead of with `HoldResolved`.
    account = (await lock_accounts(tx, [hold.account])).accounts[hold.account]
    rows = await tx.read(SELECT_RESOLUTION, [(hold.id,)])  # one for each policy of the hold
    now, resolution, *_ = rows[0]
    if resolution is not None:
        raise HoldResolved(hold.id)
    journal = Journal(now)
    add_resolution(journal, account, hold, phase, captured_microusd)
    freed = hold.amount_microusd - captured_microusd
    pay_debt(account, freed)
    for _, _, *policy in rows:
        if policy[0] is not None and freed:
            journal.add_policy(release_caps(Policy(*policy), hold, freed))
    await tx.write(*journal.build_writes())
    return account.available_microusd


def add_resolution(
    journal: Journal, account: Account, hold: PendingTransfer, phase: Phase, captured_microusd: int
) -> None:
    """Add the transfer that reverses the pending legs in full, then adds the posted ones."""
    transfer = NewTransfer(
        id=derive_transfer_id(journal.now, f"{hold.id}:{phase}"),
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
    journal.add_transfer(transfer)
    journal.add_leg(transfer.id, "pending", account, hold.amount_microusd)
    journal.add_house_leg(transfer.id, "pending", hold.house, -hold.amount_microusd)
    if captured_microusd:
        journal.add_leg(transfer.id, "posted", account, -captured_microusd)
        journal.add_house_leg(transfer.id, "posted", hold.house, captured_microusd)
        if account.kind == "customer":  # an affiliate has no grants to pay from
            account.untaken_microusd += captured_microusd


def pay_debt(account: Account, freed_microusd: int) -> None:
    """Pay debt from money that comes free; a customer's grants are charged for it later."""
    paid = min(account.debt_microusd, freed_microusd)
    account.debt_microusd -= paid
    if account.kind == "customer":
        account.untaken_microusd += paid


def release_caps(policy: Policy, hold: PendingTransfer, freed_microusd: int) -> Policy:
    """Return the policy with a freed amount no longer used.

    The day and the month get it back only while they are still those in which the hold was made;
    a later window never counted it.
    """
    day = freed_microusd if policy.day == to_utc_day(hold.created_at) else 0
    month = freed_microusd if policy.month == to_utc_month(hold.created_at) else 0
    return replace(
        policy,
        day_used_microusd=policy.day_used_microusd - day,
        month_used_microusd=policy.month_used_microusd - month,
        total_used_microusd=policy.total_used_microusd - freed_microusd,
    )
