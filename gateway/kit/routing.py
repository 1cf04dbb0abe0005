"""Routes that refuse as everything here refuses, found without trying one after the other."""

from collections.abc import Callable, Collection, Sequence
from http import HTTPStatus
from typing import Any

from starlette import routing
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.kit.errors import MethodNotAllowed
from gateway.kit.http_guard import RouteLimits


class Route(routing.Route):
    """A route whose refusal of a method is a problem, where Starlette's own is plain text.

    `limits` are what a request to it may cost, where that is not the usual.
    """

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        methods: Collection[str] | None = None,
        limits: RouteLimits | None = None,
    ) -> None:
        super().__init__(path, endpoint, methods=methods)
        self.limits = limits

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request.

        Raises:
            MethodNotAllowed: naming the methods there are.
        """
        if self.methods and scope["method"] not in self.methods:
            raise MethodNotAllowed(headers={"Allow": ", ".join(sorted(self.methods))})
        await self.app(scope, receive, send)


class Routes:
    """All routes: a fixed path is looked up, the patterns are tried in order.

    A page or document is also found with a slash too many or too few at its end: a redirect leads
    to its one address, so that relative links in it resolve.
    """

    def __init__(self, routes: Sequence[routing.BaseRoute], default: ASGIApp) -> None:
        self._fixed: dict[str, Route] = {}
        self._patterns: list[routing.BaseRoute] = []
        for route in routes:
            if isinstance(route, Route) and "{" not in route.path:
                self._fixed[route.path] = route
            else:
                self._patterns.append(route)
        self._misspelt = dict(map(_slash_redirect, filter(_is_read, self._fixed.values())))
        self._default = default

    def find(self, scope: Scope) -> routing.BaseRoute | None:
        """Return the route of a request, and fill in its scope."""
        found: routing.BaseRoute | None = self._fixed.get(scope["path"])
        if found is not None:
            scope["path_params"] = {}
        else:
            found = self._matching(scope)
        if found is not None:
            scope["route"] = found
        return found

    def _matching(self, scope: Scope) -> routing.BaseRoute | None:
        for route in self._patterns:
            match, more = route.matches(scope)
            if match is not routing.Match.NONE:
                scope.update(more)
                return route
        return self._misspelt.get(scope["path"])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        found = scope.get("route") or self.find(scope)
        if found is None:
            await self._default(scope, receive, send)
        else:
            await found.handle(scope, receive, send)


def _is_read(route: Route) -> bool:
    """Return True for pages and documents; operations answer at the path they are declared at."""
    return route.path != "/" and "GET" in (route.methods or ())


def _slash_redirect(route: Route) -> tuple[str, Route]:
    """Return the route's path with its last slash added or taken away, and the way back from it."""
    path = route.path

    async def redirect(request: Request) -> Response:
        query = request.scope["query_string"].decode("latin-1")
        headers = {
            "Location": f"{path}?{query}" if query else path,
            "Access-Control-Allow-Origin": "*",  # else no program in a browser may follow
        }
        return Response(status_code=HTTPStatus.PERMANENT_REDIRECT, headers=headers)

    misspelt = path.removesuffix("/") if path.endswith("/") else f"{path}/"
    return misspelt, Route(misspelt, redirect)
