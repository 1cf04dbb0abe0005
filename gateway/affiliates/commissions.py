"""Commissions: promised with the purchase, approved after a hold time, less with each refund.

The problem: refunds and disputes arrive late, twice and out of order. So no event adds or
subtracts: `reconsider` computes the commission from what was paid and what went back in all
(`commission_of`, pure) and corrects the rows to it.
The same facts a second time change nothing.

Invariants: the affiliate's row is locked before a commission is read; before the approval a change
is made in the row itself, afterwards it is a row of its own, because a payout may have taken it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from sqlalchemy import select

from gateway.affiliates.binding import same_person
from gateway.affiliates.programme import EARNS_FOR, HOLD, RATE_BPS, by_code, held
from gateway.affiliates.states import AffiliateState, CommissionState
from gateway.affiliates.tables import Affiliate, Commission
from gateway.identity import keys
from gateway.kit.database import Database, Session, Snapshot
from gateway.kit.ids import Ids
from gateway.ledger import transfers
from gateway.ledger.accounts import House, number_of

BITE = 200
UNSETTLED = (CommissionState.PENDING, CommissionState.HOLD)


@dataclass(frozen=True, slots=True)
class Referrer:
    """The affiliate that referred a buyer, and its account; `wallet` is its USDC address."""

    affiliate_id: str
    account_id: str
    wallet: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """A purchase as commissions see it; `own_means` if by the affiliate's card or wallet."""

    purchase_id: str
    account_id: str
    book: str
    paid_microusd: int
    own_means: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """The amounts of a purchase that went back in all, as known now.

    `settled_microusd` counts refunds and lost disputes, `taken_microusd` also open disputes that
    took money. `cause` is the provider's id of the newest refund or dispute.
    """

    purchase_id: str
    cause: str
    settled_microusd: int
    taken_microusd: int
    disputed: bool


def commission_of(paid_microusd: int, returned_microusd: int, rate_bps: int) -> int:
    """Return the commission on the amount that was paid and did not go back, rounded down."""
    return max(0, paid_microusd - returned_microusd) * rate_bps // 10_000


async def referrer_of(session: Session, account_id: str) -> Referrer | None:
    """Return the affiliate that earns on purchases of an account now, or None."""
    account = await keys.account_of(session, account_id)
    now = await keys.database_time(session)
    if account.referral_code is None or now > account.created_at + EARNS_FOR:
        return None
    affiliate = await by_code(session, account.referral_code)
    if affiliate is None or affiliate.account_id == account_id:
        return None
    wallet = affiliate.payout_destination if affiliate.payout_method == "usdc" else None
    return Referrer(affiliate.id, affiliate.account_id, wallet)


async def commission(session: Session, ids: Ids, referrer: Referrer, paid: Paid) -> None:
    """Promise the commission on a purchase; it is on hold if the buyer may be the affiliate.

    Call it in the transaction of the purchase, after its unique row was written: that row keeps a
    second delivery of the payment from promising twice.
    """
    affiliate = await held(session, referrer.affiliate_id)
    amount = commission_of(paid.paid_microusd, 0, RATE_BPS)
    if affiliate.state != AffiliateState.APPROVED or not amount:
        return
    now = await keys.database_time(session)
    suspicion = await suspicion_of(session, affiliate, paid)
    transfer_id = await transfers.promise(
        session,
        ids,
        account=await account_of(session, affiliate.id, paid.book),
        book=paid.book,
        reference=paid.purchase_id,
        amount_microusd=amount,
    )
    row = Commission(
        id=ids.new("com"),
        affiliate_id=affiliate.id,
        book=paid.book,
        kind="commission",
        state=CommissionState.PENDING if suspicion is None else CommissionState.HOLD,
        purchase_id=paid.purchase_id,
        buyer_id=paid.account_id,
        reference=paid.purchase_id,
        transfer_id=transfer_id,
        purchase_microusd=paid.paid_microusd,
        rate_bps=RATE_BPS,
        amount_microusd=amount,
        suspicion=suspicion,
        due_at=now + HOLD,
        created_at=now,
    )
    session.add(row)
    await session.flush()


async def suspicion_of(session: Session, affiliate: Affiliate, paid: Paid) -> str | None:
    """Return the reason to suspect that a buyer is the affiliate; only operators see it."""
    if await same_person(session, affiliate, paid.account_id):
        return "same e-mail address"
    if paid.own_means:
        return "paid with means of the affiliate"
    place = affiliate.payout_destination
    if place is not None:
        twin = select(Affiliate.id).where(
            Affiliate.account_id == paid.account_id, Affiliate.payout_destination == place
        )
        if await session.scalar(twin) is not None:
            return "same payout address"
    return None


async def account_of(session: Session | Snapshot, affiliate_id: str, book: str) -> int:
    """Return the number of an affiliate's ledger account in a book."""
    return await number_of(session, affiliate_id, book, "affiliate")


async def reconsider(session: Session, ids: Ids, returned: Returned) -> None:
    """Correct the commission on a purchase after refunds and disputes; again changes nothing."""
    known = await session.scalar(
        select(Commission).where(
            Commission.purchase_id == returned.purchase_id, Commission.kind == "commission"
        )
    )
    if known is None:
        return
    # The first read only finds the affiliate to lock; the row may have changed before the lock.
    await held(session, known.affiliate_id)
    row = await fresh(session, known.id)
    if row.state in {*UNSETTLED, CommissionState.REVERSED}:
        await _before_approval(session, ids, row, returned)
    else:
        await _after_approval(session, ids, row, returned)
    await session.flush()


async def _before_approval(session: Session, ids: Ids, row: Commission, returned: Returned) -> None:
    """Reduce a promise or break it; promise again if the money of a broken one came back."""
    if row.state == CommissionState.REVERSED and row.suspicion is not None:
        return  # reversed by the operator, which is final
    due = commission_of(row.purchase_microusd, returned.settled_microusd, row.rate_bps)
    row.reversed_microusd, row.disputed = row.amount_microusd - due, int(returned.disputed)
    if row.state == CommissionState.REVERSED and due:
        row.transfer_id = await transfers.promise(
            session,
            ids,
            account=await account_of(session, row.affiliate_id, row.book),
            book=row.book,
            reference=f"{row.purchase_id}:{returned.cause}",
            amount_microusd=row.amount_microusd,
        )
    elif row.state != CommissionState.REVERSED and not due and row.transfer_id is not None:
        await transfers.break_promise(session, row.transfer_id)
    row.state = state_of(row) if due else CommissionState.REVERSED


def state_of(row: Commission) -> CommissionState:
    """Return the state of an unapproved commission: on hold if suspected or disputed."""
    return (
        CommissionState.HOLD
        if row.suspicion is not None or row.disputed
        else CommissionState.PENDING
    )


async def _after_approval(session: Session, ids: Ids, row: Commission, returned: Returned) -> None:
    """Claw back commission on money that went back, or restore it when the money returned."""
    rows = await of_purchase(session, row.purchase_id)
    due = commission_of(row.purchase_microusd, returned.taken_microusd, row.rate_bps)
    change = due - sum(each.net_microusd for each in rows)
    if not change:
        return
    # One cause can correct a purchase more than once (a dispute takes money twice), and
    # references are unique: the later corrections get a number.
    base = f"{row.purchase_id}:{returned.cause}{':undone' if change > 0 else ''}"
    reference = free_name(base, {each.reference for each in rows})
    account = await account_of(session, row.affiliate_id, row.book)
    if change > 0:
        await transfers.give_again(
            session, ids, account=account, book=row.book, reference=reference,
            amount_microusd=change,
        )  # fmt: skip
    else:
        await transfers.claw_back(
            session, ids, account=account, book=row.book, code="clawback", reference=reference,
            amount_microusd=-change, target=House.AFFILIATE_COST,
        )  # fmt: skip
    now = await keys.database_time(session)
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


def free_name(base: str, used: set[str]) -> str:
    """Return the first of `base`, `base:2`, `base:3` … that is not in use."""
    if base not in used:
        return base
    return next(name for n in count(2) if (name := f"{base}:{n}") not in used)


async def of_purchase(session: Session, purchase_id: str) -> Sequence[Commission]:
    """Return the commission on a purchase and its later corrections."""
    query = select(Commission).where(Commission.purchase_id == purchase_id)
    return (await session.scalars(query)).all()


async def fresh(session: Session, commission_id: str) -> Commission:
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


async def approve_due(database: Database) -> None:
    """Approve commissions whose hold time is over, one transaction each.

    Commissions of affiliates that are not approved stay pending.
    """
    while due := await _due(database):
        for commission_id, affiliate_id in due:
            async with database.write() as session:
                affiliate = await held(session, affiliate_id)
                row = await fresh(session, commission_id)
                if (
                    row.state == CommissionState.PENDING
                    and affiliate.state == AffiliateState.APPROVED
                    and row.transfer_id
                ):
                    await transfers.keep_promise(session, row.transfer_id, row.net_microusd)
                    row.state = CommissionState.APPROVED


async def _due(database: Database) -> list[tuple[str, str]]:
    async with database.read() as snapshot:
        now = await keys.database_time(snapshot)
        rows = await snapshot.execute(
            select(Commission.id, Commission.affiliate_id)
            .join(Affiliate, Affiliate.id == Commission.affiliate_id)
            .where(
                Commission.state == CommissionState.PENDING,
                Commission.due_at <= now,
                Affiliate.state == AffiliateState.APPROVED,
            )
            .order_by(Commission.due_at)
            .limit(BITE)
        )
        return [(commission_id, affiliate_id) for commission_id, affiliate_id in rows]
