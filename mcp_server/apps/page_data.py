"""Data for the pages beside the facts of a tool's result: words, pictures, stages.

They travel in `_meta` of the result, which hosts hand to the page and not to the model: the facts
that a model reads stay as they are, and cost no token more. A page draws the facts, and these words
where it has them. They are read over REST after the call, with the caller's own credential.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mcp_server import results
from mcp_server.apps.words import describe_steps, find_words, get_title, shorten
from mcp_server.json_types import Arguments, JsonObject
from mcp_server.rest.api import RestApi
from mcp_server.rest.offers import GET, ToolOffer
from mcp_server.results import Refusal
from mcp_server.tools.waits import AWAITED_KINDS

PLAN_KEY = "killatamata/plan"  # of _meta: a plan as a page's tool has just read it, for this module
PLANS_PATH, JOBS_PATH = (AWAITED_KINDS[kind].path for kind in ("plan", "job"))
OUTPUTS_PATH = "/api/v1/media/outputs"
MOST_JOBS = 12  # whose stages and files are read for one page
MOST_LISTED = 40  # of a list, with previews; the others are drawn by their facts
MOST_LISTED_OUTPUTS = 100
PLAN_FACTS = ("title", "origin", "onFailure", "livemode", "balanceAfterUsd")
OUTPUT_FACTS = (
    *("index", "kind", "state", "url", "posterUrl", "mimeType", "width", "height"),
    *("durationSeconds", "bytes", "assetId", "expiresAt"),
)
PREVIEW_WIDTH = "512"
log = logging.getLogger("mcp_server.apps")


@dataclass(frozen=True, slots=True)
class PageDataReader:
    """The reader of what a page needs beside the facts of a result."""

    api: RestApi
    plan_paths: Sequence[str]

    async def read(
        self,
        offer: ToolOffer | None,
        arguments: Arguments,
        facts: Mapping[str, Any],
        plan: JsonObject | None = None,
    ) -> JsonObject | None:
        """Return the data for a result with these facts; None if there is nothing to add.

        `plan` is the plan of the result where it was read whole already. Nothing here may fail a
        call that was carried out, so whatever goes wrong is only logged.
        """
        try:
            data = await self._read(offer, arguments, facts, plan)
        except Refusal as refusal:
            log.info("a page gets no data: %s", refusal)
        except Exception:
            log.exception("reading the data of a page failed")
        else:
            if data is None or is_small(facts, data):
                return data
            log.info("a page gets no data: it would be too large")
        return None

    async def _read(
        self,
        offer: ToolOffer | None,
        arguments: Arguments,
        facts: Mapping[str, Any],
        plan: JsonObject | None,
    ) -> JsonObject | None:
        if plan_id := facts.get("planId"):
            plan = plan or await self.api.get(PLANS_PATH, planId=plan_id)
            return await self._describe_plan(plan, arguments.get("knownJobIds"))
        if "error" in facts and isinstance(arguments.get("planId"), str):
            # A refused plan is drawn too: the page says what would be bought and where to approve.
            plan = await self.api.get(PLANS_PATH, planId=arguments["planId"])
            shown = {"plan": results.select_facts(plan, self.plan_paths)}
            return await self._describe_plan(plan, None) | shown
        if job_id := facts.get("jobId"):
            return {"jobs": [await self._read_job(job_id, is_whole=True)]}
        if offer is not None and offer.method == GET and isinstance(facts.get("data"), list):
            return await self._read_list(offer, arguments)
        return None

    async def _describe_plan(self, plan: JsonObject, known_job_ids: object) -> JsonObject:
        """Return the words of a plan and its jobs, but for those whose end a page knows already."""
        known = set(map(str, known_job_ids)) if isinstance(known_job_ids, list) else set()
        data = {name: plan.get(name) for name in PLAN_FACTS} | {"steps": describe_steps(plan)}
        # The newest ones: of a long film, those that are being made.
        unread = [job_id for job_id in plan["jobIds"] if job_id not in known][-MOST_JOBS:]
        return data | {"jobs": [await self._read_job(job_id) for job_id in unread]}

    async def _read_job(self, job_id: str, *, is_whole: bool = False) -> JsonObject:
        try:
            job = await self.api.get(JOBS_PATH, jobId=job_id, includeDetails="1")
        except Refusal:  # a key that may run plans need not be one that may read jobs
            return {"jobId": job_id}
        return render_job(job, is_whole=is_whole)

    async def _read_list(self, offer: ToolOffer, arguments: Arguments) -> JsonObject:
        listed = (await self.api.call(offer.build_request(arguments)))["data"][:MOST_LISTED]
        if offer.path == OUTPUTS_PATH:
            return {"outputs": [_render_listed_output(each) for each in listed]}
        inputs = await self._read_inputs()
        return {"jobs": [render_job(inputs.get(job["jobId"], {}) | job) for job in listed]}

    async def _read_inputs(self) -> dict[str, JsonObject]:
        """Return prompt and seed of the newest outputs by job: a list of jobs has neither."""
        page = await self.api.get(OUTPUTS_PATH, limit=str(MOST_LISTED_OUTPUTS))
        firsts = [each for each in page["data"] if each["outputIndex"] == 0]
        return {
            each["jobId"]: {"effectiveInput": {name: each[name] for name in ("prompt", "seed")}}
            for each in firsts
        }


def render_job(job: JsonObject, *, is_whole: bool = False) -> JsonObject:
    """Render a job for a page: how far it is, what it made, and from which words.

    Among others its prompt is cut, which `isPromptCut` says: a page reads one job for the whole.
    """
    task_input, billing = job.get("effectiveInput") or {}, job["billing"]
    progress = job.get("progress") or {}
    words = {
        **{name: job.get(name) for name in ("jobId", "task", "status", "queuePosition", "error")},
        "title": get_title(job["task"]),
        **{name: progress.get(name) for name in ("percent", "stage", "etaSeconds")},
        **{name: billing.get(name) for name in ("priceUsd", "chargedUsd")},
        **_render_prompt(find_words(task_input), is_whole=is_whole),
        "seed": task_input.get("seed"),
        "outputs": [_render_output(each) for each in job.get("outputs", ())],
    }
    return drop_none(words)


def _render_output(output: JsonObject) -> JsonObject:
    previews = output.get("previewUrls") or {}
    facts = {name: output.get(name) for name in OUTPUT_FACTS}
    return drop_none(facts | {"previewUrl": previews.get(PREVIEW_WIDTH)})


def _render_listed_output(output: JsonObject) -> JsonObject:
    named = ("jobId", "task", "seed", "name")
    facts = {name: output.get(name) for name in named}
    facts |= _render_prompt(output.get("prompt") or "", is_whole=False)
    place = {"index": output["outputIndex"], "title": get_title(output["task"])}
    return _render_output(output) | drop_none(facts) | place


def _render_prompt(prompt: str, *, is_whole: bool) -> JsonObject:
    shown = prompt if is_whole else shorten(prompt)
    return {"prompt": shown, "isPromptCut": True if shown != prompt else None}


def is_small(facts: Mapping[str, Any], data: JsonObject) -> bool:
    """Return True if a result stays within the bound of results with the data of its page."""
    texts = (json.dumps(each, ensure_ascii=False) for each in (facts, data))
    return sum(len(text.encode(errors="replace")) for text in texts) <= results.MAX_RESULT_BYTES


def drop_none(facts: JsonObject) -> JsonObject:
    """Return the facts without those that are null: a list of results is long."""
    return {name: value for name, value in facts.items() if value is not None}
