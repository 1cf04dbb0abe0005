"""A ComfyUI node as an engine; the quirks of its HTTP API are handled only here.

The node's own id of a prompt is the attempt's UUID, so after a crash any worker can ask for it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

import httpx2

from gateway.media.nodes.node_pool import COMFYUI_ENGINE
from workers.engines.base import (
    FINAL_STATES,
    Absent,
    BadAnswer,
    Blob,
    Canceled,
    EngineFacts,
    EngineWithOurIds,
    InputRef,
    InputTooLarge,
    OutputCut,
    OutputRef,
    OutputRefused,
    Pending,
    Poll,
    Progress,
    Rejected,
    RenderPlan,
    Running,
    Submitted,
    Succeeded,
    Unreachable,
)
from workers.engines.comfyui import answers, events, reports
from workers.engines.comfyui.client import ComfyClient, NodeAnswer
from workers.engines.comfyui.drawing import DrawnGraph, draw_graph
from workers.engines.comfyui.facts import ComfyFacts, FactsUnreadable, read_object_info
from workers.engines.comfyui.graphs.engines_file import EngineFamilies
from workers.engines.comfyui.graphs.families.esrgan import FRAME_BUFFER_BYTES
from workers.engines.comfyui.graphs.graph import GraphForm
from workers.engines.comfyui.node_json import NodeJson
from workers.engines.comfyui.recent_facts import RecentFacts
from workers.engines.comfyui.reports import PromptRecord
from workers.engines.report import EngineReport, ReportFields, Timings

RECONNECT_SECONDS = 1.0
MOST_PROBE_BYTES = 2**20
NOT_FETCHED = (FileNotFoundError, OutputRefused, OutputCut)
JOB_UNKNOWN = "Job not found"
_PROBE: GraphForm = {
    "picture": {
        "class_type": "EmptyImage",
        "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": 0},
    },
    "shown": {"class_type": "PreviewImage", "inputs": {"images": ["picture", 0]}},
}
log = logging.getLogger("workers.comfyui")


@dataclass(frozen=True, slots=True)
class NodeStats:
    """The version of a node, and the memory of its first device in bytes, all and free."""

    version: str
    vram_bytes: int | None
    vram_free_bytes: int | None


class ComfyEngine(EngineWithOurIds):
    """The engine of one node; `engines` has the family of each task, None: its files decide.

    `family` draws the plan where that was decided when the job was placed; `recent` are the facts
    that other engines of this node share.
    """

    def __init__(
        self,
        client: ComfyClient,
        engines: EngineFamilies | None,
        family: str | None = None,
        recent: RecentFacts | None = None,
    ) -> None:
        self._client = client
        self._family = family
        self._engines = engines
        self._recent = recent or RecentFacts()
        self._records: dict[UUID, PromptRecord] = {}
        self._system: ReportFields = {}

    async def facts(self) -> EngineFacts:
        """Return version, classes, model files, memory and depth of the node."""
        classes = self._recent.find() or await self.fetch_facts()
        stats = await self.fetch_stats()
        files = {
            choice
            for node in classes.classes.values()
            for facts in node.inputs.values()
            for choice in facts.choices or ()
            if isinstance(choice, str)
        }
        return EngineFacts(
            engine=COMFYUI_ENGINE,
            version=stats.version,
            classes=frozenset(classes.classes),
            models=frozenset(files),
            vram_bytes=stats.vram_bytes,
            queue_depth=await self.fetch_depth(),
            frame_buffer_bytes=FRAME_BUFFER_BYTES,
        )

    async def fetch_stats(self) -> NodeStats:
        """Fetch version and memory.

        Raises:
            Unreachable: the node does not answer.
        """
        answer = await self._get_object("/system_stats")
        try:
            version = str(answer["system"].get("comfyui_version") or "")
            devices = answer.get("devices") or [{}]
            first = devices[0]
            return NodeStats(version, first.get("vram_total"), first.get("vram_free"))
        except (AttributeError, IndexError, KeyError, TypeError) as error:
            raise BadAnswer("/system_stats is not of its shape") from error

    async def fetch_facts(self) -> ComfyFacts:
        """Fetch the node's classes and files again.

        Raises:
            Unreachable: the node does not answer.
        """
        try:
            facts = read_object_info(await self._get_object("/object_info", long=True))
        except FactsUnreadable as error:
            raise BadAnswer(str(error)) from error
        self._recent.keep(facts)
        return facts

    async def fetch_depth(self) -> int:
        """Fetch the number of prompts that run or wait on the node, those of others included."""
        try:
            return int((await self._get_object("/prompt"))["exec_info"]["queue_remaining"])
        except (KeyError, TypeError, ValueError) as error:
            raise BadAnswer("/prompt is not of its shape") from error

    async def list_queued_ids(self) -> list[str]:
        """List the ids of all prompts that run or wait, those of others included.

        `/queue` has them too, but with whole graphs, and the pictures that people pasted there.

        Raises:
            Unreachable: the node does not answer.
        """
        with suppress(BadAnswer, KeyError, TypeError):  # one odd prompt of others makes it a 500
            answer = await self._client.get("/api/jobs?status=in_progress,pending")
            if answer.is_ok:
                return [str(job["id"]) for job in answer.body["jobs"]]
        queue = await self._get_object("/queue", long=True)
        try:
            return [
                str(item[1])
                for name in ("queue_running", "queue_pending")
                for item in queue.get(name) or ()
            ]
        except (IndexError, TypeError) as error:
            raise BadAnswer("the queue is not of its shape") from error

    async def send_probe(self, sentinel: UUID) -> None:
        """Send the probe, a picture that needs no model.

        Raises:
            Unreachable, OutcomeUnknown: it did not arrive, or that is not known.
        """
        answer = await self._client.send_prompt(sentinel, _PROBE)
        if not answer.is_ok or answers.has_node_errors(answer.body):
            raise BadAnswer(f"the probe was refused with {answer.status}")

    async def view_probe(self, sentinel: UUID) -> None:
        """Fetch the picture of the probe, as an output is fetched.

        Raises:
            Unreachable: it cannot be fetched.
        """
        job = await self._client.get(f"/api/jobs/{sentinel}")
        record = job.body if job.is_ok else await self._fetch_history(sentinel)
        try:
            [file] = record["outputs"]["shown"]["images"]
            named = {key: str(file[key]) for key in ("filename", "subfolder", "type")}
            blocks = [block async for block in self._client.view_output(named, MOST_PROBE_BYTES)]
        except (KeyError, TypeError, ValueError, *NOT_FETCHED) as error:
            raise BadAnswer(f"the probe cannot be fetched: {error}") from error
        if not b"".join(blocks).startswith(b"\x89PNG"):
            raise BadAnswer("the probe is no picture")

    async def put_input(self, blob: Blob) -> InputRef:
        """Upload the file as `kt/<sha256>.<ext>`, every time: the node's disk is cleaned meanwhile.

        Raises:
            InputTooLarge: it is over the node's `--max-upload-size`.
            Unreachable: the node did not take it under that name.
        """
        name = f"{blob.sha256}{blob.path.suffix}"
        answer = await self._client.upload(blob.path, name, blob.mime_type)
        if answer.status == httpx2.codes.CONTENT_TOO_LARGE:
            size = blob.path.stat().st_size
            raise InputTooLarge(f"{size} bytes are over the node's --max-upload-size")
        if not answer.is_ok or (answer.body.get("name"), answer.body.get("subfolder")) != (
            name,
            "kt",
        ):
            raise BadAnswer(f"the upload was answered with {answer.status}")
        return InputRef(f"kt/{name}")

    async def submit(self, attempt: UUID, plan: RenderPlan) -> Submitted | Rejected:
        """Draw the graph for this node, check it, and send it once.

        Raises:
            IllegalPlan: the plan is off the grid.
            OutcomeUnknown: it is not known if it arrived.
            Unreachable: it was not sent.
        """
        recent = self._recent.find()
        drawn = self._draw_graph(attempt, plan, recent) if recent else None
        if drawn is None or isinstance(drawn, Rejected):  # the node may have the file by now
            drawn = self._draw_graph(attempt, plan, await self.fetch_facts())
        if isinstance(drawn, Rejected):
            return drawn
        self._get_record(attempt).keep_sent(drawn.family, drawn.form, plan)
        answer = await self._client.send_prompt(attempt, drawn.form)
        if not answer.is_ok:
            return answers.read_refusal(answer.body)
        if answers.has_node_errors(answer.body):  # a 200, and its valid part runs
            await self.cancel(attempt)
            return answers.read_refusal(answer.body)
        await self._keep_system()
        return Submitted()

    def _draw_graph(
        self, attempt: UUID, plan: RenderPlan, facts: ComfyFacts
    ) -> DrawnGraph | Rejected:
        return draw_graph(plan, facts, self._engines, self._family, f"kt/{attempt}/out")

    async def poll(self, attempt: UUID, _handle: str | None = None) -> Poll:
        """Return the state of an attempt.

        Raises:
            Unreachable: the node does not answer.
        """
        answer = await self._client.get(f"/api/jobs/{attempt}")
        if answer.is_ok:
            state = answers.read_state(attempt, answer.body)
            await self._keep_times(attempt, state, reports.read_job_times(answer.body))
            return state
        if answer.status != httpx2.codes.NOT_FOUND:
            raise BadAnswer(f"/api/jobs said {answer.status}")
        if isinstance(answer.body, dict) and answer.body.get("error") == JOB_UNKNOWN:
            return Absent()
        return await self._poll_without_jobs(attempt)

    async def _poll_without_jobs(self, attempt: UUID) -> Poll:
        """Ask a node without `/api/jobs`. The queue first: a prompt leaves it for the history.

        Raises:
            Unreachable: the node does not answer.
        """
        queue = await self._get_object("/queue", long=True)
        for name, state in (("queue_running", Running()), ("queue_pending", Pending(0))):
            if any(item[1] == str(attempt) for item in queue.get(name) or ()):
                return state
        entry = await self._fetch_history(attempt)
        if entry is None:
            return Absent()
        await self._keep_times(attempt, Canceled(), reports.read_history_times(entry))
        status = entry.get("status") or {}
        if status.get("status_str") == "success":
            return Succeeded(tuple(answers.read_outputs(attempt, entry.get("outputs"))))
        errors = [text for kind, text in status.get("messages") or () if kind == "execution_error"]
        return answers.read_failure(errors[-1] if errors else None)

    async def _fetch_history(self, attempt: UUID) -> Any:  # noqa: ANN401 - JSON of a node
        return (await self._get_object(f"/history/{attempt}")).get(str(attempt))

    async def is_old(self, sentinel: UUID) -> bool:
        """Return True if the node is so old that it cannot cancel a prompt by one call.

        Raises:
            Unreachable: the node does not answer.
        """
        return not (await self._client.post(f"/api/jobs/{sentinel}/cancel", {})).is_ok

    async def watch(self, attempt: UUID) -> AsyncIterator[Progress]:
        """Yield progress from the node's socket; reopen one that has sent events and broke."""
        record, heard = self._get_record(attempt), False
        reader = events.EventReader(attempt, events.count_samples(record.graph or {}), record.spans)
        while True:
            try:
                async with self._client.open_events(attempt) as socket:
                    async for message in socket:
                        heard = True
                        for progress in reader.read(message):
                            yield progress
                        if reader.is_over:
                            return
            except Unreachable as error:
                log.info("no events of %s: %s", attempt, error)
            reader.stop_clock()
            if not heard:
                return
            await asyncio.sleep(RECONNECT_SECONDS)

    def report(self, attempt: UUID) -> EngineReport:
        """Return the report of an attempt so far."""
        return self._get_record(attempt).build_report(self._system)

    def _get_record(self, attempt: UUID) -> PromptRecord:
        return self._records.setdefault(attempt, PromptRecord(self._family or ""))

    async def _keep_times(self, attempt: UUID, state: Poll, timings: Timings) -> None:
        """Keep the times of an attempt that has ended; of others' prompts nothing is kept."""
        if attempt in self._records and isinstance(state, FINAL_STATES):
            self._records[attempt].timings = timings
            await self._keep_system()

    async def _keep_system(self) -> None:
        """Fetch software and device of the node once; without an answer the work goes on."""
        try:
            self._system = self._system or reports.read_system(
                await self._get_object("/system_stats")
            )
        except Unreachable as error:
            log.info("the node does not say what it is: %s", error)

    async def cancel(self, attempt: UUID, _handle: str | None = None) -> None:
        """Ask the node to stop this attempt and no other."""
        try:
            answer = await self._client.post(f"/api/jobs/{attempt}/cancel", {})
            if not answer.is_ok:
                await self._client.delete_ids("/queue", [attempt])
                # without an id it would stop what runs, of others too
                await self._client.post("/interrupt", {"prompt_id": str(attempt)})
        except Unreachable as error:
            log.warning("could not cancel %s: %s", attempt, error)

    async def withdraw(self, attempt: UUID) -> bool:
        """Take an attempt out of the node's queue; leave one alone that runs already.

        Raises:
            Unreachable: the node does not answer.
        """
        # Unlike a cancel it stops nothing that runs.
        await self._client.delete_ids("/queue", [attempt])
        return isinstance(await self.poll(attempt), Absent)

    def open_output(self, ref: OutputRef) -> AsyncIterator[bytes]:
        """Yield the bytes of an output.

        Raises:
            FileNotFoundError: it is not there.
            OutputRefused: it is not given out.
            OutputCut: it ended too early.
            Unreachable: the node does not answer.
        """
        path = PurePosixPath(ref.name)
        folder = "" if path.parent == PurePosixPath() else str(path.parent)
        return self._client.view_output(
            {"filename": path.name, "subfolder": folder, "type": "output"}
        )

    async def forget(self, attempt: UUID, _handle: str | None = None) -> None:
        """Delete a finished attempt from the node's history; no route deletes its files."""
        self._records.pop(attempt, None)
        try:
            await self._client.delete_ids("/history", [attempt])
        except Unreachable as error:
            log.info("could not forget %s: %s", attempt, error)

    async def free_memory(self) -> None:
        """Ask the node to unload its models after the prompt that runs."""
        try:
            await self._client.post("/free", {"unload_models": True, "free_memory": True})
        except Unreachable as error:
            log.info("could not free memory: %s", error)

    async def close(self) -> None:
        """Close the connections; what runs on the node goes on."""
        await self._client.close()

    async def _get_object(self, path: str, *, long: bool = False) -> NodeJson:
        answer: NodeAnswer = await self._client.get(path, long=long)
        if not answer.is_ok:
            raise BadAnswer(f"{path} said {answer.status}")
        body: NodeJson = answer.body
        return body
