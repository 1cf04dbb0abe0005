"""The page on which a person approves a plan: plain forms, which work without a script.

Opening the page changes nothing: Approve and Reject are POSTs from this page in a session, and name
the hash of the plan that was shown. The card of a plan in a thread posts here too.
"""

from collections.abc import Mapping
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
from gateway.pages.operation_client import (
    OperationClient,
    build_call_headers,
    read_form,
    redirect_to_sign_in,
)
from gateway.pages.render import PRIVATE_HEADERS, render_page, see_other
from gateway.pages.studio.plan_cards import (
    MOST_ROWS,
    PlanCards,
    get_asker_name,
    get_plan_heading,
    get_plan_stamp,
    is_above_caps,
)
from gateway.pages.studio.plan_steps import Selection, select_steps
from gateway.studio.plans import operations as plans

PLAN_PATH = "/plans/{plan_id}"
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
        """Approve a plan or part of it, or reject it."""
        plan_id = request.path_params["plan_id"]
        self._client.callers.site.refuse_cross_site(request.method, request.headers)
        caller_and_plan = await self._find_plan(request, plan_id)
        if caller_and_plan is None:
            return redirect_to_sign_in(request)
        caller, plan = caller_and_plan
        fields = await read_form(request)
        selection = select_steps(plan["steps"], fields)
        try:
            match fields.get("decision"):
                case "reject":
                    await self._call_operation(
                        request, caller, plans.reject_plan, {"planId": plan_id}
                    )
                case "approve":
                    body = _build_execute_body(plan_id, fields, plan, selection)
                    await self._call_operation(request, caller, plans.execute_plan, body)
                case "count":
                    return await self._show_selection(request, caller, plan_id, fields, selection)
        except Problem as problem:
            return await self._show_selection(request, caller, plan_id, fields, selection, problem)
        if "hx-request" in request.headers:
            plan = await self._cards.get_plan(request, caller, plan_id)
            return await self._render_plan(request, caller, plan)
        return see_other(f"/plans/{plan_id}")

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

    async def _show_selection(
        self,
        request: Request,
        caller: Caller,
        plan_id: str,
        fields: dict[str, str],
        selection: Selection,
        problem: Problem | None = None,
    ) -> Response:
        """Show the current plan, with the price of the steps that the form selects."""
        if selection.step_ids:
            ids = ",".join(selection.step_ids)
            plan = await self._cards.get_plan(request, caller, plan_id, ids)
        else:
            plan = _deselect_steps(await self._cards.get_plan(request, caller, plan_id))
        cap = fields.get("maxTotalUsd", "")
        return await self._render_plan(request, caller, plan, problem, selection, cap)

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
        selection: Selection | None = None,
        cap: str = "",
    ) -> Response:
        """Render a plan or its card; after a refusal with the choices of the form."""
        part, alone = "hx-request" in request.headers, "alone" in request.query_params
        rows = MOST_ROWS if part and not alone else None
        card = await self._cards.build_card(
            caller, plan, problem=problem, selection=selection, cap=cap, rows=rows
        )
        keys = await self._cards.list_asking_keys(request, caller)
        card["above"] = is_above_caps(plan, keys, plan["selectedMicrousd"])
        card["wholly_above"] = is_above_caps(plan, keys, plan["totalMicrousd"])
        if part:
            template = "parts/plan_card.html"
            return render_page(
                request, template, problem=problem, card=card, alone=alone, partly=True
            )
        return render_page(
            request,
            "plan.html",
            problem=problem,
            card=card,
            asker=get_asker_name(plan, keys),
            get_heading=get_plan_heading,
        )


def _build_execute_body(
    plan_id: str, fields: dict[str, str], plan: PlanAnswer, selection: Selection
) -> ExecuteBody:
    """Build the body of the execute that the form asks for.

    Raises:
        InvalidInput: no step is checked, or other steps would run than the form showed.
    """
    if selection.words:
        raise InvalidInput(selection.words, hint=NOT_YET)
    if not selection.step_ids:
        raise InvalidInput(NO_STEP, hint="Check at least one, or reject the plan.")
    body: ExecuteBody = {"planId": plan_id, "planHash": fields.get("planHash", "")}
    if len(selection.step_ids) < len(plan["steps"]):
        body["stepIds"] = selection.step_ids
    if cap := _read_cap(fields):
        body["maxTotalUsd"] = cap
    return body


def _deselect_steps(plan: PlanAnswer) -> PlanAnswer:
    """Return the plan with no step selected, so with a price of 0."""
    return {
        **plan,
        "selectedMicrousd": 0,
        "selectedUsd": "0",
        "balanceAfterMicrousd": plan["balanceMicrousd"],
        "affordable": True,
    }


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
