"""Spending without a hold, and the operator's corrections of a balance."""

from gateway.kit.caller import SpenderId
from gateway.kit.database.sql import Tx, get_database_time
from gateway.kit.errors import InsufficientCredits
from gateway.kit.ids import Ids
from gateway.kit.money import to_amount_fields
from gateway.ledger.accounts.journal import Journal, NewTransfer
from gateway.ledger.accounts.owners import House, house_account_number
from gateway.ledger.decisions import Hold, find_policies, find_spend_refusal
from gateway.ledger.movements.credits import credit_account, lock_account
from gateway.ledger.policies import load_spenders
from gateway.ledger.states import Phase


async def consume(
    tx: Tx,
    ids: Ids,
    *,
    account: int,
    book: str,
    reference: str,
    amount_microusd: int,
    key_id: SpenderId | None,
    description: str | None = None,
) -> tuple[str, int]:
    """Spend an amount at once, by the same rules as a hold.

    Returns: the transfer's id, and the available balance after it.

    Raises:
        Unauthorized: the key is revoked, expired or of another account.
        AccountFrozen: the account is not active.
        InsufficientCredits: the account has debt, or less available than the amount.
        KeyLimitExceeded: a cap of the key has less left.
        MemberLimitExceeded: a cap of the key's member has less left.
    """
    owner = await lock_account(tx, account, book)
    view = await load_spenders(tx, [key_id])
    spend = Hold(ids.new("trf"), account, book, reference, amount_microusd, key_id, "consume")
    spender = view.spenders.get(key_id) if key_id is not None else None
    policies = find_policies(spender, {}, view)
    refused = find_spend_refusal(owner, policies, spend, spender, view.now)
    if refused is not None:
        raise refused
    journal = Journal(view.now)
    transfer = NewTransfer(
        id=spend.id,
        book=book,
        code="consume",
        phase=Phase.SINGLE,
        reference=reference,
        debit=account,
        credit=house_account_number(House.REVENUE, book),
        amount_microusd=amount_microusd,
        key_id=key_id,
        policy_id=policies.own_id,
        member_policy_id=policies.member_id,
        description=description,
    )
    journal.add_single_transfer(transfer, owner)
    owner.untaken_microusd += amount_microusd
    for policy in policies.with_used(amount_microusd):
        journal.add_policy(policy)
    await tx.write(*journal.build_writes())
    return spend.id, owner.available_microusd


async def adjust_balance(
    tx: Tx,
    ids: Ids,
    *,
    account: int,
    book: str,
    reference: str,
    amount_microusd: int,
    description: str,
) -> int:
    """Correct a balance by a signed amount against the house, never below zero available.

    Returns: the available balance after it.

    Raises:
        InsufficientCredits: the correction would take more than is available.
    """
    if amount_microusd > 0:
        return await credit_account(
            tx,
            ids,
            account=account,
            book=book,
            code="adjust",
            reference=reference,
            amount_microusd=amount_microusd,
            source=House.ADJUST,
            category="paid",
            description=description,
        )
    taken_microusd = -amount_microusd
    owner = await lock_account(tx, account, book)
    if owner.available_microusd < taken_microusd:
        balance = to_amount_fields("balance", owner.available_microusd)
        raise InsufficientCredits(**to_amount_fields("required", taken_microusd), **balance)
    journal = Journal(await get_database_time(tx))
    transfer = NewTransfer(
        id=ids.new("trf"),
        book=book,
        code="adjust",
        phase=Phase.SINGLE,
        reference=reference,
        debit=account,
        credit=house_account_number(House.ADJUST, book),
        amount_microusd=taken_microusd,
        description=description,
    )
    journal.add_single_transfer(transfer, owner)
    owner.untaken_microusd += taken_microusd
    await tx.write(*journal.build_writes())
    return owner.available_microusd
