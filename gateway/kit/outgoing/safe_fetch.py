"""Safe fetch: the only code that dials an address a user gave.

The problem: a user's URL may point into our own network, by its name, a redirect, or a name server
that answers differently each time; and its server may send too much, too slowly, or not at all.
The way: a name is resolved once, each of its addresses is checked, and only a checked address is
dialled; TLS and Host keep the name. Each redirect is a new URL with a new check and a new client.

Invariants: no request leaves for an address that `public_address` refuses and the operator has not
excepted. All bytes of a request's media come from one budget, and one deadline bounds name, dial
and body. The user learns only that the URL was refused: the reason, which would make us a scanner
of our network, is for logs and metrics.
"""

import asyncio
import hashlib
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from ssl import SSLContext
from tempfile import mkstemp
from typing import BinaryIO

import httpcore2
import httpx2
import structlog

from gateway.kit.disk import is_disk_full
from gateway.kit.errors import StorageFull
from gateway.kit.outgoing.bounded_client import read_trusted_authorities
from gateway.kit.outgoing.fetch_turns import FetchTurns
from gateway.kit.outgoing.guarded_transport import FetchRefused, GuardedBackend, GuardedTransport
from gateway.kit.outgoing.public_address import FetchAllowList, find_refusal_reason

MIB = 2**20
HTTPS_PORT = 443
REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})
MAX_REDIRECTS = 3
MAX_URL_LENGTH = 2048
FETCH_HEADERS = {
    "User-Agent": "KillaTamata-Fetch/1",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Connection": "close",
}
# Threads of its own: a slow name server would hold all of the default pool, which writes files.
_name_threads = ThreadPoolExecutor(8, thread_name_prefix="names")

log = structlog.stdlib.get_logger("gateway.fetch")

Resolver = Callable[[str, int], Awaitable[list[str]]]


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """Deadlines in seconds on the monotonic clock, and the bytes for all media of a request."""

    names_seconds: float = 5
    connect_seconds: float = 5
    idle_seconds: float = 10
    whole_seconds: float = 60
    request_bytes: int = 512 * MIB


@dataclass(slots=True)
class FetchBudget:
    """The rest that one API request may fetch: bytes, until a deadline of the loop's clock."""

    bytes_left: int
    deadline: float


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """A fetched file; `declared_type` is the server's `Content-Type`, and only a hint."""

    path: Path
    sha256: str
    size_bytes: int
    declared_type: str | None


@dataclass(frozen=True, slots=True)
class FetchedDocument:
    """A small answer in memory; `cache_control` is its `Cache-Control`, as it came."""

    body: bytes
    cache_control: str


@dataclass(frozen=True, slots=True)
class PostReply:
    """The reply to a post: its status, and its `Retry-After` as it came."""

    status: int
    retry_after: str | None


async def resolve_host(host: str, port: int) -> list[str]:
    """Return all addresses of this name, as the system resolves it."""
    loop = asyncio.get_running_loop()
    entries = await loop.run_in_executor(
        _name_threads, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    )
    return [str(entry[4][0]) for entry in entries]


@dataclass(frozen=True, slots=True, kw_only=True)
class SafeFetch:
    """The fetcher of users' URLs; `report` is called with the reason of each refusal."""

    allow_list: FetchAllowList = field(default_factory=FetchAllowList)
    limits: FetchLimits = field(default_factory=FetchLimits)
    resolver: Resolver = resolve_host
    dialler: httpcore2.AsyncNetworkBackend = field(default_factory=httpcore2.AnyIOBackend)
    ssl_context: SSLContext = field(default_factory=read_trusted_authorities)
    turns: FetchTurns = field(default_factory=FetchTurns)
    report: Callable[[str], None] = lambda _reason: None

    def new_budget(self) -> FetchBudget:
        """Return the budget of a new API request."""
        now = asyncio.get_running_loop().time()
        return FetchBudget(self.limits.request_bytes, now + self.limits.whole_seconds)

    async def fetch(
        self,
        url: str,
        *,
        folder: Path,
        max_bytes: int,
        budget: FetchBudget | None = None,
        account_id: str | None = None,
    ) -> FetchedFile:
        """Fetch this URL into a new file in `folder`, hashing on the way; at most three redirects.

        Raises:
            FetchRefused: for any reason; tell the user only that the URL is unreachable.
            RateLimited: this account fetches too often.
            StorageFull: there is no room for the file.
        """
        budget = budget or self.new_budget()
        async with self._translate_failures(budget.deadline), self.turns.take(account_id):
            return await self._follow_redirects(url, folder, max_bytes, budget)

    async def read_document(self, url: str, *, max_bytes: int, account_id: str) -> FetchedDocument:
        """Read the small document at this URL; follow no redirect.

        Raises:
            FetchRefused, RateLimited: as in `fetch`.
        """
        deadline = self.new_budget().deadline
        async with (
            self._translate_failures(deadline),
            self.turns.take(account_id),
            self._build_client(self._parse_target(url)) as client,
            client.stream("GET", url) as response,
        ):
            _check_head(response, max_bytes)
            body = b""
            async for piece in response.aiter_raw():
                body += piece
                if len(body) > max_bytes:
                    raise FetchRefused("too large", "counted")
            return FetchedDocument(body, response.headers.get("cache-control", ""))

    async def check_url(self, url: str) -> None:
        """Check that this URL could be dialled now, without dialling it.

        Raises:
            FetchRefused: its form, its name or one of its addresses is refused.
        """
        async with self._translate_failures(self.new_budget().deadline):
            target = self._parse_target(url)
            port = target.port or (HTTPS_PORT if target.scheme == "https" else 80)
            await self.resolve_allowed(target.host, port, needs_exception=not _is_regular(target))

    async def post(
        self, url: str, *, content: bytes, headers: Mapping[str, str], seconds: float
    ) -> PostReply:
        """Post to this URL; return the status. It follows no redirect and reads no body.

        Raises:
            FetchRefused: it was not delivered.
        """
        deadline = asyncio.get_running_loop().time() + seconds
        async with (
            self._translate_failures(deadline),
            self._build_client(self._parse_target(url)) as client,
            client.stream("POST", url, content=content, headers=headers) as response,
        ):
            return PostReply(response.status_code, response.headers.get("retry-after"))

    async def resolve_allowed(self, host: str, port: int, *, needs_exception: bool) -> list[str]:
        """Resolve this name and return its addresses, if all of them may be dialled.

        Raises:
            FetchRefused: there is none, or one is not public and not excepted.
        """
        try:
            async with asyncio.timeout(self.limits.names_seconds):
                addresses = list(dict.fromkeys(await self.resolver(host, port)))
        except (OSError, ValueError) as error:
            raise FetchRefused("unresolved", type(error).__name__) from None
        for address in addresses:
            # A URL that only an exception permits, such as one on a port of its own, needs it for
            # each address; a regular URL needs it only for addresses that are not public.
            why = "not an exception" if needs_exception else find_refusal_reason(address)
            if why is not None and not self.allow_list.allows(address, port):
                raise FetchRefused("address", f"{address} is {why}")
        if not addresses:
            raise FetchRefused("unresolved", "no address")
        return addresses

    def _parse_target(self, url: str) -> httpx2.URL:
        """Parse the URL, and refuse a form that is never dialled."""
        if len(url) > MAX_URL_LENGTH:
            raise FetchRefused("url", "too long")
        target = httpx2.URL(url)
        if target.scheme not in {"https", "http"} or not target.host:
            raise FetchRefused("scheme", target.scheme)
        if "%" in target.host:
            raise FetchRefused("url", "a scope or an escape in the host")
        if target.userinfo:
            raise FetchRefused("userinfo")
        port = target.port or (HTTPS_PORT if target.scheme == "https" else 80)
        if not _is_regular(target) and not self.allow_list.has_port(port):
            raise FetchRefused("scheme", f"{target.scheme} on {port}")
        return target

    def _build_client(self, target: httpx2.URL) -> httpx2.AsyncClient:
        limits = self.limits
        judged = partial(self.resolve_allowed, needs_exception=not _is_regular(target))
        backend = GuardedBackend(judged, self.dialler)
        return httpx2.AsyncClient(
            transport=GuardedTransport(backend, self.ssl_context),
            headers=FETCH_HEADERS,
            timeout=httpx2.Timeout(limits.idle_seconds, connect=limits.connect_seconds),
            follow_redirects=False,
            trust_env=False,
        )

    async def _follow_redirects(
        self, url: str, folder: Path, max_bytes: int, budget: FetchBudget
    ) -> FetchedFile:
        target = self._parse_target(url)
        for _ in range(1 + MAX_REDIRECTS):
            async with (
                self._build_client(target) as client,
                client.stream("GET", target) as response,
            ):
                if response.status_code not in REDIRECT_STATUSES:
                    return await _save_body(response, folder, max_bytes, budget)
                location = target.join(response.headers.get("location", ""))
            # Else a redirect could send the media over plain http, where others may change it.
            if target.scheme == "https" and location.scheme != "https":
                raise FetchRefused("scheme", "https to http")
            target = self._parse_target(str(location))
        raise FetchRefused("redirects")

    @asynccontextmanager
    async def _translate_failures(self, deadline: float) -> AsyncIterator[None]:
        """Bound the time of the block, and turn every failure into a logged `FetchRefused`."""
        try:
            try:
                async with asyncio.timeout_at(deadline):
                    yield
            except (TimeoutError, httpcore2.TimeoutException) as error:
                raise FetchRefused("timeout") from error
            except (httpx2.InvalidURL, UnicodeError) as error:
                raise FetchRefused("url") from error
            except (httpx2.HTTPError, httpcore2.NetworkError, httpcore2.ProtocolError) as error:
                raise FetchRefused("connection", type(error).__name__) from error
        except FetchRefused as refused:
            log.info("fetch_refused", reason=refused.reason, detail=refused.detail)
            self.report(refused.reason)
            raise


def _is_regular(target: httpx2.URL) -> bool:
    """Return True for https on port 443; any other URL needs an exception of the operator."""
    return target.scheme == "https" and target.port in {None, HTTPS_PORT}


def _check_head(response: httpx2.Response, max_bytes: int) -> None:
    """Refuse an answer by its head."""
    if response.status_code != httpx2.codes.OK:
        raise FetchRefused("status", str(response.status_code))
    if response.headers.get("content-encoding", "identity") != "identity":
        raise FetchRefused("encoding")
    if int(response.headers.get("content-length", 0)) > max_bytes:
        raise FetchRefused("too large", "declared")


async def _save_body(
    response: httpx2.Response, folder: Path, max_bytes: int, budget: FetchBudget
) -> FetchedFile:
    """Write the body to a new file; if that fails, leave no file."""
    _check_head(response, min(max_bytes, budget.bytes_left))
    handle, name = await asyncio.to_thread(mkstemp, dir=folder, prefix="fetched-")
    declared = response.headers.get("content-type")
    try:
        with os.fdopen(handle, "wb") as file:
            sha256, size = await _copy_body(response, file, max_bytes, budget)
    except BaseException as error:
        os.unlink(name)  # noqa: PTH108 - one system call; a canceled task must not wait again
        if is_disk_full(error):
            raise StorageFull from error
        raise
    return FetchedFile(Path(name), sha256, size, declared)


async def _copy_body(
    response: httpx2.Response, file: BinaryIO, max_bytes: int, budget: FetchBudget
) -> tuple[str, int]:
    """Write the body into the file; return its SHA-256 and its size in bytes.

    Bytes are counted as they come: a `Content-Length` may be missing, or a lie.
    """
    sha256, size = hashlib.sha256(), 0
    async for piece in response.aiter_raw(MIB):
        size += len(piece)
        budget.bytes_left -= len(piece)
        if size > max_bytes or budget.bytes_left < 0:
            raise FetchRefused("too large", "counted")
        await asyncio.to_thread(sha256.update, piece)
        await asyncio.to_thread(file.write, piece)
    return sha256.hexdigest(), size
