"""An httpx2 transport that dials only addresses that were allowed.

It uses public interfaces of httpcore2 only, so that an update cannot bypass the guard unnoticed.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from ssl import SSLContext

import httpcore2
import httpx2

AddressResolver = Callable[[str, int], Awaitable[list[str]]]


class FetchRefused(Exception):  # noqa: N818 - the guard's word
    """The refusal of a URL; `reason` is one of a few words, `detail` is for the log only."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


class GuardedBackend(httpcore2.AsyncNetworkBackend):
    """A network backend that dials the addresses that `resolve_allowed` returned, and nothing else.

    `resolve_allowed` resolves a host once, and returns its addresses if all may be dialled on that
    port.
    """

    def __init__(
        self, resolve_allowed: AddressResolver, dialler: httpcore2.AsyncNetworkBackend
    ) -> None:
        self._resolve_allowed = resolve_allowed
        self._dialler = dialler

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore2's
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Resolve and check the host, then dial its addresses in turn until one answers.

        Raises:
            FetchRefused: one of the addresses is not public and not excepted.
        """
        # The dialler gets addresses, never the name: a second look-up could answer otherwise (DNS
        # rebinding), and we would connect to an address that was never checked.
        addresses = await self._resolve_allowed(host, port)
        failure: Exception = httpcore2.ConnectError(host)
        async with asyncio.timeout(timeout):
            for address in addresses:
                try:
                    return await self._dialler.connect_tcp(
                        address, port, timeout, local_address, socket_options
                    )
                except httpcore2.ConnectError as error:
                    failure = error
        raise failure

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 - the signature is httpcore2's
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore2.AsyncNetworkStream:
        """Refuse: no URL of a user may lead to a socket of this machine.

        Raises:
            FetchRefused: always.
        """
        raise FetchRefused("scheme", path)

    async def sleep(self, seconds: float) -> None:
        """Wait, as a retry of the pool would."""
        await asyncio.sleep(seconds)


class _Body(httpx2.AsyncByteStream):
    """The body of an httpcore2 response as httpx2 reads it."""

    def __init__(self, response: httpcore2.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._response.aiter_stream():
            yield piece

    async def aclose(self) -> None:
        await self._response.aclose()


class GuardedTransport(httpx2.AsyncBaseTransport):
    """httpx2 over a pool that keeps no connection and dials by the guarded backend."""

    def __init__(self, backend: GuardedBackend, context: SSLContext) -> None:
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=context, network_backend=backend, max_keepalive_connections=0
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send this request."""
        response = await self._pool.handle_async_request(
            httpcore2.Request(
                method=request.method,
                url=httpcore2.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx2.Response(response.status, headers=response.headers, stream=_Body(response))

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pool.aclose()
