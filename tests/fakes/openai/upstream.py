"""The base of the stand-ins: recorded calls, faults, held calls and videos as jobs.

A dialect adds its routes and its bodies. What it accepted it draws in a thread, after `seconds`.
"""

import asyncio
import base64
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tests.fakes.openai.faults import Faults
from tests.fakes.openai.media import Drawing, draw_picture, shoot_film

PAID_PATHS = ("/v1/images/", "/v1/videos")
Handler = Callable[[Request], Awaitable[Response]]
POLL_SECONDS = 0.02


@dataclass(frozen=True)
class RecordedCall:
    """A call as it arrived: `fields` of JSON or a form, `files` of a form with their bytes."""

    method: str
    path: str
    headers: dict[str, str]
    fields: dict[str, Any] = field(default_factory=dict)
    files: dict[str, list[bytes]] = field(default_factory=dict)


@dataclass
class Video:
    """A video in the memory of the server; `content` when it is ready."""

    id: str
    drawing: Drawing
    fields: dict[str, Any]
    status: str = "queued"
    progress: int = 0
    content: bytes = b""
    error: str = ""
    created_at: int = field(default_factory=lambda: int(time.time()))
    task: asyncio.Task[None] | None = None


class CutResponse(Response):
    """An answer that ends before its last byte."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Promise 1000 bytes, send one, and end."""
        head = [(b"content-length", b"1000"), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})
        raise ConnectionAbortedError


class ClientGone(Exception):  # noqa: N818 - the name of a state
    """The connection of a held call was closed."""


class Upstream(ABC):
    """One server, which a restart replaces."""

    name: ClassVar[str]
    model: str = ""
    codec: str = "h264"  # of films
    stops_when_left: bool = False  # a held call ends with its connection

    def __init__(
        self, faults: Faults, calls: list[RecordedCall], seconds: float, root: str
    ) -> None:
        self.faults, self.calls, self.seconds, self.root = faults, calls, seconds, root
        self.videos: dict[str, Video] = {}
        self.running = 0
        self.drawn: list[Drawing] = []  # pictures and films that cost the operator time
        self.stopped = 0  # calls and jobs that a cancel really ended

    @abstractmethod
    def list_routes(self) -> list[tuple[str, str, Handler]]:
        """List path, method and handler of each route."""

    @abstractmethod
    def render_error(self, status: int, message: str, kind: str = "") -> Response:
        """Render an error as this server does."""

    def render_content_refusal(self) -> Response:
        """Render the refusal of what a prompt shows."""
        return self.render_error(400, "Your request was rejected by the safety system.")

    def render_unpaid(self) -> Response:
        """Render the refusal of a caller whose credit is used up."""
        return self.render_error(402, "Insufficient credit.")

    def build_application(self) -> Starlette:
        """Return the application."""
        return Starlette(
            routes=[
                Route(path, self._with_faults(handler), methods=[method])
                for path, method, handler in self.list_routes()
            ]
        )

    def _with_faults(self, handler: Handler) -> Handler:
        async def guarded(request: Request) -> Response:
            call = await _record_call(request)
            self.calls.append(call)
            request.state.call = call
            if self.faults.down:
                return PlainTextResponse("upstream connect error", 503)
            bearer = call.headers.get("authorization", "").removeprefix("Bearer ")
            if self.faults.key and bearer != self.faults.key and call.path.startswith("/v1"):
                return self.render_unauthorized()
            is_paid = call.method == "POST" and call.path.startswith(PAID_PATHS)
            if is_paid and (refusal := self._find_fault_before()) is not None:
                return refusal
            if call.path.endswith("/content") and (lie := self._find_content_fault()) is not None:
                return lie
            try:
                answer = await handler(request)
            except ClientGone:
                return Response(status_code=499)
            if self.faults.poll_after_ms and call.method == "GET":
                answer.headers["openai-poll-after-ms"] = self.faults.poll_after_ms
            await asyncio.sleep(self.faults.late_seconds if is_paid else 0)
            return CutResponse() if is_paid and self.faults.use_up("lose_reply") else answer

        return guarded

    def render_unauthorized(self) -> Response:
        """Render the refusal of a missing or wrong key."""
        return self.render_error(401, "Unauthorized", "authentication_error")

    def _find_fault_before(self) -> Response | None:
        """Return the answer to a call that is not accepted, None if it is."""
        faults = self.faults
        answers: dict[str, Callable[[], Response]] = {
            "drop_call": CutResponse,
            "refuse": lambda: self._render_refusal(faults.refuse_status, faults.retry_after),
            "unpaid": self.render_unpaid,
            "content": self.render_content_refusal,
            "bad_request": lambda: self.render_error(400, "bad value", "invalid_request_error"),
            "redirect": lambda: RedirectResponse(faults.elsewhere, 302),
            "garbage": lambda: HTMLResponse("<html><title>Welcome</title></html>"),
            "flood": lambda: StreamingResponse(_stream_for_ever(), media_type="application/json"),
        }
        due = next((name for name in answers if faults.use_up(name)), None)
        return None if due is None else answers[due]()

    def _find_content_fault(self) -> Response | None:
        """Return what is sent instead of the file of a video, None if it is sent."""
        if self.faults.use_up("flood_content"):
            return StreamingResponse(_stream_for_ever(), media_type="video/mp4")
        if self.faults.use_up("redirect_content"):
            return RedirectResponse(self.faults.elsewhere, 302)
        return CutResponse() if self.faults.use_up("cut_content") else None

    def _render_refusal(self, status: int, retry_after: str) -> Response:
        refusal = self.render_error(status, "Too busy.", "rate_limit_error")
        refusal.headers["retry-after"] = retry_after
        return refusal

    async def hold(self, request: Request, drawing: Drawing, count: int = 1) -> list[bytes] | None:
        """Draw pictures, or a film, while the caller waits; None if it fails.

        Raises:
            ClientGone: the caller has closed the connection, and this server heeds it.
        """
        self.running += 1
        try:
            deadline = time.monotonic() + self.seconds
            while (left := deadline - time.monotonic()) > 0:
                await asyncio.sleep(min(left, POLL_SECONDS))
                if self.stops_when_left and await request.is_disconnected():
                    self.stopped += 1
                    raise ClientGone
            if self.faults.use_up("fail"):
                return None
            return [await self.draw(replace(drawing, seed=drawing.seed + k)) for k in range(count)]
        finally:
            self.running -= 1

    async def draw(self, drawing: Drawing) -> bytes:
        """Draw one picture or film, rounded, short or spoilt where such a fault is due."""
        step = self.faults.round_to
        drawing = replace(
            drawing,
            width=drawing.width // step * step,
            height=drawing.height // step * step,
            frames=drawing.frames - (drawing.frames > 1 and self.faults.use_up("short")),
            codec=self.codec,
        )
        self.drawn.append(drawing)
        if self.faults.use_up("not_media"):
            return b"<html>not a picture</html>" * 40
        if drawing.frames > 1:
            return await asyncio.to_thread(shoot_film, drawing)
        return await asyncio.to_thread(draw_picture, drawing)

    def render_items(self, pictures: list[bytes], file_path: str) -> list[dict[str, Any]]:
        """Render pictures in `b64_json`, or what a lying server says instead."""
        if self.faults.use_up("empty"):
            return []
        if self.faults.use_up("paths"):
            return [{"url": f"file://{file_path}", "file_path": file_path} for _ in pictures]
        if self.faults.use_up("link"):
            return [{"url": self.faults.elsewhere} for _ in pictures]
        return [{"b64_json": base64.b64encode(one).decode()} for one in pictures]

    def create_video(self, drawing: Drawing, fields: dict[str, Any], prefix: str) -> Video:
        """Create a video and begin with it."""
        video = Video(f"{prefix}{uuid.uuid4().hex}", drawing, fields)
        self.videos[video.id] = video
        video.task = asyncio.create_task(self._make_video(video))
        return video

    async def _make_video(self, video: Video) -> None:
        self.running += 1
        try:
            started = time.monotonic()
            while (spent := time.monotonic() - started) < self.seconds:
                video.status = "in_progress"
                video.progress = self.measure_progress(spent / self.seconds)
                await asyncio.sleep(POLL_SECONDS)
            if self.faults.use_up("fail"):
                video.status, video.error = "failed", "CUDA error at /opt/app/pipeline.py:12"
                return
            video.content = await self.draw(video.drawing)
            video.status, video.progress = "completed", 100
        finally:
            self.running -= 1

    def measure_progress(self, share: float) -> int:
        """Return the percent that this server tells when `share` of the work is done."""
        del share
        return 0

    async def stop_video(self, video: Video) -> None:
        """Really stop a video."""
        if video.task is not None and not video.task.done():
            video.task.cancel()
            with suppress(asyncio.CancelledError):
                await video.task
            self.stopped += 1


async def _record_call(request: Request) -> RecordedCall:
    fields: dict[str, Any] = {}
    files: dict[str, list[bytes]] = {}
    kind = request.headers.get("content-type", "")
    if kind.startswith("multipart/form-data"):
        async with request.form() as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    files.setdefault(name, []).append(await value.read())
                else:
                    fields[name] = value
    elif kind.startswith("application/json"):
        body = await request.json()
        fields = body if isinstance(body, dict) else {}
    return RecordedCall(request.method, request.url.path, dict(request.headers), fields, files)


async def _stream_for_ever() -> AsyncIterator[bytes]:
    yield b'{"created": 1, "data": [{"b64_json": "'
    while True:
        await asyncio.sleep(0.001)  # without it the loop would serve no other request meanwhile
        yield b"A" * 65536


def parse_size(text: str, otherwise: tuple[int, int]) -> tuple[int, int]:
    """Return width and height of `1024x768`, the other size if it is none."""
    width, _, height = text.partition("x")
    if width.isdigit() and height.isdigit():
        return int(width), int(height)
    return otherwise


def render_json(body: dict[str, Any], status: int = 200) -> JSONResponse:
    """Render JSON without the fields that are None."""
    return JSONResponse({key: one for key, one in body.items() if one is not None}, status)
