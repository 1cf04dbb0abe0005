"""The REST door: operations become routes, requests become calls, refusals become problems.

A door reads HTTP and nothing else; what a call means is decided in `kit.operation.perform`.
Problems are raised; the guard outside renders them as `application/problem+json`.
"""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from gateway.kit import idempotency, wire
from gateway.kit.database import Clash, ConnectionLost
from gateway.kit.errors import MethodNotAllowed, Problem, Unavailable
from gateway.kit.operation import (
    JSON,
    Answer,
    Call,
    Caller,
    Operation,
    Ports,
    authorise,
    deprecation_headers,
    perform,
)
from gateway.kit.routing import Route


class Authenticator(Protocol):
    """Whoever can tell a caller from headers."""

    async def __call__(self, headers: Mapping[str, str], wanted: Operation) -> Caller | None:
        """Return the caller, or None if the request names none that this operation takes.

        Raises:
            Unauthorized: it names one that does not exist.
            CrossSiteRefused: a browser sent it from elsewhere.
        """
        ...


class Door:
    """All methods of one path, so that a refused method can name the others."""

    def __init__(
        self, operations: Iterable[Operation], authenticator: Authenticator, ports: Ports
    ) -> None:
        self._methods = {each.method: each for each in operations}
        self._authenticator = authenticator
        self._ports = ports

    def known(self, method: str) -> Operation | None:
        """Return the operation of a method, if there is one."""
        return self._methods.get("GET" if method == "HEAD" else method)

    def wanted(self, method: str) -> Operation:
        """Return the operation of a method.

        Raises:
            MethodNotAllowed: naming the methods there are.
        """
        found = self.known(method)
        if found is None:
            allowed = ", ".join([*self._methods, *(["HEAD"] * ("GET" in self._methods))])
            raise MethodNotAllowed(headers={"Allow": allowed})
        return found

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        wanted = self.wanted(request.method)
        try:
            caller = await self._authenticator(request.headers, wanted)
            authorise(wanted, caller)
            answer = await self._perform(wanted, request, caller)
            first = b"" if answer.stream is None else await anext(answer.stream, b"")
        except (Clash, ConnectionLost) as error:
            raise Unavailable from error
        except Problem as problem:
            problem.headers |= deprecation_headers(wanted)
            raise
        if answer.stream is None:
            headers = dict(answer.headers)
            if answer.body:
                headers.setdefault("Content-Type", JSON)
            response = Response(answer.body, status_code=answer.status, headers=headers)
            for cookie in answer.cookies:
                response.headers.append("Set-Cookie", cookie)
            await response(scope, receive, send)
            return
        async with aclosing(answer.stream) as rest:
            parts = _parts(first, rest, whole=request.method != "HEAD")
            await StreamingResponse(parts, answer.status, answer.headers)(scope, receive, send)

    async def _perform(self, wanted: Operation, request: Request, caller: Caller | None) -> Answer:
        query = body = None
        items = request.query_params.multi_items()
        if wanted.query is not None:
            query = wire.read_query(wanted.query, items)
        key = idempotency.key_from(request.headers)
        if wanted.body is not None:
            content_type = request.headers.get("content-type")
            body = wire.read(wanted.body, await request.body(), content_type=content_type)
        call = Call(
            request_id=request.scope["state"]["request_id"],
            method=wanted.method,
            path=wanted.path,
            caller=caller,
            idempotency_key=key,
            client_ip=request.client.host if request.client else "",
            headers=request.headers,
            recheck=partial(self._authenticator, request.headers, wanted),
        )
        answer = await perform(wanted, call, body=body, query=query, ports=self._ports)
        if key is None:
            return answer
        echoed = {"X-Idempotency-Key": key} | dict(answer.headers)
        return replace(answer, headers=echoed)


async def _parts(
    first: bytes, rest: AsyncGenerator[bytes, None], *, whole: bool
) -> AsyncGenerator[bytes, None]:
    """Yield the part that was waited for before the answer began, then the others if wanted."""
    yield first
    if whole:
        async for part in rest:
            yield part


def routes(
    operations: Sequence[Operation], authenticator: Authenticator, ports: Ports
) -> list[Route]:
    """Return one route a path, in catalogue order.

    Raises:
        LookupError: an operation needs a port that the application does not hold.
    """
    paths: dict[str, list[Operation]] = {}
    for each in operations:
        if lacking := ports.lacking(each):
            raise LookupError(f"{each.id} needs {', '.join(lacking)}")
        paths.setdefault(each.path, []).append(each)
    return [
        Route(path, Door(found, authenticator, ports), methods=None)
        for path, found in paths.items()
    ]
