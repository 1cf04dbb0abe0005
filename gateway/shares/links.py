"""The links of shares: derived, so that their owner sees them again and a stolen database does not.

The token of a link is 128 bits of an HMAC of share and a random generation, under a key of
`KT_SIGNING_KEYS`. The table holds generation, key id and a hash of the token.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.kit.http.browser import Site
from gateway.kit.ids import Ids
from gateway.shares.tables import Share

SHARE_PATH = "/s"
TOKEN_BYTES, GENERATION_BYTES = 16, 16
TOKEN_PATTERN = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)


@dataclass(frozen=True, slots=True)
class NewLink:
    """The stored part of a new link."""

    generation: bytes
    key_id: str
    token_hash: bytes


@dataclass(frozen=True, slots=True)
class ShareLinks:
    """Derives the links of shares from the signing keys: `keys` by id, the newest first."""

    keys: Mapping[str, bytes]
    site: Site

    def create_link(self, ids: Ids, share_id: str) -> NewLink:
        """Return the stored part of a link for a new share."""
        generation, key_id = ids.bytes(GENERATION_BYTES), next(iter(self.keys))
        token = self._derive_token(share_id, generation, key_id)
        return NewLink(generation, key_id, hash_token(token))

    def find_path(self, share: Share) -> str | None:
        """Return the path of a share's page; None once its signing key was removed.

        The link itself goes on working then: it is found by its hash.
        """
        if share.key_id not in self.keys:
            return None
        return f"{SHARE_PATH}/{self._derive_token(share.id, share.generation, share.key_id)}"

    def find_url(self, share: Share) -> str | None:
        """Return the whole link of a share; None once its signing key was removed."""
        path = self.find_path(share)
        return None if path is None else f"{self.site.public_url}{path}"

    def _derive_token(self, share_id: str, generation: bytes, key_id: str) -> str:
        message = f"share-link:{share_id}:{generation.hex()}".encode()
        digest = hmac.digest(self.keys[key_id], message, hashlib.sha256)
        return base64.urlsafe_b64encode(digest[:TOKEN_BYTES]).decode().rstrip("=")


def is_token(text: str) -> bool:
    """Return True if a text has the form of a token."""
    return TOKEN_PATTERN.fullmatch(text) is not None


def hash_token(token: str) -> bytes:
    """Return the hash by which a share is found: a token has 128 bits, so it needs no pepper."""
    return hashlib.sha256(token.encode()).digest()
