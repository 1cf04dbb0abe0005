"""Queries of assets.

`account` is the number of the ledger account, so live and test keep apart; an asset of another
account is not found.
"""

import json
from collections.abc import Collection, Sequence
from typing import TypeAlias

from sqlalchemy import ColumnElement, Select, exists, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import Tx, sql
from gateway.kit.errors import NotFound
from gateway.kit.search_text import match_words, split_words
from gateway.library import projects
from gateway.library.kinds import VISUAL_KINDS
from gateway.library.schemas import AllAssetsQuery, AssetQuery
from gateway.library.tables import Asset, Project

OutputPlace: TypeAlias = tuple[str, int]
"""An output of a job: the job's id, and which of its outputs."""
JobColumn: TypeAlias = InstrumentedAttribute[str]
IndexColumn: TypeAlias = InstrumentedAttribute[int]
SELECT_ASSET_IDS = sql(
    """
    SELECT asset.output_index, asset.id FROM {rows} JOIN asset ON asset.job_id = given.job_id
    WHERE asset.purged_at IS NULL
    """,
    job_id="text",
)


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


async def find_kept_place(session: Session, account: int, asset_id: str) -> OutputPlace | None:
    """Return which output an asset of the account keeps, None if it keeps none."""
    selected = select(Asset.job_id, Asset.output_index).where(
        Asset.id == asset_id, Asset.account_id == account, Asset.job_id.is_not(None)
    )
    row = (await session.execute(selected)).one_or_none()
    return None if row is None else (row[0] or "", row[1] or 0)


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


async def find_kept_output(session: Session, account: int, job_id: str, index: int) -> Asset | None:
    """Return the account's asset that keeps an output, or None if none does or it is archived."""
    kept = await find_output_asset(session, job_id, index)
    is_kept = kept is not None and kept.account_id == account and kept.archived_at is None
    return kept if is_kept else None


async def list_output_asset_ids(
    session: Session, job_ids: Sequence[str]
) -> dict[tuple[str, int], str]:
    """Return the ids of the assets that keep outputs of these jobs, by job id and index."""
    selected = select(Asset.job_id, Asset.output_index, Asset.id).where(
        Asset.job_id.in_(job_ids), Asset.purged_at.is_(None)
    )
    rows = await session.execute(selected)
    return {(job_id or "", index or 0): asset_id for job_id, index, asset_id in rows}


async def read_asset_ids(tx: Tx, job_id: str) -> dict[int, str]:
    """Return the ids of the assets that keep outputs of one job, by index, without a session."""
    return dict(await tx.read(SELECT_ASSET_IDS, [(job_id,)]))


async def list_output_assets(session: Session, outputs: Collection[OutputPlace]) -> Sequence[Asset]:
    """Return the assets that keep these outputs, archived or not, whose bytes exist."""
    selected = select(Asset).where(
        Asset.job_id.in_({job_id for job_id, _ in outputs}), Asset.purged_at.is_(None)
    )
    kept = (await session.scalars(selected)).all()
    return [each for each in kept if (each.job_id, each.output_index) in outputs]


def is_kept(job_id: JobColumn, index: IndexColumn) -> ColumnElement[bool]:
    """Return the condition that an asset, not archived, keeps the output of these columns."""
    return exists().where(
        Asset.job_id == job_id,
        Asset.output_index == index,
        Asset.purged_at.is_(None),
        Asset.archived_at.is_(None),
    )


def is_kept_in_project(
    job_id: JobColumn, index: IndexColumn, account: int, project_id: str
) -> ColumnElement[bool]:
    """Return the condition that a project of the account keeps the output of these columns."""
    kept = _select_kept_places(account).where(Asset.project_id == project_id)
    return tuple_(job_id, index).in_(kept)


def is_kept_with_tag(
    job_id: JobColumn, index: IndexColumn, account: int, words: Collection[str]
) -> ColumnElement[bool]:
    """Return the condition that a tagged asset with all these words keeps the output.

    `words` are folded. Few assets have tags, so the database finds them first, by their own index.
    """
    tagged = _select_kept_places(account).where(Asset.tags_json != "[]")
    return tuple_(job_id, index).in_(tagged.where(*match_words(Asset.search_text, words)))


def _select_kept_places(account: int) -> Select[str | None, int | None]:
    return select(Asset.job_id, Asset.output_index).where(
        Asset.account_id == account,
        Asset.job_id.is_not(None),
        Asset.purged_at.is_(None),
        Asset.archived_at.is_(None),
    )


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
    return await _load_page(session, selected, query)


async def load_page_of_all(
    session: Session, account: int, query: AllAssetsQuery
) -> tuple[Sequence[Asset], str | None]:
    """Return a page of all assets of the account, newest first, and the cursor of the next page."""
    archived = Asset.archived_at.is_not(None) if query.archived else Asset.archived_at.is_(None)
    selected = select(Asset).where(Asset.account_id == account, archived)
    selected = selected.where(*match_words(Asset.search_text, split_words(query.q or "")))
    if query.project_id is not None:
        selected = selected.where(Asset.project_id == query.project_id)
    if query.starred is not None:
        selected = selected.where(Asset.rating > 0 if query.starred else Asset.rating == 0)
    return await _load_page(session, selected, query)


async def _load_page(
    session: Session, selected: Select[Asset], query: AssetQuery | AllAssetsQuery
) -> tuple[Sequence[Asset], str | None]:
    """Return the page of the selected assets that the query asks for, and the next cursor."""
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


async def list_newest_visual_assets(
    session: Session, account: int, project_ids: Sequence[str]
) -> Sequence[Asset]:
    """Return the newest picture or clip of each of these projects that has any."""
    newest = select(func.max(Asset.id)).where(
        Asset.account_id == account,
        Asset.project_id.in_(project_ids),
        Asset.kind.in_(VISUAL_KINDS),
        Asset.archived_at.is_(None),
        Asset.purged_at.is_(None),
    )
    selected = select(Asset).where(Asset.id.in_(newest.group_by(Asset.project_id)))
    return (await session.scalars(selected)).all()


async def list_newest_assets(session: Session, project_id: str, limit: int) -> Sequence[Asset]:
    """Return at most `limit` assets of a project that are not archived, newest first."""
    selected = select(Asset).where(Asset.project_id == project_id, Asset.archived_at.is_(None))
    return (await session.scalars(selected.order_by(Asset.id.desc()).limit(limit))).all()
