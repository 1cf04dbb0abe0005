"""Routes of the documents: the same bytes for every reader."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.clock import Clock
from gateway.kit.errors import NotFound
from gateway.kit.http.fixed_documents import FixedDocument, answer_document, build_document_endpoint
from gateway.kit.http.routing import Route
from wellknown import texts
from wellknown.documents import OPENAPI, OPENAPI_AGENT, TEXT, list_documents
from wellknown.facts import SiteFacts

OPENAPI_JSON = "application/openapi+json"
Endpoint = Callable[[Request], Awaitable[Response]]


def routes(facts: SiteFacts, clock: Clock) -> list[Route]:
    """Build a route for each document; nothing else exists below /.well-known and /skills."""
    documents = list_documents(facts)
    return [
        *(Route(path, _openapi_endpoint(documents.pop(path))) for path in (OPENAPI, OPENAPI_AGENT)),
        Route("/.well-known/security.txt", _security_endpoint(facts, clock)),
        *(Route(path, build_document_endpoint(each)) for path, each in documents.items()),
    ]


def _openapi_endpoint(document: FixedDocument) -> Endpoint:
    """Build the endpoint of an OpenAPI document; it answers with the media type of `Accept`."""
    varying = replace(document, headers={**document.headers, "Vary": "Accept"})

    async def endpoint(request: Request) -> Response:
        wants_openapi = OPENAPI_JSON in request.headers.get("accept", "")
        return await answer_document(request, varying, OPENAPI_JSON if wants_openapi else None)

    return endpoint


def _security_endpoint(facts: SiteFacts, clock: Clock) -> Endpoint:
    """Build the endpoint of security.txt: it contains a date, so each request renders it."""

    async def endpoint(request: Request) -> Response:
        if not facts.settings.security_contact:
            raise NotFound
        return await answer_document(
            request,
            FixedDocument(
                build=partial(texts.render_security, facts, clock.now()), media_type=TEXT
            ),
        )

    return endpoint
