"""The routes of the stand-in, each also under `/api`.

Every node runs a probe of its own beside the jobs: a graph with a node called "shown". Faults that
are counted pass over it, or a heartbeat would use them up before the job comes.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from tests.fakes.comfyui.node import Node, Prompt
from tests.fakes.comfyui.validation import build_object_info, find_graph_error

VERSION = "0.27.0"
# The answer of 0.27.0 on a machine with a GPU; `argv` is how its operator started it.
SYSTEM_STATS: dict[str, Any] = {
    "system": {
        "os": "linux",
        "ram_total": 64 * 2**30,
        "ram_free": 48 * 2**30,
        "comfyui_version": VERSION,
        "required_frontend_version": "1.45.20",
        "python_version": "3.13.5 (main, Aug 10 2026, 12:06:59) [GCC 14.2.0]",
        "pytorch_version": "2.15.0+cu132",
        "embedded_python": False,
        "deploy_environment": "local-git",
        "argv": ["/opt/ComfyUI/main.py", "--output-directory", "/srv/renders"],
    },
    "devices": [
        {
            "name": "cuda:0 NVIDIA GeForce RTX 4090 : cudaMallocAsync",
            "type": "cuda",
            "index": 0,
            "vram_total": 24 * 2**30,
            "vram_free": 20 * 2**30,
            "torch_vram_total": 2**30,
            "torch_vram_free": 2**29,
        }
    ],
}
Handler = Callable[[Request], Awaitable[Response]]


class CutResponse(Response):
    """An answer that ends before its last byte."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Promise 1000 bytes, send one, and end."""
        head = [(b"content-length", b"1000"), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})
        raise ConnectionAbortedError


class Api:
    """The routes of one node, which a restart replaces."""

    def __init__(self, node: Node, models: set[str]) -> None:
        self.node, self.models = node, models
        self.requests: list[str] = []
        self.traceparents: dict[str, str] = {}  # of the last request to each route

    def build_application(self) -> Starlette:
        """Return the application."""
        routes: list[BaseRoute] = [
            Route(prefix + path, self._with_faults(handler), methods=[method])
            for path, method, handler in self._routes()
            for prefix in (("",) if path.startswith("/api") else ("", "/api"))
        ]
        return Starlette(routes=[*routes, WebSocketRoute("/ws", self._socket)])

    def _routes(self) -> list[tuple[str, str, Handler]]:
        return [
            ("/prompt", "POST", self._prompt),
            ("/prompt", "GET", self._depth),
            ("/queue", "GET", self._queue),
            ("/queue", "POST", self._delete_queued),
            ("/history/{id}", "GET", self._history),
            ("/history", "POST", self._delete_history),
            ("/interrupt", "POST", self._interrupt),
            ("/free", "POST", self._nothing),
            ("/upload/image", "POST", self._upload),
            ("/view", "GET", self._view),
            ("/object_info", "GET", self._info),
            ("/system_stats", "GET", self._stats),
            ("/api/jobs", "GET", self._jobs),
            ("/api/jobs/{id}", "GET", self._job),
            ("/api/jobs/{id}/cancel", "POST", self._cancel),
        ]

    def _with_faults(self, handler: Handler) -> Handler:
        async def guarded(request: Request) -> Response:
            name = f"{request.method} {request.url.path}"
            self.requests.append(name)
            if (traceparent := request.headers.get("traceparent")) is not None:
                self.traceparents[name] = traceparent
            await asyncio.sleep(self.node.faults.delay)
            if self.node.faults.down:
                return PlainTextResponse("500: Internal Server Error", 500)
            return await handler(request)

        return guarded

    async def _prompt(self, request: Request) -> Response:
        faults = self.node.faults
        body = await request.json()
        probe = "shown" in body["prompt"]
        if not probe and faults.use_up("drop_prompt"):
            return CutResponse()
        if not probe and faults.use_up("forbid"):
            return PlainTextResponse("<html>403 Forbidden</html>", 403)
        prompt_id = body.get("prompt_id") or str(uuid.uuid4())
        try:
            canonical = str(uuid.UUID(prompt_id)) == prompt_id
        except ValueError:
            canonical = False
        if not canonical:
            return JSONResponse({"error": {"type": "invalid_prompt_id"}, "node_errors": {}}, 400)
        info = build_object_info(self.models - faults.lacks)
        refused = find_graph_error(body["prompt"], info, self.node.folders["input"])
        if refused is not None:
            return JSONResponse(refused, 400)
        number = self.node.queue_prompt(prompt_id, body["prompt"], body.get("client_id"))
        errors: dict[str, Any] = {"other": {"errors": []}} if faults.use_up("node_errors") else {}
        if not probe and faults.use_up("lose_reply"):
            return CutResponse()
        return JSONResponse({"prompt_id": prompt_id, "number": number, "node_errors": errors})

    async def _depth(self, _request: Request) -> Response:
        remaining = len(self.node.pending) + (self.node.running is not None)
        return JSONResponse({"exec_info": {"queue_remaining": remaining}})

    async def _queue(self, _request: Request) -> Response:
        running = [self.node.running] if self.node.running else []
        return JSONResponse(
            {
                "queue_running": [_render_queue_item(one) for one in running],
                "queue_pending": [_render_queue_item(one) for one in self.node.pending],
            }
        )

    async def _delete_queued(self, request: Request) -> Response:
        ids = (await request.json()).get("delete", [])
        self.node.pending = [one for one in self.node.pending if one["id"] not in ids]
        return Response()

    async def _history(self, request: Request) -> Response:
        prompt_id = request.path_params["id"]
        prompt = self.node.history.get(prompt_id)
        if prompt is None or prompt["status"] == "cancelled":
            return JSONResponse({})
        entry = {
            "prompt": _render_queue_item(prompt),
            "outputs": prompt["outputs"],
            "status": _render_status(prompt),
        }
        return JSONResponse({prompt_id: entry})

    async def _delete_history(self, request: Request) -> Response:
        for prompt_id in (await request.json()).get("delete", []):
            self.node.history.pop(prompt_id, None)
        return Response()

    async def _interrupt(self, request: Request) -> Response:
        body = await request.body()
        running = self.node.running
        wanted = (await request.json()).get("prompt_id") if body else None
        if running is not None and wanted in {None, running["id"]}:
            self.node.cancel_prompt(running["id"])
        return Response()

    async def _nothing(self, _request: Request) -> Response:
        return Response()

    async def _upload(self, request: Request) -> Response:
        async with request.form() as form:
            file, folder = form["image"], str(form.get("subfolder") or "")
            if ".." in folder or not isinstance(file, UploadFile):
                return Response(status_code=400)
            name = Path(file.filename or "").name
            target = self.node.folders["input"] / folder
            target.mkdir(parents=True, exist_ok=True)
            content = await file.read()
            if len(content) > self.node.faults.most_upload:
                return PlainTextResponse("Maximum request body size exceeded", 413)
            if form.get("overwrite") != "true" and (target / name).exists():
                name = f"{Path(name).stem} (1){Path(name).suffix}"
            (target / name).write_bytes(content)
        return JSONResponse({"name": name, "subfolder": folder, "type": "input"})

    async def _view(self, request: Request) -> Response:
        query = request.query_params
        root = self.node.folders[query.get("type", "output")].resolve()
        path = (root / query.get("subfolder", "") / query["filename"]).resolve()
        if not path.is_relative_to(root) or not path.is_file():
            return Response(status_code=404 if path.is_relative_to(root) else 403)
        is_output = query.get("type") == "output"
        if is_output and self.node.faults.use_up("refuse_view"):
            return PlainTextResponse("busy", 503)
        if is_output and self.node.faults.use_up("redirect_view"):
            return RedirectResponse("/login", 302)
        if is_output and self.node.faults.use_up("short_body"):
            return CutResponse()
        if is_output and self.node.faults.use_up("flood"):
            return StreamingResponse(_stream_too_much())
        return FileResponse(path)

    async def _info(self, _request: Request) -> Response:
        return JSONResponse(build_object_info(self.models - self.node.faults.lacks))

    async def _stats(self, _request: Request) -> Response:
        return JSONResponse(SYSTEM_STATS)

    async def _jobs(self, request: Request) -> Response:
        if self.node.faults.old:
            return PlainTextResponse("404: Not Found", 404)
        if self.node.faults.odd_prompt:
            return PlainTextResponse("Server got itself in trouble", 500)
        states = request.query_params["status"].split(",")
        running = [self.node.running] if self.node.running else []
        every = [*running, *self.node.pending, *self.node.history.values()]
        shown = [{"id": one["id"], "status": one["status"]} for one in every]
        return JSONResponse({"jobs": [one for one in shown if one["status"] in states]})

    async def _job(self, request: Request) -> Response:
        faults, known = self.node.faults, self.node.find_prompt(request.path_params["id"])
        if faults.old:
            return PlainTextResponse("404: Not Found", 404)
        probe = known is not None and "shown" in known["graph"]
        if not probe and faults.use_up("garbage"):
            return PlainTextResponse("<html>Bad gateway</html>")
        if not probe and faults.use_up("empty_body"):
            return Response()
        if known is None:
            return JSONResponse({"error": "Job not found"}, 404)
        return JSONResponse(_render_job(known))

    async def _cancel(self, request: Request) -> Response:
        if self.node.faults.old:
            return PlainTextResponse("404: Not Found", 404)
        return JSONResponse({"cancelled": self.node.cancel_prompt(request.path_params["id"])})

    async def _socket(self, socket: WebSocket) -> None:
        if self.node.faults.no_socket:
            await socket.close()
            return
        await socket.accept()
        client_id = socket.query_params["clientId"]
        events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.node.sockets[client_id] = events  # an earlier socket of this id goes deaf
        events.put_nowait({"type": "status", "data": {"sid": client_id}})
        self.node.send_position(client_id)
        heard = asyncio.Event()
        hearing = asyncio.create_task(_listen(socket, heard))
        try:
            while not hearing.done():
                saying = asyncio.create_task(events.get())
                await asyncio.wait({hearing, saying}, return_when=asyncio.FIRST_COMPLETED)
                if not saying.done():
                    saying.cancel()
                    break
                await socket.send_json(saying.result())
                if saying.result()["type"] == "executing" and self.node.faults.use_up("cut_socket"):
                    await heard.wait()
                    await socket.close()
                    break
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            hearing.cancel()


async def _stream_too_much() -> AsyncIterator[bytes]:
    for _ in range(64):
        await asyncio.sleep(0)  # without it the loop would serve no other request meanwhile
        yield bytes(2**20)


async def _listen(socket: WebSocket, heard: asyncio.Event) -> None:
    with suppress(WebSocketDisconnect):
        while True:
            await socket.receive_text()
            heard.set()


def _render_queue_item(prompt: Prompt) -> list[Any]:
    extra = {"client_id": prompt["client_id"], "create_time": prompt["create_time"]}
    return [1, prompt["id"], prompt["graph"], extra, ["save"]]


def _render_status(prompt: Prompt) -> dict[str, Any]:
    good = prompt["status"] == "completed"
    return {
        "status_str": "success" if good else "error",
        "completed": good,
        "messages": prompt["messages"],
    }


def _render_job(prompt: Prompt) -> dict[str, Any]:
    """Return a job as 0.27 shows it; one that has not ended has few fields."""
    shown = {
        "id": prompt["id"],
        "status": prompt["status"],
        "priority": 1,
        "create_time": prompt["create_time"],
        "outputs_count": len(prompt["outputs"]),
    }
    if prompt["status"] in {"pending", "in_progress"}:
        return shown
    times = {kind: message["timestamp"] for kind, message in prompt["messages"]}
    shown |= {
        "execution_start_time": times["execution_start"],
        "execution_end_time": [*times.values()][-1],
        "outputs": prompt["outputs"],
        "execution_status": _render_status(prompt),
        "workflow": {"prompt": prompt["graph"], "extra_data": _render_queue_item(prompt)[3]},
    }
    if prompt["error"] is not None:
        shown["execution_error"] = prompt["error"]
    return shown
