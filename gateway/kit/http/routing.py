"""Routes: their refusals are problem documents, and fixed paths are found by one look-up."""

import inspect
from collections.abc import Callable, Collection, Sequence
from functools import cache, partial
from http import HTTPStatus
from typing import Any

from starlette import routing
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.kit.errors import MethodNotAllowed
from gateway.kit.http.guard import RefusalRenderer, RouteLimits

# Paths are declared, so there is an end to them; a second application finds its patterns here.
_compile_pattern = cache(routing.compile_path)


class Route(routing.BaseRoute):
    """A route that refuses a method with a problem document; Starlette's would be plain text.

    `limits` are what a request to it may cost, if they differ from the default. `render_refusal`
    writes its refusals in the form that its clients know, where that is no problem document.
    Starlette's route compiles a pattern for a fixed path too: of the hundreds here only some need
    one, and that was half of what it takes to compose the application.
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
        function = endpoint.func if isinstance(endpoint, partial) else endpoint
        is_function = inspect.isfunction(function) or inspect.ismethod(function)
        if methods is None and is_function:
            methods = ("GET",)
        self.path, self.endpoint = path, endpoint
        self.app: ASGIApp = routing.request_response(endpoint) if is_function else endpoint
        self.methods = None if methods is None else {method.upper() for method in methods}
        if self.methods and "GET" in self.methods:
            self.methods.add("HEAD")
        self.limits = limits
        self.render_refusal = render_refusal
        self._pattern = _compile_pattern(path) if "{" in path else None

    def matches(self, scope: Scope) -> tuple[routing.Match, Scope]:
        """Return whether the path and the method of a request are of this route, and its values."""
        values: dict[str, Any] = {}
        if self._pattern is None:
            is_found = scope["path"] == self.path
        else:
            expression, _, convertors = self._pattern
            match = expression.match(scope["path"])
            is_found = match is not None
            for name, text in match.groupdict().items() if match else ():
                values[name] = convertors[name].convert(text)
        if not is_found:
            return routing.Match.NONE, {}
        has_method = not self.methods or scope["method"] in self.methods
        found = {"endpoint": self.endpoint, "path_params": values}
        return routing.Match.FULL if has_method else routing.Match.PARTIAL, found

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
        self._misspelt_paths = {
            path.removesuffix("/") if path.endswith("/") else f"{path}/": path
            for path, route in self._fixed.items()
            if _needs_slash_redirect(route)
        }
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
        path = self._misspelt_paths.get(scope["path"])
        return None if path is None else _build_slash_redirect(scope["path"], path)

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


def _build_slash_redirect(misspelt: str, path: str) -> Route:
    """Return a route that redirects from a path with one slash too many or too few."""

    async def redirect(request: Request) -> Response:
        query = request.scope["query_string"].decode("latin-1")
        headers = {
            "Location": f"{path}?{query}" if query else path,
            "Access-Control-Allow-Origin": "*",  # else no program in a browser may follow
        }
        return Response(status_code=HTTPStatus.PERMANENT_REDIRECT, headers=headers)

    return Route(misspelt, redirect)
