"""Uploads: from bytes that arrive to an asset of a project.

The problem: the bytes are large, slow, hostile, and may arrive twice at once; no transaction may be
open while they do. The steps are: reserve room, save and hash the bytes, look for the same bytes in
the project, measure and re-encode them in a child process, store them, write the row.

Invariants: bytes are stored before the row that names them, so a row never lacks its bytes; a
refused upload leaves no row, no bytes and no reserved room; a gateway that dies leaves at most
stored bytes without a row, which the sweep deletes. Twins are found twice: before the expensive
measuring, and again under the shelf's lock in the transaction that writes the row.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import httpx2

from gateway.kit import faults, idempotency
from gateway.kit.database.sessions import Database, Session
from gateway.kit.errors import NotFound, Problem, Unavailable
from gateway.kit.http.signed_urls import SignedUrls
from gateway.kit.ids import Ids
from gateway.kit.operation import Answer, render_model
from gateway.kit.outgoing.guarded_transport import FetchRefused
from gateway.kit.outgoing.safe_fetch import SafeFetch
from gateway.library import asset_queries, asset_rendering, assets
from gateway.library.assets import AssetOrigin, NewAsset, build_storage_key
from gateway.library.errors import SourceUnreachable, StorageQuotaExceeded
from gateway.library.inspection.turns import InspectionBudgets
from gateway.library.kinds import VISUAL_KINDS
from gateway.library.previews import copy_previews, store_upload_previews
from gateway.library.quota import Quotas, lock_shelf, release_room
from gateway.library.schemas import UPLOAD_BYTES, AssetMade
from gateway.library.tables import Asset
from gateway.library.uploads import received_files, upload_links
from gateway.library.uploads.filenames import clean_filename, title_from_filename
from gateway.library.uploads.received_files import MeasuredFile, ReceivedFile
from gateway.storage.base import Storage

ROOM_STEP_BYTES = 8 * 2**20
RENEW_SECONDS = 300
CREATED_STATUS, FOUND_STATUS = 201, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """The account and project that will keep a file, and how it is named.

    `scope` is the scope of the request's idempotency key, None without one.
    """

    account: int
    book: str
    project_id: str
    filename: str
    source: AssetOrigin
    name: str | None = None
    tags: Sequence[str] = ()
    max_bytes: int = UPLOAD_BYTES
    link_id: str | None = None
    scope: idempotency.KeyScope | None = None
    request_hash: bytes = b""


CheckSource: TypeAlias = Callable[[Session], Awaitable[None]]
"""A check, within a transaction, that what is copied may still be kept."""


@dataclass(slots=True)
class UploadRoom:
    """The room that is reserved for an upload while its bytes arrive."""

    uploads: "Uploads"
    destination: Destination
    id: str
    reserved_bytes: int = 0
    renewed_at: float = 0

    async def ensure(self, size_bytes: int) -> None:
        """Make sure that so much is reserved, and renew the reservation every 5 minutes.

        It reserves 8 MiB ahead, so not every block of bytes costs a transaction; near the end of
        the quota it reserves exactly.

        Raises:
            StorageQuotaExceeded: the quota has less room left.
        """
        now = asyncio.get_running_loop().time()
        if size_bytes <= self.reserved_bytes and now < self.renewed_at + RENEW_SECONDS:
            return
        if size_bytes <= self.reserved_bytes:
            await self.reserve(self.reserved_bytes)
        else:
            try:
                await self.reserve(size_bytes + ROOM_STEP_BYTES)
            except StorageQuotaExceeded:
                await self.reserve(size_bytes)
        self.renewed_at = now

    async def reserve(self, size_bytes: int) -> None:
        """Reserve exactly this much.

        Raises:
            StorageQuotaExceeded: the quota has less room left.
        """
        destination, uploads = self.destination, self.uploads
        async with uploads.database.write() as session:
            await uploads.quotas.reserve_room(
                session, destination.account, destination.book, self.id, size_bytes
            )
        self.reserved_bytes = size_bytes


@dataclass(frozen=True, slots=True)
class Uploads:
    """The uploads of one gateway process; files are saved in `folder` on their way."""

    database: Database
    storage: Storage
    ids: Ids
    urls: SignedUrls
    fetcher: SafeFetch
    quotas: Quotas
    inspection_budgets: InspectionBudgets
    folder: Path
    api_url: str

    async def receive(
        self, destination: Destination, parts: AsyncIterator[bytes], declared_bytes: int | None
    ) -> Answer:
        """Keep the file whose bytes are these parts; `declared_bytes` is its Content-Length.

        Raises:
            Problem: the file was refused; nothing was kept.
        """
        received_files.check_size(declared_bytes or 0, destination.max_bytes)
        async with self._reserve_room(destination, declared_bytes or 0) as room:
            with received_files.temporary_file(self.folder) as path:
                received = await received_files.save_parts(
                    parts,
                    path,
                    filename=destination.filename,
                    max_bytes=destination.max_bytes,
                    ensure_room=room.ensure,
                )
                await faults.reach("upload.arrived")
                return await self._keep_file(
                    room, _with_request_hash(destination, received), received
                )

    async def fetch(self, destination: Destination, url: str, *, account_id: str) -> Answer:
        """Download a public URL and keep the file.

        Raises:
            Problem: the file was refused; nothing was kept.
        """
        async with self.database.read() as snapshot:
            if (replayed := await self.find_replay(snapshot, destination)) is not None:
                return replayed
        async with self._reserve_room(destination, 0) as room:
            try:
                fetched = await self.fetcher.fetch(
                    url, folder=self.folder, max_bytes=destination.max_bytes, account_id=account_id
                )
            except FetchRefused:
                raise SourceUnreachable(field="url") from None
            destination = replace(destination, filename=clean_filename(httpx2.URL(url).path))
            try:
                await room.ensure(fetched.size_bytes)
                kinds = await asyncio.to_thread(
                    received_files.detect_file_kinds, fetched.path, destination.filename
                )
                received = ReceivedFile(fetched.path, fetched.size_bytes, fetched.sha256, kinds)
                return await self._keep_file(room, destination, received)
            finally:
                fetched.path.unlink(missing_ok=True)

    async def copy(
        self, destination: Destination, source_key: str, new: NewAsset, check: CheckSource
    ) -> Answer:
        """Keep bytes that are in storage already, such as a job's output, by a copy in storage.

        `new.previews` are those of the source, and are copied too. `check` raises if the source may
        not be kept; it is called under the shelf's lock, in each transaction that may keep it.

        Raises:
            Problem: the copy was refused; nothing was kept.
        """
        async with self.database.write() as session:
            await lock_shelf(session, destination.account)
            await check(session)
            existing = await self._answer_if_known(session, destination, new.sha256)
        if existing is not None:
            return existing
        async with self._reserve_room(destination, new.size_bytes) as room:
            await self.storage.copy(source_key, new.key)
            copied = await copy_previews(self.storage, new.previews, source_key, new.key)
            new = replace(new, previews=copied)
            return await self._write_asset(room, destination, new, check)

    @asynccontextmanager
    async def _reserve_room(
        self, destination: Destination, size_bytes: int
    ) -> AsyncIterator[UploadRoom]:
        """Reserve room for the block; a reservation that became no asset is released at its end."""
        room = UploadRoom(self, destination, self.ids.new("room"))
        await room.reserve(size_bytes)
        try:
            yield room
        finally:
            async with self.database.write() as session:
                await release_room(session, room.id)

    async def _keep_file(
        self, room: UploadRoom, destination: Destination, received: ReceivedFile
    ) -> Answer:
        async with self.database.write() as session:
            existing = await self._answer_if_known(session, destination, received.sha256)
        if existing is not None:
            return existing
        asker = await self.inspection_budgets.get_budget(destination.account, destination.book)
        measured = await received_files.measure_file(received, destination.filename, asker)
        with received_files.removing_rewritten_file(measured, received):
            await room.reserve(measured.size_bytes)
            new = self._build_new_asset(destination, received, measured)
            await self.storage.put_file(new.key, measured.path, measured.mime_type)
            if measured.kind in VISUAL_KINDS:
                previews = await store_upload_previews(
                    self.storage, self.folder, key=new.key, path=measured.path, budget=asker
                )
                new = replace(new, previews=previews)
        await faults.reach("upload.stored")
        return await self._write_asset(room, destination, new)

    def _build_new_asset(
        self, destination: Destination, received: ReceivedFile, measured: MeasuredFile
    ) -> NewAsset:
        asset_id = self.ids.new("ast")
        return NewAsset(
            id=asset_id,
            project_id=destination.project_id,
            kind=measured.kind,
            name=destination.name or title_from_filename(destination.filename),
            filename=destination.filename,
            mime_type=measured.mime_type,
            key=build_storage_key(asset_id, 1, measured.mime_type),
            size_bytes=measured.size_bytes,
            sha256=measured.sha256,
            source=destination.source,
            source_sha256=received.sha256,
            facts=measured.facts,
            tags=destination.tags,
        )

    async def _write_asset(
        self,
        room: UploadRoom,
        destination: Destination,
        new: NewAsset,
        check: CheckSource | None = None,
    ) -> Answer:
        """Write the asset's row; delete the stored bytes if a twin was faster or it is refused."""
        try:
            async with self.database.write() as session:
                await lock_shelf(session, destination.account)
                if check is not None:
                    await check(session)
                # under the shelf's lock: of two uploads of the same bytes only one finds none here
                existing = await self._answer_if_known(
                    session, destination, new.source_sha256 or new.sha256
                )
                if existing is None:
                    created = await self._create_asset(session, room, destination, new)
        except Unavailable:
            # The connection was lost, but COMMIT may have succeeded: a row would need these bytes.
            # If there is none, the sweep deletes them.
            raise
        except Problem:
            await self.delete_bytes(new.id)
            raise
        if existing is not None:
            await self.delete_bytes(new.id)
            return existing
        return created

    async def _create_asset(
        self, session: Session, room: UploadRoom, destination: Destination, new: NewAsset
    ) -> Answer:
        asset = await assets.create_asset(
            session, self.quotas, destination.account, destination.book, new, upload_id=room.id
        )
        return await self._answer_with_asset(session, destination, asset, CREATED_STATUS)

    async def _answer_with_asset(
        self, session: Session, destination: Destination, asset: Asset, status: int
    ) -> Answer:
        if destination.link_id is not None:
            await upload_links.use_link(session, destination.link_id, asset.id)
        asset.archived_at = None  # keeping an archived output again restores it
        return await self.store_answer(session, destination, asset, status)

    async def store_answer(
        self, session: Session, destination: Destination, asset: Asset, status: int
    ) -> Answer:
        """Return the asset as the answer; store it under the request's idempotency key, if any."""
        rendered_asset = asset_rendering.render_asset(asset, self.urls, self.database.clock.now())
        body = render_model(
            AssetMade(**rendered_asset.model_dump(), deduplicated=status == FOUND_STATUS)
        )
        if destination.scope is not None:
            stored = idempotency.StoredAnswer(
                destination.request_hash, status, body.decode(), asset.id
            )
            await session.write(idempotency.build_answer_write([(destination.scope, stored)]))
        return Answer(status=status, body=body)

    async def find_replay(self, session: Session, destination: Destination) -> Answer | None:
        """Return the stored answer of this request's idempotency key, or None.

        Raises:
            IdempotencyConflict: the key was used for another request.
        """
        if destination.scope is None:
            return None
        stored = (await idempotency.find_answers(session, [destination.scope])).get(
            destination.scope
        )
        if stored is None:
            return None
        answer = stored.replay(destination.request_hash)
        headers = {"Idempotency-Replayed": "true"}
        return Answer(status=answer.status, body=answer.response.encode(), headers=headers)

    async def _answer_if_known(
        self, session: Session, destination: Destination, sha256: str
    ) -> Answer | None:
        """Return the answer if no asset is to be created: a replay, or an asset that exists.

        An output of a job is kept once; other bytes once per project.
        """
        if (replayed := await self.find_replay(session, destination)) is not None:
            return replayed
        job_id, index = destination.source.job_id, destination.source.output_index
        if job_id is not None and index is not None:
            asset = await asset_queries.find_output_asset(session, job_id, index)
        else:
            asset = await asset_queries.find_asset_of_bytes(session, destination.project_id, sha256)
        return (
            None
            if asset is None
            else await self._answer_with_asset(session, destination, asset, FOUND_STATUS)
        )

    async def delete_bytes(self, asset_id: str) -> None:
        """Delete the stored bytes of an asset without a row, if storage answers now."""
        try:
            await self.storage.delete_folder(f"{assets.ASSETS_FOLDER}/{asset_id}")
        except (NotFound, Unavailable):
            return  # the sweep deletes them later


def _with_request_hash(destination: Destination, received: ReceivedFile) -> Destination:
    """Return the destination with the hash of the request, for its idempotency key."""
    request = {
        "projectId": destination.project_id,
        "filename": destination.filename,
        "sha256": received.sha256,
    }
    return replace(destination, request_hash=idempotency.hash_request(request))
