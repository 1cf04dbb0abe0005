"""Several files of the library as one download: a ZIP that is written while it is sent."""

import re
import zipfile
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.database.sessions import Database
from gateway.kit.errors import BadRequest, NotFound
from gateway.kit.http.guard import RouteLimits
from gateway.kit.operation import Caller
from gateway.library import asset_queries
from gateway.library.assets import Asset
from gateway.library.uploads.filenames import clean_filename
from gateway.library.uploads.intake import Uploads
from gateway.pages.closing_stream import ClosingStream
from gateway.pages.library.asset_acts import MOST_PICKED
from gateway.pages.operation_client import OperationClient
from gateway.pages.render import PRIVATE_HEADERS
from gateway.storage.base import Storage

DOWNLOAD_LIMITS = RouteLimits(handler_seconds=None)
PACKAGE_NAME = "library.zip"
FIRST_DATE = (1980, 1, 1, 0, 0, 0)  # the format knows none before


@dataclass(slots=True)
class _Pipe:
    """A pipe with what the writer of a package has written and nobody has taken yet."""

    held: bytearray = field(default_factory=bytearray)

    def write(self, data: bytes, /) -> int:
        self.held += data
        return len(data)

    def flush(self) -> None:
        """Do nothing: what is held is taken after each block."""

    def close(self) -> None:
        """Do nothing: nothing is open."""

    def take(self) -> bytes:
        taken = bytes(self.held)
        self.held.clear()
        return taken


class Packing:
    """The view that downloads files of the library."""

    def __init__(self, client: OperationClient) -> None:
        self._database: Database = client.ports.get(Database)
        self._storage: Storage = client.ports.get(Uploads).storage

    async def download(self, request: Request, caller: Caller) -> Response:
        """Download one file under its name, or several in a package.

        Raises:
            BadRequest: they are too many, or one is a document, which has no file.
            NotFound: the caller does not have all of them.
        """
        ids = list(dict.fromkeys(request.query_params.get("assets", "").split()))
        if len(ids) > MOST_PICKED:
            raise BadRequest(f"At most {MOST_PICKED} files at a time.")
        async with self._database.read() as snapshot:
            found = await asset_queries.list_assets(snapshot, caller.ledger_account, ids)
        assets = sorted(found, key=lambda each: ids.index(each.id))
        if not assets or len(assets) < len(ids):
            raise NotFound(f"{len(ids) - len(assets)} of these files are gone.")
        if not all(each.key for each in assets):
            raise BadRequest("A text or film has no file to download: open it to export it.")
        if len(assets) == 1:
            stream, name = self._read(assets[0]), name_file(assets[0])
            kind = assets[0].mime_type
        else:
            stream, name, kind = self._pack(assets), PACKAGE_NAME, "application/zip"
        first = await anext(stream, b"")
        headers = {
            "Content-Type": kind,
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        }
        return ClosingStream(first, stream, PRIVATE_HEADERS | headers)

    async def _read(self, asset: Asset) -> AsyncGenerator[bytes, None]:
        async for piece in await self._storage.open(asset.key):
            yield piece

    async def _pack(self, assets: Sequence[Asset]) -> AsyncGenerator[bytes, None]:
        """Write the files one after the other, as they are: media does not get smaller."""
        pipe, names = _Pipe(), set[str]()
        with zipfile.ZipFile(pipe, "w") as package:
            for asset in assets:
                entry = zipfile.ZipInfo(name_once(name_file(asset), names), FIRST_DATE)
                with package.open(entry, "w", force_zip64=True) as file:
                    async for piece in self._read(asset):
                        file.write(piece)
                        yield pipe.take()
        yield pipe.take()


def name_file(asset: Asset) -> str:
    """Return the name of the download of an asset, with the ending of its stored bytes."""
    ending = PurePath(asset.key).suffix
    name = clean_filename(re.sub(r"[/\\]", "_", asset.filename))
    return name if PurePath(name).suffix.lower() == ending else f"{PurePath(name).stem}{ending}"


def name_once(name: str, names: set[str]) -> str:
    """Return a name that no other file of the package has, and add it to `names`."""
    path, number, free = PurePath(name), 1, name
    while free.casefold() in names:  # many disks take Fox.md and fox.md for one
        number += 1
        free = f"{path.stem}-{number}{path.suffix}"
    names.add(free.casefold())
    return free
