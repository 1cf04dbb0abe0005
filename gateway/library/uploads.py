"""From bytes on their way to an asset: room first, then the bytes, then what they are, then a row.

Whatever is refused leaves nothing: no row, no bytes, no reserved room. A gateway that dies leaves
at most bytes that nothing names, which are swept.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx2

from gateway.kit import faults, idempotency
from gateway.kit.database import Database, Session
from gateway.kit.errors import NotFound, Problem, Unavailable
from gateway.kit.ids import Ids
from gateway.kit.operation import Answer, rendered
from gateway.kit.safe_fetch import FetchRefused, SafeFetch
from gateway.kit.signed_urls import SignedUrls
from gateway.library import arrivals, assets, links, reading, showing
from gateway.library.arrivals import Arrived, Measured
from gateway.library.assets import NewAsset, Source, storage_key
from gateway.library.errors import SourceUnreachable, StorageQuotaExceeded
from gateway.library.filenames import cleaned, title
from gateway.library.inspect_turns import Askers
from gateway.library.quota import Quotas, release, touch
from gateway.library.schemas import UPLOAD_BYTES, AssetMade
from gateway.library.tables import Asset
from gateway.storage.base import Storage

STEP_BYTES = 8 * 2**20
RENEW_SECONDS = 300
CREATED, FOUND = 201, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Who will keep a file, where, and as what; `scope` is where its idempotency key is unique."""

    account: int
    book: str
    project_id: str
    filename: str
    source: Source
    name: str | None = None
    tags: Sequence[str] = ()
    max_bytes: int = UPLOAD_BYTES
    link_id: str | None = None
    scope: idempotency.Scope | None = None
    request_hash: bytes = b""


@dataclass(slots=True)
class Room:
    """What is reserved for one upload while its bytes come."""

    uploads: "Uploads"
    to: Destination
    id: str
    reserved_bytes: int = 0
    renewed_at: float = 0

    async def hold(self, size_bytes: int) -> None:
        """Have so much room, and say now and then that somebody still needs it.

        Raises:
            StorageQuotaExceeded: there is not so much.
        """
        now = asyncio.get_running_loop().time()
        if size_bytes <= self.reserved_bytes and now < self.renewed_at + RENEW_SECONDS:
            return
        if size_bytes <= self.reserved_bytes:
            await self.reserve(self.reserved_bytes)
        else:
            try:
                await self.reserve(size_bytes + STEP_BYTES)
            except StorageQuotaExceeded:
                await self.reserve(size_bytes)
        self.renewed_at = now

    async def reserve(self, size_bytes: int) -> None:
        """Have room for exactly this.

        Raises:
            StorageQuotaExceeded: there is not so much.
        """
        to, uploads = self.to, self.uploads
        async with uploads.database.write() as session:
            await uploads.quotas.reserve(session, to.account, to.book, self.id, size_bytes)
        self.reserved_bytes = size_bytes


@dataclass(frozen=True, slots=True)
class Uploads:
    """Takes files in for one application; they pass through `folder`."""

    database: Database
    storage: Storage
    ids: Ids
    urls: SignedUrls
    fetcher: SafeFetch
    quotas: Quotas
    askers: Askers
    folder: Path
    api_url: str

    async def receive(
        self, to: Destination, parts: AsyncIterator[bytes], declared_bytes: int | None
    ) -> Answer:
        """Keep the file that these parts make; `declared_bytes` is how large it says it is.

        Raises:
            Problem: nothing was kept.
        """
        arrivals.check_size(declared_bytes or 0, to.max_bytes)
        async with self._room(to, declared_bytes or 0) as room:
            with arrivals.temporary(self.folder) as path:
                arrived = await arrivals.save(
                    parts, path, filename=to.filename, max_bytes=to.max_bytes, before=room.hold
                )
                await faults.reach("upload.arrived")
                return await self._keep(room, _hashed(to, arrived), arrived)

    async def fetch(self, to: Destination, url: str, *, account_id: str) -> Answer:
        """Keep the file at a public URL.

        Raises:
            Problem: nothing was kept.
        """
        async with self.database.read() as snapshot:
            if (again := await self.replay(snapshot, to)) is not None:
                return again
        async with self._room(to, 0) as room:
            try:
                fetched = await self.fetcher.fetch(
                    url, folder=self.folder, cap_bytes=to.max_bytes, account_id=account_id
                )
            except FetchRefused:
                raise SourceUnreachable(field="url") from None
            to = replace(to, filename=cleaned(httpx2.URL(url).path))
            try:
                await room.hold(fetched.size_bytes)
                kinds = await asyncio.to_thread(arrivals.kinds_of_file, fetched.path, to.filename)
                arrived = Arrived(fetched.path, fetched.size_bytes, fetched.sha256, kinds)
                return await self._keep(room, to, arrived)
            finally:
                fetched.path.unlink(missing_ok=True)

    async def copy(self, to: Destination, source_key: str, new: NewAsset) -> Answer:
        """Keep bytes that lie in storage already.

        Raises:
            Problem: nothing was kept.
        """
        async with self.database.write() as session:
            known = await self._known(session, to, new.sha256)
        if known is not None:
            return known
        async with self._room(to, new.size_bytes) as room:
            await self.storage.copy(source_key, new.key)
            return await self._written(room, to, new)

    @asynccontextmanager
    async def _room(self, to: Destination, size_bytes: int) -> AsyncIterator[Room]:
        """Reserve room for the block; what it did not turn into an asset is free again."""
        room = Room(self, to, self.ids.new("room"))
        await room.reserve(size_bytes)
        try:
            yield room
        finally:
            async with self.database.write() as session:
                await release(session, room.id)

    async def _keep(self, room: Room, to: Destination, arrived: Arrived) -> Answer:
        async with self.database.write() as session:
            known = await self._known(session, to, arrived.sha256)
        if known is not None:
            return known
        asker = await self.askers.find(to.account, to.book)
        measured = await arrivals.measure(arrived, to.filename, asker)
        with arrivals.removed_at_end(measured, arrived):
            await room.reserve(measured.size_bytes)
            new = self._new(to, arrived, measured)
            await self.storage.put_file(new.key, measured.path, measured.mime_type)
        await faults.reach("upload.stored")
        return await self._written(room, to, new)

    def _new(self, to: Destination, arrived: Arrived, measured: Measured) -> NewAsset:
        asset_id = self.ids.new("ast")
        return NewAsset(
            id=asset_id,
            project_id=to.project_id,
            kind=measured.kind,
            name=to.name or title(to.filename),
            filename=to.filename,
            mime_type=measured.mime_type,
            key=storage_key(asset_id, 1, measured.mime_type),
            size_bytes=measured.size_bytes,
            sha256=measured.sha256,
            source=to.source,
            source_sha256=arrived.sha256,
            facts=measured.facts,
            tags=to.tags,
        )

    async def _written(self, room: Room, to: Destination, new: NewAsset) -> Answer:
        """Write the row, unless a twin was faster; bytes without a row are dropped."""
        try:
            async with self.database.write() as session:
                await touch(session, to.account)
                known = await self._known(session, to, new.source_sha256 or new.sha256)
                if known is None:
                    made = await self._made(session, room, to, new)
        except Unavailable:
            raise  # after a lost connection the row may be there, and need its bytes
        except Problem:
            await self.drop(new.id)
            raise
        if known is not None:
            await self.drop(new.id)
            return known
        return made

    async def _made(self, session: Session, room: Room, to: Destination, new: NewAsset) -> Answer:
        asset = await assets.create(
            session, self.quotas, to.account, to.book, new, upload_id=room.id
        )
        return await self._settled(session, to, asset, CREATED)

    async def _settled(
        self, session: Session, to: Destination, asset: Asset, status: int
    ) -> Answer:
        if to.link_id is not None:
            await links.use(session, to.link_id, asset.id)
        asset.archived_at = None  # what is given again is wanted again
        return await self.answer(session, to, asset, status)

    async def answer(self, session: Session, to: Destination, asset: Asset, status: int) -> Answer:
        """Return an asset as the answer of a request, stored under the request's key."""
        shown = showing.shown(asset, self.urls, self.database.clock.now())
        body = rendered(AssetMade(**shown.model_dump(), deduplicated=status == FOUND))
        if to.scope is not None:
            kept = idempotency.Stored(to.request_hash, status, body.decode(), asset.id)
            await session.write(idempotency.store_many([(to.scope, kept)]))
        return Answer(status=status, body=body)

    async def replay(self, session: Session, to: Destination) -> Answer | None:
        """Return the answer that this request's key got before, if it did.

        Raises:
            IdempotencyConflict: it was another request.
        """
        if to.scope is None:
            return None
        stored = (await idempotency.find_many(session, [to.scope])).get(to.scope)
        if stored is None:
            return None
        again = stored.replay(to.request_hash)
        headers = {"Idempotency-Replayed": "true"}
        return Answer(status=again.status, body=again.response.encode(), headers=headers)

    async def _known(self, session: Session, to: Destination, sha256: str) -> Answer | None:
        """Return the answer where nothing is to be made: a replay, or what is there already.

        An output of a job is kept once; other bytes, once in each project.
        """
        if (again := await self.replay(session, to)) is not None:
            return again
        job_id, index = to.source.job_id, to.source.output_index
        if job_id is not None and index is not None:
            asset = await reading.of_output(session, job_id, index)
        else:
            asset = await reading.of_bytes(session, to.project_id, sha256)
        return None if asset is None else await self._settled(session, to, asset, FOUND)

    async def drop(self, asset_id: str) -> None:
        """Forget the bytes of an asset that did not come to be, as far as possible now."""
        try:
            await self.storage.delete_prefix(f"{assets.FOLDER}/{asset_id}")
        except (NotFound, Unavailable):
            return  # the sweep finds them


def _hashed(to: Destination, arrived: Arrived) -> Destination:
    """Return where an upload goes, with the hash of what was asked."""
    asked = {"projectId": to.project_id, "filename": to.filename, "sha256": arrived.sha256}
    return replace(to, request_hash=idempotency.request_hash(asked))
