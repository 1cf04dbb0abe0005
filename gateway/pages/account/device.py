"""The page on which a person approves a device: plain forms, which work without a script.

An address may fill in the code but never approves: that takes a POST from this page in a session.
"""

from collections.abc import Mapping
from typing import NotRequired, TypedDict
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from gateway.identity.devices.operations import approve_device_link, get_device_link
from gateway.identity.devices.schemas import LinkDecided, LinkShown
from gateway.identity.errors import FreshSignInRequired
from gateway.identity.sign_in.operations import get_browser_session
from gateway.kit.errors import CrossSiteRefused, InvalidInput, NotFound, Problem, Unauthorized
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.pages.dialogs import to_field_problems
from gateway.pages.grants import (
    NO_SCOPE,
    USUAL_DAILY_USD,
    GrantForm,
    Payer,
    build_granted_policy,
    build_payer,
    build_usual_amounts,
    read_checked_scopes,
    read_typed_amounts,
    to_scope_words,
)
from gateway.pages.operation_client import OperationClient, read_form, redirect_to_sign_in
from gateway.pages.render import render_page

DEVICE_PATH = "/device"
UNKNOWN_CODE = "No device is showing this code. Check it, or start again on the device."


class _GrantBody(TypedDict):
    scopes: list[str]
    spendPolicy: dict[str, str | None]
    expiresAt: NotRequired[str]


class _DecisionBody(TypedDict):
    userCode: str
    approve: bool
    scopes: NotRequired[list[str]]
    spendPolicy: NotRequired[dict[str, str | None]]
    expiresAt: NotRequired[str]


class DevicePage:
    """The view of a device: it shows the requested permissions, and takes the person's decision."""

    def __init__(self, client: OperationClient) -> None:
        self._client = client

    def routes(self) -> list[Route]:
        """Return the route of this page."""
        return [
            Route(
                DEVICE_PATH, self._client.public_view(self.answer_device), methods=["GET", "POST"]
            )
        ]

    async def answer_device(self, request: Request) -> Response:
        """Show the request of a device, or decide on it; strangers sign in first."""
        fields = await read_form(request) if request.method == "POST" else request.query_params
        code = fields.get("userCode", "")[:40]
        try:
            if request.method == "POST":
                return await self._decide(request, code, dict(fields))
            return await self._show(request, code)
        except Unauthorized:
            return redirect_to_sign_in(
                request, f"{DEVICE_PATH}?userCode={quote(code)}" if code else DEVICE_PATH
            )
        except CrossSiteRefused:
            raise
        except Problem as problem:
            return _render_device(request, code, problem=problem)

    async def _show(
        self,
        request: Request,
        code: str,
        fields: Mapping[str, str] | None = None,
        problem: Problem | None = None,
    ) -> Response:
        """Show the request of a device; after a refusal with the choices of the form."""
        caller = await self._client.find_caller(request)
        if caller is None:
            return redirect_to_sign_in(request)
        if not code:
            return _render_device(request, code)
        link = await self._get_link(request, caller, code)
        state = await self._client.read_model(get_browser_session, request, caller)
        payer = build_payer(state.root)
        grant = _build_grant_form(link, fields)
        return _render_device(
            request, link.user_code, link=link, problem=problem, payer=payer, grant=grant
        )

    async def _get_link(self, request: Request, caller: Caller, code: str) -> LinkShown:
        try:
            link = await self._client.read_model(get_device_link, request, caller, userCode=code)
        except NotFound:
            raise NotFound(UNKNOWN_CODE, hint="Codes expire after ten minutes.") from None
        shown_link: LinkShown = link
        return shown_link

    async def _decide(self, request: Request, code: str, fields: dict[str, str]) -> Response:
        decision = fields.get("decision")
        body: _DecisionBody = {"userCode": code, "approve": decision != "deny"}
        try:
            if body["approve"]:
                body = {**body, **await self._read_grant(request, code, fields)}
                if decision != "approve":  # Enter in a field, not a button: no decision yet
                    return await self._show(request, code, fields)
            decided = await self._client.call_with_session(approve_device_link, request, body)
        except (InvalidInput, FreshSignInRequired) as problem:
            return await self._show(request, code, fields, problem)
        return _render_device(
            request, code, decided_state=LinkDecided.model_validate_json(decided.body).state
        )

    async def _read_grant(self, request: Request, code: str, fields: dict[str, str]) -> _GrantBody:
        """Read the grant from the form: never more permissions than the device requested.

        Raises:
            InvalidInput: no scope is checked, an amount cannot be read, or there is no cap.
            Unauthorized: the browser is not signed in.
        """
        self._client.callers.site.refuse_cross_site(request.method, request.headers)
        caller = await self._client.find_caller(request)
        if caller is None:
            raise Unauthorized
        link = await self._get_link(request, caller, code)
        scopes = read_checked_scopes(fields, link.scopes)
        if not scopes:
            raise InvalidInput(NO_SCOPE, hint="Or deny the device.")
        policy = build_granted_policy(read_typed_amounts(fields))
        limits = policy.model_dump(by_alias=True)
        grant: _GrantBody = {"scopes": scopes, "spendPolicy": limits}
        if day := fields.get("expiresAt"):
            grant["expiresAt"] = f"{day}T23:59:59Z"
        return grant


def _build_usual_amounts(link: LinkShown) -> dict[str, str]:
    """Build the amounts that the form starts with: as requested, and never without a cap."""
    auto = USUAL_DAILY_USD if link.mode == "test" else "0"
    return build_usual_amounts(link.spend_policy.model_dump(by_alias=True), auto)


def _build_grant_form(link: LinkShown, fields: Mapping[str, str] | None) -> GrantForm:
    return GrantForm(
        scopes=to_scope_words(link.scopes),
        chosen=link.scopes if fields is None else read_checked_scopes(fields, link.scopes),
        modes=[link.mode],
        mode=link.mode,
        amounts=_build_usual_amounts(link) if fields is None else read_typed_amounts(fields),
        dated=True,
        day="" if fields is None else fields.get("expiresAt", ""),
    )


def _render_device(
    request: Request,
    code: str,
    *,
    link: LinkShown | None = None,
    problem: Problem | None = None,
    decided_state: str = "",
    payer: Payer | None = None,
    grant: GrantForm | None = None,
) -> Response:
    return render_page(
        request,
        "device.html",
        problem=problem,
        code=code,
        link=link,
        done=decided_state,
        payer=payer,
        grant=grant,
        wrong=to_field_problems(problem),
        form_kept=link is not None,
    )
