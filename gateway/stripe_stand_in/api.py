"""The part of Stripe's API that the gateway uses, with its errors, paging and idempotency."""

import asyncio
import json
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.stripe_stand_in.delivery import to_wire_object
from gateway.stripe_stand_in.endpoints import Endpoint, list_endpoints
from gateway.stripe_stand_in.expansion import expand_answer
from gateway.stripe_stand_in.forms import parse_form
from gateway.stripe_stand_in.parameters import read_parameters
from gateway.stripe_stand_in.store import Object, Store, StripeRefusal

KEY_PATTERN = re.compile(r"Bearer ((?:sk|rk)_test_\w+)")
DECLINED = 402


@dataclass(slots=True)
class Api:
    """The API, which can be told to fail.

    It refuses the next `calls_to_fail` calls, then carries out `answers_to_lose` ones unanswered.
    The next call whose idempotency key ends in `broken_key` breaks, before it is carried out or
    late: as at Stripe, its 500 is then the answer to every call under that key. While
    `is_answering` is not set it takes requests and never answers. `answers_by_key` has the request,
    the answer and the status of each idempotency key, and `keys_in_use` the keys of requests in
    progress.
    """

    store: Store
    calls_to_fail: int = 0
    answers_to_lose: int = 0
    failing_status: int = 500
    broken_key: str = ""
    is_broken_late: bool = False
    is_answering: asyncio.Event = field(default_factory=asyncio.Event)
    thinking_seconds: float = 0
    keys_in_use: set[str] = field(default_factory=set)
    answers_by_key: dict[str, tuple[str, Object, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Let the API answer from the start."""
        self.is_answering.set()

    def routes(self) -> list[Route]:
        """Build the routes of the API."""
        return [
            Route(each.path, self._build_route(each), methods=[each.method])
            for each in list_endpoints()
        ]

    def _build_route(self, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            headers = {"Request-Id": f"req_{secrets.token_hex(7)}"}
            try:
                status, body, replayed = await self._answer(request, endpoint)
            except StripeRefusal as refused:
                return JSONResponse(
                    to_wire_object({"error": refused.error}), refused.status, headers
                )
            if replayed:
                headers["Idempotent-Replayed"] = "true"
            return JSONResponse(to_wire_object(body), status, headers)

        return answer

    async def _answer(self, request: Request, endpoint: Endpoint) -> tuple[int, Object, bool]:
        if KEY_PATTERN.fullmatch(request.headers.get("authorization", "")) is None:
            raise StripeRefusal("Invalid API Key provided", status=401)
        if self.calls_to_fail:
            self.calls_to_fail -= 1
            message = "Something went wrong on Stripe's end, or there are too many requests."
            raise StripeRefusal(message, status=self.failing_status, type="api_error")
        post = request.method == "POST"
        text = (await request.body()).decode() if post else request.url.query
        try:
            parameters = parse_form(text)
        except ValueError as error:
            raise StripeRefusal(f"Invalid request: {error}") from None
        key = request.headers.get("idempotency-key") if post else None
        if key is not None and key in self.keys_in_use:
            raise StripeRefusal(
                "There is currently another in-progress request using this Stripe idempotency key.",
                status=409,
                type="idempotency_error",
                code="idempotency_key_in_use",
            )
        if key is not None:
            self.keys_in_use.add(key)
        try:
            await self.is_answering.wait()
            await asyncio.sleep(self.thinking_seconds if post else 0)
            answer = self._answer_once(request, endpoint, key, parameters)
        finally:
            self.keys_in_use.discard(key or "")
        if self.answers_to_lose:
            self.answers_to_lose -= 1
            raise StripeRefusal("The answer was lost.", status=503, type="api_error")
        return answer

    def _answer_once(
        self, request: Request, endpoint: Endpoint, key: str | None, given: Object
    ) -> tuple[int, Object, bool]:
        request_text = json.dumps([request.url.path, given], sort_keys=True)
        if key is not None and key in self.answers_by_key:
            earlier_text, body, status = self.answers_by_key[key]
            if earlier_text != request_text:
                raise StripeRefusal(
                    "Keys for idempotent requests can only be used with the same parameters",
                    type="idempotency_error",
                )
            return status, body, True
        breaks = key is not None and self.broken_key != "" and key.endswith(self.broken_key)
        if not breaks or self.is_broken_late:
            status, body = self._carry_out(endpoint, list(request.path_params.values()), given)
        if breaks:
            self.broken_key = ""
            broken = StripeRefusal("Something went wrong on Stripe's end.", type="api_error")
            status, body = 500, {"error": broken.error}
        if key is not None:
            self.answers_by_key[key] = (request_text, to_wire_object(body), status)
        return status, body, False

    def _carry_out(self, endpoint: Endpoint, names: list[str], given: Object) -> tuple[int, Object]:
        values = read_parameters(given, endpoint.shape)
        for name in values.keys() - endpoint.names:
            raise StripeRefusal(f"The stand-in for Stripe cannot honour `{name}`.", param=name)
        try:
            body = endpoint.work(self.store, *names, values)
        except StripeRefusal as refused:
            if refused.status != DECLINED:
                raise
            # A decline was carried out: Stripe keeps it under its key, as it keeps a success.
            return refused.status, {"error": refused.error}
        return 200, expand_answer(self.store, body, values.get("expand") or [])
