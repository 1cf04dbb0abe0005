"""The secrets that sign webhooks: derived, so that a stolen database can forge nothing.

A secret is an HMAC of account, book and a random generation under a key of `KT_SIGNING_KEYS`. The
table holds the generation and the key's id. Each ledger account, so each mode, has its own.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.kit.clock import DAY
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import sql
from gateway.kit.ids import Ids

GENERATION_BYTES = 16
ROTATION_OVERLAP = DAY
MOST_SIGNATURES = 10

SELECT_CURRENT = sql(
    """
    SELECT secret.key_id FROM {rows} JOIN webhook_secret AS secret
      ON secret.account_id = given.account_id
    WHERE secret.ends_at IS NULL
    """,
    account_id="int",
)
SELECT_VALID = sql(
    f"""
    SELECT secret.key_id, secret.generation, secret.ends_at
    FROM {{rows}} JOIN webhook_secret AS secret ON secret.account_id = given.account_id
    WHERE secret.ends_at IS NULL OR secret.ends_at > kt_now()
    ORDER BY CASE WHEN secret.ends_at IS NULL THEN 0 ELSE 1 END, secret.ends_at DESC
    LIMIT {MOST_SIGNATURES}
    """,  # noqa: S608 - constant
    account_id="int",
)
END_CURRENT = sql(
    f"""
    UPDATE webhook_secret SET ends_at = kt_now() + {ROTATION_OVERLAP}
    FROM {{rows}} WHERE webhook_secret.account_id = given.account_id
      AND webhook_secret.ends_at IS NULL
    """,  # noqa: S608 - constant
    account_id="int",
)
INSERT_SECRET = sql(
    """
    INSERT INTO webhook_secret (account_id, generation, key_id, created_at)
    SELECT given.account_id, given.generation, given.key_id, kt_now()
    FROM {rows} WHERE true ON CONFLICT DO NOTHING
    """,
    account_id="int",
    generation="blob",
    key_id="text",
)


@dataclass(frozen=True, slots=True)
class SigningSecret:
    """A secret that signs now; `ends_at` is None for the current one."""

    key: bytes
    ends_at: int | None

    @property
    def text(self) -> str:
        """Return the secret as Standard Webhooks writes it."""
        return f"whsec_{base64.b64encode(self.key).decode()}"

    def sign(self, delivery_id: str, timestamp: int, body: bytes) -> str:
        """Return the signature of a message; `timestamp` is seconds since 1970."""
        signed = b".".join((delivery_id.encode(), str(timestamp).encode(), body))
        digest = hmac.digest(self.key, signed, hashlib.sha256)
        return f"v1,{base64.b64encode(digest).decode()}"


@dataclass(frozen=True, slots=True)
class WebhookSecrets:
    """Derives the secrets of accounts from the signing keys: `keys` by id, the newest first."""

    keys: Mapping[str, bytes]
    ids: Ids

    async def get_or_create(
        self, session: Session, account: int, book: str
    ) -> Sequence[SigningSecret]:
        """Return every secret that signs now, the current one first; create it if there is none.

        A current secret whose signing key was removed is replaced: it cannot be derived any more.
        """
        current = await session.read(SELECT_CURRENT, [(account,)])
        if not current or current[0][0] not in self.keys:
            await self.rotate(session, account)
        return [
            SigningSecret(self._derive(account, book, key_id, generation), ends_at)
            for key_id, generation, ends_at in await session.read(SELECT_VALID, [(account,)])
            if key_id in self.keys
        ]

    async def rotate(self, session: Session, account: int) -> None:
        """Make a new current secret; the previous one also signs for 24 hours."""
        await session.change(END_CURRENT, [(account,)])
        values = (account, self.ids.bytes(GENERATION_BYTES), next(iter(self.keys)))
        # ON CONFLICT DO NOTHING: of two first calls that race, one current secret remains.
        await session.change(INSERT_SECRET, [values])

    def _derive(self, account: int, book: str, key_id: str, generation: bytes) -> bytes:
        message = f"webhook-secret:{account}:{book}:{generation.hex()}".encode()
        return hmac.digest(self.keys[key_id], message, hashlib.sha256)
