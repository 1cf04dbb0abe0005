"""The answer to a path without a route."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.kit.errors import NotFound
from gateway.pages.session import Desk

REFERENCE = "/api-docs/"
MACHINES = ("/api", "/.well-known", "/skills")  # programs alone read below these


def nothing(desk: Desk) -> ASGIApp:
    """Build the answer to paths without a route: a page for browsers, a problem for programs."""

    async def view(request: Request) -> Response:
        raise _nothing_at(request.url.path, "Check the address.")

    page_view = desk.shown(view)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        reads_html = "text/html" in request.headers.get("accept", "")
        if scope["method"] == "GET" and reads_html and not _of_machines(scope["path"]):
            await (await page_view(request))(scope, receive, send)
            return
        raise _nothing_at(scope["path"], "See /openapi.json.")

    return answer


def _nothing_at(path: str, hint: str) -> NotFound:
    if path.startswith(REFERENCE):
        hint = "All operations and tasks that have a page are listed in /llms.txt and at /api-docs."
    return NotFound(f"There is nothing at {path[:200]}.", hint=hint)


def _of_machines(path: str) -> bool:
    return any(path == root or path.startswith(f"{root}/") for root in MACHINES)
