"""The transport of calls to engine nodes, each a span of the job that it is made for."""

import re

import httpx2

from gateway.kit.telemetry import tracing

ROUTE = re.compile(r"/(?:v1/)?([a-z_]{1,20})(?:/|$)")


class TracedTransport(httpx2.AsyncBaseTransport):
    """A transport that opens a span a call; a node of the operator may go on by `traceparent`.

    A server of somebody else gets none: the trace id is the job's id. Outside of a job, as for a
    heartbeat, and without a recorder it only passes the request on.
    """

    def __init__(self, transport: httpx2.AsyncBaseTransport, *, sends_traceparent: bool) -> None:
        self._transport = transport
        self._sends_traceparent = sends_traceparent

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; its span ends with the head of the answer."""
        if not tracing.is_recording():
            return await self._transport.handle_async_request(request)
        # Of the path only its first word: what follows may be an id, a file's name or a signature.
        matched = ROUTE.match(request.url.path)
        with tracing.open_span(
            f"node {request.method}",
            kind=tracing.SpanKind.CLIENT,
            attributes={
                "http.request.method": request.method,
                "killatamata.node_route": matched[1] if matched else None,
            },
        ) as mark_failed:
            if self._sends_traceparent:
                request.headers.update(tracing.get_call_headers())
            response = await self._transport.handle_async_request(request)
            if response.status_code >= httpx2.codes.BAD_REQUEST:
                mark_failed(str(response.status_code))
            return response

    async def aclose(self) -> None:
        """Close all connections."""
        await self._transport.aclose()
