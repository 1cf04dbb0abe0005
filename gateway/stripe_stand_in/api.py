"""The part of Stripe's API that the gateway uses, with its errors, paging and idempotency."""

import asyncio
import json
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.stripe_stand_in.delivery import to_wire_object
from gateway.stripe_stand_in.forms import parse_form
from gateway.stripe_stand_in.store import Object, Store, StripeRefusal

KEY_PATTERN = re.compile(r"Bearer ((?:sk|rk)_test_\w+)")
KINDS = {
    "checkout/sessions": "session",
    "payment_intents": "payment_intent",
    "charges": "charge",
    "refunds": "refund",
    "disputes": "dispute",
    "events": "event",
}
CallHandler = Callable[[Request, Object], Object]


@dataclass(slots=True)
class Api:
    """The API, which can be told to fail.

    It refuses the next `calls_to_fail` calls, then carries out `answers_to_lose` ones unanswered.
    While `is_answering` is not set it takes requests and never answers. `answers_by_key` has the
    request, the answer and the status of each idempotency key, and `keys_in_use` the keys of
    requests in progress.
    """

    store: Store
    calls_to_fail: int = 0
    answers_to_lose: int = 0
    failing_status: int = 500
    is_answering: asyncio.Event = field(default_factory=asyncio.Event)
    thinking_seconds: float = 0
    keys_in_use: set[str] = field(default_factory=set)
    answers_by_key: dict[str, tuple[str, Object, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Let the API answer from the start."""
        self.is_answering.set()

    def routes(self) -> list[Route]:
        """Build the routes of the API."""
        routes = [
            Route(
                "/v1/checkout/sessions",
                self._build_endpoint(self._create_session),
                methods=["POST"],
            ),
            Route(
                "/v1/checkout/sessions/{id}/expire",
                self._build_endpoint(self._expire),
                methods=["POST"],
            ),
            Route("/v1/checkout/sessions/{id}/line_items", self._build_endpoint(self._list_items)),
            Route("/v1/refunds", self._build_endpoint(self._create_refund), methods=["POST"]),
        ]
        for path, kind in KINDS.items():
            routes.append(
                Route(f"/v1/{path}", self._build_endpoint(self._build_lister(kind, f"/v1/{path}")))
            )
            routes.append(
                Route(f"/v1/{path}/{{id}}", self._build_endpoint(self._build_getter(kind)))
            )
        return routes

    def _build_endpoint(self, work: CallHandler) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            headers = {"Request-Id": f"req_{secrets.token_hex(7)}"}
            try:
                status, body, replayed = await self._answer(request, work)
            except StripeRefusal as refused:
                return JSONResponse({"error": refused.error}, refused.status, headers)
            if replayed:
                headers["Idempotent-Replayed"] = "true"
            return JSONResponse(to_wire_object(body), status, headers)

        return endpoint

    async def _answer(self, request: Request, work: CallHandler) -> tuple[int, Object, bool]:
        if KEY_PATTERN.fullmatch(request.headers.get("authorization", "")) is None:
            raise StripeRefusal("Invalid API Key provided", status=401)
        if self.calls_to_fail:
            self.calls_to_fail -= 1
            message = "Something went wrong on Stripe's end, or there are too many requests."
            raise StripeRefusal(message, status=self.failing_status, type="api_error")
        post = request.method == "POST"
        text = (await request.body()).decode() if post else request.url.query
        parameters = parse_form(text)
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
            return self._answer_once(request, work, key, parameters)
        finally:
            self.keys_in_use.discard(key or "")

    def _answer_once(
        self, request: Request, work: CallHandler, key: str | None, given: Object
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
        body = work(request, given)
        if key is not None:
            self.answers_by_key[key] = (request_text, to_wire_object(body), 200)
        if self.answers_to_lose:
            self.answers_to_lose -= 1
            raise StripeRefusal("The answer was lost.", status=503, type="api_error")
        return 200, body, False

    def _create_session(self, _request: Request, given: Object) -> Object:
        return self.store.create_session(given)

    def _create_refund(self, _request: Request, given: Object) -> Object:
        return self.store.create_refund(given)

    def _expire(self, request: Request, _given: Object) -> Object:
        return self.store.expire_session(request.path_params["id"])

    def _list_items(self, request: Request, _given: Object) -> Object:
        session = self.store.get_object("session", request.path_params["id"])
        return build_list(session["_items"], request.url.path, more=False)

    def _build_getter(self, kind: str) -> CallHandler:
        def get(request: Request, given: Object) -> Object:
            value = self.store.get_object(kind, request.path_params["id"])
            for path in given.get("expand") or []:
                value = self._expand(value, path.split("."))
            return value

        return get

    def _expand(self, value: Object, path: list[str]) -> Object:
        name, *rest = path
        kind = {"latest_charge": "charge"}.get(name, name)
        inner = value.get(name)
        if inner is None:
            return value
        if isinstance(inner, str):
            inner = self.store.get_object(kind, inner)
        return value | {name: self._expand(inner, rest) if rest else inner}

    def _build_lister(self, kind: str, path: str) -> CallHandler:
        def listed(_request: Request, given: Object) -> Object:
            objects = sorted(
                (each for each in self.store.objects[kind].values() if is_listed(each, given)),
                key=lambda each: (each["created"], each["id"]),
                reverse=True,
            )
            if "starting_after" in given:
                names = [each["id"] for each in objects]
                objects = objects[names.index(given["starting_after"]) + 1 :]
            limit = int(given.get("limit") or 10)
            return build_list(objects[:limit], path, more=len(objects) > limit)

        return listed


def is_listed(each: Object, given: Object) -> bool:
    """Return True if an object passes the filters of a list."""
    since = int((given.get("created") or {}).get("gte") or 0)
    plain = ("payment_intent", "status", "charge", "type")
    return each["created"] >= since and all(
        each.get(name) == given[name] for name in plain if name in given
    )


def build_list(data: list[Any], url: str, *, more: bool) -> Object:
    """Build a list object of Stripe."""
    return {"object": "list", "url": url, "data": data, "has_more": more}
