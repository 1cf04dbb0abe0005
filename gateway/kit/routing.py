"""Routes that refuse as everything here refuses, found without trying one after the other."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from starlette import routing
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
    """All routes: a fixed path is looked up, the patterns are tried in order."""

    def __init__(self, routes: Sequence[routing.BaseRoute], default: ASGIApp) -> None:
        self._fixed: dict[str, Route] = {}
        self._patterns: list[routing.BaseRoute] = []
        for route in routes:
            if isinstance(route, Route) and "{" not in route.path:
                self._fixed[route.path] = route
            else:
                self._patterns.append(route)
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
        return None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        found = scope.get("route") or self.find(scope)
        if found is None:
            await self._default(scope, receive, send)
        else:
            await found.handle(scope, receive, send)
