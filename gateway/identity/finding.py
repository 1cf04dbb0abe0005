"""Finding accounts, for operators: by id, address, label, or a key of theirs."""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, or_, select

from gateway.identity import keys
from gateway.identity.addresses import normal
from gateway.identity.identities import find
from gateway.identity.tables import Account, ApiKey, Identity
from gateway.kit.database import Session, Snapshot
from gateway.kit.errors import NotFound

MOST = 50


async def accounts(
    session: Session | Snapshot, text: str = "", before: str | None = None
) -> Sequence[Account]:
    """Return the 50 newest accounts below an id.

    `text` is an id, a part of an address or label, or the id or beginning of an API key.
    """
    wanted = select(Account).order_by(Account.id.desc()).limit(MOST)
    if before:
        wanted = wanted.where(Account.id < before)
    if text:
        part = text.lower()
        found = func.lower(Identity.email).contains(part, autoescape=True)
        key = or_(ApiKey.id == text, ApiKey.lookup == keys.lookup_in(text))
        wanted = wanted.where(
            or_(
                Account.id == text,
                func.lower(Account.label).contains(part, autoescape=True),
                Account.id.in_(select(Identity.account_id).where(found)),
                Account.id.in_(select(ApiKey.account_id).where(key)),
            )
        )
    return (await session.scalars(wanted)).all()


async def addresses(
    session: Session | Snapshot, account_ids: Sequence[str]
) -> Mapping[str, list[str]]:
    """Return the addresses of each of these accounts, every one once."""
    found: dict[str, list[str]] = {each: [] for each in account_ids}
    wanted = select(Identity).where(Identity.account_id.in_(account_ids)).order_by(Identity.id)
    for row in await session.scalars(wanted):
        if row.email not in found[row.account_id]:
            found[row.account_id].append(row.email)
    return found


async def account_named(session: Session | Snapshot, name: str) -> str:
    """Return the id of the account of this id or proven address.

    Raises:
        NotFound: there is none.
    """
    if "@" not in name:
        try:
            return (await keys.account_of(session, name)).id
        except NotFound:
            raise NotFound(f"There is no account {name}.") from None
    try:
        known = await find(session, "email", "", normal(name))
    except ValueError:
        known = None
    if known is None:
        raise NotFound(f"No account has verified the address {name}.")
    return known.account_id
