"""Paying by card on the wire."""

from typing import Literal

from gateway.kit.models import Wire


class StripeCheckout(Wire):
    """An open checkout: send the person to `checkoutUrl`."""

    checkout_id: str
    provider: Literal["stripe"]
    session_id: str
    checkout_url: str
    package_code: str
    price_usd: str
    price_microusd: int
    credit_usd: str
    credit_microusd: int
    bonus_usd: str
    bonus_microusd: int
    expires_at: str
    livemode: bool
