"""Pages as callers of operations: the cookie is the caller, the form the body; both are checked."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from gateway.identity.callers import MODE, Callers
from gateway.identity.sessions import Sessions
from gateway.kit import wire
from gateway.kit.browser import SAFE
from gateway.kit.database import Clash, ConnectionLost
from gateway.kit.errors import Problem, Unauthorized, Unavailable
from gateway.kit.http_report import noted
from gateway.kit.operation import JSON, Answer, Call, Caller, Ports, authorise, declared, perform
from gateway.kit.rate_limit import RateLimits, Standing, network_of
from gateway.ledger.operations import get_balance
from gateway.library.uploads import Uploads
from gateway.media.outputs import FileUrls
from gateway.pages.answers import WireAnswer
from gateway.pages.form_problems import address_of, refuse_other_account
from gateway.pages.form_problems import form as form
from gateway.pages.refusals import Refusals, lead_on
from gateway.pages.render import PRIVATE, see_other
from gateway.pages.shell import Shell, set_shell, shell_of
from gateway.storage import Storage

HOME = "/dashboard"
MOST_PATH = 3_000  # what an app sends a browser here with is long
KEY_HEADERS = {"authorization", "x-api-key"}
SIGNED_OUT, SIGN_IN_AGAIN = "You are signed out; nothing was done.", "Sign in, then try again."
View = Callable[[Request], Awaitable[Response]]
PersonView = Callable[[Request, Caller], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a page asks operations for a person; API keys count for nothing here."""

    ports: Ports
    callers: Callers

    def shown(self, view: View) -> View:
        """Return a view that counts towards the public rate and shows its problems as a page."""

        async def safe(request: Request) -> Response:
            about = noted(request.scope)
            self.frame(request, None)
            standing = await self.counted(request)
            about.headers += standing.headers()
            try:
                standing.check()
                self.frame(request, await self.signed_in(request))
                await refuse_other_account(request)
                return lead_on(request, await _carried(view, request))
            except Problem as problem:
                about.error_code = problem.code
                refusals: Refusals = self.ports.get(Refusals)
                return await refusals.answer(request, problem, about.request_id)

        return safe

    async def counted(self, request: Request) -> Standing:
        """Return what is left of the public rate; a request counts once, however often asked."""
        state = request.scope["state"]
        if "standing" not in state:
            limits: RateLimits = self.ports.get(RateLimits)
            state["standing"] = await limits.take("public", network_of(client_ip(request)))
        found: Standing = state["standing"]
        return found

    def for_person(self, view: PersonView) -> View:
        """Return a view that only a person who is signed in sees; others sign in first."""

        async def answer(request: Request) -> Response:
            caller = await self.person(request)
            return sign_in_first(request) if caller is None else await view(request, caller)

        return self.shown(answer)

    def frame(self, request: Request, caller: Caller | None) -> None:
        """Put the frame around the answer: who is signed in, and the book that the page shows."""
        sessions: Sessions = self.ports.get(Sessions)
        shell = Shell(
            path=request.url.path,
            caller=caller,
            live_enabled=sessions.live_enabled,
            files_origin=files_origins(self.ports, self.callers.site.public_url),
        )
        set_shell(request, shell)

    async def person(self, request: Request) -> Caller | None:
        """Return who is signed in; a page that only shows may be reached from anywhere."""
        return shell_of(request).caller

    async def signed_in(self, request: Request) -> Caller | None:
        """Return whom the cookie speaks for, in the book of the address.

        Raises:
            InvalidInput, LiveModeDisabled: there is no book of the mode in the address, or not yet.
        """
        try:
            return await self.callers(page_headers(request), declared(get_balance))
        except Unauthorized:
            return None

    async def read(
        self,
        handler: Callable[..., Awaitable[Any]],
        request: Request,
        caller: Caller,
        **query: str,
    ) -> Any:  # noqa: ANN401 - its answer, of its own model
        """Return the answer of an operation that only reads, for whom the page found.

        Raises:
            Problem: any refusal.
        """
        wanted = declared(handler)
        authorise(wanted, caller)
        answer = await self.carry_out(handler, request, None, caller, query=query)
        return wanted.response.model_validate_json(answer.body)

    async def found(
        self,
        handler: Callable[..., Awaitable[Any]],
        request: Request,
        caller: Caller | None,
        **query: str,
    ) -> WireAnswer:
        """Return the answer of an operation that only reads, in wire names.

        Raises:
            Problem: any refusal.
        """
        authorise(declared(handler), caller)
        answer = await self.carry_out(handler, request, None, caller, query=query)
        return wire.parse(answer.body)

    async def claimed(
        self,
        handler: Callable[..., Awaitable[Any]],
        request: Request,
        caller: Caller,
        given: Mapping[str, object],
    ) -> WireAnswer:
        """Return what became of a payment; a page may ask whenever it is looked at.

        Raises:
            Problem: any refusal.
        """
        authorise(declared(handler), caller)
        answer = await self.carry_out(handler, request, given, caller)
        return wire.parse(answer.body)

    async def act(
        self,
        handler: Callable[..., Awaitable[Any]],
        request: Request,
        caller: Caller,
        given: Mapping[str, object] | None = None,
        *,
        key: str | None = None,
    ) -> WireAnswer:
        """Carry out what a form asks for; `key` makes a second press the same one.

        Raises:
            Problem: any refusal; the form must be of a page of ours.
        """
        self.callers.site.refuse_foreign(request.method, request.headers)
        authorise(declared(handler), caller)
        answer = await self.carry_out(handler, request, given, caller, idempotency_key=key)
        return wire.parse(answer.body)

    async def csv(
        self,
        handler: Callable[..., Awaitable[Any]],
        request: Request,
        caller: Caller,
        query: Mapping[str, str],
        name: str,
    ) -> Response:
        """Return what an operation gives as CSV, as a file of this name.

        Raises:
            Problem: any refusal.
        """
        authorise(declared(handler), caller)
        headers = page_headers(request) | {"accept": "text/csv"}
        read = await self.carry_out(handler, request, None, caller, query=query, headers=headers)
        told = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
        return Response(
            read.body, headers=PRIVATE | told | {"Content-Type": read.headers["Content-Type"]}
        )

    async def ask(
        self,
        handler: Callable[..., Awaitable[Any]],
        request: Request,
        given: Mapping[str, object] | None = None,
    ) -> Answer:
        """Carry out an operation with the person's session; `given` is its body in wire names.

        Raises:
            Problem: any refusal; an unsafe request must come from a page of ours.
        """
        wanted = declared(handler)
        self.callers.site.refuse_foreign(request.method, request.headers)
        caller = await self.callers(page_headers(request), wanted)
        authorise(wanted, caller)
        return await self.carry_out(handler, request, given, caller)

    async def carry_out(
        self,
        handler: Callable[..., Awaitable[Any]],
        request: Request,
        given: Mapping[str, object] | None,
        caller: Caller | None = None,
        *,
        query: Mapping[str, str] | None = None,
        **more: Any,  # noqa: ANN401 - other fields of the call
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
            client_ip=client_ip(request),
            **({"headers": page_headers(request)} | more),
        )
        try:
            return await perform(wanted, call, body=body, query=asked, ports=self.ports)
        except (Clash, ConnectionLost) as error:
            raise Unavailable from error

    async def follow(
        self,
        handler: Callable[..., Awaitable[Any]],
        request: Request,
        caller: Caller,
        **query: str,
    ) -> Response:
        """Return the stream of an operation, for as long as the session lasts.

        Raises:
            Problem: any refusal, before the first part.
        """
        wanted = declared(handler)

        async def recheck() -> None:
            authorise(wanted, await self.signed_in(request))

        answer = await self.carry_out(handler, request, None, caller, query=query, recheck=recheck)
        if answer.stream is None:
            raise LookupError(f"{wanted.id} is no stream")
        first = await anext(answer.stream, b"")
        return Streamed(first, answer.stream, PRIVATE | dict(answer.headers))

    async def count(self, rate: str, caller: Caller) -> None:
        """Count towards a rate of the account, as the same call with a key would.

        Raises:
            RateLimited: too many for now.
        """
        limits: RateLimits = self.ports.get(RateLimits)
        (await limits.take(rate, f"{caller.account_id}:{caller.book}")).check()


class Streamed(StreamingResponse):
    """A stream that is closed with its answer, however that ends."""

    def __init__(
        self, first: bytes, rest: AsyncGenerator[bytes, None], headers: Mapping[str, str]
    ) -> None:
        super().__init__(self._parts(first, rest), headers=headers)
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the parts as they come."""
        async with aclosing(self._rest):
            await super().__call__(scope, receive, send)

    @staticmethod
    async def _parts(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        yield first
        async for part in rest:
            yield part


def files_origins(ports: Ports, site: str) -> str:
    """Return where files are shown from beside this site: signed URLs, and where they lead."""
    storage: Storage = ports.get(Uploads).storage
    led_to = storage.presigned_url("check", "GET", 60, "image/png", "inline")
    parts = [urlsplit(each) for each in (ports.get(FileUrls).files_url, led_to) if each]
    return " ".join(sorted({f"{part.scheme}://{part.netloc}" for part in parts} - {site}))


async def _carried(view: View, request: Request) -> Response:
    try:
        return await view(request)
    except (Clash, ConnectionLost) as error:
        raise Unavailable from error


def page_headers(request: Request) -> dict[str, str]:
    """Return the headers without any API key; `?mode=` in the address says which book is meant."""
    headers = {name: request.headers[name] for name in request.headers if name not in KEY_HEADERS}
    mode = request.query_params.get("mode")
    return headers if mode is None else headers | {MODE: mode}


def sign_in_first(request: Request, back: str | None = None) -> Response:
    """Lead to where one signs in, and from there back to this page or another one.

    Raises:
        Unauthorized: a form was sent; it is kept where it is, and leads to the sign-in itself.
    """
    if request.method not in SAFE:
        raise Unauthorized(SIGNED_OUT, hint=SIGN_IN_AGAIN)
    here = back or request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if "hx-request" not in request.headers:
        return see_other(_sign_in(here))
    # a redirect would be followed, and what signs in be put into a part of the page
    return Response(headers=PRIVATE | {"HX-Redirect": _sign_in(address_of(request) or here)})


def _sign_in(back: str) -> str:
    return f"/login?returnPath={quote(back, safe='')}"


def client_ip(request: Request) -> str:
    """Return the address of who asks, if it is known."""
    return request.client.host if request.client else ""


def return_path(text: str | None) -> str:
    """Return a path of this site to go on to: it starts with exactly one slash; else `HOME`."""
    path = text or ""
    good = path.startswith("/") and path[1:2] not in {"/", "\\"} and path.isprintable()
    return path if good and len(path) <= MOST_PATH else HOME
