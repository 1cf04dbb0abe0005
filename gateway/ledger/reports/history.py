"""The history of a ledger account: its entries, newest first."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from gateway.kit.database.sessions import Session
from gateway.ledger.states import Phase
from gateway.ledger.tables import Entry, Transfer


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One entry of an account as its owner sees it; `version` orders them without gaps."""

    version: int
    transfer_id: str
    at: int
    code: str
    phase: Phase
    reference: str
    amount_microusd: int
    balance_after_microusd: int
    description: str | None


async def list_history(
    session: Session,
    account: int,
    *,
    before_version: int | None = None,
    since: int | None = None,
    until: int | None = None,
    limit: int = 50,
) -> list[HistoryLine]:
    """Return at most `limit` lines below `before_version`, from `since` to before `until`."""
    query = (
        select(
            Entry.account_version,
            Transfer.id,
            Entry.created_at,
            Transfer.code,
            Transfer.phase,
            Transfer.reference,
            Entry.amount_microusd,
            Entry.balance_after_microusd,
            Transfer.description,
        )
        .join(Transfer, Transfer.id == Entry.transfer_id)
        .where(Entry.account_id == account, Entry.account_version.is_not(None))
        .order_by(Entry.account_version.desc())
        .limit(limit)
    )
    if before_version is not None:
        query = query.where(Entry.account_version < before_version)
    if since is not None:
        query = query.where(Entry.created_at >= since)
    if until is not None:
        query = query.where(Entry.created_at < until)
    rows: Iterable[Any] = await session.execute(query)
    return [HistoryLine(*row) for row in rows]
