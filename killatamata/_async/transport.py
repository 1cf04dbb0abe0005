"""One call over HTTP: the key, one idempotency key for all tries, refusals as errors.

A call is tried `max_retries` more times. Each try of a write carries the same idempotency key, so
a try whose answer was lost cannot act twice. The key of the account goes to the gateway alone:
absolute URLs (signed downloads) are asked without it, and redirects are followed only then.
"""

import ipaddress
import json as jsonlib
from asyncio import sleep
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from copy import copy
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx2
from pydantic import BaseModel, ValidationError

from killatamata.call_log import TryLog
from killatamata.errors import (
    ConnectionFailed,
    KillaTamataError,
    StatusError,
    TimedOut,
    UnexpectedResponse,
    build_status_error,
)
from killatamata.idempotency import KEY_HEADER, KeptKey, take_key
from killatamata.profiles import DEFAULT_BASE_URL, OWN_GATEWAY_HINT
from killatamata.raw_response import attach_raw_response, read_raw_response
from killatamata.retries import can_be_done, is_retryable, pause_seconds
from killatamata.timeouts import Timeout
from killatamata.version import __version__

T = TypeVar("T", bound=BaseModel)
UNSENT_ERRORS = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.LocalProtocolError,
)
USER_AGENT = f"killatamata-python/{__version__}"


class Transport:
    """Sends calls to one gateway; the key goes there and nowhere else."""

    def __init__(
        self,
        api_key: str | None,
        base_url: str,
        *,
        timeout: Timeout,
        max_retries: int,
        http_client: httpx2.AsyncClient | None,
        default_headers: Mapping[str, str] | None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        loopback = _check_url(self.base_url)
        self.max_retries = max_retries
        self.timeout = timeout
        own = {"User-Agent": USER_AGENT, "X-Client-Version": __version__}
        self._headers = httpx2.Headers(own) | dict(default_headers or {})
        if api_key is not None:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._owns_http = http_client is None
        # A proxy of the environment must not get the calls to a gateway on this machine.
        self._http = http_client or httpx2.AsyncClient(trust_env=not loopback)

    def with_options(
        self,
        *,
        timeout: Timeout | None = None,
        max_retries: int | None = None,
        default_headers: Mapping[str, str] | None = None,
    ) -> "Transport":
        """Return a transport with other options that shares the connections of this one."""
        changed = copy(self)
        vars(changed).update(
            timeout=self.timeout if timeout is None else timeout,
            max_retries=self.max_retries if max_retries is None else max_retries,
            _headers=self._merge_headers(default_headers or {}),
            _owns_http=False,
        )
        return changed

    def _merge_headers(self, added: Mapping[str, str]) -> httpx2.Headers:
        """Merge headers into those of all calls; what a caller adds never replaces the key."""
        merged = self._headers | dict(added)
        if "Authorization" in self._headers:
            merged["Authorization"] = self._headers["Authorization"]
        return merged

    def to_call_seconds(self, timeout: Timeout | None = None) -> float:
        """Return the seconds after which a call without an answer is given up."""
        seconds = self._to_limits(timeout).read
        return float("inf") if seconds is None else seconds

    def _to_limits(self, timeout: Timeout | None) -> httpx2.Timeout:
        """Return the limits of one call: its own, else those of all calls."""
        return httpx2.Timeout(self.timeout if timeout is None else timeout)

    async def aclose(self) -> None:
        """Close the connections, unless the caller passed in its own HTTP client."""
        if self._owns_http:
            await self._http.aclose()

    async def request_model(self, kind: type[T], method: str, path: str, **call: Any) -> T:  # noqa: ANN401
        """Call, and return the answer as this model; `call` is that of `send`.

        Raises:
            StatusError: a refusal.
            ConnectionFailed: no answer.
            UnexpectedResponse: the answer does not fit the model.
        """
        with take_key(method, call) as kept:
            return parse_answer(kind, await self._send(method, path, kept, **call))

    async def send(self, method: str, path: str, **call: Any) -> httpx2.Response:  # noqa: ANN401
        """Call, and return the answer with its whole body; `call` is that of `stream`.

        Raises:
            StatusError: a refusal.
            ConnectionFailed: no answer.
        """
        with take_key(method, call) as kept:
            return await self._send(method, path, kept, **call)

    async def _send(self, method: str, path: str, kept: KeptKey, **call: Any) -> httpx2.Response:  # noqa: ANN401
        async with self.stream(method, path, kept=kept, **call) as response:
            return response

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: object = None,
        content: Callable[[], AsyncIterator[bytes]] | None = None,
        headers: Mapping[str, str] | None = None,
        kept: KeptKey | None = None,
        timeout: Timeout | None = None,
        read: bool = True,
    ) -> AsyncGenerator[httpx2.Response, None]:
        """Call with retries and yield the first successful answer.

        `content` opens the body once per try. `timeout` replaces that of the transport. The body of
        the answer is read here unless `read` is False. A path that is a whole URL is called
        without the key. `kept` is the idempotency key, and learns if the gateway may have
        done the work.

        Raises:
            StatusError: a refusal.
            ConnectionFailed: no answer.
        """
        kept, call_headers = kept or KeptKey(None), dict(headers or {})
        if kept.key is not None:
            call_headers[KEY_HEADER] = kept.key
        body: str | AsyncIterator[bytes] | None = None
        if json is not None:
            body, call_headers["Content-Type"] = jsonlib.dumps(json), "application/json"
        for tries in range(1, self.max_retries + 2):
            # An iterator that a failed try has read is used up: each try opens the body again.
            if content is not None:
                body = content()
            if tries > 1:
                call_headers["X-Retry-Count"] = str(tries - 1)
            request = self._build_request(
                method, path, params=params, headers=call_headers, content=body, timeout=timeout
            )
            try_log = TryLog(method, path, tries, self.max_retries + 1)
            try_log.begin(params, json)
            was_done, kept.may_be_done = kept.may_be_done, True
            try:
                async with self._open_answer(request, read=read) as response:
                    try_log.end(response)
                    yield response
                    return
            except _FailedTry as failure:
                kept.may_be_done = was_done or failure.may_be_done
                is_last = tries > self.max_retries or not failure.can_retry
                seconds = None if is_last else pause_seconds(tries, failure.headers)
                try_log.fail(failure.error, seconds)
                if seconds is None:
                    raise failure.error from failure.__cause__
                await sleep(seconds)

    def _build_request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None,
        headers: Mapping[str, str],
        content: str | AsyncIterator[bytes] | None,
        timeout: Timeout | None,
    ) -> httpx2.Request:
        if path.startswith("/"):
            url, headers = self.base_url + path, self._merge_headers(headers)
        else:
            _check_url(path)
            url, headers = path, {"User-Agent": USER_AGENT, **headers}
        return httpx2.Request(
            method,
            url,
            params=params,
            headers=headers,
            content=content,
            extensions={"timeout": self._to_limits(timeout).as_dict()},
        )

    @asynccontextmanager
    async def _open_answer(
        self, request: httpx2.Request, *, read: bool
    ) -> AsyncGenerator[httpx2.Response, None]:
        """Yield the successful answer of one try.

        A missing answer and a refusal raise `_FailedTry`, which `stream` turns into the next try.

        Raises:
            ConnectionFailed: the answer broke off while the caller read it; no new try follows,
                since the caller has taken a part of it.
        """
        # A redirect could lead the key to another host: only a call without it may follow one.
        keyless = "authorization" not in request.headers
        try:
            response = await self._http.send(
                request, stream=True, auth=None, follow_redirects=keyless
            )
            try:
                if read or not response.is_success:
                    await response.aread()
            except httpx2.HTTPError:
                await response.aclose()
                raise
        except httpx2.HTTPError as error:
            may_be_done = not isinstance(error, UNSENT_ERRORS)
            # The text of a LocalProtocolError quotes the header that is wrong: it can be the key.
            cause = None if isinstance(error, httpx2.LocalProtocolError) else error
            raise _FailedTry(_to_connection_error(error), may_be_done=may_be_done) from cause
        try:
            if not response.is_success:
                raise _to_failed_try(response)
            yield response
        except httpx2.HTTPError as error:
            raise _to_connection_error(error) from error
        finally:
            await response.aclose()


class _FailedTry(Exception):  # noqa: N818 - never leaves this file
    """A failed try: its error, if the work may be done, and if another try may succeed."""

    def __init__(
        self,
        error: KillaTamataError,
        *,
        may_be_done: bool = False,
        can_retry: bool = True,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(str(error))
        self.error = error
        self.may_be_done = may_be_done
        self.can_retry = can_retry
        self.headers = headers or {}


def parse_answer(kind: type[T], response: httpx2.Response) -> T:
    """Parse the content of an answer as this model, and keep the answer with it.

    Raises:
        UnexpectedResponse: the content does not fit the model.
    """
    try:
        return attach_raw_response(kind.model_validate_json(response.content), response)
    except ValidationError as error:
        raise build_unexpected(kind.__name__, response, error) from None


def build_unexpected(
    kind: str, response: httpx2.Response, error: Exception | None = None
) -> UnexpectedResponse:
    """Build the error of an answer that is not of this kind; no value of the answer is in it."""
    reasons = ""
    if isinstance(error, ValidationError):
        told = error.errors(include_input=False, include_context=False, include_url=False)
        where = ".".join(map(str, told[0]["loc"])) or "the whole"
        reasons = f" ({where}: {told[0]['msg']})"
    unexpected = UnexpectedResponse(f"The answer cannot be read as {kind}{reasons}.")
    unexpected.raw_response = read_raw_response(response)
    return unexpected


def _to_connection_error(error: httpx2.HTTPError) -> ConnectionFailed:
    """Return the error of a call without an answer; it names the host, never the whole URL."""
    kind = TimedOut if isinstance(error, httpx2.TimeoutException) else ConnectionFailed
    where = error.request.url
    base = f"{where.scheme}://{where.netloc.decode()}"
    reason = "" if isinstance(error, httpx2.LocalProtocolError) else str(error)
    words = f"No answer from {base}: {reason or type(error).__name__}"
    return kind(
        f"{words}. For a gateway of your own {OWN_GATEWAY_HINT}"
        if base == DEFAULT_BASE_URL
        else words
    )


def _to_failed_try(response: httpx2.Response) -> _FailedTry:
    """Return the failed try of an answer that is not 2xx; a redirect is never tried again."""
    if response.is_redirect:
        # What follows the question mark may sign the address.
        where = response.headers.get("location", "").partition("?")[0]
        text = f"The gateway redirected to {where}; redirects are not followed."
        return _FailedTry(UnexpectedResponse(text), can_retry=False)
    error: StatusError = build_status_error(
        response.status_code, response.headers, response.content
    )
    return _FailedTry(
        error,
        may_be_done=can_be_done(error.status, error.code),
        can_retry=is_retryable(error.status, response.headers, error.code),
        headers=response.headers,
    )


def _check_url(url: str) -> bool:
    """Return True if a URL leads to this machine; only then may it be plain http.

    Raises:
        ValueError: it is neither an https URL nor an http URL of this machine.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not host or parts.scheme not in ({"https", "http"} if loopback else {"https"}):
        shown = f"{parts.scheme}://{host}" if host else url.partition("?")[0]  # no password
        raise ValueError(f"{shown} must begin with https:// (http:// only on this machine).")
    return loopback
