"""The two routes that the SDK calls, in JSON and as a stream."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.fakes.anthropic.script import Said, Script

KEY = "sk-ant-test"
STATUS = {
    "401": (401, "authentication_error"),
    "429": (429, "rate_limit_error"),
    "529": (529, "overloaded_error"),
}


def routes_of(script: Script) -> list[Route]:
    """Return the routes that play a script."""

    async def messages(request: Request) -> Response:
        if (refused := _refusal(request)) is not None:
            return refused
        asked = await request.json()
        if (wrong := _mistake(asked, script)) is not None:
            return _error(400, "invalid_request_error", wrong)
        number, said = await run_in_threadpool(script.next, asked)
        if said.fault in STATUS:
            return _error(*STATUS[said.fault], "scripted")
        message = _message(asked, number, said)
        script.sent.append(message["content"])
        if not asked.get("stream"):
            return JSONResponse(message)
        return StreamingResponse(_stream(script, said, message), media_type="text/event-stream")

    async def count_tokens(request: Request) -> Response:
        if (refused := _refusal(request)) is not None:
            return refused
        return JSONResponse({"input_tokens": counted(await request.json())})

    return [
        Route("/v1/messages", messages, methods=["POST"]),
        Route("/v1/messages/count_tokens", count_tokens, methods=["POST"]),
    ]


def counted(asked: dict[str, Any]) -> int:
    """Return how many tokens of input a request has: four bytes of JSON each."""
    parts = {name: asked.get(name) for name in ("system", "tools", "messages")}
    return len(json.dumps(parts)) // 4


def _refusal(request: Request) -> Response | None:
    given = request.headers.get("authorization") or f"Bearer {request.headers.get('x-api-key')}"
    if given != f"Bearer {KEY}":
        return _error(401, "authentication_error", "invalid key")
    if "anthropic-version" not in request.headers:
        return _error(400, "invalid_request_error", "no version")
    return None


def _mistake(asked: dict[str, Any], script: Script) -> str | None:
    """Return what the provider would refuse: changed answers, unanswered tools, no message."""
    history = asked["messages"]
    answers = [each["content"] for each in history if each["role"] == "assistant"]
    if any(answer not in script.sent for answer in answers):
        return "assistant content was changed"
    wanted = {block["id"] for answer in answers for block in answer if block["type"] == "tool_use"}
    given = {
        block["tool_use_id"]
        for each in history
        if each["role"] == "user" and isinstance(each["content"], list)
        for block in each["content"]
        if block["type"] == "tool_result"
    }
    if wanted != given:
        return "tool_use without tool_result"
    return None if asked["max_tokens"] > 0 else "max_tokens"


def _message(asked: dict[str, Any], number: int, said: Said) -> dict[str, Any]:
    most = asked["max_tokens"]
    read, written = said.cache_read_tokens, said.cache_write_tokens
    given = said.input_tokens
    return {
        "id": f"msg_{number}",
        "type": "message",
        "role": "assistant",
        "model": asked["model"],
        "content": said.blocks(number),
        "stop_reason": "max_tokens" if said.output_tokens > most else said.stop_reason,
        "stop_sequence": None,
        "usage": {
            "input_tokens": counted(asked) - read - written if given is None else given,
            "output_tokens": min(said.output_tokens, most),
            "cache_read_input_tokens": read,
            "cache_creation_input_tokens": written,
        },
    }


async def _stream(script: Script, said: Said, message: dict[str, Any]) -> AsyncIterator[bytes]:
    opened = message | {"content": [], "stop_reason": None}
    yield _event("message_start", {"message": opened})
    for index, block in enumerate(message["content"]):
        for part in _block(index, block, said):
            yield part
        if said.fault == "cut":
            return
    if said.fault == "hang":
        while not script.gate.is_set():
            yield _event("ping", {})
            await asyncio.sleep(0.05)
    yield _event(
        "message_delta",
        {
            "delta": {"stop_reason": message["stop_reason"], "stop_sequence": None},
            "usage": {"output_tokens": message["usage"]["output_tokens"]},
        },
    )
    yield _event("message_stop", {})


def _block(index: int, block: dict[str, Any], said: Said) -> list[bytes]:
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
        if said.fault == "broken_json":
            text = text[:-1] + "]"
        deltas = [{"type": "input_json_delta", "partial_json": text}]
    return [
        _event("content_block_start", {"index": index, "content_block": empty}),
        *(_event("content_block_delta", {"index": index, "delta": delta}) for delta in deltas),
        _event("content_block_stop", {"index": index}),
    ]


def _event(kind: str, data: dict[str, Any]) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind} | data)}\n\n".encode()


def _error(status: int, kind: str, message: str) -> Response:
    body = {"type": "error", "error": {"type": kind, "message": message}}
    return JSONResponse(body, status, headers={"retry-after": "0"})
