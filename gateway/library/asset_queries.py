"""Queries of assets.

`account` is the number of the ledger account, so live and test keep apart; an asset of another
account is not found.
"""

import json
from collections.abc import Sequence

from sqlalchemy import func, select

from gateway.kit.database.sessions import Session
from gateway.kit.errors import NotFound
from gateway.library import projects
from gateway.library.schemas import AssetQuery
from gateway.library.tables import Asset, Project


async def load_asset(
    session: Session, account: int, asset_id: str, *, field_name: str = "assetId"
) -> Asset:
    """Return an asset of the account, archived or not.

    Raises:
        NotFound: there is no such asset, or it belongs to another account.
    """
    selected = select(Asset).where(Asset.id == asset_id, Asset.account_id == account)
    asset = await session.scalar(selected)
    if asset is None:
        raise NotFound("There is no such asset.", field=field_name)
    return asset


async def list_purged_ids(session: Session, asset_ids: Sequence[str]) -> Sequence[str]:
    """Return the ids of those assets whose bytes are purged."""
    selected = select(Asset.id).where(Asset.id.in_(asset_ids), Asset.purged_at.is_not(None))
    return (await session.scalars(selected)).all()


async def find_output_asset(session: Session, job_id: str, index: int) -> Asset | None:
    """Return the asset that keeps an output of a job, or None."""
    selected = select(Asset).where(
        Asset.job_id == job_id, Asset.output_index == index, Asset.purged_at.is_(None)
    )
    return await session.scalar(selected)


async def list_output_asset_ids(
    session: Session, job_ids: Sequence[str]
) -> dict[tuple[str, int], str]:
    """Return the ids of the assets that keep outputs of these jobs, by job id and index."""
    selected = select(Asset.job_id, Asset.output_index, Asset.id).where(
        Asset.job_id.in_(job_ids), Asset.purged_at.is_(None)
    )
    rows = await session.execute(selected)
    return {(job_id or "", index or 0): asset_id for job_id, index, asset_id in rows}


async def find_asset_of_bytes(
    session: Session, project_id: str, source_sha256: str
) -> Asset | None:
    """Return an unarchived asset of a project whose only version came from these bytes."""
    selected = select(Asset).where(
        Asset.project_id == project_id,
        Asset.source_sha256 == source_sha256,
        Asset.archived_at.is_(None),
        Asset.version == 1,
    )
    return await session.scalar(selected.order_by(Asset.id).limit(1))


async def load_asset_page(
    session: Session, account: int, query: AssetQuery
) -> tuple[Sequence[Asset], str | None]:
    """Return a page of a project's assets, newest first, and the cursor of the next page.

    Raises:
        NotFound: there is no such project.
    """
    await projects.load_project(session, account, query.project_id)
    archived = Asset.archived_at.is_not(None) if query.archived else Asset.archived_at.is_(None)
    selected = select(Asset).where(Asset.project_id == query.project_id, archived)
    if query.kind is not None:
        selected = selected.where(Asset.kind == query.kind)
    if query.tag is not None:
        # LIKE ignores the case of letters on SQLite; `replace` distinguishes it on both databases
        tags_without = func.replace(Asset.tags_json, json.dumps(query.tag, ensure_ascii=False), "")
        selected = selected.where(Asset.tags_json != tags_without)
    if query.cursor is not None:
        selected = selected.where(Asset.id < query.cursor)
    statement = selected.order_by(Asset.id.desc()).limit(query.limit + 1)
    rows = (await session.scalars(statement)).all()
    assets = rows[: query.limit]
    return assets, assets[-1].id if len(rows) > query.limit else None


async def list_assets(session: Session, account: int, asset_ids: Sequence[str]) -> Sequence[Asset]:
    """Return those assets of the account whose bytes are kept, in no order."""
    selected = select(Asset).where(
        Asset.id.in_(asset_ids), Asset.account_id == account, Asset.purged_at.is_(None)
    )
    return (await session.scalars(selected)).all()


async def load_storyboard_page(
    session: Session, account: int, *, limit: int, before: str | None = None
) -> tuple[Sequence[Asset], str | None]:
    """Return a page of the account's storyboards, newest first, and the `before` of the next."""
    # By project: assets have no index of accounts.
    own_projects = select(Project.id).where(Project.account_id == account)
    selected = select(Asset).where(
        Asset.project_id.in_(own_projects),
        Asset.kind == "storyboard",
        Asset.archived_at.is_(None),
        Asset.purged_at.is_(None),
    )
    if before is not None:
        selected = selected.where(Asset.id < before)
    rows = (await session.scalars(selected.order_by(Asset.id.desc()).limit(limit + 1))).all()
    page = rows[:limit]
    return page, page[-1].id if len(rows) > limit else None


async def list_newest_assets(session: Session, project_id: str, limit: int) -> Sequence[Asset]:
    """Return at most `limit` assets of a project that are not archived, newest first."""
    selected = select(Asset).where(Asset.project_id == project_id, Asset.archived_at.is_(None))
    return (await session.scalars(selected.order_by(Asset.id.desc()).limit(limit))).all()
