"""The way home: where a person lands who signs in without coming from a page."""

from starlette.requests import Request
from starlette.responses import Response

from gateway.account.operations import get_account_settings
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.pages.operation_client import HOME_PATH, OperationClient
from gateway.pages.render import see_other
from gateway.pages.shell import get_shell

CREATE_PATH, CONSOLE_PATH = "/create", "/dashboard"
CONSOLE_HOME = "console"  # a value of the setting `home`


class HomePage:
    """The redirect to the page that a person works on."""

    def __init__(self, client: OperationClient) -> None:
        self._client = client

    def routes(self) -> list[Route]:
        """Return the route of the redirect."""
        return [Route(HOME_PATH, self._client.person_view(self.lead_home), methods=["GET"])]

    async def lead_home(self, request: Request, caller: Caller) -> Response:
        """Redirect to the page that the person chose as home, in the book of the address."""
        settings = await self._client.read_wire(get_account_settings, request, caller)
        path = CONSOLE_PATH if settings.get("home") == CONSOLE_HOME else CREATE_PATH
        return see_other(get_shell(request).to(path))
