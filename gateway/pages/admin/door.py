"""The door to the pages of operators: the operator flag, and a sign-in of the last ten minutes.

To all others each path below `/admin` answers exactly like a path without a route, whatever the
method: a different answer would tell that there is something to attack.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from gateway.identity.errors import FreshSignInRequired
from gateway.kit.database import ConnectionLost, TransactionConflict
from gateway.kit.errors import Problem, Unauthorized
from gateway.kit.operation import Caller, Ports
from gateway.kit.routing import Route
from gateway.operator import operators
from gateway.pages.nothing import nothing
from gateway.pages.render import page
from gateway.pages.session import SIGN_IN_AGAIN, SIGNED_OUT, Desk
from gateway.pages.shell import Shell, set_shell, shell_of

ADMIN = "/admin"
EVERY = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
View = Callable[[Request, Caller], Awaitable[Response]]


class Door:
    """Admits operators to the views; all others get "not found"."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._nothing = nothing(desk)

    @property
    def ports(self) -> Ports:
        """Return the ports of the application."""
        return self.desk.ports

    def route(self, path: str, view: View, *methods: str) -> Route:
        """Build the route of a view below `/admin`; other methods are "not found" too."""
        allowed_methods = methods or ("GET",)
        operator_view, sign_in_view = (
            self.desk.shown(self._for_operator(view)),
            self.desk.shown(sign_in_again),
        )

        async def answer(request: Request) -> Response | ASGIApp:
            try:
                if request.method not in allowed_methods or not await self._admitted(request):
                    return self._nothing
            except FreshSignInRequired:
                return await sign_in_view(request)
            return await operator_view(request)

        return Route(f"{ADMIN}{path}", answer, methods=EVERY)

    async def _admitted(self, request: Request) -> bool:
        """Return True if the caller is an operator.

        Raises:
            FreshSignInRequired: an operator, who signed in more than ten minutes ago.
        """
        try:
            if not (await self.desk.counted(request)).allowed:
                return False
            caller = await self.desk.signed_in(request)
            return caller is not None and await operators.is_admitted_operator(self.ports, caller)
        except FreshSignInRequired:
            raise
        except (Problem, TransactionConflict, ConnectionLost):
            return False

    def _for_operator(self, view: View) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            shell = as_operator(request)
            if shell.caller is None:
                raise Unauthorized(SIGNED_OUT, hint=SIGN_IN_AGAIN)
            self.desk.callers.site.refuse_cross_site(request.method, request.headers)
            return await view(request, shell.caller)

        return answer


def as_operator(request: Request) -> Shell:
    """Set the shell of operators for the answer."""
    shell = replace(shell_of(request), operator=True)
    set_shell(request, shell)
    return shell


async def sign_in_again(request: Request) -> Response:
    """Ask an operator to sign in again; the sign-in leads back to this page."""
    as_operator(request)
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return page(request, "admin/again.html", problem=FreshSignInRequired(), back=back)
