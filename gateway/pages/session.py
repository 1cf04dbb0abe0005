"""How pages ask operations: the cookie is the caller, the form is the body, both checked alike."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from gateway.identity.callers import Callers
from gateway.kit import wire
from gateway.kit.database import Clash, ConnectionLost
from gateway.kit.errors import BadRequest, Problem, Unavailable
from gateway.kit.operation import JSON, Answer, Call, Caller, Ports, authorise, declared, perform
from gateway.pages.render import page

KEY_HEADERS = {"authorization", "x-api-key"}
View = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a page asks operations for a person; API keys count for nothing here."""

    ports: Ports
    callers: Callers

    async def ask(
        self,
        handler: Callable[..., Awaitable[Any]],
        request: Request,
        given: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Carry out an operation with the person's session; `given` is its body in wire names.

        Raises:
            Problem: any refusal; an unsafe request must come from a page of ours.
        """
        wanted = declared(handler)
        self.callers.site.refuse_foreign(request.method, request.headers)
        caller = await self.callers(without_keys(request.headers), wanted)
        authorise(wanted, caller)
        return await self.carry_out(handler, request, given, caller)

    async def carry_out(
        self,
        handler: Callable[..., Awaitable[Any]],
        request: Request,
        given: Mapping[str, Any] | None,
        caller: Caller | None = None,
        *,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        """Carry out an operation for whom the page itself has checked.

        Raises:
            Problem: any refusal.
        """
        wanted, body, asked = declared(handler), None, None
        if wanted.body is not None:
            body = wire.read(wanted.body, json.dumps(given or {}).encode(), content_type=JSON)
        if wanted.query is not None:
            asked = wire.read_query(wanted.query, list((query or {}).items()))
        call = Call(
            request_id=request.scope["state"]["request_id"],
            method=wanted.method,
            path=wanted.path,
            caller=caller,
            client_ip=request.client.host if request.client else "",
            headers=without_keys(request.headers),
        )
        try:
            return await perform(wanted, call, body=body, query=asked, ports=self.ports)
        except (Clash, ConnectionLost) as error:
            raise Unavailable from error


def without_keys(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers without any API key."""
    return {name: headers[name] for name in headers if name not in KEY_HEADERS}


async def form(request: Request) -> dict[str, str]:
    """Return the fields of a posted form.

    Raises:
        BadRequest: not a form in UTF-8.
    """
    try:
        pairs = parse_qsl(
            (await request.body()).decode(), keep_blank_values=True, max_num_fields=50
        )
    except ValueError as error:
        raise BadRequest("The form cannot be read.") from error
    return dict(pairs)


def return_path(text: str | None) -> str:
    """Return a path of this site to go on to: it starts with exactly one slash; else `/login`."""
    path = text or ""
    good = path.startswith("/") and path[1:2] not in {"/", "\\"} and path.isprintable()
    return path if good and len(path) <= 500 else "/login"  # noqa: PLR2004 - longer than any of ours


def shown(view: View) -> View:
    """Show the problems of a view as a page."""

    async def safe(request: Request) -> Response:
        try:
            return await view(request)
        except Problem as problem:
            request_id = request.scope["state"]["request_id"]
            return page("problem.html", problem=problem, request_id=request_id)

    return safe
