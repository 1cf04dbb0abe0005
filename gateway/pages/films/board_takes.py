"""Takes of the shots of a board: their prices, making one, and those that are being made."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from starlette.requests import Request

from gateway.kit.errors import NotFound, Problem
from gateway.kit.money import render_usd
from gateway.kit.operation import Caller
from gateway.kit.wire import request_reader
from gateway.library import operations as library
from gateway.media import operations as media
from gateway.pages.answers import PriceAnswer
from gateway.pages.films.board_cards import Card, MakingPrice, OpenTakes, ShownBoard, ShownTake
from gateway.pages.operation_client import OperationClient
from gateway.pages.studio.studio_client import StudioClient
from gateway.studio.documents.versions import Documents
from gateway.studio.errors import ShotIncomplete
from gateway.studio.films.rows import list_open_plan_ids
from gateway.studio.plans import operations as plans
from gateway.studio.plans import render_operations as rendering
from gateway.studio.plans.schemas import Plan
from gateway.studio.plans.states import StepState
from gateway.studio.storyboards.model import Storyboard
from gateway.studio.storyboards.render_steps import RenderOptions, RenderStep, build_render_steps
from gateway.studio.storyboards.schemas import StoryboardShown

MOST_PRICED = 24  # different lengths and sizes of one board; the others are priced on a plan
MOST_PLANS = 20
OPEN_STATES = {StepState.SUBMITTED: "running", StepState.WAITING: "queued"}
UNPRICED_FIELDS = ("prompt", "negativePrompt", "seed")


@dataclass(frozen=True, slots=True)
class BoardTakes:
    """Reads and makes takes for the person who is signed in."""

    client: OperationClient

    @property
    def studio(self) -> StudioClient:
        """Return the client of the studio's operations."""
        return StudioClient(self.client)

    async def find_open_takes(
        self, request: Request, caller: Caller, storyboard: StoryboardShown
    ) -> OpenTakes:
        """Find the takes that plans of this film are making now, by shot."""
        documents: Documents = self.client.ports.get(Documents)
        async with documents.database.read() as snapshot:
            plan_ids = await list_open_plan_ids(snapshot, storyboard.asset_id)
        making: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for plan_id in plan_ids[-MOST_PLANS:]:
            plan: Plan = await self.client.read_model(
                plans.get_plans, request, caller, planId=plan_id
            )
            for step in plan.steps:
                if step.shot_id is not None and step.state in OPEN_STATES:
                    making[step.shot_id].append((step.job_id or "", OPEN_STATES[step.state]))
        return making

    async def add_prices(
        self,
        request: Request,
        caller: Caller,
        document: Storyboard,
        board: ShownBoard,
        only: str = "",
    ) -> None:
        """Add to each card the exact price of one more take, or why there is none."""
        known: dict[str, MakingPrice] = {}
        for card in board.cards:
            if only and card.id != only:
                continue
            options = RenderOptions(shot_ids=[card.id], mode="all", combine=False)
            try:
                (step,) = build_render_steps(document, options)
            except ShotIncomplete:
                card.price = MakingPrice(reason=_explain_refusal(card, board))
                continue
            priced = {
                name: value for name, value in step.input.items() if name not in UNPRICED_FIELDS
            }
            key = json.dumps([step.operation, priced], sort_keys=True)
            if key not in known and len(known) < MOST_PRICED:
                known[key] = await self._price_step(request, caller, step)
            card.price = known.get(key, MakingPrice())

    async def _price_step(self, request: Request, caller: Caller, step: RenderStep) -> MakingPrice:
        """Price a step by a dry run; a refusal says why there is no price."""
        body = {"task": step.operation, "input": step.input}
        try:
            answer = await self.client.call_operation(
                media.submit_job, request, body, caller, query={"dryRun": "1"}
            )
        except Problem as refused:
            return MakingPrice(reason=refused.detail)
        priced = cast("PriceAnswer", request_reader.parse_json_object(answer.body))
        return MakingPrice(priced["priceMicrousd"])

    async def make_take(
        self, request: Request, caller: Caller, asset_id: str, posted: Mapping[str, str]
    ) -> str:
        """Make one take at the price on its button; return the plan's page if it is another.

        Raises:
            Problem: any refusal.
        """
        body = {
            "assetId": asset_id,
            "shotIds": [posted.get("shotId", "")],
            "mode": "all",
            "combine": False,
        }
        key = posted.get("idempotencyKey")
        plan = await self.studio.write(rendering.prepare_render, request, caller, body, key=key)
        shown = posted.get("priceMicrousd", "")
        page = f"/plans/{plan['planId']}"
        if not shown.isdecimal() or plan["totalMicrousd"] > int(shown):
            return page
        execution = {
            "planId": plan["planId"],
            "planHash": plan["planHash"],
            "maxTotalUsd": render_usd(plan["totalMicrousd"]),
        }
        await self.studio.write(plans.execute_plan, request, caller, execution)
        return ""

    async def prepare_takes(
        self, request: Request, caller: Caller, asset_id: str, posted: Mapping[str, str]
    ) -> str:
        """Prepare a plan of takes for several shots; return the page on which it is approved.

        Raises:
            Problem: any refusal.
        """
        takes = posted.get("takesPerShot", "1")
        body = {
            "assetId": asset_id,
            "mode": posted.get("mode", "missing"),
            "takesPerShot": int(takes) if takes in {"1", "2", "3", "4"} else takes,
            "combine": False,
        }
        key = posted.get("idempotencyKey")
        plan = await self.studio.write(rendering.prepare_render, request, caller, body, key=key)
        return f"/plans/{plan['planId']}"

    async def find_take_url(self, request: Request, caller: Caller, take: ShownTake) -> str:
        """Return the address of the file of a take; empty if it is no longer kept."""
        try:
            if take.source.startswith("asset://"):
                query = {"assetId": take.source.removeprefix("asset://")}
                asset = await self.studio.read(library.get_asset, request, caller, **query)
                return asset["downloadUrl"] or ""
            job = await self.studio.read(media.get_job, request, caller, jobId=take.job_id)
        except NotFound:
            return ""
        return next((each["url"] or "" for each in job["outputs"]), "")


def _explain_refusal(card: Card, board: ShownBoard) -> str:
    """Explain to a person why a shot cannot be made yet."""
    source = next((each for each in board.cards if each.number == card.continues), None)
    if not card.form["action"] and not card.form["prompt"]:
        return "Write what happens, then it can be made."
    if source is not None and not source.form["take"]:
        return f"It continues shot {source.number}: make that one first."
    if source is not None and card.form["startFrame"]:
        return "It continues another shot, so it cannot have a start frame too."
    return "It is too long to continue another shot."
