"""Commissions: promised with the purchase, approved after a hold time, less with each refund.

The problem: refunds and disputes arrive late, twice and out of order. So no event adds or
subtracts: `correct_commission` computes the commission from what was paid and what went back in all
(`calculate_commission`, pure) and corrects the rows to it. The same facts a second time change
nothing.

Invariants: the affiliate's row is locked before a commission is read; before the approval a change
is made in the row itself, afterwards it is a row of its own, because a payout may have taken it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from sqlalchemy import select

from gateway.affiliates.code_binding import is_same_person
from gateway.affiliates.programme import (
    COMMISSION_HOLD,
    EARNING_PERIOD,
    RATE_BPS,
    find_affiliate_by_code,
    lock_affiliate,
)
from gateway.affiliates.states import AffiliateState, CommissionState
from gateway.affiliates.tables import Affiliate, Commission
from gateway.identity.keys import keys
from gateway.kit.database.sessions import Database, Session, Snapshot
from gateway.kit.database.sql import get_database_time
from gateway.kit.ids import Ids
from gateway.ledger import transfers
from gateway.ledger.accounts.owners import House, get_account_number

BATCH_SIZE = 200
UNAPPROVED_STATES = (CommissionState.PENDING, CommissionState.HOLD)


@dataclass(frozen=True, slots=True)
class Referrer:
    """The affiliate that referred a buyer, and its account; `wallet` is its USDC address."""

    affiliate_id: str
    account_id: str
    wallet: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferredPurchase:
    """A purchase as commissions see it; `paid_by_affiliate` if by the affiliate's means."""

    purchase_id: str
    account_id: str
    book: str
    paid_microusd: int
    paid_by_affiliate: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseReturns:
    """The amounts of a purchase that went back in all, as known now.

    `settled_microusd` counts refunds and lost disputes, `taken_microusd` also open disputes that
    took money. `cause` is the provider's id of the newest refund or dispute.
    """

    purchase_id: str
    cause: str
    settled_microusd: int
    taken_microusd: int
    disputed: bool


def calculate_commission(paid_microusd: int, returned_microusd: int, rate_bps: int) -> int:
    """Return the commission on the amount that was paid and did not go back, rounded down."""
    return max(0, paid_microusd - returned_microusd) * rate_bps // 10_000


async def find_referrer(session: Session, account_id: str) -> Referrer | None:
    """Return the affiliate that earns on purchases of an account now, or None."""
    account = await keys.get_account(session, account_id)
    now = await get_database_time(session)
    if account.referral_code is None or now > account.created_at + EARNING_PERIOD:
        return None
    affiliate = await find_affiliate_by_code(session, account.referral_code)
    if affiliate is None or affiliate.account_id == account_id:
        return None
    wallet = affiliate.payout_destination if affiliate.payout_method == "usdc" else None
    return Referrer(affiliate.id, affiliate.account_id, wallet)


async def promise_commission(
    session: Session, ids: Ids, referrer: Referrer, purchase: ReferredPurchase
) -> None:
    """Promise the commission on a purchase; it is on hold if the buyer may be the affiliate.

    Call it in the transaction of the purchase, after its unique row was written: that row keeps a
    second delivery of the payment from promising twice.
    """
    affiliate = await lock_affiliate(session, referrer.affiliate_id)
    amount = calculate_commission(purchase.paid_microusd, 0, RATE_BPS)
    if affiliate.state != AffiliateState.APPROVED or not amount:
        return
    now = await get_database_time(session)
    suspicion = await find_suspicion(session, affiliate, purchase)
    transfer_id = await transfers.promise_earning(
        session,
        ids,
        account=await get_affiliate_account(session, affiliate.id, purchase.book),
        book=purchase.book,
        reference=purchase.purchase_id,
        amount_microusd=amount,
    )
    row = Commission(
        id=ids.new("com"),
        affiliate_id=affiliate.id,
        book=purchase.book,
        kind="commission",
        state=CommissionState.PENDING if suspicion is None else CommissionState.HOLD,
        purchase_id=purchase.purchase_id,
        buyer_id=purchase.account_id,
        reference=purchase.purchase_id,
        transfer_id=transfer_id,
        purchase_microusd=purchase.paid_microusd,
        rate_bps=RATE_BPS,
        amount_microusd=amount,
        suspicion=suspicion,
        due_at=now + COMMISSION_HOLD,
        created_at=now,
    )
    session.add(row)
    await session.flush()


async def find_suspicion(
    session: Session, affiliate: Affiliate, purchase: ReferredPurchase
) -> str | None:
    """Return the reason to suspect that a buyer is the affiliate; only operators see it."""
    if await is_same_person(session, affiliate, purchase.account_id):
        return "same e-mail address"
    if purchase.paid_by_affiliate:
        return "paid with means of the affiliate"
    place = affiliate.payout_destination
    if place is not None:
        twin = select(Affiliate.id).where(
            Affiliate.account_id == purchase.account_id, Affiliate.payout_destination == place
        )
        if await session.scalar(twin) is not None:
            return "same payout address"
    return None


async def get_affiliate_account(session: Session | Snapshot, affiliate_id: str, book: str) -> int:
    """Return the number of an affiliate's ledger account in a book."""
    return await get_account_number(session, affiliate_id, book, "affiliate")


async def correct_commission(session: Session, ids: Ids, returned: PurchaseReturns) -> None:
    """Correct the commission on a purchase after refunds and disputes; again changes nothing."""
    known = await session.scalar(
        select(Commission).where(
            Commission.purchase_id == returned.purchase_id, Commission.kind == "commission"
        )
    )
    if known is None:
        return
    # The first read only finds the affiliate to lock; the row may have changed before the lock.
    await lock_affiliate(session, known.affiliate_id)
    row = await reload_commission(session, known.id)
    if row.state in {*UNAPPROVED_STATES, CommissionState.REVERSED}:
        await _correct_before_approval(session, ids, row, returned)
    else:
        await _correct_after_approval(session, ids, row, returned)
    await session.flush()


async def _correct_before_approval(
    session: Session, ids: Ids, row: Commission, returned: PurchaseReturns
) -> None:
    """Reduce a promise or break it; promise again if the money of a broken one came back."""
    if row.state == CommissionState.REVERSED and row.suspicion is not None:
        return  # reversed by the operator, which is final
    due = calculate_commission(row.purchase_microusd, returned.settled_microusd, row.rate_bps)
    row.reversed_microusd, row.disputed = row.amount_microusd - due, int(returned.disputed)
    if row.state == CommissionState.REVERSED and due:
        row.transfer_id = await transfers.promise_earning(
            session,
            ids,
            account=await get_affiliate_account(session, row.affiliate_id, row.book),
            book=row.book,
            reference=f"{row.purchase_id}:{returned.cause}",
            amount_microusd=row.amount_microusd,
        )
    elif row.state != CommissionState.REVERSED and not due and row.transfer_id is not None:
        await transfers.void_promise(session, row.transfer_id)
    row.state = to_unapproved_state(row) if due else CommissionState.REVERSED


def to_unapproved_state(row: Commission) -> CommissionState:
    """Return the state of an unapproved commission: on hold if suspected or disputed."""
    return (
        CommissionState.HOLD
        if row.suspicion is not None or row.disputed
        else CommissionState.PENDING
    )


async def _correct_after_approval(
    session: Session, ids: Ids, row: Commission, returned: PurchaseReturns
) -> None:
    """Claw back commission on money that went back, or restore it when the money returned."""
    rows = await list_purchase_commissions(session, row.purchase_id)
    due = calculate_commission(row.purchase_microusd, returned.taken_microusd, row.rate_bps)
    change = due - sum(each.net_microusd for each in rows)
    if not change:
        return
    # One cause can correct a purchase more than once (a dispute takes money twice), and
    # references are unique: the later corrections get a number.
    base = f"{row.purchase_id}:{returned.cause}{':undone' if change > 0 else ''}"
    reference = build_unused_reference(base, {each.reference for each in rows})
    account = await get_affiliate_account(session, row.affiliate_id, row.book)
    if change > 0:
        await transfers.undo_clawback(
            session, ids, account=account, book=row.book, reference=reference,
            amount_microusd=change,
        )  # fmt: skip
    else:
        await transfers.claw_back(
            session, ids, account=account, book=row.book, code="clawback", reference=reference,
            amount_microusd=-change, target=House.AFFILIATE_COST,
        )  # fmt: skip
    now = await get_database_time(session)
    correction = Commission(
        id=ids.new("com"),
        affiliate_id=row.affiliate_id,
        book=row.book,
        kind="restored" if change > 0 else "clawback",
        state=CommissionState.APPROVED,
        purchase_id=row.purchase_id,
        buyer_id=row.buyer_id,
        reference=reference,
        purchase_microusd=row.purchase_microusd,
        rate_bps=row.rate_bps,
        amount_microusd=change,
        due_at=now,
        created_at=now,
    )
    session.add(correction)


def build_unused_reference(base: str, used: set[str]) -> str:
    """Return the first of `base`, `base:2`, `base:3` … that is not in use."""
    if base not in used:
        return base
    return next(name for n in count(2) if (name := f"{base}:{n}") not in used)


async def list_purchase_commissions(session: Session, purchase_id: str) -> Sequence[Commission]:
    """Return the commission on a purchase and its later corrections."""
    query = select(Commission).where(Commission.purchase_id == purchase_id)
    return (await session.scalars(query)).all()


async def reload_commission(session: Session, commission_id: str) -> Commission:
    """Read a commission again, as it is under the lock of its affiliate that the caller has.

    Raises:
        LookupError: there is no such commission.
    """
    row = await session.scalar(
        select(Commission)
        .where(Commission.id == commission_id)
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise LookupError(f"there is no commission {commission_id}")
    return row


async def approve_due_commissions(database: Database) -> None:
    """Approve commissions whose hold time is over, one transaction each.

    Commissions of affiliates that are not approved stay pending.
    """
    while due := await _list_due(database):
        for commission_id, affiliate_id in due:
            async with database.write() as session:
                affiliate = await lock_affiliate(session, affiliate_id)
                row = await reload_commission(session, commission_id)
                if (
                    row.state == CommissionState.PENDING
                    and affiliate.state == AffiliateState.APPROVED
                    and row.transfer_id
                ):
                    await transfers.post_promise(session, row.transfer_id, row.net_microusd)
                    row.state = CommissionState.APPROVED


async def _list_due(database: Database) -> list[tuple[str, str]]:
    async with database.read() as snapshot:
        now = await get_database_time(snapshot)
        rows = await snapshot.execute(
            select(Commission.id, Commission.affiliate_id)
            .join(Affiliate, Affiliate.id == Commission.affiliate_id)
            .where(
                Commission.state == CommissionState.PENDING,
                Commission.due_at <= now,
                Affiliate.state == AffiliateState.APPROVED,
            )
            .order_by(Commission.due_at)
            .limit(BATCH_SIZE)
        )
        return [(commission_id, affiliate_id) for commission_id, affiliate_id in rows]
