"""Plans as cards: steps, price, remaining balance, and the jobs that came of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict, cast

from starlette.requests import Request

from gateway.identity.keys.operations import list_keys
from gateway.identity.keys.schemas import Key
from gateway.kit.database.sessions import Database
from gateway.kit.errors import Problem
from gateway.kit.money import parse_usd
from gateway.kit.operation import Caller
from gateway.media.errors import NoPrice, PriceChanged
from gateway.media.jobs.outputs import OutputUrls
from gateway.media.jobs.queries import load_jobs
from gateway.media.tasks.input_json import InputJson
from gateway.pages.answers import (
    JobAnswer,
    MessageAnswer,
    PlanAnswer,
    PlanHeadAnswer,
    StepAnswer,
)
from gateway.pages.media import job_view
from gateway.pages.media.job_view import ShownJob
from gateway.pages.money_words import format_price_up
from gateway.pages.operation_client import OperationClient
from gateway.pages.studio.plan_media import StepMedia, list_step_media, load_source_names
from gateway.pages.studio.plan_steps import (
    SHOWN_FIELD,
    Selection,
    get_step_title,
    number_step_titles,
    render_needs,
    select_all_steps,
)
from gateway.studio.films.rows import film_id_from_storyboard
from gateway.studio.plans import operations as plans
from gateway.studio.plans.errors import PlanStale
from gateway.studio.plans.reader import PlanReader
from gateway.studio.plans.states import PlanOutcome, PlanState

MOST_WORDS = 4000
PLAN_HEADINGS = {
    PlanState.PENDING: "Approve this plan?",
    PlanState.EXECUTED: "Plan approved",
    PlanState.REJECTED: "Plan rejected",
    PlanState.EXPIRED: "Plan expired",
}
FILM_STATES = {
    PlanState.EXECUTED: "approved",
    PlanState.REJECTED: "not approved",
    PlanState.EXPIRED: "the offer has expired",
}
FILM_OPERATION = "video.combine"  # the step that joins a film
MOST_MEDIA = 6  # of each step
MOST_WAITING, MOST_KEYS = 20, 100
MOST_ROWS = 12  # jobs of a card in a thread; its own page has all
MOST_LIVE = 4  # newest cards of a thread with jobs; older ones show only how their steps ended
SIZE_FIELDS = ("width", "height")
LENGTH_FIELDS = ("durationFrames", "extendFrames", "outputFrames", "frames")
STALE_CODES = frozenset({PlanStale.code, PriceChanged.code, NoPrice.code})


class StepSummary(TypedDict):
    """The input of a step in short: words, measures and media."""

    words: str
    measures: str
    media: list[StepMedia]


class ShownStep(StepAnswer):
    """A step and the values that its card adds."""

    title: str
    needs: str
    summary: StepSummary
    checked: bool
    job: ShownJob | None


class WaitingPlan(PlanHeadAnswer):
    """A plan that waits for approval; `own` is True if its title is the words of a program."""

    own: bool
    asker: str
    words: str
    sha256: str


class PlanCard(TypedDict):
    """All values that the card of a plan shows."""

    plan: PlanAnswer
    steps: list[ShownStep]
    problem: Problem | None
    stale: bool
    unpriced: bool
    titles: dict[str, str]
    names: Mapping[str, str]
    film: str
    verb: str
    chosen: list[str]
    words: str
    shown_field: str
    above: bool
    wholly_above: bool
    left: str
    shown: int
    seen: str
    cap: str


@dataclass(frozen=True, slots=True)
class PlanCards:
    """Builds the cards of plans for the person who may approve them."""

    client: OperationClient

    async def get_plan(
        self, request: Request, caller: Caller, plan_id: str, step_ids: str | None = None
    ) -> PlanAnswer:
        """Return a plan, with the price of the selected steps or of all.

        Raises:
            Problem: there is no such plan, or these steps cannot run alone.
        """
        query = {"planId": plan_id} | ({} if step_ids is None else {"stepIds": step_ids})
        answer = await self.client.read_wire(plans.get_plans, request, caller, **query)
        return cast("PlanAnswer", answer)

    async def list_asking_keys(self, request: Request, caller: Caller) -> list[Key]:
        """List the keys and connected apps of a person, to name the one that prepared a plan."""
        answer = await self.client.read_model(list_keys, request, caller, limit=str(MOST_KEYS))
        keys: list[Key] = answer.data
        return keys

    async def list_waiting_plans(
        self, request: Request, caller: Caller, limit: int = MOST_WAITING
    ) -> list[WaitingPlan]:
        """List the newest plans that wait for approval, with their title and who prepared them."""
        query = {"state": PlanState.PENDING, "limit": str(limit)}
        answer = await self.client.read_wire(plans.get_plans, request, caller, **query)
        waiting_plans: list[PlanHeadAnswer] = answer["data"]
        if not waiting_plans:
            return []
        keys = await self.list_asking_keys(request, caller)
        reader: PlanReader = self.client.ports.get(PlanReader)
        glances = await reader.list_glances([plan["planId"] for plan in waiting_plans])
        return [
            {
                **plan,
                "words": glances[plan["planId"]].words,
                "sha256": glances[plan["planId"]].sha256,
                "title": get_plan_title(plan),
                "own": bool(plan["title"]) and plan["origin"] != "session",
                "asker": get_asker_name(plan, keys),
            }
            for plan in waiting_plans
        ]

    async def build_thread_cards(
        self, caller: Caller, messages: Sequence[MessageAnswer]
    ) -> dict[str, PlanCard]:
        """Build the cards of the plans that messages name, by plan id; deleted plans have none.

        All plans are one read and all jobs another, however long the thread is.
        """
        blocks = (block for message in messages for block in message["blocks"])
        plan_ids = list(dict.fromkeys(each["planId"] for each in blocks if each["type"] == "plan"))
        if not plan_ids:
            return {}
        reader: PlanReader = self.client.ports.get(PlanReader)
        plans_by_id = await reader.get_plans(caller, plan_ids)
        answers = {
            plan_id: cast("PlanAnswer", plan.model_dump(mode="json"))
            for plan_id, plan in plans_by_id.items()
        }
        rows = [
            _list_job_ids(answers[plan_id], MOST_ROWS)
            for plan_id in plan_ids[-MOST_LIVE:]
            if plan_id in answers
        ]
        jobs = await self._load_jobs(caller, [job_id for each in rows for job_id in each])
        inputs = [step["input"] for plan in answers.values() for step in plan["steps"]]
        names = await load_source_names(self.client.ports.get(Database), caller, inputs)
        return {plan_id: _to_card(plan, jobs, names) for plan_id, plan in answers.items()}

    async def build_card(
        self,
        caller: Caller,
        plan: PlanAnswer,
        *,
        problem: Problem | None = None,
        selection: Selection | None = None,
        cap: str = "",
        rows: int | None = None,
    ) -> PlanCard:
        """Build the card of a plan; by default every step is checked.

        `cap` is the typed maximum cost. `rows` limits the card to so many jobs, the first ones.
        """
        jobs = await self._load_jobs(caller, _list_job_ids(plan, rows))
        inputs = [step["input"] for step in plan["steps"]]
        names = await load_source_names(self.client.ports.get(Database), caller, inputs)
        card = _to_card(plan, jobs, names, problem=problem, selection=selection, cap=cap)
        reader: PlanReader = self.client.ports.get(PlanReader)
        storyboard_id = await reader.find_storyboard_id(caller, plan["planId"])
        if storyboard_id is not None:
            card["film"] = f"/films/{film_id_from_storyboard(storyboard_id)}"
            card["verb"] = "Render for" if FILM_OPERATION in plan["operations"] else "Make for"
        return card

    async def _load_jobs(self, caller: Caller, job_ids: Sequence[str]) -> dict[str, ShownJob]:
        """Load jobs by id, as rows of a list; deleted ones are absent."""
        if not job_ids:
            return {}
        database: Database = self.client.ports.get(Database)
        jobs = await load_jobs(database, self.client.ports.get(OutputUrls), caller, job_ids)
        now = database.clock.now()
        return {
            job_id: job_view.to_shown_job(cast("JobAnswer", job.model_dump(mode="json")), now)
            for job_id, job in jobs.items()
        }


def _list_job_ids(plan: PlanAnswer, rows: int | None) -> list[str]:
    return [step["jobId"] for step in plan["steps"] if step["jobId"]][:rows]


def _to_card(
    plan: PlanAnswer,
    jobs: Mapping[str, ShownJob],
    names: Mapping[str, str],
    *,
    problem: Problem | None = None,
    selection: Selection | None = None,
    cap: str = "",
) -> PlanCard:
    """Build the values of a card, with those jobs of the plan that were loaded."""
    selection = selection or select_all_steps(plan["steps"])
    titles = number_step_titles(plan["steps"])
    steps: list[ShownStep] = [
        {
            **step,
            "title": titles[step["key"]],
            "needs": render_needs(step, plan["steps"]),
            "summary": summarize_input(step["input"]),
            "checked": step["stepId"] in selection.step_ids,
            "job": jobs.get(step["jobId"] or ""),
        }
        for step in plan["steps"]
    ]
    codes = {*plan["blockedBy"], "" if problem is None else problem.code}
    return {
        "plan": plan,
        "steps": steps,
        "problem": problem,
        "stale": not STALE_CODES.isdisjoint(codes),
        "unpriced": NoPrice.code in codes,
        "titles": titles,
        "names": names,
        "film": "",
        "verb": "Approve",
        "chosen": selection.step_ids,
        "words": selection.words,
        "shown_field": SHOWN_FIELD,
        "above": False,
        "wholly_above": False,
        "left": job_view.format_duration(plan["secondsLeft"]),
        "shown": MOST_MEDIA,
        "seen": get_plan_stamp(plan) if _is_moving(plan) else "",
        "cap": cap,
    }


def get_plan_title(plan: PlanHeadAnswer) -> str:
    """Return the title of a plan; without one, a list of its steps."""
    step_words = ", ".join(
        f"{number} × {get_step_title(kind)}" if number > 1 else get_step_title(kind)  # noqa: RUF001 - a sign
        for kind, number in plan["operations"].items()
    )
    return plan["title"] or step_words


def get_asker_name(plan: PlanHeadAnswer, keys: Sequence[Key]) -> str:
    """Name the key, app, agent or person that prepared a plan; `keys` are the account's."""
    if plan["origin"] == "agent":
        return "the studio agent"
    if plan["origin"] == "session":
        return "you, in a browser"
    key = find_asking_key(plan, keys)
    if key is None:
        return f"the API key “{plan['askedBy']}”"
    return f"the {'connected app' if key.app else 'API key'} “{key.label}”"


def get_plan_heading(card: PlanCard) -> str:
    """Return the heading of the page of a plan; a film is named, with the price of a lone step."""
    plan, film = card["plan"], card["plan"]["title"] if card["film"] else None
    if film is None or plan["origin"] == "agent":
        return PLAN_HEADINGS[plan["state"]]
    verb = "Render" if FILM_OPERATION in plan["operations"] else "Make takes of"
    if plan["state"] != PlanState.PENDING:
        return f"{film}: {FILM_STATES[plan['state']]}"
    price = f" for {format_price_up(plan['totalMicrousd'])}" if len(plan["steps"]) == 1 else ""
    return f"{verb} “{film}”{price}?"


def find_asking_key(plan: PlanHeadAnswer, keys: Sequence[Key]) -> Key | None:
    """Return the key that prepared a plan, if it is among `keys`."""
    return next((key for key in keys if key.id == plan["askedBy"]), None)


def is_above_caps(plan: PlanHeadAnswer, keys: Sequence[Key], total: int) -> bool:
    """Return True if `total` exceeds what is left of the caps of the key that asked."""
    key = find_asking_key(plan, keys)
    if key is None or key.spent is None or plan["state"] != PlanState.PENDING:
        return False
    caps, used = key.spend_policy, key.spent
    windows = (
        (caps.daily_limit_usd, used.daily_microusd),
        (caps.monthly_limit_usd, used.monthly_microusd),
        (caps.total_limit_usd, used.total_microusd),
    )
    return any(cap is not None and spent + total > parse_usd(cap) for cap, spent in windows)


def get_plan_stamp(plan: PlanHeadAnswer) -> str:
    """Return the stamp of a plan: it changes whenever the plan does.

    A page sends it back when it polls, and gets nothing while it is the same.
    """
    return f"{plan['version']}.{plan['state']}"


def _is_moving(plan: PlanHeadAnswer) -> bool:
    return bool(plan["state"] == PlanState.PENDING or plan["outcome"] == PlanOutcome.RUNNING)


def summarize_input(step_input: InputJson) -> StepSummary:
    """Summarize the input of a step: words, size, length, media."""
    sides = [str(step_input[name]) for name in SIZE_FIELDS if step_input.get(name)]
    size = " × ".join(sides)  # noqa: RUF001 - a sign of multiplication
    frames = next((step_input[name] for name in LENGTH_FIELDS if step_input.get(name)), None)
    fps = step_input.get("fps")
    shots = [
        shot
        for scene in _get_document(step_input).get("scenes", [])
        for shot in scene.get("shots", [])
    ]
    parts = [f"{size} pixels"] if size else []
    parts += [f"{frames} frames"] if frames else []
    parts += [f"{fps} a second"] if fps else []
    parts += [f"{step_input['count']} pictures"] if step_input.get("count", 1) > 1 else []
    parts += [f"{len(shots)} shots"] if shots else []
    words = (
        step_input.get("prompt")
        or _get_document(step_input).get("title")
        or step_input.get("content", "")
    )
    words = words if len(words) <= MOST_WORDS else f"{words[:MOST_WORDS]} …"
    return {"words": words, "measures": ", ".join(parts), "media": list_step_media(step_input)}


def _get_document(step_input: InputJson) -> InputJson:
    document: InputJson = step_input.get("document", {})
    return document
