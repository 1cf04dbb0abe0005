"""Asks the gateway through its front door, and keeps what was asked and answered."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from gateway.catalogue import list_operations
from gateway.kit.clock import SECOND
from gateway.kit.operation import JSON_MEDIA_TYPE, Operation
from gateway.kit.telemetry.tracing import TRACE_ID_HEADER
from gateway.openapi.problems import PROBLEM_JSON, takes_idempotency_key
from tests.examples.neutral import EXAMPLE_SITE
from tests.examples.world import World
from tests.receiver import ReceivedWebhook

CLIENT_ADDRESS = ("192.0.2.7", 50_000)
SHOWN_REQUEST_HEADERS = (
    "X-Idempotency-Key", "Prefer", "If-Match", "If-None-Match", "Accept", "PAYMENT-SIGNATURE",
)  # fmt: skip
SHOWN_ANSWER_HEADERS = (
    "X-Request-Id", "X-Trace-Id", "Retry-After", "RateLimit-Policy", "RateLimit",
    "X-Credits-Remaining-Usd", "X-Should-Retry", "Location", "ETag", "Idempotency-Replayed",
    "Deprecation", "Sunset", "Link",
)  # fmt: skip
HOOK_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")
OPERATIONS: Mapping[str, Operation] = {each.id: each for each in list_operations()}


@dataclass(slots=True)
class Person:
    """A caller with a key, with the cookies of a browser, or with neither."""

    key: str | None = None
    cookies: dict[str, str] = field(default_factory=dict)
    in_browser: bool = False

    def build_headers(self) -> dict[str, str]:
        """Return the headers that identify the caller."""
        found = {} if self.key is None else {"Authorization": f"Bearer {self.key}"}
        if self.in_browser:
            found["Sec-Fetch-Site"] = "same-origin"
        if self.cookies:
            found["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return found


@dataclass(slots=True)
class ExampleRecorder:
    """The record: the calls of each operation, each refusal, each webhook."""

    world: World
    calls: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    problems: dict[str, Any] = field(default_factory=dict)
    webhooks: dict[str, Any] = field(default_factory=dict)
    keys: int = 0
    etag: str = ""  # of the last answer

    async def record_call(
        self,
        operation_id: str,
        who: Person,
        name: str = "usual",
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,  # noqa: ANN401 - JSON
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        shown: Any = None,  # noqa: ANN401 - JSON
    ) -> Any:  # noqa: ANN401 - JSON
        """Call an operation and keep it as its example `name`; return the answer's body.

        `shown` is the body to show where `content` is the one that was sent.
        """
        wanted = OPERATIONS[operation_id]
        sent = self._add_key(wanted, headers)
        answer = await self.send_request(
            wanted, who, query=query, body=body, content=content, headers=sent
        )
        assert answer.status_code < 400, f"{operation_id}: {answer.text}"
        made: dict[str, Any] = {"name": name}
        if query:
            made["query"] = query
        if kept := {name: sent[name] for name in SHOWN_REQUEST_HEADERS if name in sent}:
            made["headers"] = kept
        if body is not None or shown is not None:
            made["body"] = shown if body is None else body
        media = answer.headers.get("content-type", "").partition(";")[0]
        told = _render_body(answer, media)
        made["answer"] = {"status": answer.status_code, "headers": _select_headers(answer)}
        if media:
            made["answer"]["type"] = media
        if told is not None:
            made["answer"]["body"] = told
        known = self.calls.setdefault(operation_id, [])
        assert name not in {each["name"] for each in known}, f"{operation_id} has two {name}"
        known.append(self.world.neutralizer.neutralize(made))
        return told

    async def call_unrecorded(self, operation_id: str, who: Person, **given: Any) -> Any:  # noqa: ANN401
        """Call an operation without recording it; return the answer's body."""
        answer = await self.send_request(OPERATIONS[operation_id], who, **given)
        assert answer.status_code < 400, f"{operation_id}: {answer.text}"
        return answer.json()

    def record_webhook(self, received: ReceivedWebhook) -> None:
        """Record a message that a receiver got."""
        body = json.loads(received.body)
        headers = {name: received.headers[name] for name in HOOK_HEADERS}
        if (trace_id := received.headers.get(TRACE_ID_HEADER.lower())) is not None:
            headers[TRACE_ID_HEADER] = trace_id
        shown = self.world.neutralizer.neutralize({"headers": headers, "body": body})
        self.webhooks.setdefault(body["type"], shown)

    async def record_refusal(
        self,
        code: str,
        operation_id: str,
        who: Person,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,  # noqa: ANN401 - JSON
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Call an operation that refuses with this code, and record the refusal."""
        wanted = OPERATIONS[operation_id]
        sent = self._add_key(wanted, headers)
        answer = await self.send_request(
            wanted, who, query=query, body=body, content=content, headers=sent
        )
        media = answer.headers.get("content-type")
        assert media == PROBLEM_JSON, f"{operation_id}: {answer.status_code} {answer.text}"
        problem: dict[str, Any] = answer.json()
        assert problem["code"] == code, f"{operation_id}: {answer.text}"
        shown = self.world.neutralizer.neutralize(
            {"headers": _select_headers(answer), "body": problem}
        )
        self.problems.setdefault(code, shown)
        return problem

    async def send_request(
        self,
        wanted: Operation,
        who: Person,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,  # noqa: ANN401 - JSON
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        """Send a request a second of the story after the one before, and keep its cookies."""
        self.world.clock.advance(SECOND)
        transport = httpx2.ASGITransport(self.world.application.asgi, client=CLIENT_ADDRESS)
        given: dict[str, Any] = {} if body is None else {"json": body}
        if content is not None:
            given["content"] = content
        async with httpx2.AsyncClient(
            transport=transport, base_url=EXAMPLE_SITE, timeout=60
        ) as http:
            answer = await http.request(
                wanted.method,
                wanted.path,
                params=query,
                headers=who.build_headers() | dict(headers or {}),
                **given,
            )
        self.etag = answer.headers.get("etag", "")
        who.cookies.update({name: value for name, value in answer.cookies.items() if value})
        return answer

    def _add_key(self, wanted: Operation, headers: Mapping[str, str] | None) -> dict[str, str]:
        """Return headers with a fresh idempotency key, where the operation takes one."""
        sent = dict(headers or {})
        if takes_idempotency_key(wanted) and "X-Idempotency-Key" not in sent:
            self.keys += 1
            sent["X-Idempotency-Key"] = f"example-{self.keys}"
        return {name: value for name, value in sent.items() if value}


def _select_headers(answer: httpx2.Response) -> dict[str, str]:
    return {name: answer.headers[name] for name in SHOWN_ANSWER_HEADERS if name in answer.headers}


def _render_body(answer: httpx2.Response, media: str) -> Any:  # noqa: ANN401 - JSON
    if media == JSON_MEDIA_TYPE:
        return json.loads(answer.text)
    return answer.text if media.startswith("text/") else None
