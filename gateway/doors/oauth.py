"""The OAuth door for programs: metadata, registration, tokens.

People use `gateway.pages.account.connected_apps`. Answers and refusals have the form of RFC 6749
and 7591. Any web page may read them, because only the credentials in the request count, never a
cookie.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TypeAlias
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway.identity.errors import (
    InvalidRequest,
    InvalidTarget,
    OAuthRefused,
    UnsupportedGrantType,
)
from gateway.identity.keys.keys import APP_SCOPES
from gateway.identity.oauth.authorization_requests import USUAL_SCOPES, OAuthSite
from gateway.identity.oauth.clients import GRANT_TYPES, AppClients
from gateway.identity.oauth.grants import CodeExchange, Grants, TokenPair
from gateway.kit.audit_log import Actor
from gateway.kit.database.sessions import ConnectionLost, TransactionConflict
from gateway.kit.errors import Problem, Unavailable
from gateway.kit.http.fixed_documents import FixedDocument, build_document_endpoint
from gateway.kit.http.rate_limit import RateLimits, to_network
from gateway.kit.http.request_report import facts_from_scope
from gateway.kit.http.routing import Route
from gateway.kit.operation import JSON_MEDIA_TYPE, Ports
from gateway.kit.wire.plain_text import CONTROL_CHARACTER

FORM_TYPE = "application/x-www-form-urlencoded"
MOST_FIELDS = 40
OPEN_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link, Retry-After",
}
PREFLIGHT_HEADERS = OPEN_HEADERS | {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "*, Authorization",
    "Access-Control-Max-Age": "86400",
}
SECRET_HEADERS = OPEN_HEADERS | {"Cache-Control": "no-store", "Pragma": "no-cache"}
View = Callable[[Request], Awaitable[Response]]
ServerDocument: TypeAlias = dict[str, str | bool | list[str]]
"""Metadata of a server, with the names of its RFC."""


def build_resource_metadata(site: OAuthSite) -> ServerDocument:
    """Build the metadata of the MCP server (RFC 9728)."""
    return {
        "resource": site.resource,
        "authorization_servers": [site.issuer],
        "scopes_supported": list(USUAL_SCOPES),
        "bearer_methods_supported": ["header"],
        "resource_name": "Killa Tamata",
    }


def build_server_metadata(site: OAuthSite) -> ServerDocument:
    """Build the metadata of this authorization server (RFC 8414)."""
    return {
        "issuer": site.issuer,
        "authorization_endpoint": f"{site.issuer}/oauth/authorize",
        "token_endpoint": f"{site.issuer}/oauth/token",
        "registration_endpoint": f"{site.issuer}/oauth/register",
        "revocation_endpoint": f"{site.issuer}/oauth/revoke",
        "scopes_supported": list(APP_SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(GRANT_TYPES),
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "client_id_metadata_document_supported": True,
        "authorization_response_iss_parameter_supported": True,
    }


def routes(ports: Ports) -> list[Route]:
    """Return the routes of this door."""
    door, site = OAuthDoor(ports), ports.get(OAuthSite)
    documents = {
        "/.well-known/oauth-protected-resource": build_resource_metadata(site),
        "/.well-known/oauth-protected-resource/mcp": build_resource_metadata(site),
        "/.well-known/oauth-authorization-server": build_server_metadata(site),
    }
    views: dict[str, View] = {
        "/oauth/register": door.register_app,
        "/oauth/token": door.issue_token,
        "/oauth/revoke": door.revoke_token,
    }
    return [
        *(
            Route(
                path,
                _allow_preflight(
                    build_document_endpoint(
                        FixedDocument(build=partial(_to_json, document), media_type=JSON_MEDIA_TYPE)
                    )
                ),
                methods=["GET", "OPTIONS"],
            )
            for path, document in documents.items()
        ),
        *(
            Route(path, _allow_preflight(door.guard_view(view)), methods=["POST", "OPTIONS"])
            for path, view in views.items()
        ),
    ]


class OAuthDoor:
    """The views of apps; each request counts towards the public rate of its network."""

    def __init__(self, ports: Ports) -> None:
        self._site: OAuthSite = ports.get(OAuthSite)
        self._clients: AppClients = ports.get(AppClients)
        self._grants: Grants = ports.get(Grants)
        self._limits: RateLimits = ports.get(RateLimits)

    def guard_view(self, view: View) -> View:
        """Wrap a view: refusals get the form of RFC 6749, and every web page may read them."""

        async def answer(request: Request) -> Response:
            facts = facts_from_scope(request.scope)
            try:
                await self._count_request("public", request)
                return await view(request)
            except OAuthRefused as refused:
                facts.error_code = refused.code
                body = {"error": refused.code, "error_description": refused.detail}
                return JSONResponse(body, refused.status, SECRET_HEADERS)
            except (TransactionConflict, ConnectionLost) as error:
                raise Unavailable from error
            except Problem as problem:
                problem.headers |= OPEN_HEADERS
                raise

        return answer

    async def _count_request(self, rate: str, request: Request) -> None:
        standing = await self._limits.count_request(rate, to_network(_client_address(request)))
        facts_from_scope(request.scope).headers += standing.headers()
        standing.check()

    async def register_app(self, request: Request) -> Response:
        """Register an app (RFC 7591)."""
        await self._count_request("register", request)
        body = await request.body()
        client = await self._clients.register(body, request.headers.get("content-type"))
        return JSONResponse(client, 201, SECRET_HEADERS)

    async def issue_token(self, request: Request) -> Response:
        """Issue tokens for a code or a refresh token."""
        fields = await _read_form(request)
        if fields.get("grant_type") not in GRANT_TYPES:
            raise UnsupportedGrantType
        client_id = _get_required(fields, "client_id")
        await self._clients.check_registered(client_id)
        if fields.get("resource", self._site.resource) != self._site.resource:
            raise InvalidTarget
        tokens = await self._issue_tokens(client_id, fields, _build_actor(request))
        body = {
            "access_token": tokens.access,
            "token_type": "Bearer",
            "expires_in": tokens.expires_in_seconds,
            "refresh_token": tokens.refresh,
            "scope": tokens.scopes,
        }
        return JSONResponse(body, 200, SECRET_HEADERS)

    async def _issue_tokens(
        self, client_id: str, fields: Mapping[str, str], actor: Actor
    ) -> TokenPair:
        if fields["grant_type"] == "refresh_token":
            return await self._grants.exchange_refresh_token(
                client_id, _get_required(fields, "refresh_token"), actor
            )
        exchange = CodeExchange(
            client_id=client_id,
            code=_get_required(fields, "code"),
            verifier=_get_required(fields, "code_verifier"),
            redirect_uri=fields.get("redirect_uri"),
        )
        return await self._grants.exchange_code(exchange, actor)

    async def revoke_token(self, request: Request) -> Response:
        """Revoke a token, or the grant of a refresh token (RFC 7009).

        An unknown token is answered like a known one, as the RFC demands.
        """
        fields = await _read_form(request)
        token, client_id = fields.get("token", ""), fields.get("client_id")
        await self._grants.revoke_token(client_id, token, _build_actor(request))
        return Response(status_code=200, headers=SECRET_HEADERS)


async def _read_form(request: Request) -> dict[str, str]:
    """Read the fields of a form; an empty one counts as omitted (RFC 6749, 3.2).

    Raises:
        InvalidRequest: the body is no form, repeats a field, or contains control characters.
    """
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared != FORM_TYPE:
        raise InvalidRequest(f"Send the parameters as {FORM_TYPE}.")
    try:
        body = (await request.body()).decode()
        pairs = parse_qsl(body, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        raise InvalidRequest("The form is malformed.") from None
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise InvalidRequest("A parameter is repeated.")
    if any(CONTROL_CHARACTER.search(value) for value in fields.values()):
        raise InvalidRequest("A parameter contains control characters.")
    return fields


def _get_required(fields: Mapping[str, str], name: str) -> str:
    if name not in fields:
        raise InvalidRequest(f"The parameter {name} is missing.")
    return fields[name]


def _build_actor(request: Request) -> Actor:
    request_id = facts_from_scope(request.scope).request_id
    return Actor(
        kind="system", id="app", ip=_client_address(request) or None, request_id=request_id
    )


def _client_address(request: Request) -> str:
    return request.client.host if request.client else ""


def _allow_preflight(view: View) -> View:
    """Wrap a view: answer the preflight of a browser, which permits every page."""

    async def answer(request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=PREFLIGHT_HEADERS)
        return await view(request)

    return answer


def _to_json(document: ServerDocument) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
