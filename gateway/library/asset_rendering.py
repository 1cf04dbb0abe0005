"""Assets in other forms: on the wire, as facts for a job, as a file to download."""

import json
from dataclasses import dataclass
from fractions import Fraction
from urllib.parse import quote

from gateway.kit.clock import DAY, to_iso
from gateway.kit.database.sessions import Session
from gateway.kit.errors import NotFound
from gateway.kit.http.signed_urls import SignedUrls
from gateway.library import preview_files
from gateway.library.assets import ASSETS_FOLDER
from gateway.library.facts import MediaFacts
from gateway.library.kinds import EXTENSIONS, INLINE_TYPE_PREFIXES
from gateway.library.schemas import Asset as Shown
from gateway.library.schemas import AssetSource
from gateway.library.tables import Asset

URL_LIFETIME = DAY


def facts_from_asset(asset: Asset) -> MediaFacts:
    """Return the facts of an image, video or audio asset."""
    return MediaFacts(
        kind=asset.kind,  # type: ignore[arg-type]  # the caller has checked
        mime_type=asset.mime_type,
        sha256=asset.sha256,
        size_bytes=asset.size_bytes,
        width=asset.width,
        height=asset.height,
        frames=asset.frames,
        fps=None if asset.fps is None else Fraction(asset.fps),
        duration=None if asset.duration is None else Fraction(asset.duration),
        has_audio=bool(asset.has_audio),
        source_mime_type=asset.source_mime_type,
    )


def build_etag(asset: Asset) -> str:
    """Return the strong ETag of an asset's newest version."""
    return f'"{asset.id}.v{asset.version}"'


@dataclass(frozen=True, slots=True)
class AssetLinks:
    """The signed URLs of an asset: its file, preview pictures by size, and preview clip."""

    file: str
    previews: dict[str, str]
    clip: str | None


def sign_asset_urls(asset: Asset, urls: SignedUrls, expires_at: int) -> AssetLinks:
    """Return the URLs of an asset and its previews, which work until `expires_at`."""
    folder = f"/files/{ASSETS_FOLDER}/{asset.id}"
    has_clip = asset.preview_clip_key is not None
    return AssetLinks(
        file=urls.sign_url(f"{folder}/{asset.id}.{EXTENSIONS[asset.mime_type]}", expires_at),
        previews={
            str(wanted): urls.sign_url(
                f"{folder}/{preview_files.build_picture_name(side)}", expires_at
            )
            for wanted, side in preview_files.choose_sides(asset).items()
        },
        clip=urls.sign_url(f"{folder}/{preview_files.CLIP_NAME}", expires_at) if has_clip else None,
    )


def render_asset(asset: Asset, urls: SignedUrls, now: int) -> Shown:
    """Return an asset in its wire form, with a fresh download URL unless its bytes are purged."""
    duration, fps = asset.duration, asset.fps
    url_expires_at = now + URL_LIFETIME
    links = sign_asset_urls(asset, urls, url_expires_at)
    has_bytes = asset.purged_at is None
    return Shown(
        asset_id=asset.id,
        project_id=asset.project_id,
        kind=asset.kind,  # type: ignore[arg-type]  # the table checks it
        name=asset.name,
        filename=asset.filename,
        mime_type=asset.mime_type,
        bytes=asset.size_bytes,
        sha256=asset.sha256,
        source_sha256=asset.source_sha256,
        width=asset.width,
        height=asset.height,
        duration_seconds=None if duration is None else round(float(Fraction(duration)), 6),
        fps=None if fps is None else round(float(Fraction(fps)), 6),
        frames=asset.frames,
        has_audio=None if asset.has_audio is None else bool(asset.has_audio),
        tags=json.loads(asset.tags_json),
        notes=asset.notes,
        rating=asset.rating,
        archived=asset.archived_at is not None,
        source=AssetSource(
            type=asset.source,  # type: ignore[arg-type]  # only `create_asset` writes it
            job_id=asset.job_id,
            output_index=asset.output_index,
            plan_id=asset.plan_id,
        ),
        version=asset.version,
        etag=build_etag(asset),
        preview_urls=links.previews if has_bytes else {},
        preview_clip_url=links.clip if has_bytes else None,
        placeholder=asset.placeholder if has_bytes else None,
        download_url=links.file if has_bytes else None,
        download_url_expires_at=to_iso(url_expires_at) if has_bytes else None,
        created_at=to_iso(asset.created_at),
        updated_at=to_iso(asset.updated_at),
    )


@dataclass(frozen=True, slots=True)
class StoredFile:
    """The storage key of an asset's bytes, and the headers of their download.

    `output` is the job and the index of the output that it keeps, if it keeps one.
    """

    key: str
    mime_type: str
    disposition: str
    output: tuple[str, int] | None = None


async def load_stored_file(session: Session, asset_id: str, name: str) -> StoredFile:
    """Return the stored file that the URL of an asset asks for by its last part, `name`.

    It is one of the previews, or else the asset itself: only images, video and audio are inline.

    Raises:
        NotFound: there is no such asset, or its bytes are purged.
    """
    asset = await session.get(Asset, asset_id)
    if asset is None or asset.purged_at is not None:
        raise NotFound
    output = None if asset.job_id is None else (asset.job_id, asset.output_index or 0)
    if preview_files.is_preview_name(name):
        preview = preview_files.find_preview(asset, name)
        if preview is None:
            raise NotFound
        return StoredFile(*preview, "inline", output)
    # other files are downloads: a browser that guessed their type could run what a caller wrote
    inline = asset.mime_type.startswith(INLINE_TYPE_PREFIXES)
    filename = quote(asset.filename, safe="")
    kind = "inline" if inline else "attachment"
    return StoredFile(asset.key, asset.mime_type, f"{kind}; filename*=UTF-8''{filename}", output)
