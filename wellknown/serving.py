"""The documents as routes: one look-up, the same bytes for everybody."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.clock import Clock
from gateway.kit.errors import NotFound
from gateway.kit.fixed import Fixed, answer, fixed
from gateway.kit.routing import Route
from wellknown import texts
from wellknown.documents import OPENAPI, OPENAPI_AGENT, TEXT, served
from wellknown.facts import Facts

OPENAPI_JSON = "application/openapi+json"
Endpoint = Callable[[Request], Awaitable[Response]]


def routes(facts: Facts, clock: Clock) -> list[Route]:
    """Return a route for each document; nothing else below /.well-known and /skills is there."""
    found = served(facts)
    return [
        *(Route(path, _openapi(found.pop(path))) for path in (OPENAPI, OPENAPI_AGENT)),
        Route("/.well-known/security.txt", _security(facts, clock)),
        *(Route(path, fixed(each)) for path, each in found.items()),
    ]


def _openapi(document: Fixed) -> Endpoint:
    """Return what serves the document under the name that is asked for."""
    varying = replace(document, headers={**document.headers, "Vary": "Accept"})

    async def endpoint(request: Request) -> Response:
        wanted = OPENAPI_JSON in request.headers.get("accept", "")
        return await answer(request, varying, OPENAPI_JSON if wanted else None)

    return endpoint


def _security(facts: Facts, clock: Clock) -> Endpoint:
    """Return the one document that holds a date, and so is made for each request."""

    async def endpoint(request: Request) -> Response:
        if not facts.settings.security_contact:
            raise NotFound
        return await answer(
            request, Fixed(body=texts.security(facts, clock.now()), media_type=TEXT)
        )

    return endpoint
