"""The answer to a path without a route."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.kit.errors import NotFound
from gateway.pages.operation_client import OperationClient

REFERENCE_PATH = "/api-docs/"
PROGRAM_PATHS = ("/api", "/.well-known", "/skills")  # programs alone read below these


def build_not_found_page(client: OperationClient) -> ASGIApp:
    """Build the answer to paths without a route: a page for browsers, a problem for programs."""

    async def view(request: Request) -> Response:
        raise _not_found(request.url.path, "Check the address.", "this address")

    page_view = client.public_view(view)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        reads_html = "text/html" in request.headers.get("accept", "")
        if scope["method"] == "GET" and reads_html and not _is_for_programs(scope["path"]):
            await (await page_view(request))(scope, receive, send)
            return
        raise _not_found(scope["path"], "See /openapi.json.")

    return answer


def _not_found(path: str, hint: str, place: str = "") -> NotFound:
    if path.startswith(REFERENCE_PATH):
        hint = "All operations and tasks that have a page are listed in /llms.txt and at /api-docs."
    return NotFound(f"There is nothing at {place or path[:200]}.", hint=hint)


def _is_for_programs(path: str) -> bool:
    return any(path == root or path.startswith(f"{root}/") for root in PROGRAM_PATHS)
