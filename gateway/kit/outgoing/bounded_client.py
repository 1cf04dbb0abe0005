"""Bounded HTTP clients for the services that an operator, or we, have chosen.

A node, a payment provider, a chain, an issuer of identities: each may be broken or taken over, and
then its answer may be a gzip bomb, a stream without end, or one byte a minute. A read timeout
notices none of these. So every client has a transport that counts the bytes of an answer after
decompression, and gives each exchange a deadline from the first byte sent to the last received.

URLs that a *user* gives are fetched by `safe_fetch`, which checks their addresses too.
"""

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Self

import httpcore2
import httpx2

from gateway.kit.outgoing.traced_transport import TracedTransport

KIB, MIB, GIB = 2**10, 2**20, 2**30
MAX_DECODED_BYTES = 64 * KIB
LIMITS_EXTENSION = "answer_limits"  # the extension of a request that has limits of its own
read_trusted_authorities = cache(httpcore2.default_ssl_context)  # reading them takes 20 ms


@dataclass(frozen=True, slots=True)
class AnswerLimits:
    """The limits of one exchange: bytes of the decompressed answer, and seconds in all.

    `silence_seconds` is the longest wait for the next byte (None: as long as the whole). With
    `bytes_per_second`, each second's worth of bytes received extends the deadline by a second: for
    large files.
    """

    max_bytes: int = 4 * MIB
    seconds: float = 30.0
    silence_seconds: float | None = None
    connect_seconds: float = 5.0
    bytes_per_second: int | None = None

    @property
    def extensions(self) -> dict[str, Self]:
        """Return the `extensions` that give these limits to a single request."""
        return {LIMITS_EXTENSION: self}

    @property
    def timeout(self) -> dict[str, float]:
        """Return the extension `timeout`, as the transport of httpx2 reads it."""
        silence = self.seconds if self.silence_seconds is None else self.silence_seconds
        connect = min(self.connect_seconds, self.seconds)
        return {"connect": connect, "read": silence, "write": silence, "pool": silence}


class AnswerTooLarge(httpx2.RequestError):
    """The answer has more bytes than we read."""


def build_http_client(
    limits: AnswerLimits,
    *,
    base_url: str = "",
    headers: Mapping[str, str] | None = None,
    transport: httpx2.AsyncBaseTransport | None = None,
    is_traced: bool = False,
) -> httpx2.AsyncClient:
    """Return an HTTP client that bounds every answer.

    It follows no redirect, which would take our credentials elsewhere, and uses no proxy of the
    environment. Timeouts that an SDK sets are replaced by those of the limits. Requests are sent by
    `transport`, by default one that dials any address; if `is_traced`, as spans of the job at
    hand that a node of the operator goes on with.
    """
    if transport is None:
        transport = httpx2.AsyncHTTPTransport(verify=read_trusted_authorities(), trust_env=False)
    if is_traced:
        transport = TracedTransport(transport, sends_traceparent=True)
    return httpx2.AsyncClient(
        transport=BoundedTransport(limits, transport),
        base_url=base_url,
        headers=headers,
        follow_redirects=False,
        trust_env=False,
    )


class BoundedTransport(httpx2.AsyncBaseTransport):
    """A transport whose answers are no larger and no slower than their limits.

    It decompresses by itself, in small pieces: httpx2 would do so after this transport, where the
    bytes are not counted any more.
    """

    def __init__(self, limits: AnswerLimits, transport: httpx2.AsyncBaseTransport) -> None:
        self._limits = limits
        self._transport = transport

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; reading the answer's body is bounded by the same limits and deadline.

        Raises:
            AnswerTooLarge: its `Content-Length` is above the limit.
            httpx2.DecodingError: it is compressed in a way that we did not offer.
            httpx2.ReadTimeout: its head did not come in time.
        """
        limits: AnswerLimits = request.extensions.get(LIMITS_EXTENSION, self._limits)
        begun = asyncio.get_running_loop().time()
        request.headers["Accept-Encoding"] = "gzip"
        request.extensions = {**request.extensions, "timeout": limits.timeout}
        with _translate_deadline(request):
            async with asyncio.timeout_at(begun + limits.seconds):
                response = await self._transport.handle_async_request(request)
        body = _BoundedBody(request, response, limits, begun)
        try:
            body.check_head()
        except httpx2.RequestError:
            await response.aclose()
            raise
        return httpx2.Response(
            response.status_code,
            headers=body.headers,
            stream=body,
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        """Close every connection."""
        await self._transport.aclose()


class _BoundedBody(httpx2.AsyncByteStream):
    """The decompressed body of one answer, counted and timed."""

    def __init__(
        self,
        request: httpx2.Request,
        response: httpx2.Response,
        limits: AnswerLimits,
        started: float,
    ) -> None:
        self._request, self._response = request, response
        self._limits, self._started = limits, started
        self._encoding = response.headers.get("content-encoding", "identity").strip().lower()
        self._received = self._decoded = 0

    @property
    def headers(self) -> httpx2.Headers:
        """Return the answer's headers, without those that are true of the compressed body only."""
        headers = httpx2.Headers(self._response.headers)
        if self._encoding != "identity":
            del headers["content-encoding"]
            headers.pop("content-length", None)
        return headers

    def check_head(self) -> None:
        """Refuse the answer by its head.

        Raises:
            AnswerTooLarge, httpx2.DecodingError: as in `BoundedTransport.handle_async_request`.
        """
        if self._encoding not in {"identity", "gzip"}:
            raise httpx2.DecodingError(f"compressed by {self._encoding:.20}", request=self._request)
        declared = self._response.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > self._limits.max_bytes:
            raise self._build_too_large()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        decompressor = zlib.decompressobj(zlib.MAX_WBITS | 16) if self._encoding == "gzip" else None
        stream = self._response.stream
        assert isinstance(stream, httpx2.AsyncByteStream)  # noqa: S101 - an async transport's
        pieces = aiter(stream)
        while (piece := await self._next_piece(pieces)) is not None:
            self._received += len(piece)
            for part in [piece] if decompressor is None else self._decompress(decompressor, piece):
                self._decoded += len(part)
                if self._decoded > self._limits.max_bytes:
                    raise self._build_too_large()
                yield part

    async def aclose(self) -> None:
        await self._response.aclose()

    async def _next_piece(self, pieces: AsyncIterator[bytes]) -> bytes | None:
        """Return the next piece, None at the end.

        Each piece has a timeout of its own up to the one deadline: a timeout that stayed open
        across a `yield` would cancel whatever task resumes the generator.
        """
        deadline = self._started + self._limits.seconds
        if self._limits.bytes_per_second is not None:
            deadline += self._received / self._limits.bytes_per_second
        with _translate_deadline(self._request):
            async with asyncio.timeout_at(deadline):
                return await anext(pieces, None)

    def _decompress(self, decompressor: "zlib._Decompress", piece: bytes) -> Iterator[bytes]:
        """Yield the decompressed piece in parts of bounded size: 64 KiB may hold 64 MiB."""
        try:
            while part := decompressor.decompress(piece, MAX_DECODED_BYTES):
                yield part
                piece = decompressor.unconsumed_tail
        except zlib.error as error:
            raise httpx2.DecodingError(str(error), request=self._request) from error

    def _build_too_large(self) -> AnswerTooLarge:
        return AnswerTooLarge(f"over {self._limits.max_bytes} bytes", request=self._request)


@contextmanager
def _translate_deadline(request: httpx2.Request) -> Iterator[None]:
    """Turn the end of our deadline into the error that callers of httpx2 expect."""
    try:
        yield
    except TimeoutError as error:
        raise httpx2.ReadTimeout("the answer takes too long", request=request) from error
