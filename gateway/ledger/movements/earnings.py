"""Earnings of affiliates: commission that is promised, earned, and paid out.

A promise is a pending transfer from the house to the affiliate on the layer `incoming`: it counts
nowhere as available until it is posted. A payout is pending from the affiliate to the house.

Lock order: a transaction that moves money of a customer and of an affiliate locks the customer's
account first; without one order a payout as credit and a refund could wait for each other.
"""

from dataclasses import dataclass

from gateway.kit.database.sql import Tx, get_database_time, sql
from gateway.kit.ids import Ids
from gateway.ledger.accounts.grant_expiry import settle_grants
from gateway.ledger.accounts.grants import Grant
from gateway.ledger.accounts.journal import Journal, NewTransfer, derive_transfer_id
from gateway.ledger.accounts.locks import lock_accounts
from gateway.ledger.accounts.owners import House, house_account_number
from gateway.ledger.decisions import Account
from gateway.ledger.errors import HoldResolved
from gateway.ledger.movements.credits import lock_account, pay_debt_and_grant
from gateway.ledger.movements.settlement import (
    SELECT_RESOLUTION,
    PendingTransfer,
    get_pending_transfer,
    pay_debt,
)
from gateway.ledger.states import Phase

SELECT_EARNINGS = sql(
    """
    SELECT a.incoming_microusd, a.posted_microusd, a.pending_microusd
    FROM {rows} JOIN ledger_account AS a ON a.id = given.id
    """,
    id="int",
)


@dataclass(frozen=True, slots=True)
class Earnings:
    """The earnings of an affiliate: promised, earned and not paid out, and of that reserved."""

    promised_microusd: int
    posted_microusd: int
    reserved_microusd: int

    @property
    def available_microusd(self) -> int:
        """Return the amount that can be paid out, negative when in debt."""
        return self.posted_microusd - self.reserved_microusd


async def get_earnings(tx: Tx, account: int) -> Earnings:
    """Return the earnings on an affiliate's account.

    Raises:
        LookupError: there is no such account.
    """
    rows = await tx.read(SELECT_EARNINGS, [(account,)])
    if not rows:
        raise LookupError(f"no account {account}")
    return Earnings(*rows[0])


async def promise_earning(
    tx: Tx, ids: Ids, *, account: int, book: str, reference: str, amount_microusd: int
) -> str:
    """Promise an affiliate a commission; return the id of the pending transfer.

    A second promise with the same reference raises `IntegrityError`: the caller lets its own unique
    row decide first.
    """
    owner = await lock_account(tx, account, book)
    journal = Journal(await get_database_time(tx))
    cost = house_account_number(House.AFFILIATE_COST, book)
    transfer = NewTransfer(
        id=ids.new("trf"),
        book=book,
        code="commission",
        phase=Phase.PENDING,
        reference=reference,
        debit=cost,
        credit=account,
        amount_microusd=amount_microusd,
    )
    journal.add_transfer(transfer)
    journal.add_leg(transfer.id, "incoming", owner, amount_microusd)
    journal.add_house_leg(transfer.id, "incoming", cost, -amount_microusd)
    await tx.write(*journal.build_writes())
    return transfer.id


async def post_promise(tx: Tx, transfer_id: str, amount_microusd: int) -> None:
    """Pay an affiliate what was promised, or less; it pays debt first.

    Raises:
        HoldResolved: the promise was kept or broken before.
        LookupError: there is no such promise.
        ValueError: the amount is not between 1 and the promised amount.
    """
    promised = await get_pending_transfer(tx, transfer_id)
    if not 0 < amount_microusd <= promised.amount_microusd:
        raise ValueError(f"{amount_microusd} µUSD of a promise of {promised.amount_microusd}")
    await _resolve_promise(tx, promised, Phase.POST, amount_microusd)


async def void_promise(tx: Tx, transfer_id: str) -> None:
    """Take back a promise in full.

    Raises:
        HoldResolved: the promise was kept or broken before.
        LookupError: there is no such promise.
    """
    await _resolve_promise(tx, await get_pending_transfer(tx, transfer_id), Phase.VOID, 0)


async def _resolve_promise(
    tx: Tx, promised: PendingTransfer, phase: Phase, posted_microusd: int
) -> None:
    """Write the only resolution of a promise."""
    # `PendingTransfer` names its sides as a hold has them; a promise is debited to the house.
    cost, number = promised.account, promised.house
    account = (await lock_accounts(tx, [number])).accounts[number]
    now, resolution, *_ = (await tx.read(SELECT_RESOLUTION, [(promised.id,)]))[0]
    if resolution is not None:
        raise HoldResolved(promised.id)
    journal = Journal(now)
    transfer = NewTransfer(
        id=derive_transfer_id(now, f"{promised.id}:{phase}"),
        book=promised.book,
        code=promised.code,
        phase=phase,
        reference=promised.reference,
        debit=cost,
        credit=number,
        amount_microusd=posted_microusd or promised.amount_microusd,
        pending_id=promised.id,
    )
    journal.add_transfer(transfer)
    journal.add_leg(transfer.id, "incoming", account, -promised.amount_microusd)
    journal.add_house_leg(transfer.id, "incoming", cost, promised.amount_microusd)
    if posted_microusd:
        journal.add_leg(transfer.id, "posted", account, posted_microusd)
        journal.add_house_leg(transfer.id, "posted", cost, -posted_microusd)
        pay_debt(account, posted_microusd)
    await tx.write(*journal.build_writes())


async def undo_clawback(
    tx: Tx, ids: Ids, *, account: int, book: str, reference: str, amount_microusd: int
) -> None:
    """Return clawed-back commission to an affiliate: the refund failed or the dispute was won."""
    owner = await lock_account(tx, account, book)
    journal = Journal(await get_database_time(tx))
    transfer = NewTransfer(
        id=ids.new("trf"),
        book=book,
        code="clawback_undone",
        phase=Phase.SINGLE,
        reference=reference,
        debit=house_account_number(House.AFFILIATE_COST, book),
        credit=account,
        amount_microusd=amount_microusd,
    )
    journal.add_single_transfer(transfer, owner)
    pay_debt(owner, amount_microusd)
    await tx.write(*journal.build_writes())


async def reserve_payout(
    tx: Tx, ids: Ids, *, account: int, book: str, reference: str, amount_microusd: int
) -> str:
    """Reserve an affiliate's money for a payout; return the transfer's id, to post or to void.

    Raises:
        ValueError: the amount is not available, or the affiliate has debt.
    """
    owner = await _lock_payer(tx, account, book, amount_microusd)
    journal = Journal(await get_database_time(tx))
    clearing = house_account_number(House.CLEARING_PAYOUTS, book)
    transfer = _build_payout(ids, owner, reference, Phase.PENDING, clearing, amount_microusd)
    journal.add_transfer(transfer)
    journal.add_leg(transfer.id, "pending", owner, -amount_microusd)
    journal.add_house_leg(transfer.id, "pending", clearing, amount_microusd)
    await tx.write(*journal.build_writes())
    return transfer.id


async def pay_as_credit(
    tx: Tx,
    ids: Ids,
    *,
    account: int,
    customer: int,
    book: str,
    reference: str,
    amount_microusd: int,
) -> str:
    """Pay an affiliate's money out as credit of a customer, which never expires.

    Returns: the transfer's id.

    Raises:
        ValueError: the amount is not available, or the affiliate has debt.
    """
    buyer = await lock_account(tx, customer, book)  # before the affiliate's: see the lock order
    owner = await _lock_payer(tx, account, book, amount_microusd)
    journal = Journal(await get_database_time(tx))
    grants = await settle_grants(tx, journal, buyer)
    transfer = _build_payout(ids, owner, reference, Phase.SINGLE, customer, amount_microusd)
    transfer.description = "affiliate commission as credit"
    journal.add_transfer(transfer)
    journal.add_leg(transfer.id, "posted", owner, -amount_microusd)
    journal.add_leg(transfer.id, "posted", buyer, amount_microusd)
    grant = Grant(ids.new("crg"), "earned", None, amount_microusd, None, journal.now)
    pay_debt_and_grant(journal, buyer, grants, grant)
    await tx.write(*journal.build_writes())
    return transfer.id


async def _lock_payer(tx: Tx, account: int, book: str, amount_microusd: int) -> Account:
    owner = await lock_account(tx, account, book)
    if owner.debt_microusd or not 0 < amount_microusd <= owner.available_microusd:
        raise ValueError(f"{amount_microusd} µUSD of {owner.available_microusd} available")
    return owner


def _build_payout(
    ids: Ids, owner: Account, reference: str, phase: Phase, to: int, amount_microusd: int
) -> NewTransfer:
    return NewTransfer(
        id=ids.new("trf"),
        book=owner.book,
        code="payout",
        phase=phase,
        reference=reference,
        debit=owner.id,
        credit=to,
        amount_microusd=amount_microusd,
    )
