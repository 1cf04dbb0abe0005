"""Plans as cards: steps, price, remaining balance, and the jobs that came of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict, cast

from starlette.requests import Request

from gateway.identity.keys.operations import list_keys
from gateway.identity.keys.schemas import Key
from gateway.kit.database.sessions import Database
from gateway.kit.errors import NotFound, Problem
from gateway.kit.operation import Caller
from gateway.media.errors import NoPrice, PriceChanged
from gateway.media.jobs.outputs import OutputUrls
from gateway.media.jobs.queries import load_jobs
from gateway.pages.answers import (
    JobAnswer,
    MessageAnswer,
    PlanAnswer,
    PlanHeadAnswer,
    StepAnswer,
)
from gateway.pages.media import job_view
from gateway.pages.media.job_view import ShownJob
from gateway.pages.operation_client import OperationClient
from gateway.pages.studio.plan_askers import get_asker_name, is_above_caps
from gateway.pages.studio.plan_media import load_source_names
from gateway.pages.studio.plan_steps import StepForm, list_changed_ids, read_selection
from gateway.pages.studio.plan_words import (
    FILM_OPERATION,
    ShotWords,
    StepSummary,
    describe_needs,
    describe_product,
    get_plan_heading,
    get_plan_title,
    get_step_icon,
    get_step_title,
    join_names,
    list_shot_words,
    name_steps,
    summarize_input,
    to_name_in_sentence,
)
from gateway.studio.films.rows import film_id_from_storyboard
from gateway.studio.plans import operations as plans
from gateway.studio.plans.errors import PlanStale
from gateway.studio.plans.reader import PlanReader
from gateway.studio.plans.states import PlanOutcome, PlanState
from gateway.studio.storyboards.operations import get_storyboard

MOST_MEDIA = 6  # of each step
MOST_WAITING, MOST_KEYS = 20, 100
MOST_ROWS = 12  # jobs of a card in a thread; its own page has all
MOST_LIVE = 4  # newest cards of a thread with jobs; older ones show only how their steps ended
STALE_CODES = frozenset({PlanStale.code, PriceChanged.code, NoPrice.code})


class ShownStep(StepAnswer):
    """A step and the values that its card adds.

    `product` is what it makes, `gist` what is to be seen. `needs` names the steps it needs, or why
    it is left out. `picture` is the hash of a file that it uses; without one there is an icon.
    """

    name: str
    title: str
    product: str
    gist: str
    needs: str
    is_left_out: bool
    picture: str
    icon: str
    summary: StepSummary
    checked: bool
    job: ShownJob | None


class WaitingPlan(PlanHeadAnswer):
    """A plan that waits for approval; `own` is True if its title is the words of a program."""

    own: bool
    asker: str
    words: str
    sha256: str


@dataclass(frozen=True, slots=True)
class PlannedFilm:
    """The film that a plan renders: the path of its page, and the words of its shots by id."""

    path: str
    shots: Mapping[str, ShotWords]


NO_FILM = PlannedFilm("", {})


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
    heading: str
    asker: str
    chosen: list[str]
    left_out: list[str]
    changed: Collection[str]
    words: str
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
        self, request: Request, caller: Caller, plan_id: str, form: StepForm | None = None
    ) -> PlanAnswer:
        """Return a plan, with the price of the steps that a form selects or of all.

        Raises:
            Problem: there is no such plan.
        """
        query = {} if form is None else form.build_query()
        answer = await self.client.read_wire(
            plans.get_plans, request, caller, planId=plan_id, **query
        )
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
        self, request: Request, caller: Caller, messages: Sequence[MessageAnswer]
    ) -> dict[str, PlanCard]:
        """Build the cards of the plans that messages name, by plan id; deleted plans have none."""
        blocks = (block for message in messages for block in message["blocks"])
        plan_ids = list(dict.fromkeys(each["planId"] for each in blocks if each["type"] == "plan"))
        return await self._build_cards(request, caller, plan_ids) if plan_ids else {}

    async def build_waiting_cards(
        self, request: Request, caller: Caller, plan_ids: Sequence[str]
    ) -> list[PlanCard]:
        """Build the cards of plans that wait for approval, each with who prepared it."""
        cards = (await self._build_cards(request, caller, plan_ids)).values()
        keys = await self.list_asking_keys(request, caller)
        for card in cards:
            card["asker"] = get_asker_name(card["plan"], keys)
            _mark_caps(card, keys)
        return list(cards)

    async def _build_cards(
        self, request: Request, caller: Caller, plan_ids: Sequence[str]
    ) -> dict[str, PlanCard]:
        """Build the cards of several plans by id.

        All plans are one read and all jobs another, however many there are.
        """
        reader: PlanReader = self.client.ports.get(PlanReader)
        plans_by_id = await reader.get_plans(caller, plan_ids)
        answers = {
            plan_id: cast("PlanAnswer", plans_by_id[plan_id].model_dump(mode="json"))
            for plan_id in plan_ids
            if plan_id in plans_by_id
        }
        rows = [
            _list_job_ids(answers[plan_id], MOST_ROWS)
            for plan_id in plan_ids[-MOST_LIVE:]
            if plan_id in answers
        ]
        jobs = await self._load_jobs(caller, [job_id for each in rows for job_id in each])
        inputs = [step["input"] for plan in answers.values() for step in plan["steps"]]
        names = await load_source_names(self.client.ports.get(Database), caller, inputs)
        boards = await reader.list_storyboard_ids(caller, plan_ids)
        return {
            plan_id: _to_card(
                plan, jobs, names, await self._load_film(request, caller, plan, boards)
            )
            for plan_id, plan in answers.items()
        }

    async def build_card(
        self,
        request: Request,
        caller: Caller,
        plan: PlanAnswer,
        *,
        problem: Problem | None = None,
        form: StepForm | None = None,
        cap: str = "",
        rows: int | None = None,
    ) -> PlanCard:
        """Build the card of a plan, with who prepared it.

        `form` is the one that it answers, `cap` the typed maximum cost. `rows` limits the card to
        so many jobs, the first ones.
        """
        jobs = await self._load_jobs(caller, _list_job_ids(plan, rows))
        inputs = [step["input"] for step in plan["steps"]]
        names = await load_source_names(self.client.ports.get(Database), caller, inputs)
        reader: PlanReader = self.client.ports.get(PlanReader)
        boards = await reader.list_storyboard_ids(caller, [plan["planId"]])
        film = await self._load_film(request, caller, plan, boards)
        card = _to_card(plan, jobs, names, film, problem=problem, form=form, cap=cap)
        keys = await self.list_asking_keys(request, caller)
        card["asker"] = get_asker_name(plan, keys)
        _mark_caps(card, keys)
        return card

    async def _load_film(
        self, request: Request, caller: Caller, plan: PlanAnswer, boards: Mapping[str, str]
    ) -> PlannedFilm:
        """Load the film that a plan renders, by the storyboards of plans; none if it is deleted."""
        storyboard_id = boards.get(plan["planId"])
        if storyboard_id is None:
            return NO_FILM
        path = f"/films/{film_id_from_storyboard(storyboard_id)}"
        try:
            board = await self.client.read_model(
                get_storyboard, request, caller, assetId=storyboard_id
            )
        except NotFound:
            return PlannedFilm(path, {})
        return PlannedFilm(path, list_shot_words(board.document))

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
    film: PlannedFilm,
    *,
    problem: Problem | None = None,
    form: StepForm | None = None,
    cap: str = "",
) -> PlanCard:
    """Build the values of a card, with those jobs of the plan that were loaded."""
    selection, titles = read_selection(plan), name_steps(plan["steps"], film.shots)
    names_by_id = {step["stepId"]: titles[step["key"]] for step in plan["steps"]}
    steps = [
        _to_shown_step(step, plan["steps"], titles, film, jobs.get(step["jobId"] or ""))
        for step in plan["steps"]
    ]
    for step in steps:
        step["checked"] = step["stepId"] in selection.step_ids
        if needs := selection.needs_by_left_out_id.get(step["stepId"]):
            named = join_names([to_name_in_sentence(names_by_id[each]) for each in needs])
            step["is_left_out"], step["needs"] = True, f"Left out: it needs {named}."
    codes = {*plan["blockedBy"], "" if problem is None else problem.code}
    is_film = FILM_OPERATION in plan["operations"]
    return {
        "plan": plan,
        "steps": steps,
        "problem": problem,
        "stale": not STALE_CODES.isdisjoint(codes),
        "unpriced": NoPrice.code in codes,
        "titles": {key: to_name_in_sentence(title) for key, title in titles.items()},
        "names": names,
        "film": film.path,
        "verb": ("Render for" if is_film else "Make for") if film.path else "Approve",
        "heading": get_plan_heading(plan, is_film_plan=bool(film.path)),
        "asker": "",
        "chosen": selection.step_ids,
        "left_out": [*selection.needs_by_left_out_id],
        "changed": () if form is None else list_changed_ids(form, selection),
        "words": selection.describe_changes(names_by_id, form),
        "above": False,
        "wholly_above": False,
        "left": job_view.format_duration(plan["secondsLeft"]),
        "shown": MOST_MEDIA,
        "seen": get_plan_stamp(plan) if _is_moving(plan) else "",
        "cap": cap,
    }


def _to_shown_step(
    step: StepAnswer,
    steps: Sequence[StepAnswer],
    names: Mapping[str, str],
    film: PlannedFilm,
    job: ShownJob | None,
) -> ShownStep:
    """Build the values of a row, for a step that is checked."""
    summary, shot = summarize_input(step["input"]), film.shots.get(step["shotId"] or "")
    return {
        **step,
        "name": names[step["key"]],
        "title": get_step_title(step["operation"]),
        "product": describe_product(step),
        "gist": (shot.words if shot else "") or summary["words"],
        "needs": describe_needs(step, steps, names),
        "is_left_out": False,
        "picture": next((each["sha256"] for each in summary["media"] if each["sha256"]), ""),
        "icon": get_step_icon(step["operation"]),
        "summary": summary,
        "checked": True,
        "job": job,
    }


def get_plan_stamp(plan: PlanAnswer) -> str:
    """Return the stamp of a plan: it changes whenever the plan does, or can no longer be run.

    A page sends it back when it polls, and gets nothing while it is the same.
    """
    stale = "-" if not STALE_CODES.isdisjoint(plan["blockedBy"]) else ""
    return f"{plan['version']}{stale}.{plan['state']}"


def _mark_caps(card: PlanCard, keys: Sequence[Key]) -> None:
    """Mark on a card whether its checked steps, or all, exceed the caps of the key that asked."""
    plan = card["plan"]
    card["above"] = is_above_caps(plan, keys, plan["selectedMicrousd"])
    card["wholly_above"] = is_above_caps(plan, keys, plan["totalMicrousd"])


def _is_moving(plan: PlanHeadAnswer) -> bool:
    return bool(plan["state"] == PlanState.PENDING or plan["outcome"] == PlanOutcome.RUNNING)
