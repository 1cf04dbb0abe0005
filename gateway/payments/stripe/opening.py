"""Stripe, by the settings."""

from urllib.parse import urlsplit

from gateway.kit.ids import Ids
from gateway.payments.stripe.client import StripeClient
from gateway.settings import Settings

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def open_stripe(settings: Settings, _: Ids) -> list[StripeClient]:
    """Return Stripe for each book that has a key; webhook secrets are comma separated.

    Raises:
        ValueError: a key is of the other book, or the stand-in is not one; names the setting.
    """
    given = {
        "live": (settings.live_stripe_key, settings.live_stripe_webhook_secrets, ""),
        "test": (
            settings.test_stripe_key,
            settings.test_stripe_webhook_secrets,
            settings.test_stripe_api_base,
        ),
    }
    found = []
    for book, (secret_key, secrets, base) in given.items():
        key = secret_key.get_secret_value()
        if base:
            check_stand_in(base, key)
        if not key:
            continue
        if not key.startswith((f"sk_{book}_", f"rk_{book}_")):
            raise ValueError(f"KT_{book.upper()}_STRIPE_KEY must be a secret key of {book} mode")
        parts = secrets.get_secret_value().split(",")
        signing = tuple(each.strip() for each in parts if each.strip())
        found.append(StripeClient(book, key, signing, base or None))
    return found


def check_stand_in(url: str, key: str) -> None:
    """Check that a stand-in for Stripe is on this machine, and never sees a real key.

    Raises:
        ValueError: it is not, or would.
    """
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in LOOPBACK or not key.startswith("sk_test_"):
        raise ValueError("KT_TEST_STRIPE_API_BASE must be a loopback http URL with a sk_test_… key")
