"""Credit that comes in, and credit that is clawed back."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.kit.database.sql import Tx, get_database_time
from gateway.kit.ids import Ids
from gateway.ledger.accounts.grant_expiry import settle_grants
from gateway.ledger.accounts.grants import (
    Category,
    Grant,
    calculate_free_parts,
    find_earliest_expiry,
)
from gateway.ledger.accounts.journal import Journal, NewTransfer
from gateway.ledger.accounts.locks import lock_accounts
from gateway.ledger.accounts.owners import House, house_account_number
from gateway.ledger.decisions import Account
from gateway.ledger.states import Phase

OVERDRAW_CODES = {"refund", "dispute", "deposit_reversed", "clawback", "code_taken_back"}


async def credit_account(
    tx: Tx,
    ids: Ids,
    *,
    account: int,
    book: str,
    code: str,
    reference: str,
    amount_microusd: int,
    source: House,
    category: Category,
    expires_at: int | None = None,
    purchase_id: str | None = None,
    description: str | None = None,
) -> int:
    """Credit an account: the amount pays debt first, the rest becomes a grant.

    Returns: the available balance after it. A second credit with the same reference raises
    `IntegrityError`: the caller lets its own unique row decide first.
    """
    owner = await lock_account(tx, account, book)
    journal = Journal(await get_database_time(tx))
    grants = await settle_grants(tx, journal, owner)
    transfer = NewTransfer(
        id=ids.new("trf"),
        book=book,
        code=code,
        phase=Phase.SINGLE,
        reference=reference,
        debit=house_account_number(source, book),
        credit=account,
        amount_microusd=amount_microusd,
        description=description,
    )
    journal.add_single_transfer(transfer, owner)
    grant = Grant(ids.new("crg"), category, purchase_id, amount_microusd, expires_at, journal.now)
    pay_debt_and_grant(journal, owner, grants, grant)
    await tx.write(*journal.build_writes())
    return owner.available_microusd


def pay_debt_and_grant(
    journal: Journal, owner: Account, grants: Sequence[Grant], new_grant: Grant
) -> None:
    """Pay the account's debt from credit that was moved to it; the rest of it becomes a grant.

    `grants` are the account's grants after `settle_grants`.
    """
    paid = min(owner.debt_microusd, new_grant.remaining_microusd)
    owner.debt_microusd -= paid
    journal.add_grant_remainders(grants)
    rest = replace(new_grant, remaining_microusd=new_grant.remaining_microusd - paid)
    if rest.remaining_microusd:
        journal.add_grant(owner, rest)
    owner.grants_due_at = find_earliest_expiry([*grants, rest])


async def claw_back(
    tx: Tx,
    ids: Ids,
    *,
    account: int,
    book: str,
    code: str,
    reference: str,
    amount_microusd: int,
    target: House,
    purchase_id: str | None = None,
    category: Category | None = None,
    description: str | None = None,
) -> int:
    """Take credit back: first free grants of the purchase, then others, and the rest is debt.

    Of the purchase's grants those of `category` come first; the others follow in spending order.

    Returns: the available balance after it, negative when in debt.

    Raises:
        ValueError: the code may not take the balance below zero.
    """
    if code not in OVERDRAW_CODES:
        raise ValueError(f"{code} may not go below zero")
    owner = await lock_account(tx, account, book)
    journal = Journal(await get_database_time(tx))
    if owner.kind == "customer":
        grants = await settle_grants(tx, journal, owner)
        of_purchase = [
            grant
            for grant in grants
            if purchase_id is not None and grant.purchase_id == purchase_id
        ]
        of_purchase.sort(key=lambda grant: grant.category != category)
        left, missing = take_free_parts(
            grants, of_purchase, owner.pending_microusd, amount_microusd
        )
        journal.add_grant_remainders(left)
        owner.grants_due_at = find_earliest_expiry(left)
    else:
        missing = max(0, amount_microusd - max(0, owner.available_microusd))
    owner.debt_microusd += missing
    transfer = NewTransfer(
        id=ids.new("trf"),
        book=book,
        code=code,
        phase=Phase.SINGLE,
        reference=reference,
        debit=account,
        credit=house_account_number(target, book),
        amount_microusd=amount_microusd,
        description=description,
    )
    journal.add_single_transfer(transfer, owner)
    await tx.write(*journal.build_writes())
    return owner.available_microusd


def take_free_parts(
    grants: Sequence[Grant], first: Sequence[Grant], pending_microusd: int, amount_microusd: int
) -> tuple[list[Grant], int]:
    """Take an amount from the free parts of grants; return all grants, and the missing amount.

    The grants of `first` are taken from before the others. Parts that open holds need stay.
    """
    parts = calculate_free_parts(grants, 0, pending_microusd)
    left = {grant.id: grant for grant in grants}
    for grant in [*first, *(g for g in grants if g not in first)]:
        part = min(parts[grant.id], amount_microusd)
        amount_microusd -= part
        left[grant.id] = replace(grant, remaining_microusd=grant.remaining_microusd - part)
    return list(left.values()), amount_microusd


async def lock_account(tx: Tx, number: int, book: str) -> Account:
    """Lock one account and return it.

    Raises:
        LookupError: there is no such account.
        ValueError: it is of the other book.
    """
    account = (await lock_accounts(tx, [number])).accounts[number]
    if account.book != book:
        raise ValueError(f"account {number} is not of the {book} book")
    return account
