"""Signed URLs: a client that has one gets the file, without a key, until it expires."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote_plus

from gateway.kit.clock import SECOND
from gateway.kit.errors import NotFound

UNIX_SECONDS = re.compile(r"[0-9]{1,11}")


@dataclass(frozen=True, slots=True)
class SignedUrls:
    """The signer and verifier; keys by id, the newest, which signs, first."""

    files_url: str
    keys: Mapping[str, bytes]

    def sign_url(self, path: str, expires_at: int) -> str:
        """Return the URL of a file that works until `expires_at` (microseconds, cut to seconds)."""
        expires = expires_at // SECOND
        key_id = next(iter(self.keys))
        # Put together by hand: a page of results has hundreds, and `urlencode` took a tenth of it.
        signature = self._signature(key_id, path, expires)
        return f"{self.files_url}{path}?exp={expires}&kid={quote_plus(key_id)}&sig={signature}"

    def verify_url(self, path: str, *, expires: str, key_id: str, signature: str, now: int) -> int:
        """Check a URL's signature and time; return when it expires, in microseconds.

        Raises:
            NotFound: it is forged, changed or expired.
        """
        if UNIX_SECONDS.fullmatch(expires) is None or key_id not in self.keys:
            raise NotFound
        own_signature = self._signature(key_id, path, int(expires)).encode()
        is_valid = hmac.compare_digest(own_signature, signature.encode())
        if not is_valid or now >= int(expires) * SECOND:
            raise NotFound("This URL is not valid or has expired.")
        return int(expires) * SECOND

    def seal_text(self, text: str) -> str:
        """Return `key id.signature` of this text."""
        key_id = next(iter(self.keys))
        return f"{key_id}.{self._hmac(key_id, text)}"

    def is_sealed(self, text: str, seal: str) -> bool:
        """Return True if this is our seal of this text."""
        key_id, _, signature = seal.partition(".")
        if key_id not in self.keys:
            return False
        return hmac.compare_digest(self._hmac(key_id, text).encode(), signature.encode())

    def _signature(self, key_id: str, path: str, expires: int) -> str:
        return self._hmac(key_id, f"{path}?exp={expires}")

    def _hmac(self, key_id: str, text: str) -> str:
        return hmac.new(self.keys[key_id], text.encode(), hashlib.sha256).hexdigest()
