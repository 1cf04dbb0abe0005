"""The stand-in as a server on loopback, in a thread with a loop of its own."""

import asyncio
import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

import uvicorn

from tests.fakes.comfyui.api import Api
from tests.fakes.comfyui.faults import Faults
from tests.fakes.comfyui.node import Node

START_SECONDS = 10
MODEL_FILES = frozenset(
    {
        "sd_xl_base_1.0.safetensors",
        "4x-UltraSharp.pth",
        "qwen_image_edit_2509_fp8_e4m3fn.safetensors",
        "qwen_2.5_vl_7b_fp8_scaled.safetensors",
        "qwen_image_vae.safetensors",
        "Qwen-Image-Edit-2509-Lightning-4steps-V1.0-bf16.safetensors",
        "ltx-2.3-22b-dev-fp8.safetensors",
        "gemma_3_12B_it_fp4_mixed.safetensors",
        "ltx_2.3_22b_distilled_1.1_lora_dynamic_fro09_avg_rank_111_bf16.safetensors",
        "ltx-2.3-spatial-upscaler-x2-1.1.safetensors",
        "ace_step_v1_3.5b.safetensors",
        "stable-audio-open-1.0.safetensors",
        "t5-base.safetensors",
    }
)


class _QuietServer(uvicorn.Server):
    def install_signal_handlers(self) -> None:
        """Leave the signals to the tests."""


class FakeComfy:
    """One node; a test may change `faults`, `models` and the seconds at any time."""

    def __init__(
        self, folder: Path, *, models: frozenset[str] = MODEL_FILES, seconds: float = 0.02
    ) -> None:
        self.folder, self.models, self.faults = folder, set(models), Faults()
        self._seconds = seconds
        self.port = 0
        self.api: Api
        self._server: _QuietServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Return the address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def accepted_ids(self) -> list[str]:
        """Return the ids of all prompts of jobs since the start, in order, repeated ones twice."""
        node = self.api.node
        return [one for one in node.accepted_ids if one not in self._list_probe_ids()]

    def _list_probe_ids(self) -> set[str]:
        prompts = [*self.api.node.history.values(), *self.api.node.pending]
        return {one["id"] for one in prompts if "shown" in one["graph"]}

    def set_sample_seconds(self, seconds: float) -> None:
        """Set how many seconds each prompt samples from now on."""
        self._seconds = self.api.node.seconds = seconds

    def start(self) -> Self:
        """Start with an empty queue and history; files of an earlier start are still there."""
        started = threading.Event()
        # As in ComfyUI: asyncio sets TCP_NODELAY only on sockets that name their protocol.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen()  # a client that connects before the server is up waits for it
        self.port = listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run, args=(listener, started), daemon=True)
        self._thread.start()
        if not started.wait(START_SECONDS):
            raise AssertionError("the stand-in did not start")
        return self

    def _run(self, listener: socket.socket, started: threading.Event) -> None:
        async def serve() -> None:
            self.api = Api(Node(self.folder, self.faults, self._seconds), self.models)
            config = uvicorn.Config(
                self.api.build_application(),
                ws="websockets-sansio",
                log_config=None,
                access_log=False,
                lifespan="off",
            )
            self._server = _QuietServer(config)
            working = asyncio.create_task(self.api.node.run_prompts())
            started.set()
            await self._server.serve(sockets=[listener])
            working.cancel()

        with listener:
            asyncio.run(serve())

    def kill(self) -> None:
        """Stop at once; queue, history and ids are lost."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = self._server.force_exit = True
            self._thread.join(START_SECONDS)
            self._server = self._thread = None

    def restart(self) -> None:
        """Stop at once and start again at the same address."""
        self.kill()
        self.start()

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self.kill()
