"""The HTTP API of the facilitator, as the clients of the x402 package expect it."""

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from x402.schemas import PaymentPayload, PaymentRequirements
from x402.schemas.base import BaseX402Model
from x402.schemas.v1 import PaymentPayloadV1, PaymentRequirementsV1

from gateway.facilitator.settlement import Facilitator, Payload, Requirements
from gateway.kit.wire.json_text import JsonObject

MAX_BODY_BYTES, BODY_SECONDS = 64 * 1024, 10
HEALTH_PATH = "/healthz"
log = logging.getLogger("gateway.facilitator")
PaymentHandler = Callable[[Payload, Requirements], BaseX402Model]


class PaymentRequestV1(BaseX402Model):
    """A request to verify or settle, in version 1 of x402."""

    x402_version: Literal[1]
    payment_payload: PaymentPayloadV1
    payment_requirements: PaymentRequirementsV1


class PaymentRequestV2(BaseX402Model):
    """A request to verify or settle, in version 2 of x402."""

    x402_version: Literal[2]
    payment_payload: PaymentPayload
    payment_requirements: PaymentRequirements


PAYMENT_REQUEST_ADAPTER: TypeAdapter[PaymentRequestV1 | PaymentRequestV2] = TypeAdapter(
    Annotated[PaymentRequestV1 | PaymentRequestV2, Field(discriminator="x402_version")]
)


def build_api(facilitator: Facilitator, token: str) -> ASGIApp:
    """Build the application; with a token it answers only clients that send it."""

    async def supported(_request: Request) -> Response:
        return render_answer(facilitator.get_supported())

    async def health(_request: Request) -> Response:
        backlog = await run_in_threadpool(facilitator.key.measure_backlog)
        body = {
            "status": "stalled" if backlog.is_stalled else "ok",
            "waiting": backlog.waiting_count,
            "oldestSeconds": backlog.oldest_seconds,
        }
        return JSONResponse(body, 503 if backlog.is_stalled else 200)

    application = Starlette(
        routes=[
            Route("/supported", supported),
            Route("/verify", build_payment_endpoint(facilitator.verify), methods=["POST"]),
            Route("/settle", build_payment_endpoint(facilitator.settle), methods=["POST"]),
            Route(HEALTH_PATH, health),
        ]
    )
    return BearerGuard(application, token) if token else application


class BearerGuard:
    """Middleware that lets requests with the token through, and those for health."""

    def __init__(self, doors: ASGIApp, token: str) -> None:
        """Keep the application, and the header that clients must send."""
        self._application, self._expected_header = doors, f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 401."""
        given = dict(scope.get("headers", ())).get(b"authorization", b"")
        if scope["path"] == HEALTH_PATH or hmac.compare_digest(given, self._expected_header):
            await self._application(scope, receive, send)
        else:
            refused = JSONResponse({"error": "the bearer token is wrong"}, status_code=401)
            await refused(scope, receive, send)


def build_payment_endpoint(handle: PaymentHandler) -> Callable[[Request], Awaitable[Response]]:
    """Build the endpoint that answers a request about a payment."""

    async def door(request: Request) -> Response:
        try:
            question = PAYMENT_REQUEST_ADAPTER.validate_json(await read_body(request))
        except (TimeoutError, ValueError):
            return JSONResponse({"error": "this is not a payment"}, status_code=400)
        try:
            result = await run_in_threadpool(
                handle, question.payment_payload, question.payment_requirements
            )
        except Exception as error:  # noqa: BLE001 - package and node may raise anything
            log.warning("no answer: %s", type(error).__name__)
            return JSONResponse({"error": "the chain cannot be reached now"}, status_code=503)
        return render_answer(result)

    return door


async def read_body(request: Request) -> bytes:
    """Read the body of a request.

    Raises:
        ValueError, TimeoutError: it is too large, or too slow.
    """
    body = b""
    async with asyncio.timeout(BODY_SECONDS):
        async for part in request.stream():
            body += part
            if len(body) > MAX_BODY_BYTES:
                raise ValueError("too large")
    return body


def render_answer(answer: BaseX402Model) -> Response:
    """Render an answer without the node's own words, which may quote its secret URL."""
    shown: JsonObject = answer.model_dump(
        by_alias=True, exclude_none=True, mode="json", exclude={"error_message", "invalid_message"}
    )
    return JSONResponse(shown)
