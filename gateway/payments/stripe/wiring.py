"""Stripe, opened by the settings."""

from urllib.parse import urlsplit

from gateway.configuration.settings import Settings
from gateway.kit.ids import Ids
from gateway.payments.stripe.client import StripeClient

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def open_stripe(settings: Settings, _: Ids) -> list[StripeClient]:
    """Open Stripe for each book that has a key; webhook secrets are separated by commas.

    Raises:
        ValueError: a key is of the other book, or the stand-in is not local; names the setting.
    """
    settings_by_book = {
        "live": (settings.live_stripe_key, settings.live_stripe_webhook_secrets, ""),
        "test": (
            settings.test_stripe_key,
            settings.test_stripe_webhook_secrets,
            settings.test_stripe_api_base,
        ),
    }
    clients = []
    for book, (secret_key, secrets, base) in settings_by_book.items():
        key = secret_key.get_secret_value()
        if base:
            check_stand_in(base, key)
        if not key:
            continue
        if not key.startswith((f"sk_{book}_", f"rk_{book}_")):
            raise ValueError(f"KT_{book.upper()}_STRIPE_KEY must be a secret key of {book} mode")
        parts = secrets.get_secret_value().split(",")
        signing_secrets = tuple(each.strip() for each in parts if each.strip())
        clients.append(StripeClient(book, key, signing_secrets, base or None))
    return clients


def check_stand_in(url: str, key: str) -> None:
    """Check that the stand-in for Stripe is on this machine and gets a test key.

    Raises:
        ValueError: it is elsewhere, or would see another key.
    """
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in LOOPBACK or not key.startswith("sk_test_"):
        raise ValueError("KT_TEST_STRIPE_API_BASE must be a loopback http URL with a sk_test_… key")
