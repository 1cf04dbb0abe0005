"""Events that a provider delivers: signed, taken once, and done when they are answered."""

import logging
from collections.abc import Awaitable, Callable, Collection

from gateway.kit.database import Clash, ConnectionLost
from gateway.kit.errors import InvalidJson, Unavailable
from gateway.kit.metrics import PROVIDER_EVENTS
from gateway.payments import inbox
from gateway.payments.errors import NotReady, PaymentProviderError, WebhookSignatureInvalid
from gateway.payments.fulfilment import Outcome
from gateway.payments.inbox import Event
from gateway.payments.shop import Shop

WEBHOOK_BYTES = 256 * 1024
TOLERANCE_SECONDS = 300
log = logging.getLogger("gateway.payments")


async def take(
    shop: Shop,
    provider: str,
    handled: Collection[str],
    read: Callable[[], Event],
    act: Callable[[Shop, Event], Awaitable[Outcome]],
) -> str:
    """Take one delivery of an event; return its outcome, once it is committed.

    Args:
        handled: the types of events that are counted by their names.
        read: returns the event, or raises `ValueError`, `LookupError`, `TypeError` where it is
            none that a secret of ours signed within `TOLERANCE_SECONDS` of now.
        act: looks at what it is about.

    Raises:
        WebhookSignatureInvalid: `read` raised; the reason is in the log.
        NotReady: the provider or the database cannot be reached; nothing changed.
    """
    try:
        event = read()
    except (ValueError, InvalidJson, LookupError, TypeError) as error:
        PROVIDER_EVENTS.labels(provider=provider, type="other", result="refused").inc()
        log.warning("an event of %s was refused: %s", provider, error)
        raise WebhookSignatureInvalid from None
    kind = event.type if event.type in handled else "other"
    try:
        async with shop.database.read() as snapshot:
            known = await inbox.outcome_of(snapshot, provider, event.id)
        outcome = Outcome(known) if known is not None else await act(shop, event)
    except (Clash, ConnectionLost, Unavailable, PaymentProviderError) as error:
        PROVIDER_EVENTS.labels(provider=provider, type=kind, result="not_ready").inc()
        log.warning("event %s %s is not taken: %s", event.type, event.id, type(error).__name__)
        raise NotReady from error
    PROVIDER_EVENTS.labels(provider=provider, type=kind, result=outcome.word).inc()
    log.info("event %s %s: %s", event.type, event.id, outcome.word)
    return outcome.word
