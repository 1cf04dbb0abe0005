"""The page of an act: why, then what exactly it would write, then the button that does it."""

import secrets
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.audit_log import Actor
from gateway.kit.errors import InvalidInput, NotFound, Problem
from gateway.kit.operation import Caller
from gateway.kit.routing import Route
from gateway.operator.acting import Order
from gateway.pages.admin.acts import ACTS, Act
from gateway.pages.admin.door import Door
from gateway.pages.asking import wrong
from gateway.pages.render import page, see_other
from gateway.pages.session import client_ip, form
from gateway.pages.shell import shell_of

MOST_REASON = 500
DO = "do"


class ActPage:
    """The form of each act, rehearsed before it is done."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def routes(self) -> list[Route]:
        """Return the route of this page."""
        return [self._door.route("/act/{verb}", self.act, "GET", "POST")]

    async def act(self, request: Request, caller: Caller) -> Response:
        """Ask for a reason, show what would be written, or do it."""
        verb, target = request.path_params["verb"], request.query_params.get("target", "")
        act = ACTS.get(verb)
        if act is None or not target:
            raise NotFound(f"There is no act {verb[:60]} on nothing.", hint="Check the address.")
        shown: dict[str, Any] = {"act": act, "verb": verb, "target": target, "rehearsed": None}
        shown["wrong"] = {}
        if request.method == "GET":
            return page(request, "admin/act.html", given=first(act, request), **shown)
        fields = await form(request)
        try:
            done = await self._carried_out(request, caller, act, target, fields)
        except Problem as problem:
            shown["wrong"] = wrong(problem)
            return page(request, "admin/act.html", problem=problem, given=fields, **shown)
        if done.get("dryRun"):
            return page(request, "admin/act.html", given=fields, **(shown | {"rehearsed": done}))
        told = f"done={verb}" + ("" if done.get("changed", True) else "&again=1")
        path = act.back(target)
        return see_other(f"{path}{'&' if '?' in path else '?'}{told}")

    async def _carried_out(
        self, request: Request, caller: Caller, act: Act, target: str, fields: Mapping[str, str]
    ) -> dict[str, Any]:
        """Carry the act out, or rehearse it.

        Raises:
            Problem: it cannot be done, or the form is not filled in; nothing was written.
        """
        reason = fields.get("reason", "").strip()
        if not reason or len(reason) > MOST_REASON:
            raise InvalidInput(f"Say why, in 1 to {MOST_REASON} characters.", field="reason")
        order = Order(
            reason=reason,
            dry_run=fields.get("step") != DO,
            where=self._door.ports,
            actor=Actor(
                kind="operator",
                id=caller.account_id,
                ip=client_ip(request) or None,
                request_id=request.scope["state"]["request_id"],
            ),
        )
        given = {each.name: fields.get(each.name, "").strip() for each in act.asks}
        for each in act.asks:
            if not given[each.name] or (each.options and given[each.name] not in each.options):
                raise InvalidInput(f"{each.label} is needed.", field=each.name)
        try:
            return await act.work(order, target, given)
        except LookupError as error:
            raise NotFound(str(error), hint="Look at the list again.") from error
        except ValueError as error:
            raise InvalidInput(str(error), hint="Correct it, or leave it.") from error


def first(act: Act, request: Request) -> Mapping[str, str]:
    """Return what the form holds at first: what the address says, else what is usual."""
    usual = {each.name: each.value for each in act.asks}
    if "reference" in usual and not usual["reference"]:
        usual["reference"] = f"page-{secrets.token_hex(4)}"
    if "mode" in usual:
        usual["mode"] = shell_of(request).mode
    query = request.query_params
    return {"reason": ""} | {name: query.get(name, value) for name, value in usual.items()}
