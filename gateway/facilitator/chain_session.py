"""The HTTP session of web3 with the node: every answer has limits, from any thread."""

import asyncio
import threading
from contextlib import AbstractContextManager, nullcontext

import httpx2
from web3.providers import HTTPProvider
from web3.providers.rpc.utils import REQUEST_RETRY_ALLOWLIST, ExceptionRetryConfiguration

from gateway.kit.outgoing.bounded_client import build_http_client
from gateway.payments.usdc.rpc import LIMITS

RETRIED_ERRORS = (httpx2.HTTPStatusError, httpx2.NetworkError, httpx2.RemoteProtocolError)
# All calls but the one that sends a transaction: the node may have taken it, and a second one is
# refused. The gas key decides itself when to send again.
RETRIED_METHODS = [each for each in REQUEST_RETRY_ALLOWLIST if each != "eth_sendRawTransaction"]


def build_bounded_provider(url: str) -> HTTPProvider:
    """Build the provider of web3 for the node at `url`."""
    retries = ExceptionRetryConfiguration(errors=RETRIED_ERRORS, method_allowlist=RETRIED_METHODS)
    return HTTPProvider(url, session=ChainSession(), exception_retry_configuration=retries)


class ChainSession:
    """The part of a `requests` session that web3 uses, over our HTTP client.

    The x402 package works in threads, and a thread that waits cannot be stopped. A coroutine can
    be stopped at its deadline, so the client runs on an event loop in a thread of its own.
    """

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="chain", daemon=True).start()
        self._client = build_http_client(LIMITS)

    def post(
        self,
        url: str,
        data: bytes,
        headers: dict[str, str],
        **_timeouts: object,  # the limits of the client hold
    ) -> AbstractContextManager[httpx2.Response]:
        """Send a call.

        Raises:
            httpx2.HTTPError: no answer came, or one that is too large or too slow.
        """
        sending = self._client.post(url, content=data, headers=headers)
        return nullcontext(asyncio.run_coroutine_threadsafe(sending, self._loop).result())
