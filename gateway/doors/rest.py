"""The REST door: operations become routes, requests become calls, refusals become problems.

A door only reads HTTP; `kit.operation.perform_call` decides what a call means. Problems are raised,
and the guard outside renders them as `application/problem+json`.

Order of a request: find the caller, count it, authorise it, check the disk, and only then read and
validate the body. A refused caller costs no parsing, and an unknown key counts for its network.
"""

import re
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Protocol

from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from gateway.kit import idempotency
from gateway.kit.database.sessions import ConnectionLost, TransactionConflict
from gateway.kit.disk import DiskReserve
from gateway.kit.errors import (
    InternalError,
    MethodNotAllowed,
    Problem,
    Unauthorized,
    Unavailable,
)
from gateway.kit.http.browser import SAFE_METHODS
from gateway.kit.http.guard import VERIFIED_CALLER_KEY, RouteLimits
from gateway.kit.http.rate_limit import RateLimits, to_network
from gateway.kit.http.request_report import RequestFacts, facts_from_scope
from gateway.kit.http.routing import Route
from gateway.kit.money import render_usd
from gateway.kit.operation import (
    JSON_MEDIA_TYPE,
    Answer,
    Call,
    Caller,
    Operation,
    Ports,
    authorise_call,
    build_deprecation_headers,
    perform_call,
)
from gateway.kit.wire import request_reader
from gateway.ledger.operations import BalanceReader

UNKNOWN_METHOD_LIMITS = RouteLimits()
CREDIT_HEADER = b"x-credits-remaining-usd"
DRY_RUN = re.compile(rb"(?:^|&)dryRun=(?:1|true)(?:&|$)")
BODILESS_STATUSES = frozenset({204, 304})
JSON_BYTES = JSON_MEDIA_TYPE.encode()


class Authenticator(Protocol):
    """Finds the caller that the headers of a request name."""

    async def __call__(
        self, headers: Mapping[str, str], operation: Operation, *, fresh: bool = False
    ) -> Caller | None:
        """Return the caller, or None if the request names none that the operation accepts.

        `fresh` bypasses the cache of keys.

        Raises:
            Unauthorized: the key or session does not exist.
            CrossSiteRefused: a browser sent the request from another site.
        """
        ...


class Vouch(Protocol):
    """The entry of a scope that vouches for a caller whose token this process has verified."""

    async def __call__(self, *, fresh: bool) -> Caller:
        """Return the caller; `fresh` bypasses the cache.

        Raises:
            Unauthorized: the token has been revoked since.
        """
        ...


class RestDoor:
    """All methods of one path: only so can a 405 name the allowed ones."""

    def __init__(
        self, operations: Iterable[Operation], authenticator: Authenticator, ports: Ports
    ) -> None:
        self._methods = {each.method: each for each in operations}
        self._authenticator = authenticator
        self._ports = ports
        self._route_limits = {
            name: RouteLimits(body_bytes=each.body_bytes, handler_seconds=each.seconds)
            for each in self._methods.values()
            for name in ([each.method, "HEAD"] if each.method == "GET" else [each.method])
        }
        self._limits: RateLimits = ports.get(RateLimits)
        self._balances: BalanceReader = ports.get(BalanceReader)
        self._disk: DiskReserve = ports.get(DiskReserve)

    def find_operation(self, method: str) -> Operation | None:
        """Return the operation of a method, if there is one."""
        return self._methods.get("GET" if method == "HEAD" else method)

    def get_route_limits(self, method: str) -> RouteLimits:
        """Return the limits of a request with this method."""
        return self._route_limits.get(method, UNKNOWN_METHOD_LIMITS)

    def get_operation(self, method: str) -> Operation:
        """Return the operation of a method.

        Raises:
            MethodNotAllowed: the path has no such method; `Allow` names the others.
        """
        operation = self.find_operation(method)
        if operation is None:
            allowed = ", ".join([*self._methods, *(["HEAD"] * ("GET" in self._methods))])
            raise MethodNotAllowed(headers={"Allow": allowed})
        return operation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request, facts = Request(scope, receive), facts_from_scope(scope)
        operation = self.get_operation(scope["method"])
        try:
            caller = await self._admit_caller(operation, request, facts)
            answer = await self._perform_call(operation, request, caller)
            # The first part of a stream before its headers: until then a refusal has a status.
            first = b"" if answer.stream is None else await anext(answer.stream, b"")
        except (TransactionConflict, ConnectionLost) as error:
            raise Unavailable from error
        except Problem as problem:
            problem.headers |= build_deprecation_headers(operation)
            if problem.status < InternalError.status:
                await self._add_credit_header(facts)
            raise
        # The answer states the balance: forget the cached one if this request may have changed it.
        if operation.method != "GET" and facts.ledger_account is not None:
            self._balances.forget_available(facts.ledger_account)
        facts.replayed = "Idempotency-Replayed" in answer.headers
        if answer.stream is None:
            await self._add_credit_header(facts, answer.available_microusd)
            await _send_answer(send, answer)
            return
        async with aclosing(answer.stream) as rest:
            await self._add_credit_header(facts, answer.available_microusd)
            parts = _stream_parts(first, rest, whole=request.method != "HEAD")
            await StreamingResponse(parts, answer.status, answer.headers)(scope, receive, send)

    async def _admit_caller(
        self, operation: Operation, request: Request, facts: RequestFacts
    ) -> Caller | None:
        """Find, count and authorise the caller; None for a public operation.

        Raises:
            Problem: the caller is unknown, too fast, or lacks a scope; or the disk is full.
        """
        try:
            caller = await self._find_caller(request, operation)
        except Unauthorized:
            await self._count_request("public", _client_network(request), facts)
            raise
        if caller is not None:
            facts.account_id, facts.key_lookup = caller.account_id, caller.key_lookup
            facts.ledger_account = caller.ledger_account
        rate = operation.rate
        if rate == "submit" and DRY_RUN.search(request.scope["query_string"]):
            rate = "quote"
        if rate != "none" and (caller is None or operation.public):
            await self._count_request("public", _client_network(request), facts)
        elif rate != "none" and caller is not None:
            await self._count_request(rate, f"{caller.account_id}:{caller.book}", facts)
        authorise_call(operation, caller, _get_ticket(operation, request))
        if operation.method != "GET":
            self._disk.require_room()
        return caller

    async def _find_caller(
        self, request: Request, operation: Operation, *, fresh: bool = False
    ) -> Caller | None:
        """Return the caller that this process vouches for, else the one that the headers name.

        A vouched caller may come from the cache of keys. For a write it is looked up again: a key
        that was revoked a moment ago must not spend.
        """
        vouch: Vouch | None = request.scope.get(VERIFIED_CALLER_KEY)
        if vouch is None:
            return await self._authenticator(request.headers, operation, fresh=fresh)
        writes = operation.method not in SAFE_METHODS and not operation.allows_cached_key
        return None if operation.public else await vouch(fresh=fresh or writes)

    async def _recheck_caller(self, operation: Operation, request: Request) -> None:
        """Authorise the caller again, as of now; a stream does so while it runs."""
        authorise_call(
            operation,
            await self._find_caller(request, operation, fresh=True),
            _get_ticket(operation, request),
        )

    async def _count_request(self, rate: str, counted_as: str, facts: RequestFacts) -> None:
        standing = await self._limits.count_request(rate, counted_as)
        facts.headers += standing.headers()
        standing.check()

    async def _add_credit_header(
        self, facts: RequestFacts, available_microusd: int | None = None
    ) -> None:
        """Add the header with the available credit; omit it if the balance cannot be read."""
        if facts.ledger_account is None:
            return
        if available_microusd is None:
            try:
                available_microusd = await self._balances.get_available(facts.ledger_account)
            except Unavailable:
                return
        facts.headers.append((CREDIT_HEADER, render_usd(available_microusd).encode()))

    async def _perform_call(
        self, operation: Operation, request: Request, caller: Caller | None
    ) -> Answer:
        query = body = None
        if operation.query is not None:
            query = request_reader.read_query(operation.query, request.query_params.multi_items())
        key = idempotency.read_key(request.headers)
        if operation.body is not None:
            content_type = request.headers.get("content-type")
            body = request_reader.read_body(
                operation.body,
                await request.body(),
                content_type=content_type,
                max_values=request_reader.allowed_value_count(operation.body_bytes),
            )
        facts = facts_from_scope(request.scope)
        call = Call(
            request_id=facts.request_id,
            method=operation.method,
            path=operation.path,
            caller=caller,
            idempotency_key=key,
            client_ip=request.client.host if request.client else "",
            traceparent=facts.traceparent,
            headers=request.headers,
            recheck=partial(self._recheck_caller, operation, request),
            raw_body=await request.body() if operation.raw_body else b"",
            stream=request.stream if operation.streamed else None,
            ticket=_get_ticket(operation, request),
        )
        answer = await perform_call(operation, call, body=body, query=query, ports=self._ports)
        if key is None:
            return answer
        echoed = {"X-Idempotency-Key": key} | dict(answer.headers)
        return replace(answer, headers=echoed)


async def _stream_parts(
    first: bytes, rest: AsyncGenerator[bytes, None], *, whole: bool
) -> AsyncGenerator[bytes, None]:
    """Yield the first part, which was read before the answer began, then the others if `whole`."""
    yield first
    if whole:
        async for part in rest:
            yield part


def _get_ticket(operation: Operation, request: Request) -> str | None:
    """Return the ticket of a request, which replaces a key where the operation accepts one."""
    return None if operation.ticket is None else request.query_params.get(operation.ticket)


def _client_network(request: Request) -> str:
    return to_network(request.client.host if request.client else "")


async def _send_answer(send: Send, answer: Answer) -> None:
    """Send an answer without a response object: its bytes are ready, and this path is hot."""
    headers = {
        name.lower().encode("latin-1"): value.encode("latin-1")
        for name, value in answer.headers.items()
    }
    if answer.body:
        headers.setdefault(b"content-type", JSON_BYTES)
    if answer.status not in BODILESS_STATUSES:
        headers[b"content-length"] = b"%d" % len(answer.body)
    cookies = [(b"set-cookie", cookie.encode("latin-1")) for cookie in answer.cookies]
    lines = [*headers.items(), *cookies]
    await send({"type": "http.response.start", "status": answer.status, "headers": lines})
    await send({"type": "http.response.body", "body": answer.body})


def routes(
    operations: Sequence[Operation], authenticator: Authenticator, ports: Ports
) -> list[Route]:
    """Build one route a path, in catalogue order.

    Raises:
        LookupError: an operation needs a port that the application does not have.
    """
    paths: dict[str, list[Operation]] = {}
    for each in operations:
        if lacking := ports.list_missing(each):
            raise LookupError(f"{each.id} needs {', '.join(lacking)}")
        paths.setdefault(each.path, []).append(each)
    return [
        Route(path, RestDoor(path_operations, authenticator, ports), methods=None)
        for path, path_operations in paths.items()
    ]
