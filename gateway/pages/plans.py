"""The page on which a person approves a plan: plain forms, which work without a script.

Opening the page changes nothing: Approve and Reject are POSTs from this page in a session, and name
the hash of the plan that was shown. The card of a plan in a thread posts here too.
"""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

from starlette.requests import Request
from starlette.responses import Response

from gateway.identity.callers import MODE_HEADER
from gateway.kit.errors import InvalidInput, LiveModeDisabled, NotFound, Problem, Unauthorized
from gateway.kit.money import parse_usd
from gateway.kit.operation import Caller, authorise_call, operation_from_handler
from gateway.kit.routing import Route
from gateway.ledger.accounts import BOOKS
from gateway.pages.answers import PlanAnswer
from gateway.pages.granting import amount
from gateway.pages.plan_cards import MOST_ROWS, PlanCards, above_caps, asker, seen
from gateway.pages.plan_steps import Selection, select_steps
from gateway.pages.render import PRIVATE, page, see_other
from gateway.pages.session import Desk, form, page_headers, sign_in_first
from gateway.studio.plans import operations as plans

PATH = "/plans/{plan_id}"
NOT_YET = "Nothing has been approved yet. Look at the steps and the total, then approve again."
NO_STEP = "No step is checked."


class ExecuteBody(TypedDict):
    """The body of an execute; without `stepIds` it runs the whole plan."""

    planId: str
    planHash: str
    stepIds: NotRequired[list[str]]
    maxTotalUsd: NotRequired[str]


class PlanPages:
    """The views of an approval plan."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._cards = PlanCards(desk)

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        return [
            Route(PATH, self._desk.shown(self.answer), methods=["GET", "POST"]),
            Route(f"{PATH}/card", self._desk.shown(self.card), methods=["GET"]),
            Route(f"{PATH}/media/{{sha256}}", self._desk.shown(self.media), methods=["GET"]),
        ]

    async def answer(self, request: Request) -> Response:
        """Show a plan, or decide on it."""
        return await (self.decide if request.method == "POST" else self.show)(request)

    async def show(self, request: Request) -> Response:
        """Show a plan: who prepared it, its steps, its price and the balance after it."""
        plan_id = request.path_params["plan_id"]
        caller_and_plan = await self._found(request, plan_id)
        if caller_and_plan is None:
            return sign_in_first(request)
        caller, plan = caller_and_plan
        return await self._page(request, caller, plan)

    async def card(self, request: Request) -> Response:
        """Render the card of a plan for htmx if it has changed; a browser gets the whole page."""
        plan_id = request.path_params["plan_id"]
        if "hx-request" not in request.headers:
            return see_other(f"/plans/{plan_id}")
        caller_and_plan = await self._found(request, plan_id)
        if caller_and_plan is None:
            raise Unauthorized
        caller, plan = caller_and_plan
        shown_stamp = request.query_params.get("seen", "")
        if shown_stamp == seen(plan):
            return Response(status_code=204, headers=PRIVATE)
        decided = shown_stamp.rpartition(".")[2] != plan["state"]
        if decided and "alone" in request.query_params:
            return Response(headers=PRIVATE | {"HX-Refresh": "true"})
        return await self._page(request, caller, plan)

    async def decide(self, request: Request) -> Response:
        """Approve a plan or part of it, or reject it."""
        plan_id = request.path_params["plan_id"]
        self._desk.callers.site.refuse_cross_site(request.method, request.headers)
        caller_and_plan = await self._found(request, plan_id)
        if caller_and_plan is None:
            return sign_in_first(request)
        caller, plan = caller_and_plan
        fields = await form(request)
        selection = select_steps(plan["steps"], fields)
        try:
            match fields.get("decision"):
                case "reject":
                    await self._ask(request, caller, plans.reject_plan, {"planId": plan_id})
                case "approve":
                    body = _approval(plan_id, fields, plan, selection)
                    await self._ask(request, caller, plans.execute_plan, body)
                case "count":
                    return await self._part(request, caller, plan_id, fields, selection)
        except Problem as problem:
            return await self._part(request, caller, plan_id, fields, selection, problem)
        if "hx-request" in request.headers:
            plan = await self._cards.find(request, caller, plan_id)
            return await self._page(request, caller, plan)
        return see_other(f"/plans/{plan_id}")

    async def media(self, request: Request) -> Response:
        """Show the picture of a file that a step uses."""
        caller_and_plan = await self._found(request, request.path_params["plan_id"])
        if caller_and_plan is None:
            raise Unauthorized
        caller, _ = caller_and_plan
        query = {"planId": request.path_params["plan_id"], "sha256": request.path_params["sha256"]}
        picture = await self._desk.carry_out(
            plans.get_plan_media, request, None, caller, query=query
        )
        return Response(
            picture.body, headers=PRIVATE | {"Content-Type": picture.headers["Content-Type"]}
        )

    async def _found(self, request: Request, plan_id: str) -> tuple[Caller, PlanAnswer] | None:
        """Find a plan in either book of the signed-in person; return it and the caller of its book.

        None: the browser is not signed in.

        Raises:
            NotFound: the person has no such plan.
        """
        for book in BOOKS:
            headers = page_headers(request) | {MODE_HEADER: book}
            try:
                caller = await self._desk.callers(headers, operation_from_handler(plans.get_plans))
            except LiveModeDisabled:
                continue
            except Unauthorized:
                return None
            if caller is None:
                return None
            authorise_call(operation_from_handler(plans.get_plans), caller)
            try:
                plan = await self._cards.find(request, caller, plan_id)
            except NotFound:
                continue
            self._desk.frame(request, caller)
            return caller, plan
        raise NotFound("There is no such plan.", hint="Check the address.")

    async def _part(
        self,
        request: Request,
        caller: Caller,
        plan_id: str,
        given: dict[str, str],
        selection: Selection,
        problem: Problem | None = None,
    ) -> Response:
        """Show the current plan, with the price of the steps that the form selects."""
        if selection.step_ids:
            ids = ",".join(selection.step_ids)
            plan = await self._cards.find(request, caller, plan_id, ids)
        else:
            plan = _without_steps(await self._cards.find(request, caller, plan_id))
        cap = given.get("maxTotalUsd", "")
        return await self._page(request, caller, plan, problem, selection, cap)

    async def _ask(
        self,
        request: Request,
        caller: Caller,
        handler: Any,  # noqa: ANN401 - an operation
        given: Mapping[str, object],
    ) -> None:
        authorise_call(operation_from_handler(handler), caller)
        await self._desk.carry_out(handler, request, given, caller)

    async def _page(
        self,
        request: Request,
        caller: Caller,
        plan: PlanAnswer,
        problem: Problem | None = None,
        selection: Selection | None = None,
        cap: str = "",
    ) -> Response:
        """Render a plan or its card; after a refusal with the choices of the form."""
        part, alone = "hx-request" in request.headers, "alone" in request.query_params
        rows = MOST_ROWS if part and not alone else None
        card = await self._cards.card(
            caller, plan, problem=problem, selection=selection, cap=cap, rows=rows
        )
        keys = await self._cards.keys(request, caller)
        card["above"] = above_caps(plan, keys, plan["selectedMicrousd"])
        card["wholly_above"] = above_caps(plan, keys, plan["totalMicrousd"])
        if part:
            template = "parts/plan_card.html"
            return page(request, template, problem=problem, card=card, alone=alone, partly=True)
        return page(request, "plan.html", problem=problem, card=card, asker=asker(plan, keys))


def _approval(
    plan_id: str, given: dict[str, str], plan: PlanAnswer, selection: Selection
) -> ExecuteBody:
    """Build the body of the execute that the form asks for.

    Raises:
        InvalidInput: no step is checked, or other steps would run than the form showed.
    """
    if selection.words:
        raise InvalidInput(selection.words, hint=NOT_YET)
    if not selection.step_ids:
        raise InvalidInput(NO_STEP, hint="Check at least one, or reject the plan.")
    body: ExecuteBody = {"planId": plan_id, "planHash": given.get("planHash", "")}
    if len(selection.step_ids) < len(plan["steps"]):
        body["stepIds"] = selection.step_ids
    if cap := _cap(given):
        body["maxTotalUsd"] = cap
    return body


def _without_steps(plan: PlanAnswer) -> PlanAnswer:
    """Return the plan with no step selected, so with a price of 0."""
    return {
        **plan,
        "selectedMicrousd": 0,
        "selectedUsd": "0",
        "balanceAfterMicrousd": plan["balanceMicrousd"],
        "affordable": True,
    }


def _cap(given: dict[str, str]) -> str:
    """Read the maximum cost: the typed one, but never more than the button named."""
    typed_usd = amount(given, "maxTotalUsd")
    shown_usd = given.get("shownUsd", "")
    try:
        return (
            shown_usd if not typed_usd or parse_usd(shown_usd) < parse_usd(typed_usd) else typed_usd
        )
    except ValueError:  # the operation refuses it with a better message
        return typed_usd
