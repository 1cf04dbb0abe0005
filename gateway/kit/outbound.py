"""The one maker of HTTP clients for the services that an operator, or we, have chosen.

A node, a payment provider, a chain, an issuer of identities: each may be broken or taken over, and
then its answer may be a gzip bomb, a stream without end, or one byte a minute. A read timeout sees
none of these. So every client shares one transport, which counts the bytes of an answer after they
are decompressed and gives each exchange a deadline, from the first byte sent to the last received.

What a *user* names is fetched by `safe_fetch`, which judges addresses too.
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

KIB, MIB, GIB = 2**10, 2**20, 2**30
DECODED_PIECE_BYTES = 64 * KIB
LIMITS = "answer_limits"  # the extension of a request that has limits of its own
read_trusted_authorities = cache(httpcore2.default_ssl_context)  # reading them takes 20 ms


@dataclass(frozen=True, slots=True)
class AnswerLimits:
    """What one exchange may cost: bytes of the answer once decompressed, and seconds in all.

    `silence_seconds` is the longest wait for the next byte (None: as long as the whole). With
    `bytes_per_second` an answer that comes at least that fast may take longer: a large file.
    """

    most_bytes: int = 4 * MIB
    seconds: float = 30.0
    silence_seconds: float | None = None
    connect_seconds: float = 5.0
    bytes_per_second: int | None = None

    @property
    def extensions(self) -> dict[str, Self]:
        """Return it as the `extensions` of a single request, which then has limits of its own."""
        return {LIMITS: self}

    @property
    def timeout(self) -> dict[str, float]:
        """Return it as the extension `timeout` that the transport of httpx2 reads."""
        silence = self.seconds if self.silence_seconds is None else self.silence_seconds
        connect = min(self.connect_seconds, self.seconds)
        return {"connect": connect, "read": silence, "write": silence, "pool": silence}


class AnswerTooLarge(httpx2.RequestError):
    """The answer has more bytes than we read."""


def make_client(
    limits: AnswerLimits, *, base_url: str = "", headers: Mapping[str, str] | None = None
) -> httpx2.AsyncClient:
    """Return a client whose every answer is bounded.

    It follows no redirect, which would take our credentials elsewhere, and no proxy of the
    environment. Timeouts that an SDK sets by itself are replaced by those of the limits.
    """
    transport = httpx2.AsyncHTTPTransport(verify=read_trusted_authorities(), trust_env=False)
    return httpx2.AsyncClient(
        transport=BoundedTransport(limits, transport),
        base_url=base_url,
        headers=headers,
        follow_redirects=False,
        trust_env=False,
    )


class BoundedTransport(httpx2.AsyncBaseTransport):
    """Carries requests, and lets no answer be larger or slower than its limits.

    It decompresses by itself, in small pieces: httpx2 would do it after us, where nobody counts.
    """

    def __init__(self, limits: AnswerLimits, transport: httpx2.AsyncBaseTransport) -> None:
        self._limits = limits
        self._transport = transport

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; the answer is read within the limits, whoever reads it.

        Raises:
            AnswerTooLarge: it says that it is longer than allowed.
            httpx2.DecodingError: it is compressed in a way that we did not offer.
            httpx2.ReadTimeout: its head did not come in time.
        """
        limits: AnswerLimits = request.extensions.get(LIMITS, self._limits)
        begun = asyncio.get_running_loop().time()
        request.headers["Accept-Encoding"] = "gzip"
        request.extensions = {**request.extensions, "timeout": limits.timeout}
        with _refusing_late(request):
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
        begun: float,
    ) -> None:
        self._request, self._response = request, response
        self._limits, self._begun = limits, begun
        self._encoding = response.headers.get("content-encoding", "identity").strip().lower()
        self._received = self._decoded = 0

    @property
    def headers(self) -> httpx2.Headers:
        """Return its headers as they are true of the decompressed body."""
        headers = httpx2.Headers(self._response.headers)
        if self._encoding != "identity":
            del headers["content-encoding"]
            headers.pop("content-length", None)
        return headers

    def check_head(self) -> None:
        """Refuse what its head says already.

        Raises:
            AnswerTooLarge, httpx2.DecodingError: see `BoundedTransport`.
        """
        if self._encoding not in {"identity", "gzip"}:
            raise httpx2.DecodingError(f"compressed by {self._encoding:.20}", request=self._request)
        declared = self._response.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > self._limits.most_bytes:
            raise self._too_large()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        decompressor = zlib.decompressobj(zlib.MAX_WBITS | 16) if self._encoding == "gzip" else None
        stream = self._response.stream
        assert isinstance(stream, httpx2.AsyncByteStream)  # noqa: S101 - an async transport's
        pieces = aiter(stream)
        while (piece := await self._next(pieces)) is not None:
            self._received += len(piece)
            for part in [piece] if decompressor is None else self._decompress(decompressor, piece):
                self._decoded += len(part)
                if self._decoded > self._limits.most_bytes:
                    raise self._too_large()
                yield part

    async def aclose(self) -> None:
        await self._response.aclose()

    async def _next(self, pieces: AsyncIterator[bytes]) -> bytes | None:
        """Return the next piece, None at the end.

        The deadline is set anew for each: a timeout may not stay open across a `yield`.
        """
        deadline = self._begun + self._limits.seconds
        if self._limits.bytes_per_second is not None:
            deadline += self._received / self._limits.bytes_per_second
        with _refusing_late(self._request):
            async with asyncio.timeout_at(deadline):
                return await anext(pieces, None)

    def _decompress(self, decompressor: "zlib._Decompress", piece: bytes) -> Iterator[bytes]:
        try:
            while part := decompressor.decompress(piece, DECODED_PIECE_BYTES):
                yield part
                piece = decompressor.unconsumed_tail
        except zlib.error as error:
            raise httpx2.DecodingError(str(error), request=self._request) from error

    def _too_large(self) -> AnswerTooLarge:
        return AnswerTooLarge(f"over {self._limits.most_bytes} bytes", request=self._request)


@contextmanager
def _refusing_late(request: httpx2.Request) -> Iterator[None]:
    """Turn our own deadline into the error that callers of httpx2 know."""
    try:
        yield
    except TimeoutError as error:
        raise httpx2.ReadTimeout("the answer takes too long", request=request) from error
