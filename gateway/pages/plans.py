"""The page on which a person approves a plan; plain forms, it works without JavaScript.

Nothing happens by looking: Approve and Reject are posts from this page, in a session, and name the
hash of what was shown.
"""

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.identity import operations as identity
from gateway.identity.callers import MODE
from gateway.kit import wire
from gateway.kit.errors import LiveModeDisabled, NotFound, Problem, Unauthorized
from gateway.kit.operation import Caller, authorise, declared
from gateway.kit.routing import Route
from gateway.ledger.accounts import BOOKS
from gateway.media.inputs import STEP_URL
from gateway.pages.render import PRIVATE, page, see_other
from gateway.pages.session import Desk, form, page_headers, sign_in_first
from gateway.studio.plans import operations as plans

PATH = "/plans/{plan_id}"
MEDIA = "/plans/{plan_id}/media/{sha256}"
CHECKED = "step."
MOST_WORDS = 4000
MOST_MEDIA = 6  # of each step
SEEN = ("image/", "video/")
HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
SIZES = ("width", "height")
LENGTHS = ("durationFrames", "extendFrames", "outputFrames", "frames")


class PlanPages:
    """The views; each asks operations through the desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        return [
            Route(PATH, self._desk.shown(self.answer), methods=["GET", "POST"]),
            Route(MEDIA, self._desk.shown(self.media), methods=["GET"]),
        ]

    async def answer(self, request: Request) -> Response:
        """Answer one request."""
        return await (self.decide if request.method == "POST" else self.show)(request)

    async def show(self, request: Request) -> Response:
        """Show a plan: who asks, what, how much, what remains."""
        plan_id = request.path_params["plan_id"]
        caller, plan = await self._found(request, plan_id)
        if caller is None:
            return sign_in_first(request)
        return await self._page(request, caller, plan)

    async def decide(self, request: Request) -> Response:
        """Approve a plan or part of it, or reject it."""
        plan_id = request.path_params["plan_id"]
        self._desk.callers.site.refuse_foreign(request.method, request.headers)
        caller, plan = await self._found(request, plan_id)
        if caller is None:
            return sign_in_first(request)
        given = await form(request)
        try:
            if given.get("decision") == "reject":
                await self._ask(request, caller, plans.reject_plan, {"planId": plan_id})
            elif given.get("decision") == "approve":
                body = _approval(plan_id, given, plan)
                await self._ask(request, caller, plans.execute_plan, body)
            elif given.get("decision") == "count":
                plan = await self._part(request, caller, plan, given)
                return await self._page(request, caller, plan, given=given)
        except Problem as problem:
            try:
                plan = await self._part(request, caller, plan, given)
            except Problem:  # what is checked cannot be run alone
                plan = await self._read(request, caller, {"planId": plan_id})
            return await self._page(request, caller, plan, problem, given)
        return see_other(f"/plans/{plan_id}")

    async def media(self, request: Request) -> Response:
        """Show a picture of what a step uses."""
        caller, _ = await self._found(request, request.path_params["plan_id"])
        if caller is None:
            raise Unauthorized
        query = {"planId": request.path_params["plan_id"], "sha256": request.path_params["sha256"]}
        seen = await self._desk.carry_out(plans.get_plan_media, request, None, caller, query=query)
        return Response(seen.body, headers=PRIVATE | {"Content-Type": seen.headers["Content-Type"]})

    async def _found(self, request: Request, plan_id: str) -> tuple[Caller | None, Any]:
        """Return who is signed in, and the plan in whichever book it is; nobody: no plan either.

        Raises:
            NotFound: the person has no such plan.
        """
        for book in BOOKS:
            headers = page_headers(request) | {MODE: book}
            try:
                caller = await self._desk.callers(headers, declared(plans.get_plans))
            except LiveModeDisabled:
                continue
            except Unauthorized:
                return None, None
            if caller is None:
                return None, None
            authorise(declared(plans.get_plans), caller)
            try:
                plan = await self._read(request, caller, {"planId": plan_id})
            except NotFound:
                continue
            self._desk.frame(request, caller)
            return caller, plan
        raise NotFound("There is no such plan.", hint="Check the address.")

    async def _part(
        self,
        request: Request,
        caller: Caller,
        plan: dict[str, Any],
        given: dict[str, str],
    ) -> dict[str, Any]:
        """Return a plan as it is for the steps that are checked in a form."""
        query = {"planId": plan["planId"], "stepIds": ",".join(_checked(given, plan))}
        return await self._read(request, caller, query)

    async def _read(
        self, request: Request, caller: Caller, query: dict[str, str]
    ) -> dict[str, Any]:
        read = await self._desk.carry_out(plans.get_plans, request, None, caller, query=query)
        found: dict[str, Any] = wire.parse(read.body)
        return found

    async def _ask(
        self,
        request: Request,
        caller: Caller,
        handler: Any,  # noqa: ANN401 - an operation
        given: dict[str, Any],
    ) -> None:
        authorise(declared(handler), caller)
        await self._desk.carry_out(handler, request, given, caller)

    async def _page(
        self,
        request: Request,
        caller: Caller,
        plan: Any,  # noqa: ANN401 - any JSON value
        problem: Problem | None = None,
        given: dict[str, str] | None = None,
    ) -> Response:
        """Show a plan; after a refusal with what was checked and typed before."""
        steps = [
            step
            | {
                "summary": summary(step["input"]),
                "checked": given is None or f"{CHECKED}{step['stepId']}" in given,
            }
            for step in plan["steps"]
        ]
        return page(
            request,
            "plan.html",
            problem=problem,
            plan=plan,
            shown=MOST_MEDIA,
            asker=await self._asker(request, caller, plan),
            steps=steps,
            cap="" if given is None else given.get("maxTotalUsd", ""),
        )

    async def _asker(self, request: Request, caller: Caller, plan: Any) -> str:  # noqa: ANN401
        """Say who prepared the plan."""
        if plan["origin"] == "agent":
            return "the studio agent"
        if plan["origin"] == "session":
            return "you, in a browser"
        listed = await self._desk.carry_out(identity.list_keys, request, None, caller)
        keys = {key["id"]: key for key in wire.parse(listed.body)["data"]}
        asker = keys.get(plan["askedBy"], {"label": plan["askedBy"], "app": None})
        return f"the {'connected app' if asker['app'] else 'API key'} “{asker['label']}”"


def _approval(plan_id: str, given: dict[str, str], plan: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return the body of an execute as the form asks for it: all steps are the whole plan."""
    ids = _checked(given, plan)
    body: dict[str, Any] = {"planId": plan_id, "planHash": given.get("planHash", "")}
    if len(ids) < len(plan["steps"]):
        body["stepIds"] = ids
    if cap := given.get("maxTotalUsd", "").strip().removeprefix("$"):
        body["maxTotalUsd"] = cap
    return body


def _checked(given: dict[str, str], plan: Any) -> list[str]:  # noqa: ANN401
    """Return the steps of a plan that are checked in a form."""
    return [step["stepId"] for step in plan["steps"] if f"{CHECKED}{step['stepId']}" in given]


def summary(given: dict[str, Any]) -> dict[str, Any]:
    """Return what a person wants to know of an input: words, size, length, media."""
    size = " x ".join(str(given[name]) for name in SIZES if given.get(name))
    frames = next((given[name] for name in LENGTHS if given.get(name)), None)
    fps = given.get("fps")
    shots = [
        shot for scene in _document(given).get("scenes", []) for shot in scene.get("shots", [])
    ]
    parts = [f"{size} pixels"] if size else []
    parts += [f"{frames} frames"] if frames else []
    parts += [f"{fps} a second"] if fps else []
    parts += [f"{given['count']} pictures"] if given.get("count", 1) > 1 else []
    parts += [f"{len(shots)} shots"] if shots else []
    words = given.get("prompt") or _document(given).get("title") or given.get("content", "")
    words = words if len(words) <= MOST_WORDS else f"{words[:MOST_WORDS]} …"
    return {"words": words, "measures": ", ".join(parts), "media": media(given)}


def media(value: Any, name: str = "") -> list[dict[str, Any]]:  # noqa: ANN401 - any JSON value
    """Return the media that an input names: for what, from where, and whether there is a picture.

    What an earlier step will make has no hash and no picture yet.
    """
    if isinstance(value, list):
        return [found for each in value for found in media(each, name)]
    if not isinstance(value, dict):
        return []
    if "source" in value and "sha256" in value:
        seen = value["sha256"] and str(value.get("mimeType")).startswith(SEEN)
        step = STEP_URL.fullmatch(value["source"])
        return [
            {
                "use": HUMP.sub(" ", name).lower(),
                "source": value["source"],
                "step": step[1] if step else "",
                "sha256": value["sha256"] if seen else "",
            }
        ]
    return [found for key, each in value.items() for found in media(each, key)]


def _document(given: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = given.get("document", {})
    return found
