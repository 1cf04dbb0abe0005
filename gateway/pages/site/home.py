"""The way home: where a person lands who signs in without coming from a page."""

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.pages.operation_client import HOME_PATH, OperationClient
from gateway.pages.render import see_other
from gateway.pages.shell import get_shell

LANDING_PATH = "/dashboard"


class HomePage:
    """The redirect to the page that a person works on."""

    def __init__(self, client: OperationClient) -> None:
        self._client = client

    def routes(self) -> list[Route]:
        """Return the route of the redirect."""
        return [Route(HOME_PATH, self._client.person_view(self.lead_home), methods=["GET"])]

    async def lead_home(self, request: Request, _caller: Caller) -> Response:
        """Redirect to the landing page, in the book of the address."""
        return see_other(get_shell(request).to(LANDING_PATH))
