"""The page of an act: a reason, then a rehearsal of all it would write, then the button.

A signed token joins rehearsal and act: only what was rehearsed, with the same words, can be done,
and only once.
"""

import json
import secrets
from collections.abc import Mapping
from typing import TypedDict
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.audit_log import Actor
from gateway.kit.errors import InvalidInput, NotFound, Problem
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.kit.wire.request_reader import refuse_control_characters
from gateway.operator.acts import OperatorOrder
from gateway.pages.admin.acts import ACTS, Act
from gateway.pages.admin.confirmation_tokens import ConfirmationTokens
from gateway.pages.admin.operator_guard import OperatorGuard
from gateway.pages.dialogs import to_field_problems
from gateway.pages.operation_client import client_ip, read_form
from gateway.pages.render import render_page, see_other
from gateway.pages.shell import get_shell

MOST_REASON_CHARACTERS = 500
CONFIRM_STEP = "do"


class _ActForm(TypedDict):
    act: Act
    verb: str
    target: str
    rehearsed: Mapping[str, object] | None
    wrong: Mapping[str, str]
    seen: str
    unseen: bool


class ActPage:
    """The views of acts; each is rehearsed before it is done."""

    def __init__(self, guard: OperatorGuard) -> None:
        self._guard = guard
        self._tokens = ConfirmationTokens(guard.ports)

    def routes(self) -> list[Route]:
        """Return the route of this page."""
        return [self._guard.build_route("/act/{verb}", self.answer_act, "GET", "POST")]

    async def answer_act(self, request: Request, caller: Caller) -> Response:
        """Show the form of an act, rehearse it, or carry it out."""
        verb, target = request.path_params["verb"], request.query_params.get("target", "")
        refuse_control_characters(target, "target")
        act = ACTS.get(verb)
        if act is None or bool(target) != act.has_target:
            raise NotFound("Unknown action, or no target.", hint="Check the address.")
        values: _ActForm = {
            "act": act,
            "verb": verb,
            "target": target,
            "rehearsed": None,
            "wrong": {},
            "seen": "",
            "unseen": False,
        }
        if request.method == "GET":
            return render_page(
                request, "admin/act.html", given=build_initial_values(act, request), **values
            )
        fields = await read_form(request)
        signed_words = (caller.person_id, verb, target, serialize_form(act, fields))
        is_confirmed = fields.get("step") == CONFIRM_STEP
        once = (
            self._tokens.verify_token(fields.get("seen", ""), *signed_words) if is_confirmed else ""
        )
        try:
            outcome = await self._rehearse_or_do(request, caller, act, target, fields, once)
        except Problem as problem:
            values["wrong"] = to_field_problems(problem)
            return render_page(request, "admin/act.html", problem=problem, given=fields, **values)
        if outcome.get("dryRun"):
            values |= {
                "rehearsed": outcome,
                "seen": self._tokens.issue_token(*signed_words),
                "unseen": is_confirmed,
            }
            return render_page(request, "admin/act.html", given=fields, **values)
        if act.shown_once and act.shown_once in outcome:
            secret = str(outcome[act.shown_once])
            return render_page(request, "admin/made.html", act=act, verb=verb, secret=secret)
        path, again = act.back(target), "" if outcome.get("changed", True) else "1"
        token = self._tokens.issue_token(caller.person_id, path.partition("?")[0], verb, again)
        query = {"done": verb} | ({"again": again} if again else {}) | {"seal": token}
        return see_other(f"{path}{'&' if '?' in path else '?'}{urlencode(query)}")

    async def _rehearse_or_do(
        self,
        request: Request,
        caller: Caller,
        act: Act,
        target: str,
        fields: Mapping[str, str],
        once: str,
    ) -> Mapping[str, object]:
        """Rehearse the act, or carry it out once if `once_key` is the name of its rehearsal.

        Raises:
            Problem: the act is not possible, or a field is empty; nothing was written.
        """
        reason = fields.get("reason", "").strip()
        if not reason or len(reason) > MOST_REASON_CHARACTERS:
            raise InvalidInput(
                f"Give a reason of 1 to {MOST_REASON_CHARACTERS} characters.", field="reason"
            )
        for name, value in fields.items():
            refuse_control_characters(value, name)
        order = OperatorOrder(
            reason=reason,
            dry_run=not once,
            once_key=once,
            where=self._guard.ports,
            actor=Actor(
                kind="operator",
                id=caller.person_id,
                ip=client_ip(request) or None,
                request_id=request.scope["state"]["request_id"],
            ),
        )
        values = {each.name: fields.get(each.name, "").strip() for each in act.asks}
        for each in act.asks:
            is_missing = not values[each.name] and not each.optional
            if is_missing or (each.options and values[each.name] not in each.options):
                raise InvalidInput(f"`{each.name}` is required.", field=each.name)
        try:
            return await act.work(order, target, values)
        except LookupError as error:
            raise NotFound(str(error), hint="Reload the list.") from error
        except ValueError as error:
            raise InvalidInput(str(error), hint="Correct the value.") from error


def build_initial_values(act: Act, request: Request) -> Mapping[str, str]:
    """Build the first values of the form: from the address, else the usual ones."""
    usual_values = {each.name: each.value for each in act.asks}
    if "reference" in usual_values and not usual_values["reference"]:
        usual_values["reference"] = f"page-{secrets.token_hex(4)}"
    if "book" in usual_values:
        usual_values["book"] = get_shell(request).mode
    query = request.query_params
    return {"reason": ""} | {name: query.get(name, value) for name, value in usual_values.items()}


def serialize_form(act: Act, fields: Mapping[str, str]) -> str:
    """Serialize the fields that matter to the act, for its token."""
    names = ("reason", *(each.name for each in act.asks))
    return json.dumps([fields.get(name, "").strip() for name in names])
