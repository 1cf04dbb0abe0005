"""Acts on API keys of any account: list and revoke."""

from typing import TypedDict

from gateway.identity.accounts import account_search
from gateway.identity.keys import keys
from gateway.identity.keys.key_ring import KeyRing
from gateway.kit.clock import to_iso, to_iso_or_none
from gateway.kit.database.sessions import Session
from gateway.kit.operation import Ports
from gateway.operator.acts import ActOutcome, OperatorOrder, OutcomeFields, perform_act
from gateway.operator.gateway_location import GatewayLocation, open_database_at


class KeyRow(TypedDict):
    """An API key in a list."""

    id: str
    label: str
    keyPrefix: str
    scopes: list[str]
    expiresAt: str | None
    lastUsedAt: str | None
    revokedAt: str | None


async def list_account_keys(where: GatewayLocation, name: str) -> list[KeyRow]:
    """List the keys of an account, by its id or verified address, the newest first.

    Raises:
        NotFound: there is no such account.
    """
    async with open_database_at(where) as database, database.read() as snapshot:
        account_id = await account_search.get_account_id(snapshot, name)
        return [
            {
                "id": row.id,
                "label": row.label,
                "keyPrefix": keys.render_key_prefix(row),
                "scopes": row.scopes.split(),
                "expiresAt": to_iso_or_none(row.expires_at),
                "lastUsedAt": to_iso_or_none(row.last_used_at),
                "revokedAt": to_iso_or_none(row.revoked_at),
            }
            for row in await keys.list_all_account_keys(snapshot, account_id)
        ]


async def revoke_key(order: OperatorOrder, key: str) -> OutcomeFields:
    """Revoke a key by its id, or by its look-up part with or without the prefix.

    Raises:
        NotFound: there is none.
    """

    async def work(session: Session) -> ActOutcome:
        row = await keys.get_locked_key_by_name(session, key)
        changed = row.revoked_at is None
        if isinstance(order.where, Ports):  # other gateways cache it for seconds
            session.run_after_commit(order.where.get(KeyRing).clear_cache)
        revoked_at = to_iso(await keys.revoke(session, row))
        after = {"accountId": row.account_id, "label": row.label, "revokedAt": revoked_at}
        return ActOutcome(target=row.id, changed=changed, after=after)

    return await perform_act(order, "key.revoke", work)
