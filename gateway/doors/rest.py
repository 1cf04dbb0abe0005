"""The REST door: operations become routes, requests become calls, refusals become problems.

A door only reads HTTP; `kit.operation.perform_call` decides what a call means. Problems are raised,
and the guard outside renders them as `application/problem+json`.

The caller is admitted first (`gateway.identity.keys.call_admission`); only then is the body read.
"""

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial

from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from gateway.identity.keys.call_admission import Authenticator, CallAdmission, get_ticket
from gateway.kit import idempotency
from gateway.kit.database.sessions import ConnectionLost, TransactionConflict
from gateway.kit.errors import (
    InternalError,
    MethodNotAllowed,
    Problem,
    Unavailable,
)
from gateway.kit.http.guard import RouteLimits
from gateway.kit.http.indexed_headers import IndexedRequest
from gateway.kit.http.request_report import facts_from_scope
from gateway.kit.http.routing import Route
from gateway.kit.operation import (
    JSON_MEDIA_TYPE,
    Answer,
    Call,
    Caller,
    Operation,
    Ports,
    build_deprecation_headers,
    perform_call,
)
from gateway.kit.wire import request_reader

UNKNOWN_METHOD_LIMITS = RouteLimits()
BODILESS_STATUSES = frozenset({204, 304})
JSON_BYTES = JSON_MEDIA_TYPE.encode()


class RestDoor:
    """All methods of one path: only so can a 405 name the allowed ones."""

    def __init__(
        self, operations: Iterable[Operation], authenticator: Authenticator, ports: Ports
    ) -> None:
        self._methods = {each.method: each for each in operations}
        self._admission = CallAdmission(authenticator, ports)
        self._ports = ports
        self._route_limits = {
            name: RouteLimits(body_bytes=each.body_bytes, handler_seconds=each.seconds)
            for each in self._methods.values()
            for name in ([each.method, "HEAD"] if each.method == "GET" else [each.method])
        }

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
        request, facts = IndexedRequest(scope, receive), facts_from_scope(scope)
        operation = self.get_operation(scope["method"])
        try:
            caller = await self._admission.admit_caller(operation, request, facts)
            answer = await self._perform_call(operation, request, caller)
            # The first part of a stream before its headers: until then a refusal has a status.
            first = b"" if answer.stream is None else await anext(answer.stream, b"")
        except (TransactionConflict, ConnectionLost) as error:
            raise Unavailable from error
        except Problem as problem:
            problem.headers |= build_deprecation_headers(operation)
            if problem.status < InternalError.status:
                await self._admission.add_credit_header(facts)
            raise
        # The answer states the balance: forget the cached one if this request may have changed it.
        if operation.method != "GET":
            self._admission.forget_credit(facts)
        facts.replayed = "Idempotency-Replayed" in answer.headers
        if answer.stream is None:
            await self._admission.add_credit_header(facts, answer.available_microusd)
            await _send_answer(send, answer)
            return
        async with aclosing(answer.stream) as rest:
            await self._admission.add_credit_header(facts, answer.available_microusd)
            parts = _stream_parts(first, rest, whole=request.method != "HEAD")
            await StreamingResponse(parts, answer.status, answer.headers)(scope, receive, send)

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
        facts, client = facts_from_scope(request.scope), request.scope.get("client")
        call = Call(
            request_id=facts.request_id,
            method=operation.method,
            path=operation.path,
            caller=caller,
            idempotency_key=key,
            client_ip=client[0] if client else "",
            traceparent=facts.traceparent,
            headers=request.headers,
            recheck=partial(self._admission.recheck_caller, operation, request, caller),
            raw_body=await request.body() if operation.raw_body else b"",
            stream=request.stream if operation.streamed else None,
            ticket=get_ticket(operation, request),
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


async def _send_answer(send: Send, answer: Answer) -> None:
    """Send an answer without a response object: its bytes are ready, and this path is hot."""
    headers: dict[bytes, bytes] = {}
    if answer.headers:
        headers = {
            name.lower().encode("latin-1"): value.encode("latin-1")
            for name, value in answer.headers.items()
        }
    if answer.body:
        headers.setdefault(b"content-type", JSON_BYTES)
    if answer.status not in BODILESS_STATUSES:
        headers[b"content-length"] = b"%d" % len(answer.body)
    lines = [*headers.items()]
    if answer.cookies:
        lines += [(b"set-cookie", cookie.encode("latin-1")) for cookie in answer.cookies]
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
