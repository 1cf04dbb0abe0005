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

from gateway.stripe_stand_in.delivery import shown
from gateway.stripe_stand_in.forms import decoded
from gateway.stripe_stand_in.store import Object, Refused, Store

KEY = re.compile(r"Bearer ((?:sk|rk)_test_\w+)")
KINDS = {
    "checkout/sessions": "session",
    "payment_intents": "payment_intent",
    "charges": "charge",
    "refunds": "refund",
    "disputes": "dispute",
    "events": "event",
}
Work = Callable[[Request, Object], Object]


@dataclass(slots=True)
class Api:
    """The API; it refuses the next `failing` calls, then carries out `losing` ones unanswered.

    While `speaking` is not set it takes requests and never answers. `seen` has the request, the
    answer and the status of each idempotency key, and `in_use` the keys of requests in progress.
    """

    store: Store
    failing: int = 0
    losing: int = 0
    failing_status: int = 500
    speaking: asyncio.Event = field(default_factory=asyncio.Event)
    thinking_seconds: float = 0
    in_use: set[str] = field(default_factory=set)
    seen: dict[str, tuple[str, Object, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Let the API answer from the start."""
        self.speaking.set()

    def routes(self) -> list[Route]:
        """Build the routes of the API."""
        routes = [
            Route("/v1/checkout/sessions", self._door(self._create_session), methods=["POST"]),
            Route("/v1/checkout/sessions/{id}/expire", self._door(self._expire), methods=["POST"]),
            Route("/v1/checkout/sessions/{id}/line_items", self._door(self._items)),
            Route("/v1/refunds", self._door(self._create_refund), methods=["POST"]),
        ]
        for path, kind in KINDS.items():
            routes.append(Route(f"/v1/{path}", self._door(self._lister(kind, f"/v1/{path}"))))
            routes.append(Route(f"/v1/{path}/{{id}}", self._door(self._getter(kind))))
        return routes

    def _door(self, work: Work) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            headers = {"Request-Id": f"req_{secrets.token_hex(7)}"}
            try:
                status, body, replayed = await self._answer(request, work)
            except Refused as refused:
                return JSONResponse({"error": refused.error}, refused.status, headers)
            if replayed:
                headers["Idempotent-Replayed"] = "true"
            return JSONResponse(shown(body), status, headers)

        return endpoint

    async def _answer(self, request: Request, work: Work) -> tuple[int, Object, bool]:
        if KEY.fullmatch(request.headers.get("authorization", "")) is None:
            raise Refused("Invalid API Key provided", status=401)
        if self.failing:
            self.failing -= 1
            message = "Something went wrong on Stripe's end, or there are too many requests."
            raise Refused(message, status=self.failing_status, type="api_error")
        post = request.method == "POST"
        text = (await request.body()).decode() if post else request.url.query
        parameters = decoded(text)
        key = request.headers.get("idempotency-key") if post else None
        if key is not None and key in self.in_use:
            raise Refused(
                "There is currently another in-progress request using this Stripe idempotency key.",
                status=409,
                type="idempotency_error",
                code="idempotency_key_in_use",
            )
        if key is not None:
            self.in_use.add(key)
        try:
            await self.speaking.wait()
            await asyncio.sleep(self.thinking_seconds if post else 0)
            return self._work(request, work, key, parameters)
        finally:
            self.in_use.discard(key or "")

    def _work(
        self, request: Request, work: Work, key: str | None, given: Object
    ) -> tuple[int, Object, bool]:
        request_text = json.dumps([request.url.path, given], sort_keys=True)
        if key is not None and key in self.seen:
            earlier_text, body, status = self.seen[key]
            if earlier_text != request_text:
                raise Refused(
                    "Keys for idempotent requests can only be used with the same parameters",
                    type="idempotency_error",
                )
            return status, body, True
        body = work(request, given)
        if key is not None:
            self.seen[key] = (request_text, shown(body), 200)
        if self.losing:
            self.losing -= 1
            raise Refused("The answer was lost.", status=503, type="api_error")
        return 200, body, False

    def _create_session(self, _request: Request, given: Object) -> Object:
        return self.store.create_session(given)

    def _create_refund(self, _request: Request, given: Object) -> Object:
        return self.store.create_refund(given)

    def _expire(self, request: Request, _given: Object) -> Object:
        return self.store.expire(request.path_params["id"])

    def _items(self, request: Request, _given: Object) -> Object:
        session = self.store.get("session", request.path_params["id"])
        return page(session["_items"], request.url.path, more=False)

    def _getter(self, kind: str) -> Work:
        def get(request: Request, given: Object) -> Object:
            value = self.store.get(kind, request.path_params["id"])
            for path in given.get("expand") or []:
                value = self._expanded(value, path.split("."))
            return value

        return get

    def _expanded(self, value: Object, path: list[str]) -> Object:
        name, *rest = path
        kind = {"latest_charge": "charge"}.get(name, name)
        inner = value.get(name)
        if inner is None:
            return value
        if isinstance(inner, str):
            inner = self.store.get(kind, inner)
        return value | {name: self._expanded(inner, rest) if rest else inner}

    def _lister(self, kind: str, path: str) -> Work:
        def listed(_request: Request, given: Object) -> Object:
            objects = sorted(
                (each for each in self.store.kept[kind].values() if wanted(each, given)),
                key=lambda each: (each["created"], each["id"]),
                reverse=True,
            )
            if "starting_after" in given:
                names = [each["id"] for each in objects]
                objects = objects[names.index(given["starting_after"]) + 1 :]
            limit = int(given.get("limit") or 10)
            return page(objects[:limit], path, more=len(objects) > limit)

        return listed


def wanted(each: Object, given: Object) -> bool:
    """Return True if an object passes the filters of a list."""
    since = int((given.get("created") or {}).get("gte") or 0)
    plain = ("payment_intent", "status", "charge", "type")
    return each["created"] >= since and all(
        each.get(name) == given[name] for name in plain if name in given
    )


def page(data: list[Any], url: str, *, more: bool) -> Object:
    """Build a list object of Stripe."""
    return {"object": "list", "url": url, "data": data, "has_more": more}
