"""The three doors of a facilitator, as the clients of the package expect them."""

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

from gateway.facilitator.settling import Facilitator, Payload, Requirements
from gateway.kit.json_text import JsonObject

MOST_BYTES, BODY_SECONDS = 64 * 1024, 10
HEALTH = "/healthz"
log = logging.getLogger("gateway.facilitator")
Answer = Callable[[Payload, Requirements], BaseX402Model]


class AskedV1(BaseX402Model):
    """A question of a client of version 1."""

    x402_version: Literal[1]
    payment_payload: PaymentPayloadV1
    payment_requirements: PaymentRequirementsV1


class AskedV2(BaseX402Model):
    """A question of a client of version 2."""

    x402_version: Literal[2]
    payment_payload: PaymentPayload
    payment_requirements: PaymentRequirements


ASKED: TypeAdapter[AskedV1 | AskedV2] = TypeAdapter(
    Annotated[AskedV1 | AskedV2, Field(discriminator="x402_version")]
)


def api(facilitator: Facilitator, token: str) -> ASGIApp:
    """Return the application; with a token it answers only to those who send it."""

    async def supported(_request: Request) -> Response:
        return told(facilitator.supported())

    async def health(_request: Request) -> Response:
        backlog = await run_in_threadpool(facilitator.key.backlog)
        shown = {
            "status": "stalled" if backlog.stalled else "ok",
            "waiting": backlog.waiting,
            "oldestSeconds": backlog.oldest_seconds,
        }
        return JSONResponse(shown, 503 if backlog.stalled else 200)

    doors = Starlette(
        routes=[
            Route("/supported", supported),
            Route("/verify", asked(facilitator.verify), methods=["POST"]),
            Route("/settle", asked(facilitator.settle), methods=["POST"]),
            Route(HEALTH, health),
        ]
    )
    return Bearer(doors, token) if token else doors


class Bearer:
    """Lets through who sends the token, and questions about health."""

    def __init__(self, doors: ASGIApp, token: str) -> None:
        """Keep what is sent with it."""
        self._doors, self._wanted = doors, f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 401 to all others."""
        given = dict(scope.get("headers", ())).get(b"authorization", b"")
        if scope["path"] == HEALTH or hmac.compare_digest(given, self._wanted):
            await self._doors(scope, receive, send)
        else:
            refused = JSONResponse({"error": "the bearer token is wrong"}, status_code=401)
            await refused(scope, receive, send)


def asked(answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    """Return the door to a question about a payment."""

    async def door(request: Request) -> Response:
        try:
            given = ASKED.validate_json(await body_of(request))
        except (TimeoutError, ValueError):
            return JSONResponse({"error": "this is not a payment"}, status_code=400)
        try:
            found = await run_in_threadpool(
                answer, given.payment_payload, given.payment_requirements
            )
        except Exception as error:  # noqa: BLE001 - package and node may raise anything
            log.warning("no answer: %s", type(error).__name__)
            return JSONResponse({"error": "the chain cannot be reached now"}, status_code=503)
        return told(found)

    return door


async def body_of(request: Request) -> bytes:
    """Return the body.

    Raises:
        ValueError, TimeoutError: it is too large, or too slow.
    """
    found = b""
    async with asyncio.timeout(BODY_SECONDS):
        async for part in request.stream():
            found += part
            if len(found) > MOST_BYTES:
                raise ValueError("too large")
    return found


def told(answer: BaseX402Model) -> Response:
    """Return an answer on the wire, without what the node said: its address may hold a secret."""
    shown: JsonObject = answer.model_dump(
        by_alias=True, exclude_none=True, mode="json", exclude={"error_message", "invalid_message"}
    )
    return JSONResponse(shown)
