"""Shares as operators see them: what was reported, what is shown on the front page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Subquery, func, select, update

from gateway.kit.database.sessions import Session, Snapshot
from gateway.kit.database.sql import get_database_time
from gateway.library.assets import Asset, lock_asset
from gateway.shares.rendering import get_share_state
from gateway.shares.states import ShareState
from gateway.shares.tables import Share, ShareReport

LIST_LENGTH = 100


@dataclass(frozen=True, slots=True)
class OverseenShare:
    """A share with its asset, its state and the number of its open reports."""

    share: Share
    asset: Asset
    state: ShareState
    open_reports: int


async def list_open_reports(session: Session | Snapshot) -> Sequence[ShareReport]:
    """List the newest reports that no operator has decided about."""
    statement = select(ShareReport).where(ShareReport.closed_at.is_(None))
    newest = statement.order_by(ShareReport.id.desc()).limit(LIST_LENGTH)
    return (await session.scalars(newest)).all()


async def list_newest_shares(session: Session | Snapshot) -> list[OverseenShare]:
    """List the newest shares of all accounts, those with open reports first."""
    reported = _count_reports()
    statement = _select_shares(reported).order_by(
        func.coalesce(reported.c.number, 0).desc(), Share.id.desc()
    )
    return await _load_shares(session, statement.limit(LIST_LENGTH))


async def list_showcase(session: Session | Snapshot) -> list[OverseenShare]:
    """List the shares that may be on the front page: those that are, then the newest."""
    statement = _select_shares(_count_reports()).where(
        Share.showcase == 1, Share.revoked_at.is_(None), Share.taken_down_at.is_(None)
    )
    statement = statement.order_by(func.coalesce(Share.featured_at, 0).desc(), Share.id.desc())
    shares = await _load_shares(session, statement.limit(LIST_LENGTH))
    return [each for each in shares if each.state == ShareState.ACTIVE]


async def take_down_shares(session: Session, share_id: str) -> tuple[Share, bool]:
    """End all shares of what a share shows, and decide their reports; return it, and if it is new.

    Nothing new can be shared of it until it is restored.

    Raises:
        LookupError: there is no such share.
    """
    share = await get_locked_share(session, share_id)
    await lock_asset(session, share.asset_id)  # a new share of it waits, and then finds this
    changed = share.taken_down_at is None
    now = await get_database_time(session)
    for each in await _lock_shares_of_asset(session, share):
        each.taken_down_at = each.taken_down_at or now
        each.featured_at = None
        await close_reports(session, each.id)
    return share, changed


async def restore_shares(session: Session, share_id: str) -> tuple[Share, bool]:
    """Undo a takedown for all shares that it ended; return the share, and if it had been one.

    Raises:
        LookupError: there is no such share.
    """
    share = await get_locked_share(session, share_id)
    taken_down_at = share.taken_down_at
    if taken_down_at is None:
        return share, False
    for each in await _lock_shares_of_asset(session, share):
        if each.taken_down_at == taken_down_at:
            each.taken_down_at = None
    return share, True


async def close_reports(session: Session, share_id: str) -> int:
    """Mark the open reports of a share as decided; return how many there were."""
    now = await get_database_time(session)
    statement = (
        update(ShareReport)
        .where(ShareReport.share_id == share_id, ShareReport.closed_at.is_(None))
        .values(closed_at=now)
    )
    result = await session.execute(statement)
    return int(getattr(result, "rowcount", 0))


async def set_featured(session: Session, share_id: str, *, featured: bool) -> tuple[Share, bool]:
    """Put a share on the front page or take it off; return it, and if that changed anything.

    Raises:
        LookupError: there is no such share.
        ValueError: its owner has not allowed it, or its link does not work.
    """
    share = await get_locked_share(session, share_id)
    changed = (share.featured_at is not None) != featured
    if featured:
        now = await get_database_time(session)
        asset = await session.get_one(Asset, share.asset_id)
        if not share.showcase:
            raise ValueError("its owner has not allowed it on the front page")
        if (state := get_share_state(share, asset, now)) != ShareState.ACTIVE:
            raise ValueError(f"the share is {state}")
        share.featured_at = share.featured_at or now
    else:
        share.featured_at = None
    return share, changed


async def get_locked_share(session: Session, share_id: str) -> Share:
    """Return a share, locked.

    Raises:
        LookupError: there is no such share.
    """
    share = await session.scalar(select(Share).where(Share.id == share_id).with_for_update())
    if share is None:
        raise LookupError(f"there is no share {share_id}")
    return share


async def _lock_shares_of_asset(session: Session, share: Share) -> Sequence[Share]:
    """Return all shares of a share's asset, itself among them, locked."""
    same = (Share.account_id == share.account_id, Share.asset_id == share.asset_id)
    statement = select(Share).where(*same).order_by(Share.id).with_for_update()
    return (await session.scalars(statement)).all()


def _count_reports() -> Subquery:
    return (
        select(ShareReport.share_id, func.count().label("number"))
        .where(ShareReport.closed_at.is_(None))
        .group_by(ShareReport.share_id)
        .subquery()
    )


def _select_shares(reported: Subquery) -> Select[Share, Asset, Any]:
    return (
        select(Share, Asset, func.coalesce(reported.c.number, 0))
        .join(Asset, Asset.id == Share.asset_id)
        .outerjoin(reported, reported.c.share_id == Share.id)
    )


async def _load_shares(
    session: Session | Snapshot, statement: Select[Share, Asset, Any]
) -> list[OverseenShare]:
    now = await get_database_time(session)
    return [
        OverseenShare(share, asset, get_share_state(share, asset, now), number)
        for share, asset, number in await session.execute(statement)
    ]
