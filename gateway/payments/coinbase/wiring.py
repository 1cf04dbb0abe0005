"""Coinbase, opened by the settings."""

from urllib.parse import urlsplit

from gateway.configuration.settings import Settings
from gateway.kit.ids import Ids
from gateway.payments.coinbase.client import CoinbaseClient

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def open_coinbase(settings: Settings, _: Ids) -> list[CoinbaseClient]:
    """Open Coinbase for each book that has a key; webhook secrets are separated by commas.

    Raises:
        ValueError: a setting is missing or not valid; the message names it.
    """
    settings_by_book = {
        "live": (
            settings.live_coinbase_key_id,
            settings.live_coinbase_key,
            settings.live_coinbase_webhook_secrets,
            "",
        ),
        "test": (
            settings.test_coinbase_key_id,
            settings.test_coinbase_key,
            settings.test_coinbase_webhook_secrets,
            settings.test_coinbase_api_base,
        ),
    }
    clients = [
        build_coinbase(book, key_id, key.get_secret_value(), secrets.get_secret_value(), base)
        for book, (key_id, key, secrets, base) in settings_by_book.items()
    ]
    return [each for each in clients if each is not None]


def build_coinbase(
    book: str, key_id: str, key: str, secrets: str, base: str
) -> CoinbaseClient | None:
    """Build Coinbase for a book, or return None if the book has no key.

    Raises:
        ValueError: a setting is missing or not valid; the message names it.
    """
    prefix = f"KT_{book.upper()}_COINBASE"
    if not key_id and not key:
        return None
    if not key_id or not key:
        raise ValueError(f"set {prefix}_KEY_ID and {prefix}_KEY together")
    if base and urlsplit(base).hostname not in LOOPBACK:
        raise ValueError("KT_TEST_COINBASE_API_BASE must be a loopback http URL")
    signing_secrets = tuple(each.strip() for each in secrets.split(",") if each.strip())
    try:
        return CoinbaseClient(book, key_id, key, signing_secrets, base or None)
    except ValueError as error:
        raise ValueError(f"{prefix}_KEY: {error}") from error
