"""Routes: their refusals are problem documents, and fixed paths are found by one look-up."""

from collections.abc import Callable, Collection, Sequence
from http import HTTPStatus
from typing import Any

from starlette import routing
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.kit.errors import MethodNotAllowed
from gateway.kit.http.guard import RefusalRenderer, RouteLimits


class Route(routing.Route):
    """A route that refuses a method with a problem document; Starlette's would be plain text.

    `limits` are what a request to it may cost, if they differ from the default. `render_refusal`
    writes its refusals in the form that its clients know, where that is no problem document.
    """

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        methods: Collection[str] | None = None,
        limits: RouteLimits | None = None,
        render_refusal: RefusalRenderer | None = None,
    ) -> None:
        super().__init__(path, endpoint, methods=methods)
        self.limits = limits
        self.render_refusal = render_refusal

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request.

        Raises:
            MethodNotAllowed: naming the methods of this route.
        """
        if self.methods and scope["method"] not in self.methods:
            raise MethodNotAllowed(headers={"Allow": ", ".join(sorted(self.methods))})
        await self.app(scope, receive, send)


class Routes:
    """All routes: a fixed path is looked up, then the patterns are tried in order.

    A page or document is also found with one slash too many or too few at its end. A redirect leads
    to its one address, for relative links in it resolve against that.
    """

    def __init__(self, routes: Sequence[routing.BaseRoute], default: ASGIApp) -> None:
        self._fixed: dict[str, Route] = {}
        self._patterns: list[routing.BaseRoute] = []
        for route in routes:
            if isinstance(route, Route) and "{" not in route.path:
                self._fixed[route.path] = route
            else:
                self._patterns.append(route)
        self._slash_redirects = dict(
            map(_build_slash_redirect, filter(_needs_slash_redirect, self._fixed.values()))
        )
        self._default = default

    def find(self, scope: Scope) -> routing.BaseRoute | None:
        """Return the route of a request, and fill in its scope."""
        route: routing.BaseRoute | None = self._fixed.get(scope["path"])
        if route is not None:
            scope["path_params"] = {}
        else:
            route = self._find_pattern(scope)
        if route is not None:
            scope["route"] = route
        return route

    def _find_pattern(self, scope: Scope) -> routing.BaseRoute | None:
        for route in self._patterns:
            match, child_scope = route.matches(scope)
            if match is not routing.Match.NONE:
                scope.update(child_scope)
                return route
        return self._slash_redirects.get(scope["path"])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        route = scope.get("route") or self.find(scope)
        if route is None:
            await self._default(scope, receive, send)
        else:
            await route.handle(scope, receive, send)


def _needs_slash_redirect(route: Route) -> bool:
    """Return True for pages and documents; operations answer at the path they are declared at."""
    return route.path != "/" and "GET" in (route.methods or ())


def _build_slash_redirect(route: Route) -> tuple[str, Route]:
    """Return the path with its last slash added or removed, and a route that redirects from it."""
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
