"""Events that a provider delivers: signed, taken once, and done when they are answered."""

import logging
from collections.abc import Mapping

from gateway.kit.database import Clash, ConnectionLost
from gateway.kit.errors import InvalidJson, Unavailable
from gateway.kit.metrics import PROVIDER_EVENTS
from gateway.payments import fulfilment, inbox
from gateway.payments.errors import NotReady, PaymentProviderError, WebhookSignatureInvalid
from gateway.payments.fulfilment import Outcome
from gateway.payments.inbox import Event
from gateway.payments.payment import Disputed, Refunded
from gateway.payments.provider import NotifyingProvider, RefundingProvider
from gateway.payments.shop import Shop

WEBHOOK_BYTES = 256 * 1024
log = logging.getLogger("gateway.payments")


async def take(shop: Shop, provider: str, raw: bytes, headers: Mapping[str, str]) -> str:
    """Take one delivery of an event of a provider; return its outcome, once it is committed.

    Raises:
        WebhookSignatureInvalid: it is no event that a secret of ours signed within
            `inbox.TOLERANCE_SECONDS` of now; the reason is in the log.
        NotReady: the provider or the database cannot be reached; nothing changed.
    """
    try:
        at = signer_of(shop, provider, raw, headers)
        event = at.read_event(raw)
    except (ValueError, InvalidJson, LookupError, TypeError) as error:
        PROVIDER_EVENTS.labels(provider=provider, type="other", result="refused").inc()
        log.warning("an event of %s was refused: %s", provider, error)
        raise WebhookSignatureInvalid from None
    kind = event.type if event.type in at.event_types else "other"
    try:
        async with shop.database.read() as snapshot:
            known = await inbox.outcome_of(snapshot, provider, event.id)
        outcome = Outcome(known) if known is not None else await carry_out(shop, at, event)
    except (Clash, ConnectionLost, Unavailable, PaymentProviderError) as error:
        PROVIDER_EVENTS.labels(provider=provider, type=kind, result="not_ready").inc()
        log.warning("event %s %s is not taken: %s", event.type, event.id, type(error).__name__)
        raise NotReady from error
    PROVIDER_EVENTS.labels(provider=provider, type=kind, result=outcome.word).inc()
    log.info("event %s %s: %s", event.type, event.id, outcome.word)
    return outcome.word


def signer_of(shop: Shop, name: str, raw: bytes, headers: Mapping[str, str]) -> NotifyingProvider:
    """Return the provider in the book whose secret signed these bytes.

    Raises:
        ValueError, LookupError: none did.
    """
    for each in shop.providers:
        if each.name != name or not isinstance(each, NotifyingProvider):
            continue
        if each.is_signed(raw, headers):
            return each
    raise ValueError("no secret of ours signed it")


async def carry_out(shop: Shop, at: NotifyingProvider, event: Event) -> Outcome:
    """Look at what an event is about.

    Raises:
        PaymentProviderError: the provider cannot be asked; nothing changed.
    """
    seen = await at.subject_of(event)
    if isinstance(seen, str):
        return await fulfilment.fulfil(shop, at, seen, event)
    if isinstance(seen, Refunded | Disputed) and isinstance(at, RefundingProvider):
        return await fulfilment.returned(shop, at, seen, event)
    return await fulfilment.noted(shop, event, Outcome("ignored"))
