"""The page on which a person approves a device; plain forms, it works without JavaScript.

An address fills in the code and never approves: that takes a POST from this page, in a session.
"""

from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from gateway.identity.device_operations import approve_device_link, get_device_link
from gateway.identity.device_schemas import LinkDecided, LinkShown
from gateway.identity.errors import FreshSignInRequired
from gateway.kit.errors import CrossSiteRefused, InvalidInput, NotFound, Problem, Unauthorized
from gateway.kit.routing import Route
from gateway.pages.render import page, see_other
from gateway.pages.session import Desk, form, sign_in_again, sign_in_first

PATH = "/device"
NO_LIMIT = "Enter the limit in dollars, such as 25 or 2.50."
LIMIT_HINT = "Leave it empty to keep the requested limit."
POWERS = {
    "media": "create, follow and cancel media jobs",
    "studio": "work in the studio",
    "account:read": "read balance, history and keys",
    "billing": "start purchases and read receipts",
    "studio:approve": "approve plans on its own",
    "admin": "create, change and revoke API keys",
}
UNKNOWN = "No device is showing this code. Check it, or start again on the device."


class DevicePage:
    """Shows what a device asks for, and takes the person's answer."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """Return the route of this page."""
        return [Route(PATH, self._desk.shown(self.answer), methods=["GET", "POST"])]

    async def answer(self, request: Request) -> Response:
        """Answer one request; who is not signed in is led to where one does."""
        fields = await form(request) if request.method == "POST" else request.query_params
        code = fields.get("userCode", "")[:40]
        try:
            if request.method == "POST":
                return await self._decide(request, code, dict(fields))
            return await self._show(request, code)
        except Unauthorized:
            target = f"{PATH}?userCode={quote(code)}" if code else PATH
            return see_other(f"/login?returnPath={quote(target, safe='')}")
        except FreshSignInRequired:
            return sign_in_again(f"{PATH}?userCode={quote(code)}")
        except CrossSiteRefused:
            raise
        except Problem as problem:
            return _page(request, code, problem=problem)

    async def _show(self, request: Request, code: str, problem: Problem | None = None) -> Response:
        caller = await self._desk.person(request)
        if caller is None:
            return sign_in_first(request)
        if not code:
            return _page(request, code)
        try:
            link = await self._desk.read(get_device_link, request, caller, userCode=code)
        except NotFound:
            raise NotFound(UNKNOWN, hint="Codes expire after ten minutes.") from None
        return _page(request, link.user_code, link=link, problem=problem)

    async def _decide(self, request: Request, code: str, fields: dict[str, str]) -> Response:
        given: dict[str, Any] = {"userCode": code, "approve": fields.get("decision") == "approve"}
        if limit := fields.get("monthlyLimitUsd", "").strip():
            given["spendPolicy"] = {"monthlyLimitUsd": limit}
        try:
            decided = await self._desk.ask(approve_device_link, request, given)
        except InvalidInput:
            return await self._show(request, code, InvalidInput(NO_LIMIT, hint=LIMIT_HINT))
        return _page(request, code, done=LinkDecided.model_validate_json(decided.body).state)


def _page(
    request: Request,
    code: str,
    *,
    link: LinkShown | None = None,
    problem: Problem | None = None,
    done: str = "",
) -> Response:
    return page(
        request, "device.html", problem=problem, code=code, link=link, done=done, powers=POWERS
    )
