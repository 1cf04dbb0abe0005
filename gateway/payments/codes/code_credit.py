"""The credit of redeemed codes: given at once or with the first purchase, taken back with it.

A code for the first purchase is credited in the transaction of that purchase, and goes back with
it: what was refunded of the price takes the same part of the code's credit, as it does of a bonus.
What was spent meanwhile becomes a debt, so buying, spending a code's credit and asking for the
money back leaves an account that cannot spend.

The caller holds a lock that orders these movements: the code's row when an account redeems, the
purchase's row when one is credited or refunded. Redemptions that wait are read and written under
the lock of their ledger account, so none is redeemed while the first purchase passes it by.
"""

from sqlalchemy import or_, select

from gateway.kit.clock import DAY
from gateway.kit.database.sessions import Session, Snapshot
from gateway.kit.database.sql import get_database_time
from gateway.kit.ids import Ids
from gateway.ledger import transfers
from gateway.ledger.accounts.owners import House
from gateway.payments.codes.states import RedemptionState
from gateway.payments.codes.tables import CodeRedemption as CodeRedemption
from gateway.payments.codes.tables import CreditCode
from gateway.payments.tables import Checkout, Purchase

TAKEN_BACK_CODE, GIVEN_BACK_CODE = "code_taken_back", "code_restored"


async def credit_redemption(
    session: Session, ids: Ids, redemption: CodeRedemption, label: str
) -> int:
    """Credit a redemption from the promotions of the house; return the available balance."""
    now = await get_database_time(session)
    redemption.state = RedemptionState.CREDITED
    redemption.credited_at = now
    redemption.expires_at = now + redemption.credit_days * DAY if redemption.credit_days else None
    return await transfers.credit_account(
        session,
        ids,
        account=redemption.ledger_account,
        book=redemption.book,
        code="promo",
        reference=build_reference(redemption),
        amount_microusd=redemption.credit_microusd,
        source=House.PROMO,
        category="promo",
        expires_at=redemption.expires_at,
        purchase_id=redemption.purchase_id,
        description=f"code {label}",
    )


def build_reference(redemption: CodeRedemption) -> str:
    """Build the natural key of the transfer that credits a redemption."""
    return f"code:{redemption.code_id}:{redemption.account_id}"


async def credit_waiting_code(
    session: Session, ids: Ids, checkout: Checkout, purchase: Purchase
) -> None:
    """Credit the code that waits for this first purchase, if any; its account is under lock.

    A code that ended after the checkout was opened still counts: the buyer was told of it. One that
    asks for a higher price goes on waiting. An account that has bought can redeem no such code, and
    one whose code ended could redeem another: the first that is credited lapses all others.
    """
    if not purchase.paid_microusd or await was_code_credited(session, purchase.ledger_account):
        return
    found = await session.execute(
        select(CodeRedemption, CreditCode.label)
        .join(CreditCode, CreditCode.id == CodeRedemption.code_id)
        .where(
            CodeRedemption.ledger_account == purchase.ledger_account,
            CodeRedemption.state == RedemptionState.WAITING,
            CreditCode.disabled_at.is_(None),
            CreditCode.least_purchase_microusd <= purchase.paid_microusd,
            or_(CreditCode.expires_at.is_(None), CreditCode.expires_at > checkout.created_at),
        )
        .order_by(CodeRedemption.redeemed_at, CodeRedemption.code_id)
        .limit(1)
    )
    row = found.first()
    if row is None:
        return
    redemption, label = row
    redemption.purchase_id = purchase.id
    await credit_redemption(session, ids, redemption, label)
    await session.flush()


async def was_code_credited(session: Session, ledger_account: int) -> bool:
    """Return True if an earlier purchase of an account was credited its code."""
    credited = select(CodeRedemption.code_id).where(
        CodeRedemption.ledger_account == ledger_account, CodeRedemption.purchase_id.is_not(None)
    )
    return await session.scalar(credited.limit(1)) is not None


async def find_redemption_of_purchase(
    session: Session | Snapshot, purchase_id: str
) -> tuple[CodeRedemption, str] | None:
    """Return the redemption that a purchase credited, with the label of its code, or None."""
    found = await session.execute(
        select(CodeRedemption, CreditCode.label)
        .join(CreditCode, CreditCode.id == CodeRedemption.code_id)
        .where(CodeRedemption.purchase_id == purchase_id)
    )
    row = found.first()
    return None if row is None else (row[0], row[1])


async def take_back_code_credit(
    session: Session, ids: Ids, redemption: CodeRedemption, label: str, owed_microusd: int
) -> None:
    """Move what refunds took of a redemption to this amount; the caller locked its purchase.

    A refund that failed or a dispute that was won lowers the amount: then credit is given back.
    """
    change = owed_microusd - redemption.taken_back_microusd
    if not change:
        return
    redemption.taken_back_microusd = owed_microusd
    redemption.corrections += 1
    reference = f"{build_reference(redemption)}:{redemption.corrections}"
    if change > 0:
        await transfers.claw_back(
            session,
            ids,
            account=redemption.ledger_account,
            book=redemption.book,
            code=TAKEN_BACK_CODE,
            reference=reference,
            amount_microusd=change,
            target=House.PROMO,
            purchase_id=redemption.purchase_id,
            category="promo",
            description=f"code {label}",
        )
        return
    await transfers.credit_account(
        session,
        ids,
        account=redemption.ledger_account,
        book=redemption.book,
        code=GIVEN_BACK_CODE,
        reference=reference,
        amount_microusd=-change,
        source=House.PROMO,
        category="promo",
        expires_at=redemption.expires_at,
        purchase_id=redemption.purchase_id,
        description=f"code {label}",
    )
