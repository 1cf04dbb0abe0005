"""The SDK of Stripe over our HTTP client, with its limits, and its errors as ours."""

import asyncio
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import httpx2
import stripe

from gateway.kit.outgoing.bounded_client import AnswerLimits, build_http_client
from gateway.payments.errors import (
    PaymentProviderBusyError,
    PaymentProviderError,
    ProviderObjectMissingError,
)

LIMITS = AnswerLimits(seconds=8, connect_seconds=3)
TOTAL_SECONDS = 9  # for all tries, so that our caller gets an answer within ten seconds
SILENT_MESSAGE = "The payment provider does not answer; nothing was charged here."
MISSING_CODE = "resource_missing"
RETRY_HEADERS = {"stripe-should-retry": "true"}  # added to a 429: without it the SDK does not retry
log = logging.getLogger("gateway.payments")


class Httpx2Client(stripe.HTTPClient):
    """The HTTP client of the SDK, over ours and its limits."""

    name = "httpx2"

    def __init__(self) -> None:
        super().__init__()
        self._client = build_http_client(LIMITS)

    async def request_async(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        post_data: Any = None,  # noqa: ANN401 - the SDK's own
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Send one request.

        Raises:
            stripe.APIConnectionError: no complete answer came.
        """
        try:
            answer = await self._client.request(method, url, headers=headers, content=post_data)
        except httpx2.HTTPError as error:
            lost = stripe.APIConnectionError(type(error).__name__, should_retry=True)  # type: ignore[no-untyped-call]  # the SDK's
            raise lost from error
        busy = answer.status_code == httpx2.codes.TOO_MANY_REQUESTS
        return (
            answer.content,
            answer.status_code,
            {**answer.headers} | (RETRY_HEADERS if busy else {}),
        )

    async def request_with_retries_async(self, *given: Any, **named: Any) -> Any:  # noqa: ANN401 - the SDK's own
        """Send a request, with the SDK's retries, for `TOTAL_SECONDS` at most.

        Raises:
            stripe.APIConnectionError: no answer came in this time.
        """
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                return await super().request_with_retries_async(*given, **named)
        except TimeoutError as error:
            raise stripe.APIConnectionError("no answer in time") from error  # type: ignore[no-untyped-call]  # the SDK's

    def sleep_async(self, secs: float) -> Any:  # noqa: ANN401 - the SDK's own
        """Return what the SDK awaits between two tries."""
        return asyncio.sleep(secs)

    async def close_async(self) -> None:
        """Close every connection."""
        await self._client.aclose()


@contextmanager
def translate_stripe_errors() -> Iterator[None]:
    """Translate errors of the SDK into ours; Stripe's own text is only logged.

    Raises:
        PaymentProviderBusyError: Stripe is still answering an equal request.
        ProviderObjectMissingError: Stripe does not know what the request named.
        PaymentProviderError: Stripe refused or is silent; `final` if a repeat cannot help.
    """
    try:
        yield
    except stripe.StripeError as error:
        log.warning(
            "stripe: %s %s %s %s", type(error).__name__, error.http_status, error.code, error
        )
        if error.http_status == HTTPStatus.CONFLICT:  # the SDK drops the code of a 409
            raise PaymentProviderBusyError from error
        if error.code == MISSING_CODE:
            missing = ProviderObjectMissingError()
            missing.parameter = getattr(error, "param", None) or ""
            raise missing from error
        silent = isinstance(error, stripe.APIConnectionError)
        problem = PaymentProviderError(SILENT_MESSAGE) if silent else PaymentProviderError()
        problem.final = isinstance(error, stripe.InvalidRequestError)
        raise problem from error
