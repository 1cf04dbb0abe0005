"""The search for accounts that operators use: by id, address, label or API key."""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, or_, select

from gateway.identity.accounts.addresses import normalize_address
from gateway.identity.accounts.identities import find_identity
from gateway.identity.keys import keys
from gateway.identity.tables import Account, ApiKey, Identity
from gateway.kit.database.sessions import Session, Snapshot
from gateway.kit.errors import NotFound

PAGE_SIZE = 50


async def search_accounts(
    session: Session | Snapshot, text: str = "", before: str | None = None
) -> Sequence[Account]:
    """List the 50 newest accounts below an id that match a text, or all.

    `text` is an id, a part of an address or label, or the id or beginning of an API key.
    """
    query = select(Account).order_by(Account.id.desc()).limit(PAGE_SIZE)
    if before:
        query = query.where(Account.id < before)
    if text:
        part = text.lower()
        email = func.lower(Identity.email).contains(part, autoescape=True)
        key = or_(ApiKey.id == text, ApiKey.lookup == keys.strip_key_prefix(text))
        query = query.where(
            or_(
                Account.id == text,
                func.lower(Account.label).contains(part, autoescape=True),
                Account.id.in_(select(Identity.account_id).where(email)),
                Account.id.in_(select(ApiKey.account_id).where(key)),
            )
        )
    return (await session.scalars(query)).all()


async def list_addresses(
    session: Session | Snapshot, account_ids: Sequence[str]
) -> Mapping[str, list[str]]:
    """List the addresses of each of these accounts, without repetition."""
    emails: dict[str, list[str]] = {account_id: [] for account_id in account_ids}
    query = select(Identity).where(Identity.account_id.in_(account_ids)).order_by(Identity.id)
    for row in await session.scalars(query):
        if row.email not in emails[row.account_id]:
            emails[row.account_id].append(row.email)
    return emails


async def get_account_id(session: Session | Snapshot, name: str) -> str:
    """Return the id of the account with this id or verified address.

    Raises:
        NotFound: there is none.
    """
    if "@" not in name:
        try:
            return (await keys.get_account(session, name)).id
        except NotFound:
            raise NotFound(f"There is no account {name}.") from None
    try:
        identity = await find_identity(session, "email", "", normalize_address(name))
    except ValueError:
        identity = None
    if identity is None:
        raise NotFound(f"No account has verified the address {name}.")
    return identity.account_id


async def find_oldest_account_time(snapshot: Snapshot) -> int | None:
    """Return when the first account was made, in microseconds since 1970; None without accounts."""
    return await snapshot.scalar(select(func.min(Account.created_at)))
