"""The page on which a person approves a plan: plain forms, which work without a script.

Opening the page changes nothing: Approve and Reject are POSTs from this page in a session, and name
the hash of the plan that was shown. The card of a plan in a thread posts here too.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NotRequired, TypedDict

from starlette.requests import Request
from starlette.responses import Response

from gateway.identity.keys.callers import MODE_HEADER
from gateway.kit.errors import InvalidInput, LiveModeDisabled, NotFound, Problem, Unauthorized
from gateway.kit.http.routing import Route
from gateway.kit.money import parse_usd
from gateway.kit.operation import Caller, authorise_call, operation_from_handler
from gateway.ledger.accounts.owners import BOOKS
from gateway.pages.answers import PlanAnswer
from gateway.pages.grants import read_amount
from gateway.pages.money_words import format_price_up
from gateway.pages.operation_client import (
    OperationClient,
    build_call_headers,
    read_form,
    redirect_to_sign_in,
)
from gateway.pages.render import PRIVATE_HEADERS, render_page, see_other
from gateway.pages.shell import get_shell, set_shell
from gateway.pages.shell_figures import load_figures
from gateway.pages.studio.plan_cards import MOST_ROWS, PlanCards, get_plan_stamp
from gateway.pages.studio.plan_steps import StepForm, read_selection, read_step_form
from gateway.studio.plans import operations as plans
from gateway.studio.plans.errors import PlanHashMismatch
from gateway.studio.plans.states import PlanState

PLAN_PATH = "/plans/{plan_id}"
NOT_YET = "Nothing has been approved yet. Look at the steps and the price, then approve again."
NO_STEP = "No step is checked."
OTHER_PLAN = "This is not the plan that was shown."


class ExecuteBody(TypedDict):
    """The body of an execute; without `stepIds` it runs the whole plan."""

    planId: str
    planHash: str
    stepIds: NotRequired[list[str]]
    maxTotalUsd: NotRequired[str]


class PlanPages:
    """The views of an approval plan."""

    def __init__(self, client: OperationClient) -> None:
        self._client = client
        self._cards = PlanCards(client)

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        return [
            Route(PLAN_PATH, self._client.public_view(self.answer_plan), methods=["GET", "POST"]),
            Route(f"{PLAN_PATH}/card", self._client.public_view(self.show_card), methods=["GET"]),
            Route(
                f"{PLAN_PATH}/media/{{sha256}}",
                self._client.public_view(self.show_media),
                methods=["GET"],
            ),
        ]

    async def answer_plan(self, request: Request) -> Response:
        """Show a plan, or decide on it."""
        return await (self.decide_plan if request.method == "POST" else self.show_plan)(request)

    async def show_plan(self, request: Request) -> Response:
        """Show a plan: who prepared it, its steps, its price and the balance after it."""
        plan_id = request.path_params["plan_id"]
        caller_and_plan = await self._find_plan(request, plan_id)
        if caller_and_plan is None:
            return redirect_to_sign_in(request)
        caller, plan = caller_and_plan
        return await self._render_plan(request, caller, plan)

    async def show_card(self, request: Request) -> Response:
        """Render the card of a plan for htmx if it has changed; a browser gets the whole page."""
        plan_id = request.path_params["plan_id"]
        if "hx-request" not in request.headers:
            return see_other(f"/plans/{plan_id}")
        caller_and_plan = await self._find_plan(request, plan_id)
        if caller_and_plan is None:
            raise Unauthorized
        caller, plan = caller_and_plan
        shown_stamp = request.query_params.get("seen", "")
        if shown_stamp == get_plan_stamp(plan):
            return Response(status_code=204, headers=PRIVATE_HEADERS)
        decided = shown_stamp.rpartition(".")[2] != plan["state"]
        if decided and "alone" in request.query_params:
            return Response(headers=PRIVATE_HEADERS | {"HX-Refresh": "true"})
        return await self._render_plan(request, caller, plan)

    async def decide_plan(self, request: Request) -> Response:
        """Approve a plan or part of it, or reject it; or only show the price of a part."""
        plan_id = request.path_params["plan_id"]
        self._client.callers.site.refuse_cross_site(request.method, request.headers)
        caller_and_plan = await self._find_plan(request, plan_id)
        if caller_and_plan is None:
            return redirect_to_sign_in(request)
        caller, plan = caller_and_plan
        fields = await read_form(request)
        form = read_step_form(plan["steps"], fields)
        try:
            match fields.get("decision"):
                case "reject":
                    body = {"planId": plan_id}
                    await self._call_operation(request, caller, plans.reject_plan, body)
                case "approve":
                    closed = await self._cards.get_plan(request, caller, plan_id, form)
                    run = _build_execute_body(fields, closed, form)
                    await self._call_operation(request, caller, plans.execute_plan, run)
                case "count":
                    return await self._show_selection(request, caller, plan_id, fields, form)
        except PlanHashMismatch:
            changed = PlanHashMismatch(OTHER_PLAN, hint=NOT_YET)
            return await self._show_selection(request, caller, plan_id, fields, form, changed)
        except Problem as problem:
            return await self._show_selection(request, caller, plan_id, fields, form, problem)
        if "hx-request" not in request.headers:
            return see_other(f"/plans/{plan_id}")
        plan = await self._cards.get_plan(request, caller, plan_id)
        await self._load_figures(request, caller)
        return await self._render_plan(request, caller, plan)

    async def show_media(self, request: Request) -> Response:
        """Show the picture of a file that a step uses."""
        caller_and_plan = await self._find_plan(request, request.path_params["plan_id"])
        if caller_and_plan is None:
            raise Unauthorized
        caller, _ = caller_and_plan
        query = {"planId": request.path_params["plan_id"], "sha256": request.path_params["sha256"]}
        picture = await self._client.call_operation(
            plans.get_plan_media, request, None, caller, query=query
        )
        return Response(
            picture.body,
            headers=PRIVATE_HEADERS | {"Content-Type": picture.headers["Content-Type"]},
        )

    async def _find_plan(self, request: Request, plan_id: str) -> tuple[Caller, PlanAnswer] | None:
        """Find a plan in either book of the signed-in person; return it and the caller of its book.

        None: the browser is not signed in.

        Raises:
            NotFound: the person has no such plan.
        """
        for book in BOOKS:
            headers = build_call_headers(request) | {MODE_HEADER: book}
            try:
                caller = await self._client.callers(
                    headers, operation_from_handler(plans.get_plans)
                )
            except LiveModeDisabled:
                continue
            except Unauthorized:
                return None
            if caller is None:
                return None
            authorise_call(operation_from_handler(plans.get_plans), caller)
            try:
                plan = await self._cards.get_plan(request, caller, plan_id)
            except NotFound:
                continue
            self._client.set_page_shell(request, caller)
            await self._client.load_shell_figures(request)
            return caller, plan
        raise NotFound("There is no such plan.", hint="Check the address.")

    async def _load_figures(self, request: Request, caller: Caller) -> None:
        """Load the balance and the number of waiting plans anew: a decision changes both."""
        figures = await load_figures(self._client.ports, caller)
        set_shell(request, replace(get_shell(request), figures=figures))

    async def _show_selection(
        self,
        request: Request,
        caller: Caller,
        plan_id: str,
        fields: dict[str, str],
        form: StepForm,
        problem: Problem | None = None,
    ) -> Response:
        """Show the current plan, with the price of the steps that the form selects."""
        plan = await self._cards.get_plan(request, caller, plan_id, form)
        cap = fields.get("maxTotalUsd", "")
        return await self._render_plan(request, caller, plan, problem, form, cap)

    async def _call_operation(
        self,
        request: Request,
        caller: Caller,
        handler: Any,  # noqa: ANN401 - an operation
        body_fields: Mapping[str, object],
    ) -> None:
        authorise_call(operation_from_handler(handler), caller)
        await self._client.call_operation(handler, request, body_fields, caller)

    async def _render_plan(
        self,
        request: Request,
        caller: Caller,
        plan: PlanAnswer,
        problem: Problem | None = None,
        form: StepForm | None = None,
        cap: str = "",
    ) -> Response:
        """Render a plan or its card, or only what a changed choice changes on it."""
        part, alone = "hx-request" in request.headers, "alone" in request.query_params
        card = await self._cards.build_card(
            request,
            caller,
            plan,
            problem=problem,
            form=form,
            cap=cap,
            rows=MOST_ROWS if part and not alone else None,
        )
        if not part:
            return render_page(request, "plan.html", problem=problem, card=card)
        can_be_decided = plan["state"] == PlanState.PENDING and not card["stale"]
        if form is not None and problem is None and can_be_decided:
            return render_page(request, "parts/plan_changes.html", card=card)
        template = "parts/plan_answer.html"
        return render_page(request, template, problem=problem, card=card, alone=alone)


def _build_execute_body(fields: dict[str, str], closed: PlanAnswer, form: StepForm) -> ExecuteBody:
    """Build the body of the execute that the form asks for; `closed` is the plan as it selects.

    Raises:
        InvalidInput: no step is checked, or other steps would run than the form showed.
    """
    selection = read_selection(closed)
    if not form.checked_ids:
        raise InvalidInput(NO_STEP, hint="Check at least one, or reject the plan.")
    if form.is_changed or selection.step_ids != form.checked_ids:
        price = format_price_up(closed["selectedMicrousd"])
        raise InvalidInput(f"The checked steps cost {price} now.", hint=NOT_YET)
    body: ExecuteBody = {"planId": closed["planId"], "planHash": fields.get("planHash", "")}
    if len(selection.step_ids) < len(closed["steps"]):
        body["stepIds"] = selection.step_ids
    if cap := _read_cap(fields):
        body["maxTotalUsd"] = cap
    return body


def _read_cap(fields: dict[str, str]) -> str:
    """Read the maximum cost: the typed one, but never more than the button named."""
    typed_usd = read_amount(fields, "maxTotalUsd")
    shown_usd = fields.get("shownUsd", "")
    try:
        return (
            shown_usd if not typed_usd or parse_usd(shown_usd) < parse_usd(typed_usd) else typed_usd
        )
    except ValueError:  # the operation refuses it with a better message
        return typed_usd
