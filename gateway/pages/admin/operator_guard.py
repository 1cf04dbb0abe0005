"""The guard of the pages of operators: the operator flag, and a sign-in of the last ten minutes.

To all others each path below `/admin` answers exactly like a path without a route, whatever the
method: a different answer would tell that there is something to attack.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from gateway.identity.errors import FreshSignInRequired
from gateway.kit.database.sessions import ConnectionLost, TransactionConflict
from gateway.kit.errors import Problem, Unauthorized
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller, Ports
from gateway.operator import operators
from gateway.pages.not_found import build_not_found_page
from gateway.pages.operation_client import SIGN_IN_AGAIN, SIGNED_OUT, OperationClient
from gateway.pages.render import render_page
from gateway.pages.shell import Shell, get_shell, set_shell

ADMIN_PATH = "/admin"
ALL_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
View = Callable[[Request, Caller], Awaitable[Response]]


class OperatorGuard:
    """Admits operators to the views; all others get "not found"."""

    def __init__(self, client: OperationClient) -> None:
        self.client = client
        self._not_found = build_not_found_page(client)

    @property
    def ports(self) -> Ports:
        """Return the ports of the application."""
        return self.client.ports

    def build_route(self, path: str, view: View, *methods: str) -> Route:
        """Build the route of a view below `/admin`; other methods are "not found" too."""
        allowed_methods = methods or ("GET",)
        operator_view, sign_in_view = (
            self.client.public_view(self._operator_view(view)),
            self.client.public_view(ask_fresh_sign_in),
        )

        async def answer(request: Request) -> Response | ASGIApp:
            try:
                if request.method not in allowed_methods or not await self._is_operator(request):
                    return self._not_found
            except FreshSignInRequired:
                return await sign_in_view(request)
            return await operator_view(request)

        return Route(f"{ADMIN_PATH}{path}", answer, methods=ALL_METHODS)

    async def _is_operator(self, request: Request) -> bool:
        """Return True if the caller is an operator.

        Raises:
            FreshSignInRequired: an operator, who signed in more than ten minutes ago.
        """
        try:
            if not (await self.client.count_public_request(request)).allowed:
                return False
            caller = await self.client.authenticate(request)
            return caller is not None and await operators.is_admitted_operator(self.ports, caller)
        except FreshSignInRequired:
            raise
        except (Problem, TransactionConflict, ConnectionLost):
            return False

    def _operator_view(self, view: View) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            shell = set_operator_shell(request)
            if shell.caller is None:
                raise Unauthorized(SIGNED_OUT, hint=SIGN_IN_AGAIN)
            self.client.callers.site.refuse_cross_site(request.method, request.headers)
            return await view(request, shell.caller)

        return answer


def set_operator_shell(request: Request) -> Shell:
    """Set the shell of operators for the answer."""
    shell = replace(get_shell(request), operator=True)
    set_shell(request, shell)
    return shell


async def ask_fresh_sign_in(request: Request) -> Response:
    """Ask an operator to sign in again; the sign-in leads back to this page."""
    set_operator_shell(request)
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return render_page(request, "admin/again.html", problem=FreshSignInRequired(), back=back)
