"""The page of settings: how one signs in, which browsers are signed in."""

from starlette.requests import Request
from starlette.responses import Response

from gateway.identity import sign_in_operations as operations
from gateway.kit.operation import Caller
from gateway.kit.routing import Route
from gateway.pages.render import page, see_other
from gateway.pages.session import Desk, form
from gateway.pages.shell import shell_of

SETTINGS = "/settings"


class SettingsPage:
    """The views; each asks operations through the desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """Return the routes of this page."""
        shown = self._desk.for_person
        return [
            Route(SETTINGS, shown(self.settings), methods=["GET"]),
            Route(f"{SETTINGS}/sessions", shown(self.sign_out), methods=["POST"]),
        ]

    async def settings(self, request: Request, caller: Caller) -> Response:
        """Show the page."""
        read = self._desk.read
        return page(
            request,
            "settings.html",
            account_id=caller.account_id,
            identities=(await read(operations.list_identities, request, caller)).data,
            sessions=(await read(operations.list_sessions, request, caller)).data,
        )

    async def sign_out(self, request: Request, caller: Caller) -> Response:
        """Sign another browser out."""
        given = {"sessionId": (await form(request)).get("sessionId", "")}
        await self._desk.act(operations.revoke_session, request, caller, given)
        return see_other(shell_of(request).to(SETTINGS))
