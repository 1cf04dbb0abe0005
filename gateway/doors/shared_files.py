"""The door to shared files, below the link of their share: no signed URLs, no keys, no cookies.

Each request looks the share up, so a link that ends takes its files with it. Signed URLs of the
storage would outlive it: these bytes always pass through here.
"""

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.errors import NotFound
from gateway.kit.http.guard import RouteLimits
from gateway.kit.http.routing import Route
from gateway.library.previews import PREVIEW_MIME_TYPE
from gateway.shares.links import SHARE_PATH
from gateway.shares.share_pictures import ShareForm
from gateway.shares.shared_results import GONE, GONE_HINT, SharedResults
from gateway.storage.base import KeyMissing, Storage
from gateway.storage.serving import SANDBOX_HEADERS, ServedFile, stream_file

NOT_MODIFIED = 304
MEDIA_LIMITS = RouteLimits(handler_seconds=None)
SHARED_HEADERS = {
    "Cache-Control": "private, no-cache",  # a browser asks each time, so a revoked share is gone
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Other sites may show the card, and only that: it is made for them.
CARD_HEADERS = {"Cross-Origin-Resource-Policy": "cross-origin"}
DRAWING_NAMES: Mapping[str, ShareForm] = {"og": "card", "poster": "poster", "small": "small"}
EMBEDDED = {"image", "video", "audio", "iframe", "embed", "object"}


def routes(storage: Storage, results: SharedResults) -> list[Route]:
    """Build the routes of the media, posters and cards of shares."""
    page, media = f"{SHARE_PATH}/{{token}}", _media_endpoint(storage, results)
    return [
        Route(f"{page}/media.{{extension}}", media, limits=MEDIA_LIMITS),
        *(
            Route(f"{page}/{name}.jpg", _drawing_endpoint(results, form))
            for name, form in DRAWING_NAMES.items()
        ),
    ]


def _media_endpoint(
    storage: Storage, results: SharedResults
) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        refuse_hot_links(request)
        result = await results.get_result(request.path_params["token"])
        if request.path_params["extension"] != result.media_name.partition(".")[2]:
            raise NotFound(GONE, hint=GONE_HINT)
        headers = SHARED_HEADERS | {"ETag": f'"{result.asset.sha256}"'}
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=NOT_MODIFIED, headers=headers)
        try:
            response = await stream_file(
                request, storage, ServedFile(result.asset.key, result.asset.mime_type)
            )
        except KeyMissing:
            raise NotFound(GONE, hint=GONE_HINT) from None
        response.headers.update(headers)
        return response

    return serve


def _drawing_endpoint(
    results: SharedResults, form: ShareForm
) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        if form != "card":
            refuse_hot_links(request)
        result = await results.get_result(request.path_params["token"])
        headers = SHARED_HEADERS | (CARD_HEADERS if form == "card" else {})
        headers |= SANDBOX_HEADERS | {"ETag": f'"{result.asset.sha256}-{form}"'}
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=NOT_MODIFIED, headers=headers)
        picture = await results.load_picture(result, form)
        return Response(picture, headers=headers, media_type=PREVIEW_MIME_TYPE)

    return serve


def refuse_hot_links(request: Request) -> None:
    """Refuse to be a part of another site's page.

    Raises:
        NotFound: a browser fetches this for a page of another site.
    """
    site, target = (request.headers.get(f"sec-fetch-{name}", "") for name in ("site", "dest"))
    if site in {"cross-site", "same-site"} and target in EMBEDDED:
        raise NotFound(GONE, hint=GONE_HINT)
