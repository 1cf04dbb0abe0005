"""Reversals: refunds and disputes as their provider reports them, and all that follows from each.

Reports come in any order and more than once. Each locks the purchase, brings the row of its refund
or dispute to what the provider says, and takes or gives back its credit. Then follows what a
purchase brought beside its credit.
"""

from collections.abc import Sequence

from gateway.kit import audit_log
from gateway.kit.audit_log import Actor
from gateway.kit.database.sessions import Session
from gateway.ledger.accounts import freezes
from gateway.payments.codes import code_credit
from gateway.payments.invoices.issuing import settle_credit_notes
from gateway.payments.payment import ProviderDispute, ProviderRefund
from gateway.payments.purchases import referrals
from gateway.payments.refunds.reversal_credit import (
    calculate_owed_credit,
    load_total_micros,
    mend_rests,
    take_reversal,
    undo_reversal,
)
from gateway.payments.refunds.reversal_rows import (
    date_return,
    find_or_add_reversal,
    list_reversals,
)
from gateway.payments.shop import Shop
from gateway.payments.states import DisputeOutcome, ReversalState
from gateway.payments.tables import Purchase, Reversal


async def reverse_refund(
    session: Session, shop: Shop, purchase: Purchase, refund: ProviderRefund
) -> str:
    """Apply a refund as its provider has it; the caller has locked the purchase."""
    row, rows = await find_or_add_reversal(session, shop, purchase, refund)
    if refund.is_counted and row.state == ReversalState.WANTED:
        await take_reversal(session, shop, purchase, row, rows)
    elif refund.status == "failed" and row.state != ReversalState.UNDONE:
        await undo_reversal(session, shop, purchase, row, rows)
    await mend_rests(session, shop, purchase)
    await adjust_what_followed(session, shop, purchase, refund.id)
    return "refunded" if row.state == ReversalState.TAKEN else "refund_failed"


async def reverse_dispute(
    session: Session, shop: Shop, purchase: Purchase, dispute: ProviderDispute
) -> str:
    """Apply a dispute as its provider has it; the caller has locked the purchase."""
    row, rows = await find_or_add_reversal(session, shop, purchase, dispute)
    was_settled = row.settled_micros > 0
    freeze_action = await update_dispute_freeze(session, purchase, row, dispute)
    await date_return(session, row, rows, was_settled=was_settled)
    if dispute.reinstated and row.state != ReversalState.UNDONE:
        await undo_reversal(session, shop, purchase, row, rows)
    elif dispute.withdrawn and row.state == ReversalState.WANTED:
        await take_reversal(session, shop, purchase, row, rows)
    await mend_rests(session, shop, purchase)
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

    `cause` names the newest reversal. The numbers of credit notes come last: all purchases of the
    book wait for them.
    """
    await adjust_gains(session, shop, purchase, cause)
    await correct_invoice(session, shop, purchase)


async def adjust_gains(session: Session, shop: Shop, purchase: Purchase, cause: str) -> None:
    """Adjust the credit of the code and the commission that a purchase brought.

    The buyer's ledger account comes before the affiliate's.
    """
    rows = await list_reversals(session, purchase)
    await adjust_code_credit(session, shop, purchase, rows)
    await referrals.adjust_commission(session, shop, purchase, rows, cause)


async def correct_invoice(session: Session, shop: Shop, purchase: Purchase) -> None:
    """Issue the credit notes and further invoices that the reversals of a purchase ask for."""
    rows = await list_reversals(session, purchase)
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
            each.returned_micros for each in rows if each.state == ReversalState.TAKEN
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
