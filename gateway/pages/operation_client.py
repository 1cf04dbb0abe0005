"""The client by which pages call operations: the cookie is the caller, the form is the body.

A page holds no rights of its own. Each method of `OperationClient` says what it checked before
the operation runs: only `call_operation` checks nothing, for pages that have done so themselves.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from gateway.identity.keys.callers import MODE_HEADER, CallerFinder
from gateway.identity.keys.sessions import Sessions
from gateway.kit.caller import check_member_writes
from gateway.kit.database.sessions import ConnectionLost, TransactionConflict
from gateway.kit.errors import Problem, Unauthorized, Unavailable
from gateway.kit.http.browser import SAFE_METHODS
from gateway.kit.http.rate_limit import RateLimits, RateStatus, to_network
from gateway.kit.http.request_report import facts_from_scope
from gateway.kit.operation import (
    JSON_MEDIA_TYPE,
    Answer,
    Call,
    Caller,
    Ports,
    authorise_call,
    operation_from_handler,
    perform_call,
)
from gateway.kit.wire import request_reader
from gateway.ledger.operations import get_balance
from gateway.pages.answers import WireAnswer
from gateway.pages.closing_stream import ClosingStream
from gateway.pages.form_problems import get_page_address, refuse_other_account
from gateway.pages.form_problems import read_form as read_form
from gateway.pages.page_shell import add_figures, build_file_origins
from gateway.pages.refusals import Refusals, redirect_by_script
from gateway.pages.render import PRIVATE_HEADERS, see_other
from gateway.pages.shell import Shell, get_shell, set_shell

HOME_PATH = "/home"
MOST_PATH_CHARACTERS = 4_000  # an app's authorization request, or a prompt of the front page
KEY_HEADERS = {"authorization", "x-api-key"}
SIGNED_OUT, SIGN_IN_AGAIN = "You are signed out; nothing was done.", "Sign in, then try again."
View = Callable[[Request], Awaitable[Response]]
PersonView = Callable[[Request, Caller], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class OperationClient:
    """Calls operations for the person who is signed in; API keys are ignored."""

    ports: Ports
    callers: CallerFinder

    def public_view(self, view: View) -> View:
        """Wrap a view: count it towards the public rate, and answer its problems with a page."""

        async def safe(request: Request) -> Response:
            facts = facts_from_scope(request.scope)
            # A refusal before the sign-in is known needs a shell too.
            self.set_page_shell(request, None)
            standing = await self.count_public_request(request)
            facts.headers += standing.headers()
            try:
                # Before the session is looked up: a flood must not reach the database.
                standing.check()
                self.set_page_shell(request, await self.authenticate(request))
                await self.load_shell_figures(request)
                await refuse_other_account(request)
                with check_member_writes(get_shell(request).caller, self.ports.get):
                    return redirect_by_script(request, await _run_view(view, request))
            except Problem as problem:
                facts.error_code = problem.code
                refusals: Refusals = self.ports.get(Refusals)
                return await refusals.answer(request, problem, facts.request_id)

        return safe

    async def count_public_request(self, request: Request) -> RateStatus:
        """Count the request towards the public rate of its network; return what is left.

        A request counts once: the guard of operators asks before the view does.
        """
        state = request.scope["state"]
        if "standing" not in state:
            limits: RateLimits = self.ports.get(RateLimits)
            state["standing"] = await limits.count_request("public", to_network(client_ip(request)))
        standing: RateStatus = state["standing"]
        return standing

    def person_view(self, view: PersonView) -> View:
        """Wrap a view for signed-in people; others are sent to the sign-in first."""

        async def answer(request: Request) -> Response:
            caller = await self.find_caller(request)
            return redirect_to_sign_in(request) if caller is None else await view(request, caller)

        return self.public_view(answer)

    def set_page_shell(self, request: Request, caller: Caller | None) -> None:
        """Set the shell that the answer is rendered in: the caller, and the book of the page."""
        sessions: Sessions = self.ports.get(Sessions)
        shell = Shell(
            path=request.url.path,
            caller=caller,
            live_enabled=sessions.live_enabled,
            files_origin=build_file_origins(self.ports, self.callers.site.public_url),
            site=self.callers.site,
        )
        set_shell(request, shell)

    async def load_shell_figures(self, request: Request) -> None:
        """Load what the navigation of a whole page shows of the signed-in account."""
        await add_figures(request, self.ports)

    async def find_caller(self, request: Request) -> Caller | None:
        """Return the signed-in caller, if there is one.

        The origin is not checked: a page that only reads may be reached from any site.
        """
        return get_shell(request).caller

    async def authenticate(self, request: Request) -> Caller | None:
        """Look up the session of the cookie; return its caller in the book of the address.

        Raises:
            InvalidInput, LiveModeDisabled: the mode in the address names no book, or no open one.
        """
        try:
            return await self.callers(
                build_call_headers(request), operation_from_handler(get_balance)
            )
        except Unauthorized:
            return None

    async def read_model(
        self,
        handler: Callable[..., Awaitable[Any]],
        request: Request,
        caller: Caller,
        **query: str,
    ) -> Any:  # noqa: ANN401 - its answer, of its own model
        """Call an operation that only reads; return its answer as its response model.

        Raises:
            Problem: any refusal.
        """
        operation = operation_from_handler(handler)
        authorise_call(operation, caller)
        answer = await self.call_operation(handler, request, None, caller, query=query)
        return operation.response.model_validate_json(answer.body)

    async def read_wire(
        self,
        handler: Callable[..., Awaitable[Any]],
        request: Request,
        caller: Caller | None,
        **query: str,
    ) -> WireAnswer:
        """Call an operation that only reads; return its answer in wire names.

        Raises:
            Problem: any refusal.
        """
        authorise_call(operation_from_handler(handler), caller)
        answer = await self.call_operation(handler, request, None, caller, query=query)
        return request_reader.parse_json_object(answer.body)

    async def claim_payment(
        self,
        handler: Callable[..., Awaitable[Any]],
        request: Request,
        caller: Caller,
        body_fields: Mapping[str, object],
    ) -> WireAnswer:
        """Claim a payment at its provider and return the result.

        A claim credits only what was paid, and once: so opening a page may cause it, even by a link
        from another site such as the payment page.

        Raises:
            Problem: any refusal.
        """
        authorise_call(operation_from_handler(handler), caller)
        answer = await self.call_operation(handler, request, body_fields, caller)
        return request_reader.parse_json_object(answer.body)

    async def call_from_form(
        self,
        handler: Callable[..., Awaitable[Any]],
        request: Request,
        caller: Caller,
        body_fields: Mapping[str, object] | None = None,
        *,
        key: str | None = None,
        query: Mapping[str, str] | None = None,
    ) -> WireAnswer:
        """Call an operation that changes something, from a form on one of our own pages.

        `key` is the idempotency key of the form: a second press gets the answer of the first.

        Raises:
            Problem: any refusal, also of a form that another site sent.
        """
        self.callers.site.refuse_cross_site(request.method, request.headers)
        authorise_call(operation_from_handler(handler), caller)
        answer = await self.call_operation(
            handler, request, body_fields, caller, query=query, idempotency_key=key
        )
        return request_reader.parse_json_object(answer.body)

    async def download_csv(
        self,
        handler: Callable[..., Awaitable[Any]],
        request: Request,
        caller: Caller,
        query: Mapping[str, str],
        file_stem: str,
    ) -> Response:
        """Call an operation for CSV, and return it as a download called `file_stem`.

        Raises:
            Problem: any refusal.
        """
        authorise_call(operation_from_handler(handler), caller)
        headers = build_call_headers(request) | {"accept": "text/csv"}
        answer = await self.call_operation(
            handler, request, None, caller, query=query, headers=headers
        )
        disposition = {"Content-Disposition": f'attachment; filename="{file_stem}.csv"'}
        return Response(
            answer.body,
            headers=PRIVATE_HEADERS
            | disposition
            | {"Content-Type": answer.headers["Content-Type"]},
        )

    async def call_with_session(
        self,
        handler: Callable[..., Awaitable[Any]],
        request: Request,
        body_fields: Mapping[str, object] | None = None,
    ) -> Answer:
        """Call an operation as the browser would, so also one that needs no sign-in.

        `body_fields` is its body in wire names. The session is read again for exactly this
        operation.

        Raises:
            Problem: any refusal, also of a form that another site sent.
        """
        operation = operation_from_handler(handler)
        self.callers.site.refuse_cross_site(request.method, request.headers)
        caller = await self.callers(build_call_headers(request), operation)
        authorise_call(operation, caller)
        return await self.call_operation(handler, request, body_fields, caller)

    async def call_operation(
        self,
        handler: Callable[..., Awaitable[Any]],
        request: Request,
        body_fields: Mapping[str, object] | None,
        caller: Caller | None = None,
        *,
        query: Mapping[str, str] | None = None,
        **call_fields: Any,  # noqa: ANN401 - other fields of the call
    ) -> Answer:
        """Call an operation without any check: the page has done them.

        `call_fields` are other fields of the `Call`, such as `idempotency_key` or `stream`.

        Raises:
            Problem: any refusal.
        """
        operation, body, query_model = operation_from_handler(handler), None, None
        if operation.submits and not query:  # a query asks for the price only
            facts_from_scope(request.scope).submit = "asked"
        if operation.body is not None:
            body = request_reader.read_body(
                operation.body, json.dumps(body_fields or {}).encode(), content_type=JSON_MEDIA_TYPE
            )
        if operation.query is not None:
            query_model = request_reader.read_query(operation.query, list((query or {}).items()))
        call = Call(
            request_id=request.scope["state"]["request_id"],
            method=operation.method,
            path=operation.path,
            caller=caller,
            client_ip=client_ip(request),
            **({"headers": build_call_headers(request)} | call_fields),
        )
        try:
            return await perform_call(
                operation, call, body=body, query=query_model, ports=self.ports
            )
        except (TransactionConflict, ConnectionLost) as error:
            raise Unavailable from error

    async def stream_operation(
        self,
        handler: Callable[..., Awaitable[Any]],
        request: Request,
        caller: Caller,
        **query: str,
    ) -> Response:
        """Stream an operation; it ends when the session does, or works in another account.

        Raises:
            Problem: any refusal, before the first part.
        """
        operation = operation_from_handler(handler)

        async def recheck() -> None:
            found = await self.authenticate(request)
            caller.require_unchanged(found)
            authorise_call(operation, found)

        answer = await self.call_operation(
            handler, request, None, caller, query=query, recheck=recheck
        )
        if answer.stream is None:
            raise LookupError(f"{operation.id} is no stream")
        # Wait for the first part before the headers are sent: until then a refusal is still a page.
        first = await anext(answer.stream, b"")
        return ClosingStream(first, answer.stream, PRIVATE_HEADERS | dict(answer.headers))

    async def count_account_call(self, rate: str, caller: Caller) -> None:
        """Count a call towards a rate of the account, as the same call with an API key would.

        Raises:
            RateLimited: the account has used up its rate for now.
        """
        limits: RateLimits = self.ports.get(RateLimits)
        (await limits.count_request(rate, f"{caller.account_id}:{caller.book}")).check()


async def _run_view(view: View, request: Request) -> Response:
    try:
        return await view(request)
    except (TransactionConflict, ConnectionLost) as error:
        raise Unavailable from error


def build_call_headers(request: Request) -> dict[str, str]:
    """Return the request headers without API keys; `?mode=` in the address selects the book."""
    headers = {name: request.headers[name] for name in request.headers if name not in KEY_HEADERS}
    mode = request.query_params.get("mode")
    return headers if mode is None else headers | {MODE_HEADER: mode}


def redirect_to_sign_in(request: Request, return_to: str | None = None) -> Response:
    """Redirect to the sign-in, which leads back to this page or to `return_to`.

    Raises:
        Unauthorized: a form was sent. A redirect would lose it: the refusal keeps it on its page.
    """
    if request.method not in SAFE_METHODS:
        raise Unauthorized(SIGNED_OUT, hint=SIGN_IN_AGAIN)
    here = return_to or request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if "hx-request" not in request.headers:
        return see_other(_sign_in_path(here))
    # htmx follows a redirect and would put the sign-in page into a part of this one.
    return Response(
        headers=PRIVATE_HEADERS | {"HX-Redirect": _sign_in_path(get_page_address(request) or here)}
    )


def _sign_in_path(return_to: str) -> str:
    return f"/login?returnPath={quote(return_to, safe='')}"


def client_ip(request: Request) -> str:
    """Return the IP address of the client, or nothing if it is unknown."""
    return request.client.host if request.client else ""


def parse_return_path(text: str | None) -> str:
    """Return a path of this site that a sign-in may lead to, else `HOME_PATH`.

    Two slashes, or a slash and a backslash, would name another host to a browser.
    """
    path = text or ""
    is_local = path.startswith("/") and path[1:2] not in {"/", "\\"} and path.isprintable()
    return path if is_local and len(path) <= MOST_PATH_CHARACTERS else HOME_PATH
