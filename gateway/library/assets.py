"""Assets of an account: how they are created, versioned, changed, archived and purged.

`account` is the number of the ledger account, so live and test keep apart. The bytes of an asset
are stored under `assets/<asset>/` before its row is written, and deleted after the row says so.
"""

import json
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypedDict

from sqlalchemy import select

from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import get_database_time, sql
from gateway.kit.errors import NotFound
from gateway.kit.search_text import fold_text
from gateway.library import projects
from gateway.library.asset_queries import (
    OutputPlace,
    find_kept_place,
    list_output_assets,
    load_asset,
)
from gateway.library.facts import MediaFacts
from gateway.library.kinds import EXTENSIONS
from gateway.library.preview_files import StoredPreviews
from gateway.library.quota import Quotas, lock_shelf, subtract_usage
from gateway.library.schemas import ChangeAsset
from gateway.library.tables import Asset as Asset

ASSETS_FOLDER = "assets"
STAR_RATING = 5  # of what got a star; any rating counts as one

SELECT_PURGEABLE = sql(
    """
    SELECT a.id, a.account_id FROM {rows} JOIN asset AS a ON a.purged_at IS NULL
    WHERE a.archived_at IS NOT NULL AND a.archived_at < kt_now() - given.age
    ORDER BY a.archived_at LIMIT 500
    """,
    age="int",
)


@dataclass(frozen=True, slots=True)
class OutputRestorer:
    """The way to show a deleted output again, because the asset that keeps it is restored."""

    show_output: Callable[[Session, OutputPlace], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetOrigin:
    """The origin of an asset; `type` as on the wire."""

    type: str
    job_id: str | None = None
    output_index: int | None = None
    plan_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAsset:
    """An asset to create, whose bytes are stored under `key`; `facts` only for media."""

    id: str
    project_id: str
    kind: str
    name: str
    filename: str
    mime_type: str
    key: str
    size_bytes: int
    sha256: str
    source: AssetOrigin
    source_sha256: str | None = None
    facts: MediaFacts | None = None
    overlap_frames: int | None = None
    tags: Sequence[str] = field(default=())
    rating: int = 0
    previews: StoredPreviews = field(default_factory=StoredPreviews)


def build_storage_key(asset_id: str, version: int, mime_type: str) -> str:
    """Return the storage key of a version of an asset."""
    return f"{ASSETS_FOLDER}/{asset_id}/{version}.{EXTENSIONS[mime_type]}"


async def create_asset(
    session: Session, quotas: Quotas, account: int, book: str, new: NewAsset, *, upload_id: str = ""
) -> Asset:
    """Create an asset's row, in place of its upload's reservation if it has one.

    The caller has checked that the project takes new assets.

    Raises:
        StorageQuotaExceeded: the quota has less room left.
    """
    await quotas.add_usage(
        session, account, book, size_bytes=new.size_bytes, assets=1, upload_id=upload_id
    )
    now = await get_database_time(session)
    asset = Asset(
        id=new.id,
        account_id=account,
        project_id=new.project_id,
        kind=new.kind,
        name=new.name,
        filename=new.filename,
        mime_type=new.mime_type,
        key=new.key,
        size_bytes=new.size_bytes,
        stored_bytes=new.size_bytes,
        sha256=new.sha256,
        source_sha256=new.source_sha256,
        **_fact_columns(new.facts),
        overlap_frames=new.overlap_frames,
        tags_json=_render_tags(new.tags),
        notes="",
        rating=new.rating,
        source=new.source.type,
        job_id=new.source.job_id,
        output_index=new.source.output_index,
        plan_id=new.source.plan_id,
        version=1,
        created_at=now,
        updated_at=now,
        archived_at=None,
        purged_at=None,
        **new.previews.to_columns(),
        search_text=fold_asset_text(new.name, new.filename, new.tags),
    )
    session.add(asset)
    await session.flush()
    return asset


async def add_version(
    session: Session, quotas: Quotas, asset: Asset, book: str, *, key: str, size_bytes: int,
    sha256: str,
) -> None:  # fmt: skip
    """Make stored bytes the newest version of a document; older versions stay.

    Raises:
        StorageQuotaExceeded: the quota has less room left.
    """
    await quotas.add_usage(session, asset.account_id, book, size_bytes=size_bytes, assets=0)
    asset.version += 1
    asset.key, asset.size_bytes, asset.sha256 = key, size_bytes, sha256
    asset.stored_bytes += size_bytes
    asset.updated_at = await get_database_time(session)
    await session.flush()


async def change_asset(
    session: Session, account: int, changes: ChangeAsset, restorer: OutputRestorer
) -> Asset:
    """Change the given fields of an asset, archive or restore it, or move it to another project.

    With an asset the output that it keeps is restored, however long ago that was deleted.

    Raises:
        NotFound: there is no such asset or project, or the asset's bytes are purged.
        ProjectArchived: the other project is archived.
    """
    if changes.archived is False and (
        place := await find_kept_place(session, account, changes.asset_id)
    ):
        # Before the shelf's lock: a delete of results locks the two in the same order.
        await restorer.show_output(session, place)
    await lock_shelf(session, account)
    asset = await load_asset(session, account, changes.asset_id)
    if asset.purged_at is not None:
        raise NotFound("The bytes of this asset have been deleted.", field="assetId")
    now = await get_database_time(session)
    if changes.project_id is not None and changes.project_id != asset.project_id:
        asset.project_id = (
            await projects.load_open_project(session, account, changes.project_id)
        ).id
    if changes.name is not None:
        asset.name = changes.name
    if changes.tags is not None:
        asset.tags_json = _render_tags(changes.tags)
    if changes.notes is not None:
        asset.notes = changes.notes
    if changes.rating is not None:
        asset.rating = changes.rating
    if changes.archived is not None:
        asset.archived_at = (asset.archived_at or now) if changes.archived else None
    asset.search_text = fold_asset_text(asset.name, asset.filename, json.loads(asset.tags_json))
    asset.updated_at = now
    await session.flush()
    return asset


async def lock_asset(session: Session, asset_id: str) -> None:
    """Lock an asset until the commit."""
    await session.execute(select(Asset.id).where(Asset.id == asset_id).with_for_update())


async def star_kept_outputs(
    session: Session, account: int, outputs: Collection[OutputPlace], *, starred: bool
) -> None:
    """Give the assets that keep these outputs the outputs' star, or take it away."""
    await lock_shelf(session, account)
    for asset in await list_output_assets(session, outputs):
        asset.rating = (asset.rating or STAR_RATING) if starred else 0
        asset.updated_at = await get_database_time(session)


async def archive_kept_outputs(
    session: Session, account: int, outputs: Collection[OutputPlace], now: int
) -> None:
    """Archive the assets that keep these outputs, because the outputs are deleted."""
    await lock_shelf(session, account)
    for asset in await list_output_assets(session, outputs):
        asset.archived_at = asset.archived_at or now
        asset.updated_at = now


async def restore_kept_outputs(
    session: Session, account: int, outputs: Mapping[OutputPlace, int]
) -> None:
    """Restore the assets of these outputs that were archived with them, at the times given.

    One that its owner had archived before stays archived.
    """
    await lock_shelf(session, account)
    for asset in await list_output_assets(session, outputs):
        if asset.archived_at == outputs[(asset.job_id or "", asset.output_index or 0)]:
            asset.archived_at = None
            asset.updated_at = await get_database_time(session)


async def mark_purged(session: Session, asset_id: str, account: int) -> bool:
    """Mark an archived asset as purged and free its room; return False if it was restored.

    The caller deletes the bytes after the commit.
    """
    await lock_shelf(session, account)
    asset = await session.get_one(Asset, asset_id)
    if asset.archived_at is None or asset.purged_at is not None:
        return False
    asset.purged_at = await get_database_time(session)
    asset.placeholder = None  # it is a picture of the bytes
    await subtract_usage(session, account, size_bytes=asset.stored_bytes, assets=1)
    return True


class _FactColumns(TypedDict):
    width: int | None
    height: int | None
    frames: int | None
    fps: str | None
    duration: str | None
    has_audio: int | None
    source_mime_type: str | None


def _fact_columns(facts: MediaFacts | None) -> _FactColumns:
    """Return the columns that hold the facts of media; all None for other assets."""
    if facts is None:
        return _FactColumns(
            width=None,
            height=None,
            frames=None,
            fps=None,
            duration=None,
            has_audio=None,
            source_mime_type=None,
        )
    return {
        "width": facts.width,
        "height": facts.height,
        "frames": facts.frames,
        "fps": _fraction_text(facts.fps),
        "duration": _fraction_text(facts.duration),
        "has_audio": int(facts.has_audio) if facts.kind == "video" else None,
        "source_mime_type": facts.source_mime_type,
    }


def _fraction_text(value: Fraction | None) -> str | None:
    return None if value is None else str(value)


def fold_asset_text(name: str, filename: str, tags: Sequence[str]) -> str:
    """Return the text by which an asset is found: its name, file name and tags."""
    return fold_text(name, filename, *tags)


def _render_tags(tags: Sequence[str]) -> str:
    return json.dumps(list(dict.fromkeys(tags)), ensure_ascii=False)
