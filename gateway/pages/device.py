"""The page on which a person approves a device: plain forms, which work without a script.

An address may fill in the code but never approves: that takes a POST from this page in a session.
"""

from collections.abc import Mapping
from typing import NotRequired, TypedDict
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from gateway.identity.device_operations import approve_device_link, get_device_link
from gateway.identity.device_schemas import LinkDecided, LinkShown
from gateway.identity.errors import FreshSignInRequired
from gateway.identity.sign_in_operations import get_browser_session
from gateway.kit.errors import CrossSiteRefused, InvalidInput, NotFound, Problem, Unauthorized
from gateway.kit.operation import Caller
from gateway.kit.routing import Route
from gateway.pages.asking import wrong
from gateway.pages.granting import (
    NO_SCOPE,
    USUAL_DAILY_USD,
    Grant,
    checked_scopes,
    granted_policy,
    scope_words,
    typed_amounts,
    usual_amounts,
)
from gateway.pages.render import page
from gateway.pages.session import Desk, form, sign_in_first

PATH = "/device"
UNKNOWN = "No device is showing this code. Check it, or start again on the device."


class _Granted(TypedDict):
    scopes: list[str]
    spendPolicy: dict[str, str | None]
    expiresAt: NotRequired[str]


class _Decision(TypedDict):
    userCode: str
    approve: bool
    scopes: NotRequired[list[str]]
    spendPolicy: NotRequired[dict[str, str | None]]
    expiresAt: NotRequired[str]


class DevicePage:
    """The view of a device: it shows the requested permissions, and takes the person's decision."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """Return the route of this page."""
        return [Route(PATH, self._desk.shown(self.answer), methods=["GET", "POST"])]

    async def answer(self, request: Request) -> Response:
        """Show the request of a device, or decide on it; strangers sign in first."""
        fields = await form(request) if request.method == "POST" else request.query_params
        code = fields.get("userCode", "")[:40]
        try:
            if request.method == "POST":
                return await self._decide(request, code, dict(fields))
            return await self._show(request, code)
        except Unauthorized:
            return sign_in_first(request, f"{PATH}?userCode={quote(code)}" if code else PATH)
        except CrossSiteRefused:
            raise
        except Problem as problem:
            return _page(request, code, problem=problem)

    async def _show(
        self,
        request: Request,
        code: str,
        fields: Mapping[str, str] | None = None,
        problem: Problem | None = None,
    ) -> Response:
        """Show the request of a device; after a refusal with the choices of the form."""
        caller = await self._desk.person(request)
        if caller is None:
            return sign_in_first(request)
        if not code:
            return _page(request, code)
        link = await self._link(request, caller, code)
        state = await self._desk.read(get_browser_session, request, caller)
        person = state.root.email or caller.account_id
        grant = _grant(link, fields)
        return _page(
            request, link.user_code, link=link, problem=problem, person=person, grant=grant
        )

    async def _link(self, request: Request, caller: Caller, code: str) -> LinkShown:
        try:
            link = await self._desk.read(get_device_link, request, caller, userCode=code)
        except NotFound:
            raise NotFound(UNKNOWN, hint="Codes expire after ten minutes.") from None
        shown_link: LinkShown = link
        return shown_link

    async def _decide(self, request: Request, code: str, fields: dict[str, str]) -> Response:
        decision = fields.get("decision")
        body: _Decision = {"userCode": code, "approve": decision != "deny"}
        try:
            if body["approve"]:
                body = {**body, **await self._granted(request, code, fields)}
                if decision != "approve":  # Enter in a field, not a button: no decision yet
                    return await self._show(request, code, fields)
            decided = await self._desk.ask(approve_device_link, request, body)
        except (InvalidInput, FreshSignInRequired) as problem:
            return await self._show(request, code, fields, problem)
        return _page(request, code, done=LinkDecided.model_validate_json(decided.body).state)

    async def _granted(self, request: Request, code: str, fields: dict[str, str]) -> _Granted:
        """Read the grant from the form: never more permissions than the device requested.

        Raises:
            InvalidInput: no scope is checked, an amount cannot be read, or there is no cap.
            Unauthorized: the browser is not signed in.
        """
        self._desk.callers.site.refuse_cross_site(request.method, request.headers)
        caller = await self._desk.person(request)
        if caller is None:
            raise Unauthorized
        link = await self._link(request, caller, code)
        scopes = checked_scopes(fields, link.scopes)
        if not scopes:
            raise InvalidInput(NO_SCOPE, hint="Or deny the device.")
        policy = granted_policy(typed_amounts(fields))
        limits = policy.model_dump(by_alias=True)
        grant: _Granted = {"scopes": scopes, "spendPolicy": limits}
        if day := fields.get("expiresAt"):
            grant["expiresAt"] = f"{day}T23:59:59Z"
        return grant


def _usual(link: LinkShown) -> dict[str, str]:
    """Build the amounts that the form starts with: as requested, and never without a cap."""
    auto = USUAL_DAILY_USD if link.mode == "test" else "0"
    return usual_amounts(link.spend_policy.model_dump(by_alias=True), auto)


def _grant(link: LinkShown, fields: Mapping[str, str] | None) -> Grant:
    return Grant(
        scopes=scope_words(link.scopes),
        chosen=link.scopes if fields is None else checked_scopes(fields, link.scopes),
        modes=[link.mode],
        mode=link.mode,
        amounts=_usual(link) if fields is None else typed_amounts(fields),
        dated=True,
        day="" if fields is None else fields.get("expiresAt", ""),
    )


def _page(
    request: Request,
    code: str,
    *,
    link: LinkShown | None = None,
    problem: Problem | None = None,
    done: str = "",
    person: str = "",
    grant: Grant | None = None,
) -> Response:
    return page(
        request,
        "device.html",
        problem=problem,
        code=code,
        link=link,
        done=done,
        person=person,
        grant=grant,
        wrong=wrong(problem),
        form_kept=link is not None,
    )
