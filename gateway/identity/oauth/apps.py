"""Access tokens of connected apps, and the callers they stand for; only the MCP server takes one.

Nothing is cached: an app that is revoked ends everywhere at once.
"""

from dataclasses import dataclass

from sqlalchemy import select, update

from gateway.identity.keys.key_ring import SELECT_KEYS, StoredKey
from gateway.identity.keys.secrets import is_app_secret
from gateway.identity.keys.sessions import hash_token
from gateway.identity.tables import ApiKey, OAuthGrant, OAuthToken
from gateway.kit.clock import MINUTE
from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import get_database_time
from gateway.kit.errors import Unauthorized
from gateway.kit.operation import Caller
from gateway.ledger.policies import load_spenders


@dataclass(frozen=True, slots=True, kw_only=True)
class AppCaller:
    """A connected app that calls, with the tools that its person lets it see.

    `caller.key_id` is the grant's id; `expires_at` is the end of the token.
    """

    caller: Caller
    toolsets: frozenset[str]
    read_only: bool
    expires_at: int


@dataclass(frozen=True, slots=True)
class Apps:
    """Finds the app of an access token; without `enabled` every token is refused."""

    database: Database
    enabled: bool

    async def get_app(self, token: str) -> AppCaller:
        """Return the app that an access token belongs to.

        Raises:
            Unauthorized: unknown, expired, or of a grant that is revoked; one answer for all.
        """
        if not self.enabled or not is_app_secret(token, "access"):
            raise Unauthorized
        query = (
            select(OAuthToken, OAuthGrant, ApiKey.lookup)
            .join(OAuthGrant, OAuthGrant.id == OAuthToken.grant_id)
            .join(ApiKey, ApiKey.id == OAuthGrant.id)
            .where(OAuthToken.hash == hash_token(token), OAuthToken.kind == "access")
        )
        async with self.database.read() as snapshot:
            row = (await snapshot.execute(query)).first()
            if row is None:
                raise Unauthorized
            access, grant, lookup = row
            (columns,) = await snapshot.read(SELECT_KEYS, [(lookup,)])
            key = StoredKey(*columns)
            known = await load_spenders(snapshot, [key.id])
        # The grant ends with its newest refresh token, and when the account's owner revokes it.
        ends_at = min(access.expires_at, key.expires_at or 0)
        if key.revoked_at is not None or key.has_lost_member or ends_at <= known.now:
            raise Unauthorized
        if known.now - (key.last_used_at or 0) > MINUTE:  # at most a write a minute
            await self._record_use(key.id)
        return AppCaller(
            caller=key.to_caller(known.spenders[key.id]),
            toolsets=frozenset(grant.toolsets.split()),
            read_only=grant.read_only == 1,
            expires_at=access.expires_at,
        )

    async def _record_use(self, grant_id: str) -> None:
        async with self.database.write() as session:
            now = await get_database_time(session)
            await session.execute(
                update(ApiKey).where(ApiKey.id == grant_id).values(last_used_at=now)
            )
