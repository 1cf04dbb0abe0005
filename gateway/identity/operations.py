"""What outsiders may ask about API keys."""

from typing import Any

from sqlalchemy import select

from gateway.identity import keys
from gateway.identity.errors import AmbiguousKeyPrefix, KeyLimitReached, ScopeEscalation
from gateway.identity.schemas import (
    CreatedKey,
    CreateKey,
    Key,
    KeyPage,
    Keys,
    RevokedKey,
    RevokeKey,
    SpendPolicy,
)
from gateway.identity.secrets import PREFIX, Peppers
from gateway.identity.tables import ApiKey
from gateway.kit.clock import SECOND, iso
from gateway.kit.database import Session, Snapshot
from gateway.kit.errors import NotFound, ScopeDenied
from gateway.kit.ids import Ids
from gateway.kit.money import microusd
from gateway.kit.operation import Caller, Reply, operation
from gateway.ledger.policies import Limits


@operation(
    "GET", "/api/v1/keys", tag="keys", response=Keys, scopes=("account:read",), session="also"
)
async def list_keys(caller: Caller, query: KeyPage, session: Snapshot) -> Keys:
    """List the API keys of this account, the newest first; never the keys themselves."""
    wanted = select(ApiKey).where(ApiKey.account_id == caller.account_id)
    if query.cursor is not None:
        wanted = wanted.where(ApiKey.id < query.cursor)
    wanted = wanted.order_by(ApiKey.id.desc()).limit(query.limit + 1)
    rows = (await session.scalars(wanted)).all()
    shown = rows[: query.limit]
    more = len(rows) > query.limit
    return Keys(
        data=[Key(**fields(row)) for row in shown], next_cursor=shown[-1].id if more else None
    )


@operation(
    "POST",
    "/api/v1/keys",
    tag="keys",
    response=CreatedKey,
    status=201,
    scopes=("admin",),
    session="also",
    idempotent=True,
    problems=(ScopeEscalation, KeyLimitReached),
)
async def create_key(
    caller: Caller, body: CreateKey, session: Session, ids: Ids, peppers: Peppers
) -> Reply:
    """Mint an API key with scopes and hard spending caps.

    `apiKey` is shown this one time. A key can only make a key within its own scopes.
    """
    scopes: list[str] = [*(body.scopes or ())] or [
        s for s in keys.DEFAULT_SCOPES if s in caller.scopes
    ]
    keys.check_escalation(caller, scopes)
    wanted = keys.NewKey(
        account_id=caller.account_id,
        book=caller.book,
        label=body.label,
        scopes=scopes,
        minted_by=caller.id,
        limits=limits(body.spend_policy),
        expires_at=None if body.expires_at is None else int(body.expires_at.timestamp() * SECOND),
    )
    row, key = await keys.create(session, ids, peppers, wanted)
    return Reply(
        body=CreatedKey(**fields(row), api_key=key),
        stored=CreatedKey(**fields(row), api_key=None, already_shown=True),
        resource_id=row.id,
    )


@operation(
    "POST",
    "/api/v1/keys/revoke",
    tag="keys",
    response=RevokedKey,
    session="also",
    problems=(NotFound, AmbiguousKeyPrefix),
)
async def revoke_key(
    caller: Caller, body: RevokeKey, session: Session, ring: keys.KeyRing
) -> RevokedKey:
    """Revoke an API key at once and for good.

    Running jobs finish; nothing new starts. Needs scope admin, or is for the calling key itself.
    """
    row = await keys.find(session, caller, key_id=body.key_id, prefix=body.key_prefix)
    if "admin" not in caller.scopes and row.id != caller.key_id:
        raise ScopeDenied("This needs a key with scope admin.", requiredScope="admin")
    revoked_at = await keys.revoke(session, row)
    ring.forget()
    return RevokedKey(id=row.id, revoked_at=iso(revoked_at))


def limits(policy: SpendPolicy | None) -> Limits | None:
    """Return the caps of a policy in micro-USD, or None where it sets none."""
    if policy is None:
        return None
    given = (policy.daily_limit_usd, policy.monthly_limit_usd, policy.total_limit_usd)
    daily, monthly, total = (None if text is None else microusd(text) for text in given)
    return Limits(daily_microusd=daily, monthly_microusd=monthly, total_microusd=total)


def fields(row: ApiKey) -> dict[str, Any]:
    """Return the wire fields of a key's row."""
    return {
        "id": row.id,
        "label": row.label,
        "key_prefix": f"{PREFIX[row.book]}{row.lookup}",
        "last4": row.last4,
        "mode": row.book,
        "scopes": row.scopes.split(),
        "expires_at": row.expires_at and iso(row.expires_at),
        "created_at": iso(row.created_at),
        "last_used_at": row.last_used_at and iso(row.last_used_at),
        "revoked_at": row.revoked_at and iso(row.revoked_at),
        "minted_by": row.minted_by,
    }
