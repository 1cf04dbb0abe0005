"""Reversals: refunds and disputes take credit in proportion, and give it back if they fail.

The problem: events come in any order and more than once, several refunds and disputes may overlap,
and together they may claim more than was paid. So nothing is added up from events. Each step locks
the purchase, computes from all its reversals what is owed (`calculate_owed_credit` and
`calculate_due_credit` are pure), and debits only the difference to what was taken before.

Invariants: a reversal in state `taken` says how much credit and bonus it took, at most the part
that its own amount owes. What all of them owe beyond that (each part is rounded down) is taken by
rests: rows without an amount. Undoing a reversal gives back what it and all rests took, and draws
the rests anew. So what is taken is always what the reversals left owe together, and all of the
price takes all of the credit and bonus, however it was split.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from gateway.kit import audit_log
from gateway.kit.audit_log import Actor
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import sql
from gateway.ledger import transfers
from gateway.ledger.accounts import freezes
from gateway.ledger.accounts.grants import Category
from gateway.ledger.accounts.owners import House
from gateway.payments.bills import calculate_share
from gateway.payments.codes import code_credit
from gateway.payments.invoices.issuing import settle_credit_notes
from gateway.payments.payment import ProviderDispute, ProviderRefund
from gateway.payments.purchases import referrals
from gateway.payments.purchases.purchase_bills import (
    find_purchase_bill,
    get_net_microusd,
    get_returned_micros,
    get_returned_net_microusd,
    get_total_micros,
)
from gateway.payments.shop import Shop
from gateway.payments.states import DisputeOutcome, ReversalState
from gateway.payments.tables import Purchase, Reversal

NOW = sql("SELECT kt_now()")
CHAIN_REVERSAL_KIND = "deposit_reversed"
BONUS_SUFFIX = ":bonus"
UNDO_TRANSFER_CODES = {
    "refund": "refund_failed",
    "dispute": "dispute_won",
    CHAIN_REVERSAL_KIND: "deposit_restored",
}


def calculate_owed_credit(
    *, total_micros: int, credit_microusd: int, bonus_microusd: int, returned_micros: int
) -> tuple[int, int]:
    """Return the credit and the bonus that belong to the returned part of a bill's total.

    Together they are floor((credit + bonus) * returned / total): the whole total takes all. Total
    and returned part are in the currency of the bill. Of a total of 0 nothing can go back.
    """
    if not total_micros:
        return 0, 0
    returned = min(returned_micros, total_micros)
    credit = credit_microusd * returned // total_micros
    both = (credit_microusd + bonus_microusd) * returned // total_micros
    return credit, both - credit


async def reverse_refund(
    session: Session, shop: Shop, purchase: Purchase, refund: ProviderRefund
) -> str:
    """Apply a refund as its provider has it; the caller has locked the purchase."""
    row, rows = await find_or_add_reversal(session, shop, purchase, refund)
    if refund.is_counted and row.state == ReversalState.WANTED:
        await take_reversal(session, shop, purchase, row, rows)
    elif refund.status == "failed" and row.state != ReversalState.UNDONE:
        await undo_reversal(session, shop, purchase, row, rows)
    await adjust_what_followed(session, shop, purchase, refund.id)
    return "refunded" if row.state == ReversalState.TAKEN else "refund_failed"


async def reverse_dispute(
    session: Session, shop: Shop, purchase: Purchase, dispute: ProviderDispute
) -> str:
    """Apply a dispute as its provider has it; the caller has locked the purchase."""
    row, rows = await find_or_add_reversal(session, shop, purchase, dispute)
    freeze_action = await update_dispute_freeze(session, purchase, row, dispute)
    if dispute.reinstated and row.state != ReversalState.UNDONE:
        await undo_reversal(session, shop, purchase, row, rows)
    elif dispute.withdrawn and row.state == ReversalState.WANTED:
        await take_reversal(session, shop, purchase, row, rows)
    await adjust_what_followed(session, shop, purchase, dispute.id)
    if freeze_action is not None:
        after = {"reason": "dispute", "reference": dispute.id, "mode": purchase.book}
        provider = Actor(kind="system", id=purchase.provider)
        await audit_log.record(session, provider, freeze_action, purchase.account_id, after=after)
    return f"dispute_{row.outcome or 'open'}"


async def adjust_what_followed(
    session: Session, shop: Shop, purchase: Purchase, cause: str
) -> None:
    """Adjust what a purchase brought beside its credit: code's credit, commission, invoices.

    `cause` names the newest reversal. The buyer's ledger account comes before the affiliate's, and
    the numbers of credit notes last: all purchases of the book wait for them.
    """
    rows = await list_reversals(session, purchase)
    await adjust_code_credit(session, shop, purchase, rows)
    await referrals.adjust_commission(session, shop, purchase, rows, cause)
    await settle_credit_notes(session, shop, purchase, rows)


async def adjust_code_credit(
    session: Session, shop: Shop, purchase: Purchase, rows: Sequence[Reversal]
) -> None:
    """Take back the part of a code's credit that belongs to the returned part of its purchase."""
    found = await code_credit.find_redemption_of_purchase(session, purchase.id)
    if found is None:
        return
    redemption, label = found
    owed, _ = calculate_owed_credit(
        total_micros=await load_total_micros(session, purchase),
        credit_microusd=redemption.credit_microusd,
        bonus_microusd=0,
        returned_micros=sum(
            get_returned_micros(each) for each in rows if each.state == ReversalState.TAKEN
        ),
    )
    await code_credit.take_back_code_credit(session, shop.ids, redemption, label, owed)


async def update_dispute_freeze(
    session: Session, purchase: Purchase, row: Reversal, dispute: ProviderDispute
) -> str | None:
    """Freeze the account while a dispute is open or lost; unfreeze it when the dispute is won.

    Returns: the action for the audit log, or None if nothing changed.
    """
    account = purchase.ledger_account
    if dispute.status == DisputeOutcome.WON:
        row.outcome = DisputeOutcome.WON
        changed = await freezes.unfreeze_account(
            session, account=account, reason="dispute", reference=dispute.id
        )
        return "account.unfreeze" if changed else None
    # Once an outcome is known no later event freezes again: the operator may have unfrozen the
    # account after a lost dispute, and a repeated event must not overrule that.
    if row.outcome is None:
        row.outcome = DisputeOutcome.LOST if dispute.status == DisputeOutcome.LOST else None
        changed = await freezes.freeze_account(
            session, account=account, reason="dispute", reference=dispute.id
        )
        return "account.freeze" if changed else None
    return None


async def find_or_add_reversal(
    session: Session,
    shop: Shop,
    purchase: Purchase,
    provider_return: ProviderRefund | ProviderDispute,
) -> tuple[Reversal, Sequence[Reversal]]:
    """Return the reversal of a refund or dispute, added if new, and all of its purchase."""
    # Our own refund is written before the provider names it. Its metadata carries the id of our
    # row, so the first report of it finds that row instead of adding a second one.
    rows = await list_reversals(session, purchase)
    own_id = provider_return.reversal_id if isinstance(provider_return, ProviderRefund) else None
    for row in rows:
        if row.provider_reference == provider_return.id or (
            row.id == own_id and row.provider_reference is None
        ):
            row.provider_reference = provider_return.id
            return row, rows
    row = await add_reversal(
        session,
        shop,
        purchase,
        kind="refund" if isinstance(provider_return, ProviderRefund) else "dispute",
        amount_micros=provider_return.amount_micros,
        reason=provider_return.reason,
        provider_reference=provider_return.id,
    )
    return row, [*rows, row]


async def add_reversal(
    session: Session,
    shop: Shop,
    purchase: Purchase,
    *,
    kind: str,
    amount_micros: int,
    reason: str | None,
    provider_reference: str | None,
) -> Reversal:
    """Add a reversal in state `wanted`, which has taken no credit yet.

    The amount is in the currency of the purchase's bill.
    """
    bill = await find_purchase_bill(session, purchase.id)
    total_micros = get_total_micros(purchase, bill)
    rows = await list_reversals(session, purchase)
    standing = [each for each in rows if each.state != ReversalState.UNDONE]
    before = sum(get_returned_micros(each) for each in standing)

    def share(whole: int, shares: Iterable[int]) -> int:
        return calculate_share(
            whole, total=total_micros, before=before, part=amount_micros, shared=sum(shares)
        )

    row = Reversal(
        id=shop.ids.new("rev"),
        purchase_id=purchase.id,
        provider=purchase.provider,
        kind=kind,
        provider_reference=provider_reference,
        state=ReversalState.WANTED,
        outcome=None,
        amount_microusd=share(purchase.paid_microusd, (each.amount_microusd for each in standing)),
        amount_micros=amount_micros,
        net_microusd=share(
            get_net_microusd(purchase, bill), map(get_returned_net_microusd, standing)
        ),
        credit_taken_microusd=0,
        bonus_taken_microusd=0,
        reason=reason,
        created_at=(await session.read(NOW))[0][0],
    )
    session.add(row)
    return row


async def list_reversals(session: Session, purchase: Purchase) -> Sequence[Reversal]:
    """List the reversals of a purchase, the oldest first."""
    reversals = await session.scalars(
        select(Reversal).where(Reversal.purchase_id == purchase.id).order_by(Reversal.id)
    )
    return reversals.all()


async def take_reversal(
    session: Session, shop: Shop, purchase: Purchase, row: Reversal, rows: Sequence[Reversal]
) -> None:
    """Mark a reversal as taken, and debit what is owed for all taken ones and not yet debited."""
    row.state = ReversalState.TAKEN
    total_micros = await load_total_micros(session, purchase)
    own = calculate_owed_credit(
        total_micros=total_micros,
        credit_microusd=purchase.credit_microusd,
        bonus_microusd=purchase.bonus_microusd,
        returned_micros=get_returned_micros(row),
    )
    due = calculate_due_credit(purchase, rows, total_micros)
    row.credit_taken_microusd, row.bonus_taken_microusd = map(min, due, own)
    await debit_reversal(session, shop, purchase, row)
    await debit_rest(session, shop, purchase)


async def debit_reversal(session: Session, shop: Shop, purchase: Purchase, row: Reversal) -> None:
    """Debit the credit and the bonus that a reversal takes."""
    for part, category, target in list_taken_parts(shop, purchase, row):
        await transfers.claw_back(
            session,
            shop.ids,
            account=purchase.ledger_account,
            book=purchase.book,
            code=row.kind,
            reference=build_transfer_reference(row, category),
            amount_microusd=part,
            target=target,
            purchase_id=purchase.id,
            category=category,
            description=f"{row.kind} of {purchase.id}",
        )


async def load_total_micros(session: Session, purchase: Purchase) -> int:
    """Return what was charged for a purchase in all, in the currency of its bill."""
    return get_total_micros(purchase, await find_purchase_bill(session, purchase.id))


def calculate_due_credit(
    purchase: Purchase, rows: Sequence[Reversal], total_micros: int
) -> tuple[int, int]:
    """Return the credit and the bonus still to debit for all reversals in state `taken`: pure.

    If a chain took the bonus by itself, that paid for no refund. Then no bonus is left to take,
    and the credit is owed as if the purchase had brought none.
    """
    taken = [each for each in rows if each.state == ReversalState.TAKEN]
    credit, bonus = calculate_owed_credit(
        total_micros=total_micros,
        credit_microusd=purchase.credit_microusd,
        bonus_microusd=purchase.bonus_microusd,
        returned_micros=sum(get_returned_micros(each) for each in taken),
    )
    credit_before = sum(each.credit_taken_microusd for each in taken)
    if any(is_bonus_reversal(each, rows) for each in taken):
        return max(0, credit - credit_before), 0
    bonus_before = sum(each.bonus_taken_microusd for each in taken)
    due = max(0, credit + bonus - credit_before - bonus_before)
    bonus_due = min(due, max(0, bonus - bonus_before))
    return due - bonus_due, bonus_due


def is_bonus_reversal(row: Reversal, rows: Sequence[Reversal]) -> bool:
    """Return True if this chain reversal took a bonus by itself, and still does."""
    is_without_amount = is_chain_reversal_taken(row) and not get_returned_micros(row)
    return is_without_amount and row not in list_rests(rows)


def is_chain_reversal_taken(row: Reversal) -> bool:
    """Return True if this is a chain reversal whose credit was not given back."""
    return row.kind == CHAIN_REVERSAL_KIND and row.state == ReversalState.TAKEN


def list_taken_parts(
    shop: Shop, purchase: Purchase, row: Reversal
) -> list[tuple[int, Category, House]]:
    """List what a reversal took, without empty parts: amount, category, house account."""
    every_part: tuple[tuple[int, Category, House], ...] = (
        (
            row.credit_taken_microusd,
            "paid",
            shop.provider_classes[purchase.provider].clearing_account,
        ),
        (row.bonus_taken_microusd, "bonus", House.BONUS),
    )
    return [part for part in every_part if part[0]]


def build_transfer_reference(row: Reversal, category: Category) -> str:
    """Build the natural key of the transfer by which a reversal takes a category of credit."""
    return f"{row.provider_reference}{BONUS_SUFFIX if category == 'bonus' else ''}"


async def undo_reversal(
    session: Session, shop: Shop, purchase: Purchase, row: Reversal, rows: Sequence[Reversal]
) -> None:
    """Give back what a reversal and all rests took, then debit what the others owe together."""
    for each in [row, *list_rests(rows)]:
        await give_back_credit(session, shop, purchase, each)
        each.state = ReversalState.UNDONE
    await debit_rest(session, shop, purchase)


def list_rests(rows: Sequence[Reversal]) -> list[Reversal]:
    """List the taken rows without an amount that took what no other reversal could: `du_1:2`."""
    return [
        each
        for each in rows
        if each.state == ReversalState.TAKEN
        and not get_returned_micros(each)
        and any(each in list_later_reversals(base, rows) for base in rows)
    ]


def list_later_reversals(row: Reversal, rows: Sequence[Reversal]) -> list[Reversal]:
    """List the rests that were added under the reference of this reversal: `du_1:2`, `du_1:3`."""
    start = f"{row.provider_reference}:"
    return [each for each in rows if (each.provider_reference or "").startswith(start)]


async def debit_rest(session: Session, shop: Shop, purchase: Purchase) -> None:
    """Debit what the taken reversals owe together and none of them took, by a row of its own."""
    rows = await list_reversals(session, purchase)
    due = calculate_due_credit(purchase, rows, await load_total_micros(session, purchase))
    if not any(due):
        return
    # The natural key of a transfer is used once, so each rest has the next number.
    taken = [each for each in rows if each.state == ReversalState.TAKEN]
    base = next(each for each in taken if get_returned_micros(each))
    row = await add_reversal(
        session, shop, purchase, kind=base.kind, amount_micros=0, reason=base.reason,
        provider_reference=f"{base.provider_reference}:{2 + len(list_later_reversals(base, rows))}",
    )  # fmt: skip
    row.state = ReversalState.TAKEN
    row.credit_taken_microusd, row.bonus_taken_microusd = due
    await debit_reversal(session, shop, purchase, row)


async def give_back_credit(session: Session, shop: Shop, purchase: Purchase, row: Reversal) -> None:
    """Credit exactly what a reversal took."""
    for part, category, source in list_taken_parts(shop, purchase, row):
        await transfers.credit_account(
            session,
            shop.ids,
            account=purchase.ledger_account,
            book=purchase.book,
            code=UNDO_TRANSFER_CODES[row.kind],
            reference=build_transfer_reference(row, category),
            amount_microusd=part,
            source=source,
            category=category,
            expires_at=purchase.expires_at,
            purchase_id=purchase.id,
            description=f"{row.kind} of {purchase.id} given back",
        )
