"""Secrets: the form of API keys and tokens, and the peppers of the keyed hashes that are stored.

A key is `kt_live_` or `kt_test_`, 8 characters of public look-up part, 24 of secret, 6 of checksum;
all base 62. The look-up part finds the row, the checksum refuses a mistyped key without a query.
The secrets of a connected app have the same form, with the look-up part of its grant: `kt_oac_` a
code, `kt_oat_` an access token, `kt_ort_` a refresh token.
"""

import hashlib
import hmac
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.kit.ids import Ids

BASE62_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
KEY_PREFIXES = {"live": "kt_live_", "test": "kt_test_"}
APP_PREFIXES = {"code": "kt_oac_", "access": "kt_oat_", "refresh": "kt_ort_"}
LOOKUP_CHARS, SECRET_CHARS, CHECKSUM_CHARS = 8, 24, 6
KEY_CHARS = len("kt_live_") + LOOKUP_CHARS + SECRET_CHARS + CHECKSUM_CHARS


@dataclass(frozen=True, slots=True)
class Peppers:
    """The keys of our hashes by id, the newest first; new hashes use that one."""

    by_id: Mapping[str, bytes]

    @property
    def newest(self) -> str:
        """Return the id of the pepper for new hashes."""
        return next(iter(self.by_id))

    def hash(self, key: str, pepper: str) -> bytes:
        """Return the HMAC-SHA256 of a secret under one pepper; an unknown id matches nothing."""
        return hmac.digest(self.by_id.get(pepper, b"unknown"), key.encode(), hashlib.sha256)


def mint_key(ids: Ids, book: str) -> str:
    """Create a new key of a book (`live` or `test`)."""
    body = KEY_PREFIXES[book] + to_base62(
        int.from_bytes(ids.bytes(32), "big"), LOOKUP_CHARS + SECRET_CHARS
    )
    return body + compute_checksum(body)


def create_lookup(ids: Ids) -> str:
    """Create the look-up part of a new grant."""
    return to_base62(int.from_bytes(ids.bytes(16), "big"), LOOKUP_CHARS)


def mint_app_secret(ids: Ids, kind: str, lookup: str) -> str:
    """Create a `code`, `access` token or `refresh` token of the grant with this look-up part."""
    return _build_app_secret(kind, lookup, ids.bytes(32))


def derive_successor_token(peppers: Peppers, pepper: str, kind: str, token: str) -> str:
    """Derive the one `access` or `refresh` token that a refresh token is exchanged for.

    A retry thus gets the same token, though none is stored. It takes both the old token and the
    pepper, so neither a thief of the token nor a dump of the database can compute it.
    """
    lookup = token.removeprefix(APP_PREFIXES["refresh"])[:LOOKUP_CHARS]
    return _build_app_secret(kind, lookup, peppers.hash(f"{kind} after {token}", pepper))


def _build_app_secret(kind: str, lookup: str, entropy: bytes) -> str:
    secret = to_base62(int.from_bytes(entropy, "big"), SECRET_CHARS)
    body = f"{APP_PREFIXES[kind]}{lookup}{secret}"
    return body + compute_checksum(body)


def is_app_secret(text: str, kind: str) -> bool:
    """Return True if a text has the form and checksum of such a code or token; no query."""
    prefix = APP_PREFIXES[kind]
    if (
        len(text) != len(prefix) + LOOKUP_CHARS + SECRET_CHARS + CHECKSUM_CHARS
        or not text.isascii()
    ):
        return False
    return text.startswith(prefix) and hmac.compare_digest(
        compute_checksum(text[:-CHECKSUM_CHARS]), text[-CHECKSUM_CHARS:]
    )


def compute_checksum(body: str) -> str:
    """Return the checksum of a key's body: its CRC-32, as 6 characters of base 62."""
    return to_base62(zlib.crc32(body.encode()), CHECKSUM_CHARS)


def to_base62(value: int, width: int) -> str:
    """Return the last `width` digits of a number in base 62."""
    digits = ""
    for _ in range(width):
        value, digit = divmod(value, 62)
        digits = BASE62_DIGITS[digit] + digits
    return digits


def parse_book(key: str) -> str | None:
    """Return the book of a key, None if its form or checksum is wrong; no query."""
    if len(key) != KEY_CHARS or not key.isascii():
        return None
    if not hmac.compare_digest(compute_checksum(key[:-CHECKSUM_CHARS]), key[-CHECKSUM_CHARS:]):
        return None
    return next((book for book, prefix in KEY_PREFIXES.items() if key.startswith(prefix)), None)


def parse_lookup(key: str) -> str:
    """Return the public look-up part of a key."""
    start = len("kt_live_")
    return key[start : start + LOOKUP_CHARS]
