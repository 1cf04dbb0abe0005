"""Webhooks of providers: signed events, processed once, answered after the commit.

A delivery may be repeated, also while the first one is in progress. The inbox answers a repetition
early; twins that pass it together are harmless, because fulfilment locks the checkout and the inbox
keeps one row for an event. If anything is unavailable the answer is an error and nothing is
written, so the provider sends the event again.
"""

import logging
from collections.abc import Mapping

from gateway.kit.database.sessions import ConnectionLost, TransactionConflict
from gateway.kit.errors import InvalidJson, Unavailable
from gateway.kit.telemetry.metrics import PROVIDER_EVENTS
from gateway.payments import inbox
from gateway.payments.checkouts import fulfilment
from gateway.payments.checkouts.fulfilment import Outcome
from gateway.payments.errors import EventNotReady, PaymentProviderError, WebhookSignatureInvalid
from gateway.payments.inbox import ProviderEvent
from gateway.payments.payment import ProviderDispute, ProviderRefund
from gateway.payments.provider import NotifyingProvider, RefundingProvider
from gateway.payments.shop import Shop

MAX_EVENT_BYTES = 256 * 1024
log = logging.getLogger("gateway.payments")


async def process_delivery(
    shop: Shop, provider: str, raw: bytes, headers: Mapping[str, str]
) -> str:
    """Process one delivery of a provider's event; return its outcome once it is committed.

    Raises:
        WebhookSignatureInvalid: no secret of ours signed it within
            `inbox.SIGNATURE_TOLERANCE_SECONDS` of now; the reason is in the log only.
        EventNotReady: the provider or the database cannot be reached; nothing changed.
    """
    try:
        signer = find_signing_provider(shop, provider, raw, headers)
        event = signer.read_event(raw)
    except (ValueError, InvalidJson, LookupError, TypeError) as error:
        PROVIDER_EVENTS.labels(provider=provider, type="other", result="refused").inc()
        log.warning("an event of %s was refused: %s", provider, error)
        raise WebhookSignatureInvalid from None
    metric_type = event.type if event.type in signer.event_types else "other"
    try:
        async with shop.database.read() as snapshot:
            known_outcome = await inbox.find_event_outcome(snapshot, provider, event.id)
        outcome = (
            Outcome(known_outcome)
            if known_outcome is not None
            else await process_event(shop, signer, event)
        )
    except (TransactionConflict, ConnectionLost, Unavailable, PaymentProviderError) as error:
        PROVIDER_EVENTS.labels(provider=provider, type=metric_type, result="not_ready").inc()
        log.warning("event %s %s is not taken: %s", event.type, event.id, type(error).__name__)
        raise EventNotReady from error
    PROVIDER_EVENTS.labels(provider=provider, type=metric_type, result=outcome.result).inc()
    log.info("event %s %s: %s", event.type, event.id, outcome.result)
    return outcome.result


def find_signing_provider(
    shop: Shop, name: str, raw: bytes, headers: Mapping[str, str]
) -> NotifyingProvider:
    """Return the provider, in the book whose secret signed these bytes.

    Raises:
        ValueError, LookupError: no secret did.
    """
    for each in shop.providers:
        if each.name != name or not isinstance(each, NotifyingProvider):
            continue
        if each.is_signed(raw, headers):
            return each
    raise ValueError("no secret of ours signed it")


async def process_event(shop: Shop, provider: NotifyingProvider, event: ProviderEvent) -> Outcome:
    """Read the subject of an event at the provider, and fulfil or reverse it.

    Raises:
        PaymentProviderError: the provider cannot be asked; nothing changed.
    """
    subject = await provider.find_event_subject(event)
    if isinstance(subject, str):
        return await fulfilment.fulfil_checkout(shop, provider, subject, event)
    if isinstance(subject, ProviderRefund | ProviderDispute) and isinstance(
        provider, RefundingProvider
    ):
        return await fulfilment.apply_return(shop, provider, subject, event)
    return await fulfilment.record_ignored_event(shop, event, Outcome("ignored"))
