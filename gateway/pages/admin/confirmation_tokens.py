"""Signed tokens for words that an operator was shown; they last ten minutes."""

import json
import secrets
from dataclasses import dataclass

from gateway.kit.clock import SECOND
from gateway.kit.database.sessions import Database
from gateway.kit.http.signed_urls import SignedUrls
from gateway.kit.operation import Ports

TOKEN_SECONDS = 600  # as long as the sign-in of an operator counts as fresh


@dataclass(frozen=True, slots=True)
class ConfirmationTokens:
    """Issues and verifies tokens; each has a unique name, which its expiry is part of."""

    ports: Ports

    def issue_token(self, *words: str) -> str:
        """Issue a token for these words."""
        once = f"{self._now_seconds() + TOKEN_SECONDS}-{secrets.token_hex(8)}"
        urls: SignedUrls = self.ports.get(SignedUrls)
        return f"{once}.{urls.seal_text(_serialize_words(once, words))}"

    def verify_token(self, token: str, *words: str) -> str:
        """Verify a token for these words; return its name, empty if it is not valid."""
        once, _, signature = token.partition(".")
        urls: SignedUrls = self.ports.get(SignedUrls)
        is_ours = urls.is_sealed(_serialize_words(once, words), signature)
        return once if is_ours and self._now_seconds() < int(once.partition("-")[0]) else ""

    def _now_seconds(self) -> int:
        database: Database = self.ports.get(Database)
        return database.clock.now() // SECOND


def _serialize_words(once: str, words: tuple[str, ...]) -> str:
    return json.dumps(["operator", once, *words])
