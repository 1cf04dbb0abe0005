"""The HTTP client of one server; nothing is remembered between calls.

The operator chose the server, but it may be broken, taken over, or another one by now. So no
redirect is followed, no link-local address is dialled, and every answer has a limit of bytes and
seconds: a small one is read, a large one streams to a file, and neither is believed. A call that
never left this machine (`NotSent`) is told apart from one that may have arrived (`AnswerLost`):
made again, the second might be paid twice.
"""

import mimetypes
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpcore2
import httpx2

from gateway.kit.outgoing.bounded_client import (
    KIB,
    MIB,
    AnswerLimits,
    AnswerTooLarge,
    build_http_client,
    read_trusted_authorities,
)
from gateway.kit.outgoing.guarded_transport import (
    FetchRefused,
    GuardedBackend,
    GuardedTransport,
)
from gateway.kit.outgoing.traced_transport import TracedTransport
from gateway.kit.telemetry.redaction import HIDDEN_TEXT, hide_secrets
from workers.engines.base import BadAnswer, OutputCut, OutputRefused, OutputUnsafe, Unreachable
from workers.engines.openai.addresses import resolve_allowed
from workers.engines.openai.dialects.dialect import Call, JsonObject
from workers.engines.openai.upstreams import Upstream

POLL_SECONDS = 10.0
_SHORTEST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 1.0, 30.0
_SMALL = AnswerLimits(MIB, seconds=POLL_SECONDS)
_METRICS = AnswerLimits(4 * MIB, seconds=POLL_SECONDS)
_SLOWEST_BYTES_PER_SECOND = 64 * KIB
_MOST_ERROR_BYTES = 64 * KIB
_BLOCK_BYTES = 256 * KIB
_MOST_WORDS = 300
_NEVER_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpcore2.ConnectError,
    httpcore2.ConnectTimeout,
    httpcore2.PoolTimeout,
    FetchRefused,
)
# The guarded transport speaks httpcore2, whose errors are not those of httpx2.
_BROKEN = (
    httpx2.HTTPError,
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.TimeoutException,
)


class NotSent(Unreachable):
    """The call never left this machine."""


class AnswerLost(Unreachable):
    """The call may have arrived, and its answer did not."""


@dataclass(frozen=True, slots=True)
class ServerAnswer:
    """The answer of a server; `body` is its JSON object, empty if it is none."""

    status: int
    headers: Mapping[str, str]
    body: JsonObject

    @property
    def is_ok(self) -> bool:
        """Return True if it is a 2xx."""
        return httpx2.codes.is_success(self.status)

    @property
    def rest_seconds(self) -> float | None:
        """Return the seconds of `Retry-After`, None without them; a date counts as none."""
        text = self.headers.get("retry-after", "").strip()
        return float(text) if text.isascii() and text.isdigit() else None

    @property
    def poll_seconds(self) -> float | None:
        """Return the seconds of `openai-poll-after-ms`, 1 to 30; None without them."""
        text = self.headers.get("openai-poll-after-ms", "").strip()
        if not (text.isascii() and text.isdigit()):
            return None
        return min(max(float(text) / 1000, _SHORTEST_PAUSE_SECONDS), _LONGEST_PAUSE_SECONDS)


class _Backend(GuardedBackend):
    """A guarded backend that tells a connection that was never made from one that broke."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore2's
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Dial an allowed address of the host.

        Raises:
            httpcore2.ConnectError, httpcore2.ConnectTimeout: there is no connection.
            FetchRefused: one of its addresses is link-local.
        """
        try:
            return await super().connect_tcp(host, port, timeout, local_address, socket_options)
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout(host) from error
        except OSError as error:  # the name has no address
            raise httpcore2.ConnectError(host) from error


class ServerClient:
    """The client of an upstream; its key goes only to its own origin."""

    def __init__(self, upstream: Upstream) -> None:
        self._base = upstream.url
        self._key = upstream.read_key()
        self._metrics_url = upstream.metrics_url
        backend = _Backend(resolve_allowed, httpcore2.AnyIOBackend())
        guarded = GuardedTransport(backend, read_trusted_authorities())
        self._http = build_http_client(
            _SMALL, transport=TracedTransport(guarded, sends_traceparent=False)
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._http.aclose()

    async def ask(self, call: Call, seconds: float = POLL_SECONDS) -> ServerAnswer:
        """Make a call with a small answer.

        Raises:
            NotSent: it never left this machine.
            AnswerLost: it may have arrived.
        """
        return await self._request(call, AnswerLimits(MIB, seconds=seconds))

    async def get_root(self, path: str) -> ServerAnswer:
        """Get a route below the server's root, not below its `/v1`.

        Raises:
            Unreachable: no answer.
        """
        return await self._request(Call(method="GET", path=self._origin + path), _SMALL)

    async def fetch_metrics(self) -> str:
        """Fetch the page of metrics, empty without one.

        The key is not sent along: the address may be another server's.

        Raises:
            Unreachable: no answer.
        """
        if self._metrics_url is None:
            return ""
        try:
            answer = await self._http.get(self._metrics_url, extensions=_METRICS.extensions)
        except (*_NEVER_SENT, *_BROKEN) as error:
            raise Unreachable(f"metrics: {type(error).__name__}") from error
        return answer.text if answer.is_success else ""

    async def save(self, call: Call, target: Path, most_bytes: int, seconds: float) -> ServerAnswer:
        """Make a call whose answer is large, and stream a 2xx to a file; its `body` stays empty.

        Raises:
            NotSent, AnswerLost: as `ask`.
            OutputUnsafe: the answer is larger than `most_bytes`.
        """
        limits = AnswerLimits(most_bytes, seconds=seconds)
        with ExitStack() as stack, target.open("wb") as file:
            request = self._build(call, limits, stack)
            with self._tell_losses(call, too_large=OutputUnsafe):
                answer = await self._http.send(request, stream=True)
                try:
                    if not answer.is_success:
                        return _to_answer(answer, await _read_some(answer))
                    async for block in answer.aiter_bytes(_BLOCK_BYTES):
                        file.write(block)
                    return _to_answer(answer, b"")
                finally:
                    await answer.aclose()

    async def stream(self, call: Call, most_bytes: int) -> AsyncIterator[bytes]:
        """Yield the bytes of a file.

        Raises:
            FileNotFoundError: it is not there.
            OutputRefused: a redirect or a refusal.
            OutputCut: it ended too early.
            OutputUnsafe: it is larger than `most_bytes`.
            BadAnswer: another answer than a file.
            Unreachable: no answer.
        """
        limits = AnswerLimits(
            most_bytes,
            seconds=60,
            silence_seconds=60,
            bytes_per_second=_SLOWEST_BYTES_PER_SECOND,
        )
        begun, request = False, self._build(call, limits, ExitStack())
        try:
            answer = await self._http.send(request, stream=True)
            try:
                _check_file_status(answer, call.path)
                begun = True
                async for block in answer.aiter_bytes(_BLOCK_BYTES):
                    yield block
            finally:
                await answer.aclose()
        except AnswerTooLarge as error:
            raise OutputUnsafe(f"{call.path} is {error}") from error
        except httpx2.DecodingError as error:
            raise BadAnswer(f"{call.path}: {type(error).__name__}") from error
        except (*_NEVER_SENT, *_BROKEN) as error:
            wrong = OutputCut if begun else Unreachable
            raise wrong(f"{call.path}: {type(error).__name__}") from error

    def require_own_origin(self, url: str) -> str:
        """Return the URL of a result, if it leads to the server itself.

        Raises:
            OutputUnsafe: it leads elsewhere, or to a file.
        """
        try:
            address, own = urlsplit(url), urlsplit(self._base)
            same = (address.scheme, address.hostname, address.port or _port_of(address.scheme)) == (
                own.scheme,
                own.hostname,
                own.port or _port_of(own.scheme),
            )
        except ValueError:
            same = False
        if not same or address.username or address.password:
            raise OutputUnsafe(self.clean(f"its address is not followed: {url:.100}"))
        return url

    def clean(self, text: str) -> str:
        """Return words of a server without our key and other secrets, cut for the log."""
        without = text.replace(self._key, HIDDEN_TEXT) if self._key else text
        return hide_secrets(without)[:_MOST_WORDS]

    @property
    def _origin(self) -> str:
        address = urlsplit(self._base)
        return f"{address.scheme}://{address.netloc}"

    async def _request(self, call: Call, limits: AnswerLimits) -> ServerAnswer:
        with ExitStack() as stack:
            request = self._build(call, limits, stack)
            with self._tell_losses(call):
                answer = await self._http.send(request)
        return _to_answer(answer, answer.content)

    @contextmanager
    def _tell_losses(self, call: Call, too_large: type[Exception] = BadAnswer) -> Iterator[None]:
        """Turn errors of the block into `NotSent` or `AnswerLost`; a full disk of ours stays."""
        try:
            yield
        except AnswerTooLarge as error:
            raise too_large(f"the answer of {call.path} is {error}") from error
        except _NEVER_SENT as error:
            raise NotSent(self.clean(f"{call.path}: {error!r}")) from error
        except _BROKEN as error:
            raise AnswerLost(self.clean(f"{call.path}: {error!r}")) from error

    def _build(self, call: Call, limits: AnswerLimits, stack: ExitStack) -> httpx2.Request:
        """Build the request of a call; its open files close with the stack."""
        url = call.path if "://" in call.path else self._base + call.path
        headers = dict(call.headers)
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        options: dict[str, Any] = {}
        if call.json is not None:
            options["json"] = {name: one for name, one in call.json.items() if one is not None}
        if call.form is not None:
            # A form without a file would be sent as `x-www-form-urlencoded`; parts without a file
            # name keep it multipart, which is what the API takes.
            options["files"] = [
                (name, (None, value)) for name, value in call.form.items() if value is not None
            ] + [
                (
                    part.field,
                    (
                        f"{part.field.strip('[]')}{mimetypes.guess_extension(part.mime_type)}",
                        stack.enter_context(part.path.open("rb")),
                        part.mime_type,
                    ),
                )
                for part in call.files
            ]
        return self._http.build_request(
            call.method, url, headers=headers, extensions=limits.extensions, **options
        )


def _port_of(scheme: str) -> int | None:
    return {"http": 80, "https": 443}.get(scheme)


async def _read_some(answer: httpx2.Response) -> bytes:
    """Read the words of a refusal, as far as they are of use."""
    read = bytearray()
    async for block in answer.aiter_bytes():
        read += block
        if len(read) > _MOST_ERROR_BYTES:
            return b""
    return bytes(read)


def _to_answer(answer: httpx2.Response, content: bytes) -> ServerAnswer:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    try:
        body = httpx2.Response(200, content=content).json() if content else {}
    except (ValueError, RecursionError):  # no JSON, or numbers of thousands of digits
        body = {}
    return ServerAnswer(answer.status_code, headers, body if isinstance(body, dict) else {})


def _check_file_status(answer: httpx2.Response, path: str) -> None:
    said = f"{path} said {answer.status_code}"
    if answer.status_code == httpx2.codes.NOT_FOUND:
        raise FileNotFoundError(said)
    if answer.is_redirect or answer.status_code in {401, 403, 410}:
        raise OutputRefused(said)
    if not answer.is_success:
        raise BadAnswer(said)
