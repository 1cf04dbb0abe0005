"""Documents: texts and storyboards, assets of which the newest hundred versions are kept.

The content is stored in the database and not in a file, so that a version, its quota and the plan
that saved it are one transaction. A save names the ETag of the version that the caller read. It is
compared while the account's library is locked (`lock_shelf`): of two saves over the same version,
the second one is refused and overwrites nothing.
"""

import hashlib
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select, tuple_

from gateway.kit.database.sessions import Database, Session
from gateway.kit.database.sql import get_database_time, sql
from gateway.kit.errors import NotFound, PayloadTooLarge
from gateway.kit.http.signed_urls import SignedUrls
from gateway.kit.ids import Ids
from gateway.kit.operation import Caller
from gateway.library import asset_queries, asset_rendering, assets, projects
from gateway.library.assets import Asset as Asset
from gateway.library.assets import AssetOrigin, NewAsset
from gateway.library.kinds import EXTENSIONS
from gateway.library.quota import Quotas, lock_shelf, subtract_usage
from gateway.library.schemas import Asset as WireAsset
from gateway.library.uploads.filenames import clean_filename
from gateway.storage.base import Storage
from gateway.studio.documents.tables import DocumentVersion
from gateway.studio.errors import IfMatchRequired, VersionConflict

MOST_DOCUMENT_BYTES = 2**20
MOST_VERSIONS = 100
DocumentKind = Literal["text", "storyboard"]
MIME_TYPES: Mapping[DocumentKind, str] = {"text": "text/markdown", "storyboard": "application/json"}
ADOPT_UPLOAD = sql(
    """
    INSERT INTO document_version
        (asset_id, version, content, size_bytes, created_by, created_by_id, created_at)
    SELECT given.asset_id, 1, given.content, given.size_bytes, 'key', NULL, given.created_at
    FROM {rows} WHERE true ON CONFLICT (asset_id, version) DO NOTHING
    """,
    asset_id="text",
    content="text",
    size_bytes="int",
    created_at="int",
)


@dataclass(frozen=True, slots=True)
class Author:
    """The maker of a version; `type` as on the wire."""

    type: Literal["key", "session", "agent", "plan"]
    id: str


def author_from_caller(caller: Caller) -> Author:
    """Return the caller's key or session as an author."""
    return Author("key" if caller.key_id is not None else "session", caller.id)


@dataclass(frozen=True, slots=True)
class Document:
    """An asset with one of its versions."""

    asset: Asset
    version: DocumentVersion

    @property
    def etag(self) -> str:
        """Return the strong ETag of this version."""
        return build_etag(self.asset.id, self.version.version)


def build_etag(asset_id: str, version: int) -> str:
    """Return the strong ETag of a version."""
    return f'"{asset_id}.v{version}"'


def parse_if_match(headers: Mapping[str, str]) -> Container[str]:
    """Return the ETags of `If-Match`: the versions that a save may replace.

    Raises:
        IfMatchRequired: the header is missing, or is `*`.
    """
    tags = [tag.strip() for tag in headers.get("if-match", "").split(",")]
    if "*" in tags or not any(tags):
        raise IfMatchRequired
    return frozenset(tags)


def check_version(current: Document, expected: Container[str]) -> None:
    """Check that the newest version is one of those the caller has read.

    Raises:
        VersionConflict: the document was saved since.
    """
    if current.etag not in expected:
        raise VersionConflict(currentEtag=current.etag, currentVersion=current.version.version)


def is_not_modified(headers: Mapping[str, str], etag: str) -> bool:
    """Return True if the caller already has this version (If-None-Match)."""
    tags = {tag.strip().removeprefix("W/") for tag in headers.get("if-none-match", "").split(",")}
    return etag in tags or "*" in tags


@dataclass(frozen=True, slots=True)
class Documents:
    """Creates, saves and reads documents for one application."""

    database: Database
    storage: Storage
    ids: Ids
    quotas: Quotas
    urls: SignedUrls

    async def create(
        self,
        session: Session,
        caller: Caller,
        *,
        kind: DocumentKind,
        project_id: str,
        name: str,
        content: str,
        source: AssetOrigin | None = None,
        author: Author | None = None,
    ) -> Document:
        """Create a document with its first version.

        Raises:
            NotFound, ProjectArchived: the project does not exist, or takes nothing new.
            PayloadTooLarge: the content is larger than 1 MiB.
            StorageQuotaExceeded: the account has no room for it.
        """
        data = encode_content(content)
        await projects.load_open_project(session, caller.ledger_account, project_id)
        mime_type = MIME_TYPES[kind]
        new = NewAsset(
            id=self.ids.new("ast"),
            project_id=project_id,
            kind=kind,
            name=name,
            filename=clean_filename(f"{name}.{EXTENSIONS[mime_type]}"),
            mime_type=mime_type,
            key="",
            size_bytes=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            source=source or AssetOrigin(type="key"),
        )
        asset = await assets.create_asset(
            session, self.quotas, caller.ledger_account, caller.book, new
        )
        return await self._add_version(
            session, asset, content, author or author_from_caller(caller)
        )

    async def save(
        self,
        session: Session,
        caller: Caller,
        asset_id: str,
        kind: DocumentKind,
        content: str,
        *,
        expected: Container[str] | None,
        author: Author | None = None,
    ) -> Document:
        """Save content as the newest version, unless it is the same; return the newest version.

        `expected` holds the ETags that may be replaced; None replaces any version.

        Raises:
            NotFound: the account has no such document.
            VersionConflict: the newest version is not among `expected`.
            PayloadTooLarge: the content is larger than 1 MiB.
            StorageQuotaExceeded: the account has no room for it.
        """
        data = encode_content(content)
        current = await self.lock_newest(session, caller.ledger_account, asset_id, kind)
        asset = current.asset
        if expected is not None:
            check_version(current, expected)
        if current.version.content == content:
            return current
        await assets.add_version(
            session,
            self.quotas,
            asset,
            caller.book,
            key="",
            size_bytes=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
        )
        saved = await self._add_version(
            session, asset, content, author or author_from_caller(caller)
        )
        await _delete_oldest_version(session, asset)
        return saved

    async def lock_newest(
        self, session: Session, account: int, asset_id: str, kind: DocumentKind
    ) -> Document:
        """Lock the account's library and return the newest version of a document.

        Raises:
            NotFound: the account has no such document.
        """
        # Before the read: a version read without the lock could be replaced before the save,
        # and the check of its ETag would pass all the same.
        await lock_shelf(session, account)
        return await self.load(session, account, asset_id, kind)

    async def load(
        self,
        session: Session,
        account: int,
        asset_id: str,
        kind: DocumentKind,
        version: int | None = None,
    ) -> Document:
        """Return a version of a document, by default the newest.

        Raises:
            NotFound: the account has no such document, or the version is not kept.
        """
        asset = await load_document_asset(session, account, asset_id, (kind,))
        row = await session.get(DocumentVersion, (asset.id, version or asset.version))
        if row is None:
            raise NotFound("This version does not exist, or no longer does.", field="version")
        return Document(asset, row)

    async def adopt_upload(self, account: int, asset_id: str) -> None:
        """Make the content of an uploaded text file its first version, if it is not yet.

        Two calls at once are harmless: the insert does nothing where the version exists.

        Raises:
            NotFound: the account has no such text.
        """
        async with self.database.read() as snapshot:
            asset = await load_document_asset(snapshot, account, asset_id, ("text",))
            if not asset.key or await snapshot.get(DocumentVersion, (asset.id, 1)) is not None:
                return
        data = b"".join([piece async for piece in await self.storage.open(asset.key)])
        row = (asset.id, data.decode(), len(data), asset.created_at)
        async with self.database.write() as session:
            await session.change(ADOPT_UPLOAD, [row])

    def render_asset(self, document: Document) -> WireAsset:
        """Render the asset of a document with the size and hash of this version."""
        asset, row = document.asset, document.version
        body = asset_rendering.render_asset(asset, self.urls, self.database.clock.now())
        if row.version == asset.version:
            return body
        data = row.content.encode()
        version_fields: dict[str, str | int] = {
            "version": row.version,
            "etag": document.etag,
            "bytes": row.size_bytes,
            "sha256": hashlib.sha256(data).hexdigest(),
        }
        return body.model_copy(update=version_fields)

    async def _add_version(
        self, session: Session, asset: Asset, content: str, author: Author
    ) -> Document:
        row = DocumentVersion(
            asset_id=asset.id,
            version=asset.version,
            content=content,
            size_bytes=asset.size_bytes,
            created_by=author.type,
            created_by_id=author.id,
            created_at=await get_database_time(session),
        )
        session.add(row)
        await session.flush()
        return Document(asset, row)


async def load_document_asset(
    session: Session, account: int, asset_id: str, kinds: Sequence[str]
) -> Asset:
    """Return the asset of a document of one of these kinds.

    Raises:
        NotFound: the account has no such document, or its content was purged.
    """
    asset = await asset_queries.load_asset(session, account, asset_id)
    if asset.kind not in kinds or asset.purged_at is not None:
        raise NotFound(f"There is no such {' or '.join(kinds)}.", field="assetId")
    return asset


async def list_newest_contents(session: Session, found: Sequence[Asset]) -> dict[str, str]:
    """Return the content of the newest version of each document, by asset."""
    newest = [(asset.id, asset.version) for asset in found]
    statement = select(DocumentVersion.asset_id, DocumentVersion.content).where(
        tuple_(DocumentVersion.asset_id, DocumentVersion.version).in_(newest)
    )
    rows = await session.execute(statement)
    return {row.asset_id: row.content for row in rows}


async def load_newest_content(session: Session, asset_id: str) -> bytes:
    """Return the content of the newest version of a document, in UTF-8.

    Raises:
        NotFound: no version is kept any more.
    """
    statement = select(DocumentVersion).where(DocumentVersion.asset_id == asset_id)
    row = await session.scalar(statement.order_by(DocumentVersion.version.desc()).limit(1))
    if row is None:
        raise NotFound
    return row.content.encode()


async def load_version_page(
    session: Session, asset_id: str, *, before: int | None, limit: int
) -> tuple[Sequence[DocumentVersion], int | None]:
    """Return a page of versions, newest first, and the `before` of the next page, if any."""
    statement = select(DocumentVersion).where(DocumentVersion.asset_id == asset_id)
    if before is not None:
        statement = statement.where(DocumentVersion.version < before)
    newest_first = statement.order_by(DocumentVersion.version.desc()).limit(limit + 1)
    rows = (await session.scalars(newest_first)).all()
    page = rows[:limit]
    return page, page[-1].version if len(rows) > limit else None


def encode_content(content: str) -> bytes:
    """Return content in UTF-8.

    Raises:
        PayloadTooLarge: it is larger than 1 MiB.
    """
    data = content.encode()
    if len(data) > MOST_DOCUMENT_BYTES:
        raise PayloadTooLarge(
            f"A document can have at most {MOST_DOCUMENT_BYTES} bytes; this has {len(data)}.",
            hint="Split it into two documents.",
        )
    return data


async def _delete_oldest_version(session: Session, asset: Asset) -> None:
    """Delete the one version that a save pushed out of the newest hundred, and free its bytes."""
    oldest = await session.get(DocumentVersion, (asset.id, asset.version - MOST_VERSIONS))
    if oldest is None:
        return
    await subtract_usage(session, asset.account_id, size_bytes=oldest.size_bytes, assets=0)
    asset.stored_bytes -= oldest.size_bytes
    await session.delete(oldest)
    await session.flush()
