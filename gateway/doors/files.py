"""The door to files: signed URLs, no keys, no cookies; local files are streamed with ranges."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.clock import SECOND
from gateway.kit.database.sessions import Database, Session
from gateway.kit.errors import NotFound
from gateway.kit.http.routing import Route
from gateway.kit.http.signed_urls import SignedUrls
from gateway.library import asset_rendering
from gateway.media.jobs import outputs
from gateway.storage.base import Storage
from gateway.storage.serving import PRIVATE_HEADERS, SANDBOX_HEADERS, ServedFile, serve_file
from gateway.studio.documents import versions as documents

FindFile = Callable[[Session, Mapping[str, Any]], Awaitable[ServedFile]]


def routes(database: Database, storage: Storage, urls: SignedUrls) -> list[Route]:
    """Build the routes of outputs and assets."""
    return [
        Route(
            "/files/outputs/{job_id}/{index:int}/{name}",
            _file_endpoint(database, storage, urls, _find_output),
        ),
        Route(
            "/files/assets/{asset_id}/{name}", _file_endpoint(database, storage, urls, _find_asset)
        ),
    ]


async def _find_output(session: Session, path: Mapping[str, Any]) -> ServedFile:
    output = await outputs.get_stored_file(session, path["job_id"], path["index"], path["name"])
    shown_as = None if output.name is None else f"inline; filename*=UTF-8''{output.name}"
    return ServedFile(output.key, output.mime_type, shown_as)


async def _find_asset(session: Session, path: Mapping[str, Any]) -> ServedFile:
    asset = await asset_rendering.load_stored_file(session, path["asset_id"], path["name"])
    if asset.output is not None and not await outputs.is_output_visible(session, *asset.output):
        raise NotFound
    content = None if asset.key else await documents.load_newest_content(session, path["asset_id"])
    return ServedFile(asset.key, asset.mime_type, asset.disposition, content)


def _file_endpoint(database: Database, storage: Storage, urls: SignedUrls, find: FindFile) -> Any:  # noqa: ANN401 - Starlette's
    """Build the endpoint that serves the file which `find` finds for a signed path."""

    async def serve(request: Request) -> Response:
        query, now = request.query_params, database.clock.now()
        expires_at = urls.verify_url(
            request.url.path,
            expires=query.get("exp", ""),
            key_id=query.get("kid", ""),
            signature=query.get("sig", ""),
            now=now,
        )
        async with database.read() as snapshot:
            file = await find(snapshot, request.path_params)
        if file.content is not None:
            headers = {"Content-Disposition": file.disposition} if file.disposition else {}
            return Response(
                file.content, 200, SANDBOX_HEADERS | PRIVATE_HEADERS | headers, file.mime_type
            )
        return await serve_file(request, storage, file, (expires_at - now) // SECOND)

    return serve
