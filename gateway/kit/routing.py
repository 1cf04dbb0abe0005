"""Routes that refuse as everything here refuses."""

from starlette import routing
from starlette.types import Receive, Scope, Send

from gateway.kit.errors import MethodNotAllowed


class Route(routing.Route):
    """A route whose refusal of a method is a problem, where Starlette's own is plain text."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request.

        Raises:
            MethodNotAllowed: naming the methods there are.
        """
        if self.methods and scope["method"] not in self.methods:
            raise MethodNotAllowed(headers={"Allow": ", ".join(sorted(self.methods))})
        await self.app(scope, receive, send)
