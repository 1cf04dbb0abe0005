"""The two routes of the provider that the SDK calls, in JSON and as a stream."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.fakes.anthropic.caching import MOST_MARKS, PromptUse, count_marks, use_cache
from tests.fakes.anthropic.script import Script, ScriptedTurn

ANTHROPIC_KEY = "sk-ant-test"
FAULT_STATUSES = {
    "401": (401, "authentication_error"),
    "429": (429, "rate_limit_error"),
    "529": (529, "overloaded_error"),
}


def build_routes(script: Script) -> list[Route]:
    """Return the routes that answer with the turns of a script."""

    async def messages(request: Request) -> Response:
        if (refused := _check_headers(request)) is not None:
            return refused
        body = await request.json()
        if (mistake := _find_mistake(body, script)) is not None:
            return _render_error(400, "invalid_request_error", mistake)
        number, turn = await run_in_threadpool(script.take_turn, body)
        if turn.fault in FAULT_STATUSES:
            return _render_error(*FAULT_STATUSES[turn.fault], "scripted")
        message = _build_message(body, number, turn, use_cache(body, script.cached_prefixes))
        script.sent_contents.append(message["content"])
        if not body.get("stream"):
            return JSONResponse(message)
        return StreamingResponse(
            _stream_message(script, turn, message), media_type="text/event-stream"
        )

    async def count_tokens(request: Request) -> Response:
        if (refused := _check_headers(request)) is not None:
            return refused
        return JSONResponse({"input_tokens": estimate_input_tokens(await request.json())})

    return [
        Route("/v1/messages", messages, methods=["POST"]),
        Route("/v1/messages/count_tokens", count_tokens, methods=["POST"]),
    ]


def estimate_input_tokens(body: dict[str, Any]) -> int:
    """Return how many input tokens a request has, one for four bytes of JSON."""
    parts = {name: body.get(name) for name in ("system", "tools", "messages")}
    return len(json.dumps(parts)) // 4


def _check_headers(request: Request) -> Response | None:
    given = request.headers.get("authorization") or f"Bearer {request.headers.get('x-api-key')}"
    if given != f"Bearer {ANTHROPIC_KEY}":
        return _render_error(401, "authentication_error", "invalid key")
    if "anthropic-version" not in request.headers:
        return _render_error(400, "invalid_request_error", "no version")
    return None


def _find_mistake(body: dict[str, Any], script: Script) -> str | None:
    """Return what the provider would refuse: changed answers, unanswered tools, no tokens.

    The provider signs thinking blocks, so an assistant's content must come back unchanged.
    """
    history = body["messages"]
    answers = [each["content"] for each in history if each["role"] == "assistant"]
    if any(answer not in script.sent_contents for answer in answers):
        return "assistant content was changed"
    called = {block["id"] for answer in answers for block in answer if block["type"] == "tool_use"}
    answered = {
        block["tool_use_id"]
        for each in history
        if each["role"] == "user" and isinstance(each["content"], list)
        for block in each["content"]
        if block["type"] == "tool_result"
    }
    if called != answered:
        return "tool_use without tool_result"
    if count_marks(body) > MOST_MARKS:
        return "more than four marks of the cache"
    return None if body["max_tokens"] > 0 else "max_tokens"


def _build_message(
    body: dict[str, Any], number: int, turn: ScriptedTurn, used: PromptUse
) -> dict[str, Any]:
    most = body["max_tokens"]
    if turn.input_tokens is not None:
        used = PromptUse(turn.input_tokens, turn.cache_read_tokens, turn.cache_write_tokens)
    return {
        "id": f"msg_{number}",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": turn.build_blocks(number),
        "stop_reason": "max_tokens" if turn.output_tokens > most else turn.stop_reason,
        "stop_sequence": None,
        "usage": {
            "input_tokens": used.full,
            "output_tokens": min(turn.output_tokens, most),
            "cache_read_input_tokens": used.read,
            "cache_creation_input_tokens": used.written,
        },
    }


async def _stream_message(
    script: Script, turn: ScriptedTurn, message: dict[str, Any]
) -> AsyncIterator[bytes]:
    """Yield the events of a message; `cut` ends after a block, `hang` pings till the gate opens."""
    yield _render_event(
        "message_start", {"message": message | {"content": [], "stop_reason": None}}
    )
    for index, block in enumerate(message["content"]):
        for part in _render_block(index, block, turn):
            yield part
        if turn.fault == "cut":
            return
    if turn.fault == "hang":
        while not script.gate.is_set():
            yield _render_event("ping", {})
            await asyncio.sleep(0.05)
    yield _render_event(
        "message_delta",
        {
            "delta": {"stop_reason": message["stop_reason"], "stop_sequence": None},
            "usage": {"output_tokens": message["usage"]["output_tokens"]},
        },
    )
    yield _render_event("message_stop", {})


def _render_block(index: int, block: dict[str, Any], turn: ScriptedTurn) -> list[bytes]:
    kind, empty, deltas = block["type"], dict(block), []
    if kind == "text":
        empty["text"] = ""
        words = block["text"].split(" ")
        deltas = [
            {"type": "text_delta", "text": word if place == 0 else f" {word}"}
            for place, word in enumerate(words)
        ]
    elif kind == "thinking":
        empty |= {"thinking": "", "signature": ""}
        deltas = [
            {"type": "thinking_delta", "thinking": block["thinking"]},
            {"type": "signature_delta", "signature": block["signature"]},
        ]
    else:
        empty["input"] = {}
        text = json.dumps(block["input"])
        if turn.fault == "broken_json":
            text = text[:-1] + "]"
        deltas = [{"type": "input_json_delta", "partial_json": text}]
    return [
        _render_event("content_block_start", {"index": index, "content_block": empty}),
        *(
            _render_event("content_block_delta", {"index": index, "delta": delta})
            for delta in deltas
        ),
        _render_event("content_block_stop", {"index": index}),
    ]


def _render_event(kind: str, data: dict[str, Any]) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind} | data)}\n\n".encode()


def _render_error(status: int, kind: str, message: str) -> Response:
    body = {"type": "error", "error": {"type": kind, "message": message}}
    return JSONResponse(body, status, headers={"retry-after": "0"})
