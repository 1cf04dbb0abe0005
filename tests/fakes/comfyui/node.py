"""The node behind the routes: a queue in memory that runs one prompt at a time.

Queue, history and cache are gone after a restart, as in ComfyUI; files stay.
"""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

from tests.fakes.comfyui.faults import Faults
from tests.fakes.comfyui.rendering import render_files

Prompt = dict[str, Any]
STEPS = 4
# The events that the history keeps, with the time by the node's clock.
RECORDED_EVENTS = (
    "execution_start",
    "execution_cached",
    "execution_success",
    "execution_error",
    "execution_interrupted",
)


class Node:
    """One ComfyUI; `seconds` is how long a prompt samples."""

    def __init__(self, folder: Path, faults: Faults, seconds: float) -> None:
        self.folders = {name: folder / name for name in ("input", "output", "temp")}
        for path in self.folders.values():
            path.mkdir(parents=True, exist_ok=True)
        self.faults, self.seconds = faults, seconds
        self.pending: list[Prompt] = []
        self.running: Prompt | None = None
        self.history: dict[str, Prompt] = {}
        self.accepted_ids: list[str] = []
        self.graphs: list[dict[str, Any]] = []
        self.sockets: dict[str, asyncio.Queue[dict[str, Any]]] = {}
        self._cached: dict[str, dict[str, Any]] = {}
        self._wake = asyncio.Event()
        self._interrupted: set[str] = set()
        self._at = ""

    def find_prompt(self, prompt_id: str) -> Prompt | None:
        """Return the prompt with this id; a queued or running one before an ended one."""
        queued = [*self.pending, *([self.running] if self.running else [])]
        prompt = next((one for one in queued if one["id"] == prompt_id), None)
        return prompt or self.history.get(prompt_id)

    def queue_prompt(self, prompt_id: str, graph: dict[str, Any], client_id: str | None) -> int:
        """Queue a graph and return its number; a repeated id is queued a second time."""
        self.accepted_ids.append(prompt_id)
        self.graphs.append(graph)
        now = int(time.time() * 1000)
        self.pending.append(
            {
                "id": prompt_id,
                "graph": graph,
                "client_id": client_id,
                "status": "pending",
                "create_time": now,
                "outputs": {},
                "messages": [],
                "error": None,
            }
        )
        self._wake.set()
        return len(self.accepted_ids)

    def cancel_prompt(self, prompt_id: str) -> bool:
        """Drop a waiting prompt without a trace, or interrupt the running one."""
        before = len(self.pending)
        self.pending = [one for one in self.pending if one["id"] != prompt_id]
        if len(self.pending) < before:
            return True
        if self.running is not None and self.running["id"] == prompt_id:
            self._interrupted.add(prompt_id)
            return True
        return False

    async def run_prompts(self) -> None:
        """Run queued prompts one after the other until the task is canceled."""
        while True:
            while not self.pending:
                self._wake.clear()
                await self._wake.wait()
            self.running = self.pending.pop(0)
            await self._execute(self.running)
            self.history[self.running["id"]] = self.running
            self.running = None

    async def _execute(self, prompt: Prompt) -> None:
        prompt["status"], key = "in_progress", json.dumps(prompt["graph"], sort_keys=True)
        self._send_event(prompt, "execution_start")
        if key in self._cached:  # nothing runs again; without a client the outputs are lost
            prompt["outputs"] = self._cached[key] if prompt["client_id"] else {}
            self._send_event(prompt, "execution_success")
            prompt["status"] = "completed"
            return
        self._send_event(prompt, "execution_cached", nodes=[])
        if "shown" not in prompt["graph"] and not await self._sample(prompt):
            self._send_event(prompt, "execution_interrupted")
            prompt["status"] = "cancelled"
            return
        if (error := self._take_error(prompt)) is not None:
            self._send_event(prompt, "execution_error", **error)
            prompt["status"], prompt["error"] = "failed", error
            return
        wrong = "shown" not in prompt["graph"] and self.faults.use_up("wrong_size")
        files = await asyncio.to_thread(render_files, prompt["graph"], self.folders, wrong=wrong)
        saver = "save" if "save" in prompt["graph"] else "shown"
        listed = "audio" if prompt["graph"][saver]["class_type"] == "SaveAudio" else "images"
        prompt["outputs"] = self._cached[key] = {saver: {listed: files}}
        if saver == "save" and self.faults.use_up("lose_file"):
            (self.folders["output"] / files[0]["subfolder"] / files[0]["filename"]).unlink()
        self._send_event(prompt, "executed", node=saver, output=prompt["outputs"][saver])
        self._send_event(prompt, "execution_success")
        prompt["status"] = "completed"
        self._send_event(prompt, "executing", node=None)

    async def _sample(self, prompt: Prompt) -> bool:
        """Report progress for as long as sampling takes; return False if it was interrupted."""
        stalls = self.faults.use_up("stall")
        samplers = [name for name in prompt["graph"] if "sample" in name or "pass" in name]
        for node in samplers or ["model"]:
            self._send_event(prompt, "executing", node=node)
            for step in range(STEPS):
                self._send_event(prompt, "progress", node=node, value=step + 1, max=STEPS)
                until = time.monotonic() + self.seconds / STEPS / max(1, len(samplers))
                while stalls or time.monotonic() < until:
                    if prompt["id"] in self._interrupted and not self.faults.ignore_cancel:
                        return False
                    await asyncio.sleep(min(0.01, self.seconds))
        return prompt["id"] not in self._interrupted or self.faults.ignore_cancel

    def _take_error(self, prompt: Prompt) -> dict[str, Any] | None:
        if "shown" in prompt["graph"]:
            return None
        text = {
            "out_of_memory": ("torch.OutOfMemoryError", "CUDA out of memory at /opt/ComfyUI/x.py"),
            "fail": ("RuntimeError", "it broke in /opt/ComfyUI/comfy/samplers.py"),
        }
        for name, (kind, message) in text.items():
            if self.faults.use_up(name):
                return {
                    "node_id": "sample_0",
                    "node_type": "KSampler",
                    "exception_type": kind,
                    "exception_message": message,
                    "traceback": ["File /opt/ComfyUI/execution.py, line 1"],
                }
        return None

    def send_position(self, client_id: str) -> None:
        """Send a client that connects late the running node of its prompt, as ComfyUI does."""
        if self.running is not None and self.running["client_id"] == client_id and self._at:
            self._send_event(self.running, "executing", node=self._at)

    def _send_event(self, prompt: Prompt, kind: str, **data: object) -> None:
        if kind == "executing":
            self._at = str(data["node"] or "")
        if kind in RECORDED_EVENTS:
            stamped = {**data, "prompt_id": prompt["id"], "timestamp": int(time.time() * 1000)}
            prompt["messages"].append([kind, stamped])
        queue = self.sockets.get(prompt["client_id"] or "")
        if queue is not None and not self.faults.silent_socket:
            queue.put_nowait({"type": kind, "data": {**data, "prompt_id": prompt["id"]}})
