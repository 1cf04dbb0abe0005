"""Acts of operators on payments: refund a purchase, decide a checkout, replay an event."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, NotRequired, TypedDict, cast

from sqlalchemy import select

from gateway.kit import audit_log
from gateway.kit.audit_log import Actor
from gateway.kit.database.dry_run import DryRun, DryRunDatabase, DryRunFields
from gateway.kit.database.sessions import Database, Session
from gateway.kit.money import render_usd
from gateway.payments import inbox
from gateway.payments.checkouts import fulfilment, provider_webhooks
from gateway.payments.errors import PaymentMethodUnavailable, PaymentProviderError
from gateway.payments.inbox import ProviderEvent
from gateway.payments.packages import CENT_MICROUSD
from gateway.payments.payment import Payment
from gateway.payments.provider import Provider, RefundingProvider, ReplayingProvider, can_refund
from gateway.payments.purchases.purchase_credit import ReceivedPayment, credit_purchase
from gateway.payments.refunds.reversals import (
    add_reversal,
    adjust_what_followed,
    list_reversals,
    take_reversal,
)
from gateway.payments.shop import Shop
from gateway.payments.states import CheckoutState, ReversalState
from gateway.payments.tables import Checkout, Purchase, Reversal


class OperatorRefusal(ValueError):  # noqa: N818 - said of a command
    """An act that cannot be done; the message tells the operator why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequest:
    """A refund that an operator requests; without an amount it is all that is left.

    `external` names a payment that the operator made by hand, outside the provider.
    """

    purchase_id: str
    amount_microusd: int | None
    reason: str
    external: str | None = None


class RefundAnswer(DryRunFields, TypedDict):
    """The answer to a requested refund; `refund` and `outcome` come from the provider."""

    purchaseId: str
    amountUsd: str
    takenUsd: NotRequired[str]
    refund: NotRequired[str | None]
    outcome: NotRequired[str]


class ProviderRefundFields(TypedDict):
    """The id of the refund that a provider made, and its outcome in the books."""

    refund: str
    outcome: str


class DecisionAnswer(DryRunFields, TypedDict):
    """The answer to a decision on a checkout."""

    checkoutId: str
    state: CheckoutState
    purchaseId: NotRequired[str]


class ReplayAnswer(DryRunFields, TypedDict):
    """The answer to a replayed event."""

    eventId: str
    type: str
    about: str
    outcome: NotRequired[str]


async def refund_purchase(
    shop: Shop, actor: Actor, requested: RefundRequest, *, dry_run: bool = False
) -> RefundAnswer:
    """Refund a purchase, all or a part; its credit is taken back in proportion.

    A repeated call continues the refund whose answer was lost. `dry_run` changes nothing.

    Raises:
        OperatorRefusal: there is no such purchase, or less than this is left of it.
        PaymentMethodUnavailable: its provider has no key here; nothing was written.
        PaymentProviderError: the provider did not refund; after a final refusal the reversal is
            `undone`.
    """
    # The reversal is committed as `wanted` before the provider is asked, and its id is the
    # provider's idempotency key. A crash in between leaves a row that a repeated call finds, so
    # no money is sent twice. An external refund has happened already and is taken at once.
    async with shop.database.write() as session:
        rehearsal = DryRun(session)
        purchase = await lock_refundable_purchase(session, requested)
        provider = (
            None if requested.external is not None else get_refunding_provider(shop, purchase)
        )
        reversals = list(await list_reversals(session, purchase))
        reversal = find_resumable_refund(reversals, requested)
        if reversal is None:
            reversal = await add_refund(session, shop, purchase, reversals, requested)
            reversals.append(reversal)
        if dry_run and reversal.provider_reference is None:
            reversal.provider_reference = "…"  # the provider will name it
        answer: RefundAnswer = {
            "purchaseId": purchase.id,
            "amountUsd": render_usd(reversal.amount_microusd),
        }
        if dry_run or requested.external is not None:
            await take_reversal(session, shop, purchase, reversal, reversals)
            cause = reversal.provider_reference or reversal.id
            await adjust_what_followed(session, shop, purchase, cause)
            answer["takenUsd"] = render_usd(
                reversal.credit_taken_microusd + reversal.bonus_taken_microusd
            )
        if dry_run:
            return {**answer, "dryRun": True, "rows": await rehearsal.undo()}
        after = {**answer, "reason": requested.reason, "external": requested.external}
        await audit_log.record(session, actor, "purchase.refund", purchase.id, after=after)
    if provider is None:
        return {**answer, "refund": requested.external}
    return {
        **answer,
        **await refund_at_provider(shop, provider, purchase, reversal, requested.reason),
    }


async def lock_refundable_purchase(session: Session, requested: RefundRequest) -> Purchase:
    """Lock and return the purchase to refund.

    Raises:
        OperatorRefusal: there is no such purchase, or this external refund was recorded before.
    """
    purchase = await session.scalar(
        select(Purchase).where(Purchase.id == requested.purchase_id).with_for_update()
    )
    if purchase is None:
        raise OperatorRefusal(f"there is no purchase {requested.purchase_id}")
    if requested.external is not None and await is_return_recorded(
        session, purchase, requested.external
    ):
        raise OperatorRefusal(f"{requested.external} was already recorded")
    return purchase


def get_refunding_provider(shop: Shop, purchase: Purchase) -> RefundingProvider:
    """Return the provider that refunds a purchase.

    Raises:
        OperatorRefusal: purchases of this provider are refunded by hand.
        PaymentMethodUnavailable: the provider has no key here.
    """
    refunds_when_asked = can_refund(shop.provider_classes[purchase.provider])
    provider = (
        shop.get_provider_by_name(purchase.provider, purchase.book) if refunds_when_asked else None
    )
    if not isinstance(provider, RefundingProvider):
        raise OperatorRefusal(
            f"{purchase.id} must be refunded by hand; name that payment with --external"
        )
    return provider


def is_refund_under_way(row: Reversal) -> bool:
    """Return True if a reversal is a refund that was requested and is not done."""
    return row.state == ReversalState.WANTED and row.kind == "refund"


def find_resumable_refund(rows: Sequence[Reversal], requested: RefundRequest) -> Reversal | None:
    """Return the refund of this amount whose answer was lost, or None: pure."""
    for row in rows:
        same_amount = requested.amount_microusd in {None, row.amount_microusd}
        if is_refund_under_way(row) and row.provider_reference is None and same_amount:
            return row
    return None


async def add_refund(
    session: Session,
    shop: Shop,
    purchase: Purchase,
    rows: Sequence[Reversal],
    requested: RefundRequest,
) -> Reversal:
    """Add a refund to the reversals of a locked purchase.

    Raises:
        OperatorRefusal: less than this is left of it, or the amount is not in whole cents.
    """
    returned_microusd = sum(
        row.amount_microusd
        for row in rows
        if row.state == ReversalState.TAKEN or is_refund_under_way(row)
    )
    left_microusd = purchase.paid_microusd - returned_microusd
    amount_microusd = (
        left_microusd if requested.amount_microusd is None else requested.amount_microusd
    )
    if not 0 < amount_microusd <= left_microusd or (
        amount_microusd % CENT_MICROUSD and amount_microusd != left_microusd
    ):
        raise OperatorRefusal(
            f"between $0.01 and ${render_usd(left_microusd)} of it can be refunded, in whole cents"
        )
    return await add_reversal(
        session, shop, purchase, kind="refund", amount_microusd=amount_microusd,
        reason=requested.reason, provider_reference=requested.external,
    )  # fmt: skip


async def is_return_recorded(session: Session, purchase: Purchase, reference: str) -> bool:
    """Return True if a reversal with this reference was recorded before."""
    reversal_ids = select(Reversal.id).where(
        Reversal.provider == purchase.provider, Reversal.provider_reference == reference
    )
    return await session.scalar(reversal_ids) is not None


async def refund_at_provider(
    shop: Shop, provider: RefundingProvider, purchase: Purchase, row: Reversal, reason: str
) -> ProviderRefundFields:
    """Ask the provider for the refund of a reversal, and apply its answer to the books."""
    try:
        refund = await provider.refund_payment(
            purchase.natural_key, row.amount_microusd, row.id, reason
        )
    except PaymentProviderError as error:
        if error.final:
            async with shop.database.write() as session:
                (await session.get_one(Reversal, row.id)).state = ReversalState.UNDONE
        raise
    outcome = await fulfilment.apply_return(shop, provider, refund)
    return {"refund": refund.id, "outcome": outcome.result}


async def decide_checkout(
    shop: Shop,
    actor: Actor,
    checkout_id: str,
    decision: Literal["credit", "reject"],
    reason: str,
    *,
    dry_run: bool = False,
) -> DecisionAnswer:
    """Decide a checkout in review: credit the package as ordered, or reject it for good.

    Raises:
        OperatorRefusal: the checkout is not in review, or nothing was paid for it.
        PaymentProviderError: the provider cannot be asked.
    """
    async with shop.database.read() as snapshot:
        earlier = await snapshot.get(Checkout, checkout_id)
    if (
        earlier is None
        or earlier.state != CheckoutState.REVIEW
        or earlier.provider_reference is None
    ):
        raise OperatorRefusal(f"{checkout_id} is not waiting for a decision")
    provider = shop.get_hosted_provider(earlier.provider, earlier.book)
    payment = await provider.find_payment(earlier.provider_reference)
    async with shop.database.write() as session:
        rehearsal = DryRun(session)
        checkout = await session.scalar(
            select(Checkout).where(Checkout.id == checkout_id).with_for_update()
        )
        if checkout is None or checkout.state != CheckoutState.REVIEW:
            raise OperatorRefusal(f"{checkout_id} has just been decided")
        answer = await apply_decision(session, shop, checkout, payment, decision)
        if dry_run:
            return {**answer, "dryRun": True, "rows": await rehearsal.undo()}
        after = {**answer, "reason": reason, "because": checkout.review_reason}
        await audit_log.record(session, actor, f"checkout.{decision}", checkout_id, after=after)
    if payment is not None and payment.intent_id is not None:
        await apply_earlier_returns(shop, provider, payment.intent_id)
    return answer


async def apply_decision(
    session: Session,
    shop: Shop,
    checkout: Checkout,
    payment: Payment | None,
    decision: Literal["credit", "reject"],
) -> DecisionAnswer:
    """Apply a decision to a locked checkout.

    Raises:
        OperatorRefusal: it is to be credited, and its payment cannot be.
    """
    if decision == "reject":
        checkout.state = CheckoutState.FAILED
        return {"checkoutId": checkout.id, "state": CheckoutState.FAILED}
    if payment is None or payment.payment_status != "paid" or payment.intent_id is None:
        raise OperatorRefusal(f"nothing was paid for {checkout.id}")
    if payment.currency != "usd":
        raise OperatorRefusal(
            f"{checkout.id} was paid in {payment.currency}, not in usd; refund it"
        )
    received = ReceivedPayment(
        natural_key=payment.intent_id,
        paid_microusd=payment.amount_micros,
        email=payment.email,
        payer=payment.fingerprint,
    )
    purchase = await credit_purchase(session, shop, checkout, received)
    if purchase is None:
        raise OperatorRefusal("this payment was credited to another checkout")
    return {"checkoutId": checkout.id, "state": CheckoutState.CREDITED, "purchaseId": purchase.id}


async def replay_event(
    shop: Shop, actor: Actor, book: str, event_id: str, reason: str, *, dry_run: bool = False
) -> ReplayAnswer:
    """Process an event as if it were delivered now.

    Raises:
        PaymentMethodUnavailable, PaymentProviderError: no provider can be asked, or has the event.
        ValueError, LookupError, TypeError: the event is of the other book.
    """
    provider, event = await fetch_event(shop, book, event_id)
    answer: ReplayAnswer = {"eventId": event.id, "type": event.type, "about": event.object_id}
    if dry_run:
        rehearsed = DryRunDatabase(shop.database)
        rehearsing = replace(shop, database=cast("Database", rehearsed))
        outcome = await provider_webhooks.process_event(rehearsing, provider, event)
        return {**answer, "outcome": outcome.result, "dryRun": True, "rows": rehearsed.rows}
    outcome = await provider_webhooks.process_event(shop, provider, event)
    answer["outcome"] = outcome.result
    async with shop.database.write() as session:
        after = {**answer, "reason": reason}
        await audit_log.record(session, actor, "event.replay", event.id, after=after)
    return answer


async def fetch_event(
    shop: Shop, book: str, event_id: str
) -> tuple[ReplayingProvider, ProviderEvent]:
    """Fetch an event from the provider that sent it; if it never received, try every provider.

    Raises:
        PaymentMethodUnavailable, PaymentProviderError: no provider can be asked, or has the event.
        ValueError, LookupError, TypeError: the event is of the other book.
    """
    async with shop.database.read() as snapshot:
        sender = await inbox.find_event_provider(snapshot, event_id)
    last_error: Exception = PaymentMethodUnavailable(
        f"No provider of {book} mode keeps its events."
    )
    for each in shop.providers:
        may_have_it = each.book == book and sender in {None, each.name}
        if may_have_it and isinstance(each, ReplayingProvider):
            try:
                return each, await each.fetch_event(event_id)
            except PaymentProviderError as error:
                last_error = error
    raise last_error


async def apply_earlier_returns(shop: Shop, provider: Provider, intent_id: str) -> None:
    """Apply refunds and disputes that came before the payment was credited."""
    if isinstance(provider, RefundingProvider):
        async for each in provider.list_returns(intent_id=intent_id):
            await fulfilment.apply_return(shop, provider, each)
