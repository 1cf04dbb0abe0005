"""Acts of an operator on payments: pay back, decide what waits."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, NotRequired, TypedDict, cast

from sqlalchemy import select

from gateway.kit import audit_log
from gateway.kit.audit_log import Actor
from gateway.kit.database import Database, Session
from gateway.kit.money import usd
from gateway.kit.rehearsal import DryRunFields, Rehearsal, Rehearsed
from gateway.payments import fulfilment, inbox, referrals, webhooks
from gateway.payments.errors import PaymentMethodUnavailable, PaymentProviderError
from gateway.payments.inbox import Event
from gateway.payments.packages import CENT
from gateway.payments.payment import Payment
from gateway.payments.provider import Provider, RefundingProvider, ReplayingProvider, pays_back
from gateway.payments.purchases import Arrived, record
from gateway.payments.reversals import new_reversal, reversals_of, take
from gateway.payments.shop import Shop
from gateway.payments.states import CheckoutState, ReversalState
from gateway.payments.tables import Checkout, Purchase, Reversal


class Refusal(ValueError):  # noqa: N818 - said of a command
    """What an operator asked for cannot be done; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """A refund an operator wants: no amount means all that is left.

    `external` names a payment made by hand, outside the provider.
    """

    purchase_id: str
    amount_microusd: int | None
    reason: str
    external: str | None = None


class RefundAnswer(DryRunFields, TypedDict):
    """A refund as its command answers; what the provider said is there once it was asked."""

    purchaseId: str
    amountUsd: str
    takenUsd: NotRequired[str]
    refund: NotRequired[str | None]
    outcome: NotRequired[str]


class ProviderRefund(TypedDict):
    """The refund that a provider made, and what came of it in the books."""

    refund: str
    outcome: str


class DecisionAnswer(DryRunFields, TypedDict):
    """A checkout that an operator decided."""

    checkoutId: str
    state: CheckoutState
    purchaseId: NotRequired[str]


class ReplayAnswer(DryRunFields, TypedDict):
    """An event that was read again, and what came of it."""

    eventId: str
    type: str
    about: str
    outcome: NotRequired[str]


async def admin_refund(
    shop: Shop, actor: Actor, wanted: Refund, *, dry_run: bool = False
) -> RefundAnswer:
    """Pay a purchase back, all or a part; the credit goes in proportion.

    A repeated call goes on with the refund whose answer was lost.

    Returns: purchase, amount, what it takes, and the provider's refund.

    Raises:
        Refusal: no such purchase, or not so much is left of it.
        PaymentMethodUnavailable: its provider has no key here; nothing was written.
        PaymentProviderError: the provider did not do it; if it never will, nothing stays behind.
    """
    async with shop.database.write() as session:
        rehearsal = Rehearsal(session)
        purchase = await refundable(session, wanted)
        at = None if wanted.external is not None else refunding_of(shop, purchase)
        rows = list(await reversals_of(session, purchase))
        row = resumable(rows, wanted)
        if row is None:
            row = await new_refund(session, shop, purchase, rows, wanted)
            rows.append(row)
        if dry_run and row.provider_reference is None:
            row.provider_reference = "…"  # the provider will name it
        shown: RefundAnswer = {"purchaseId": purchase.id, "amountUsd": usd(row.amount_microusd)}
        if dry_run or wanted.external is not None:
            await take(session, shop, purchase, row, rows)
            cause = row.provider_reference or row.id
            await referrals.went_back(session, shop, purchase, rows, cause)
            shown["takenUsd"] = usd(row.credit_taken_microusd + row.bonus_taken_microusd)
        if dry_run:
            return {**shown, "dryRun": True, "rows": await rehearsal.undo()}
        after = {**shown, "reason": wanted.reason, "external": wanted.external}
        await audit_log.record(session, actor, "purchase.refund", purchase.id, after=after)
    if at is None:
        return {**shown, "refund": wanted.external}
    return {**shown, **await paid_back(shop, at, purchase, row, wanted.reason)}


async def refundable(session: Session, wanted: Refund) -> Purchase:
    """Lock the purchase to pay back.

    Raises:
        Refusal: there is none, or this was recorded before.
    """
    purchase = await session.scalar(
        select(Purchase).where(Purchase.id == wanted.purchase_id).with_for_update()
    )
    if purchase is None:
        raise Refusal(f"there is no purchase {wanted.purchase_id}")
    if wanted.external is not None and await counted(session, purchase, wanted.external):
        raise Refusal(f"{wanted.external} was already recorded")
    return purchase


def refunding_of(shop: Shop, purchase: Purchase) -> RefundingProvider:
    """Return the provider that pays a purchase back.

    Raises:
        Refusal: its provider does not, when asked.
        PaymentMethodUnavailable: it has no key here.
    """
    asks = pays_back(shop.kinds[purchase.provider])
    at = shop.provider(purchase.provider, purchase.book) if asks else None
    if not isinstance(at, RefundingProvider):
        raise Refusal(f"{purchase.id} must be refunded by hand; name that payment with --external")
    return at


def under_way(row: Reversal) -> bool:
    """Return True if a refund was requested and is not done."""
    return row.state == ReversalState.WANTED and row.kind == "refund"


def resumable(rows: Sequence[Reversal], wanted: Refund) -> Reversal | None:
    """Return the refund of this amount whose answer was lost, if there is one: pure."""
    for row in rows:
        alike = wanted.amount_microusd in {None, row.amount_microusd}
        if under_way(row) and row.provider_reference is None and alike:
            return row
    return None


async def new_refund(
    session: Session, shop: Shop, purchase: Purchase, rows: Sequence[Reversal], wanted: Refund
) -> Reversal:
    """Add a refund to what went back of a locked purchase.

    Raises:
        Refusal: not so much is left of it.
    """
    gone = sum(
        row.amount_microusd for row in rows if row.state == ReversalState.TAKEN or under_way(row)
    )
    left = purchase.paid_microusd - gone
    amount = left if wanted.amount_microusd is None else wanted.amount_microusd
    if not 0 < amount <= left or (amount % CENT and amount != left):
        raise Refusal(f"between $0.01 and ${usd(left)} of it can be refunded, in whole cents")
    return await new_reversal(
        session, shop, purchase, kind="refund", amount_microusd=amount, reason=wanted.reason,
        provider_reference=wanted.external,
    )  # fmt: skip


async def counted(session: Session, purchase: Purchase, reference: str) -> bool:
    """Return True if money went back under this name before."""
    known = select(Reversal.id).where(
        Reversal.provider == purchase.provider, Reversal.provider_reference == reference
    )
    return await session.scalar(known) is not None


async def paid_back(
    shop: Shop, at: RefundingProvider, purchase: Purchase, row: Reversal, reason: str
) -> ProviderRefund:
    """Let the provider pay back what a row says, and bring the books there."""
    try:
        seen = await at.pay_back(purchase.natural_key, row.amount_microusd, row.id, reason)
    except PaymentProviderError as error:
        if error.final:
            async with shop.database.write() as session:
                (await session.get_one(Reversal, row.id)).state = ReversalState.UNDONE
        raise
    outcome = await fulfilment.returned(shop, at, seen)
    return {"refund": seen.id, "outcome": outcome.word}


async def resolve(
    shop: Shop,
    actor: Actor,
    checkout_id: str,
    decision: Literal["credit", "reject"],
    reason: str,
    *,
    dry_run: bool = False,
) -> DecisionAnswer:
    """Decide a payment that did not match: credit the package as ordered, or nothing for good.

    Raises:
        Refusal: the checkout does not wait for a decision, or nothing was paid for it.
        PaymentProviderError: the provider cannot be asked.
    """
    async with shop.database.read() as snapshot:
        seen = await snapshot.get(Checkout, checkout_id)
    if seen is None or seen.state != CheckoutState.REVIEW or seen.provider_reference is None:
        raise Refusal(f"{checkout_id} is not waiting for a decision")
    at = shop.hosted(seen.provider, seen.book)
    payment = await at.payment(seen.provider_reference)
    async with shop.database.write() as session:
        rehearsal = Rehearsal(session)
        checkout = await session.scalar(
            select(Checkout).where(Checkout.id == checkout_id).with_for_update()
        )
        if checkout is None or checkout.state != CheckoutState.REVIEW:
            raise Refusal(f"{checkout_id} has just been decided")
        shown = await decided(session, shop, checkout, payment, decision)
        if dry_run:
            return {**shown, "dryRun": True, "rows": await rehearsal.undo()}
        after = {**shown, "reason": reason, "because": checkout.review_reason}
        await audit_log.record(session, actor, f"checkout.{decision}", checkout_id, after=after)
    if payment is not None and payment.intent_id is not None:
        await catch_up(shop, at, payment.intent_id)
    return shown


async def decided(
    session: Session,
    shop: Shop,
    checkout: Checkout,
    payment: Payment | None,
    decision: Literal["credit", "reject"],
) -> DecisionAnswer:
    """Carry out a decision in the caller's transaction."""
    if decision == "reject":
        checkout.state = CheckoutState.FAILED
        return {"checkoutId": checkout.id, "state": CheckoutState.FAILED}
    if payment is None or payment.payment_status != "paid" or payment.intent_id is None:
        raise Refusal(f"nothing was paid for {checkout.id}")
    if payment.currency != "usd":
        raise Refusal(f"{checkout.id} was paid in {payment.currency}, not in usd; refund it")
    arrived = Arrived(
        natural_key=payment.intent_id,
        paid_microusd=payment.amount_microusd,
        email=payment.email,
        payer=payment.fingerprint,
    )
    purchase = await record(session, shop, checkout, arrived)
    if purchase is None:
        raise Refusal("this payment was credited to another checkout")
    return {"checkoutId": checkout.id, "state": CheckoutState.CREDITED, "purchaseId": purchase.id}


async def replay(
    shop: Shop, actor: Actor, book: str, event_id: str, reason: str, *, dry_run: bool = False
) -> ReplayAnswer:
    """Look again at what an event is about, as if it came now.

    Raises:
        PaymentMethodUnavailable, PaymentProviderError: no provider can be asked, or knows it.
        ValueError, LookupError, TypeError: it is not of this book.
    """
    at, event = await fetch_event(shop, book, event_id)
    shown: ReplayAnswer = {"eventId": event.id, "type": event.type, "about": event.object_id}
    if dry_run:
        rehearsed = Rehearsed(shop.database)
        rehearsing = replace(shop, database=cast("Database", rehearsed))
        outcome = await webhooks.carry_out(rehearsing, at, event)
        return {**shown, "outcome": outcome.word, "dryRun": True, "rows": rehearsed.rows}
    outcome = await webhooks.carry_out(shop, at, event)
    shown["outcome"] = outcome.word
    async with shop.database.write() as session:
        after = {**shown, "reason": reason}
        await audit_log.record(session, actor, "event.replay", event.id, after=after)
    return shown


async def fetch_event(shop: Shop, book: str, event_id: str) -> tuple[ReplayingProvider, Event]:
    """Read an event again at the provider that sent it; one that never came is asked for at each.

    Raises:
        PaymentMethodUnavailable, PaymentProviderError: none can be asked, or knows it.
        ValueError, LookupError, TypeError: it is not of this book.
    """
    async with shop.database.read() as snapshot:
        sender = await inbox.sender_of(snapshot, event_id)
    refused: Exception = PaymentMethodUnavailable(f"No provider of {book} mode keeps its events.")
    for each in shop.providers:
        asked = each.book == book and sender in {None, each.name}
        if asked and isinstance(each, ReplayingProvider):
            try:
                return each, await each.fetch_event(event_id)
            except PaymentProviderError as error:
                refused = error
    raise refused


async def catch_up(shop: Shop, at: Provider, intent_id: str) -> None:
    """Look at what went back of a payment before it was credited."""
    if isinstance(at, RefundingProvider):
        async for each in at.returns(intent_id=intent_id):
            await fulfilment.returned(shop, at, each)
