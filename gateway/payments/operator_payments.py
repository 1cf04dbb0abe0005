"""Acts of operators on payments: decide a checkout, replay an event."""

from dataclasses import replace
from typing import Literal, NotRequired, TypedDict, cast

from sqlalchemy import select

from gateway.kit import audit_log
from gateway.kit.audit_log import Actor
from gateway.kit.database.dry_run import DryRun, DryRunDatabase, DryRunFields
from gateway.kit.database.sessions import Database, Session
from gateway.payments import inbox
from gateway.payments.checkouts import fulfilment, provider_webhooks
from gateway.payments.errors import PaymentMethodUnavailable, PaymentProviderError
from gateway.payments.inbox import ProviderEvent
from gateway.payments.operator_refunds import OperatorRefusal
from gateway.payments.payment import Payment
from gateway.payments.provider import Provider, RefundingProvider, ReplayingProvider
from gateway.payments.purchases.purchase_credit import credit_purchase
from gateway.payments.shop import Shop
from gateway.payments.states import CheckoutState
from gateway.payments.tables import Checkout


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
    if payment is None or not payment.is_settled:
        raise OperatorRefusal(f"nothing was paid for {checkout.id}")
    if payment.currency != checkout.currency:
        raise OperatorRefusal(
            f"{checkout.id} was paid in {payment.currency}, not in {checkout.currency}; refund it"
        )
    purchase = await credit_purchase(
        session, shop, checkout, fulfilment.build_received_payment(checkout, payment)
    )
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
