"""The page on which a person connects an app, and the list of connected apps.

Opening the page grants nothing: Allow is a POST from this page in a session, and each connection
asks for it. Both pages are plain forms and work without a script.
"""

from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from gateway.identity import operations as identity
from gateway.identity.callers import MODE_HEADER
from gateway.identity.errors import OAuthRefused
from gateway.identity.oauth.apps import Apps
from gateway.identity.oauth.clients import AppClients
from gateway.identity.oauth.grants import Consent, ConsentPress, Grants
from gateway.identity.oauth.redirects import Redirect
from gateway.identity.oauth.requests import (
    REQUEST_PARAMETERS,
    AuthorizationRequest,
    OAuthSite,
    check_authorization_request,
)
from gateway.identity.sign_in_operations import get_browser_session
from gateway.identity.spending import DEFAULT_POLICIES, merge_policy
from gateway.kit import idempotency, wire
from gateway.kit.audit_log import Actor
from gateway.kit.errors import InvalidInput, Problem, Unauthorized
from gateway.kit.operation import Caller, operation_from_handler
from gateway.kit.routing import Route
from gateway.ledger.operations import get_balance
from gateway.pages.asking import new_key, next_key, wrong
from gateway.pages.granting import (
    Grant,
    checked_scopes,
    granted_policy,
    scope_words,
    typed_amounts,
    usual_amounts,
)
from gateway.pages.render import page, see_other
from gateway.pages.session import (
    Desk,
    client_ip,
    form,
    page_headers,
    sign_in_first,
)
from gateway.tools import TOOLS

AUTHORIZE, CONNECTED = "/oauth/authorize", "/oauth/apps"
TOOLSET, KEY = "toolset.", "idempotencyKey"
TOOLSETS = {
    "media": "Pictures and videos",
    "studio": "Projects, texts, storyboards",
    "account": "Balance and top-up",
    "payments": "Payments in cryptocurrency",
    "affiliate": "The affiliate programme",
}
OFFERED = {
    name: words
    for name, words in TOOLSETS.items()
    if any(name in tool.toolsets for tools in TOOLS.values() for tool in tools)
}
USUAL_TOOLSETS = ("media", "studio", "account")
NO_CHOICE = "Select at least one permission and one group of tools."


class OAuthPages:
    """The views of connected apps; they act with the person's session."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._site: OAuthSite = desk.ports.get(OAuthSite)
        self._clients: AppClients = desk.ports.get(AppClients)
        self._grants: Grants = desk.ports.get(Grants)
        self._apps: Apps = desk.ports.get(Apps)

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        methods = ["GET", "POST"]
        apps_route = Route(CONNECTED, self._desk.shown(self.connected), methods=methods)
        if not self._apps.enabled:
            return [apps_route]
        return [Route(AUTHORIZE, self._desk.shown(self.authorize), methods=methods), apps_route]

    async def authorize(self, request: Request) -> Response:
        """Show the request of an app, or take the person's decision.

        The redirect address is checked against the client before anything is sent to it: an
        unchecked one would make this page an open redirect, and could receive the code.
        """
        fields = await self._given(request)
        sent = {name: fields[name] for name in REQUEST_PARAMETERS if name in fields}
        caller = await self._person(
            request, fields.get("mode") if request.method == "POST" else None
        )
        if caller is None:
            return sign_in_first(request, f"{AUTHORIZE}?{urlencode(sent)}")
        client = await self._clients.get(sent.get("client_id", ""), caller.account_id)
        redirect = client.get_redirect(sent.get("redirect_uri", ""))
        try:
            app_request = check_authorization_request(sent, client, redirect, self._site.resource)
        except OAuthRefused as refused:
            refusal = {"error": refused.code, "error_description": refused.detail}
            return self._back(redirect, sent, **refusal)
        if request.method != "POST":
            return await self._page(request, caller, app_request, sent, None)
        if fields.get("decision") == "deny":
            return self._back(redirect, sent, error="access_denied")
        return await self._connect(request, caller, app_request, fields)

    async def _connect(
        self,
        request: Request,
        caller: Caller,
        asked: AuthorizationRequest,
        given: Mapping[str, str],
    ) -> Response:
        """Connect the app and redirect to it with a code; a refusal shows the form again."""
        try:
            consent = consent_of(given, asked)
            if given.get("decision") != "allow":  # Enter in a field, not a button: no decision yet
                return await self._page(request, caller, asked, given, None)
            actor, press = self._actor(request, caller), _press(caller, given)
            code = await self._grants.connect(caller, asked, consent, actor, press)
        except Problem as problem:
            return await self._page(request, caller, asked, given, problem)
        return self._back(asked.redirect, given, code=code)

    async def connected(self, request: Request) -> Response:
        """Show the connected apps, or disconnect one."""
        if request.method == "POST":
            grant_id = (await form(request)).get("keyId", "")
            try:
                await self._desk.ask(identity.revoke_key, request, {"keyId": grant_id})
            except Unauthorized:
                return sign_in_first(request)
            return see_other(CONNECTED)
        caller = await self._desk.person(request)
        if caller is None:
            return sign_in_first(request)
        apps = await self._grants.list_connected(caller.account_id)
        return page(request, "apps.html", apps=apps, powers=scope_words)

    async def _given(self, request: Request) -> dict[str, str]:
        """Read the parameters of the request.

        Raises:
            InvalidInput: a parameter is repeated, or contains control characters.
        """
        if request.method == "POST":
            self._desk.callers.site.refuse_cross_site(request.method, request.headers)
            fields = await form(request)
        else:
            fields = dict(request.query_params)
            if len(fields) < len(request.query_params.multi_items()):
                raise InvalidInput("The app's request repeats a parameter.")
        for name, value in fields.items():
            wire.refuse_control_characters(value, name)
        return fields

    async def _person(self, request: Request, mode: str | None) -> Caller | None:
        headers = page_headers(request) | ({} if mode is None else {MODE_HEADER: mode})
        try:
            return await self._desk.callers(headers, operation_from_handler(get_balance))
        except Unauthorized:
            return None

    async def _page(
        self,
        request: Request,
        caller: Caller,
        asked: AuthorizationRequest,
        given: Mapping[str, str],
        problem: Problem | None,
    ) -> Response:
        state = await self._desk.read(get_browser_session, request, caller)
        first = request.method != "POST"
        return page(
            request,
            "connect.html",
            problem=problem,
            form_to=asked.redirect.csp_source,
            person=state.root.email or caller.account_id,
            asked=asked,
            wrong=wrong(problem),
            sent={name: given[name] for name in REQUEST_PARAMETERS if name in given},
            grant=Grant(
                scopes=scope_words(asked.scopes),
                chosen=asked.scopes if first else checked_scopes(given, asked.scopes),
                modes=["live", "test"] if state.root.live_enabled else ["test"],
                mode=caller.book,
                amounts=usual_amounts({}) if first else typed_amounts(given),
            ),
            toolsets=OFFERED,
            shown_toolsets=USUAL_TOOLSETS if first else checked_toolsets(given),
            read_only="readOnly" in given,
            key=next_key(given, problem),
            form_kept=True,
        )

    def _back(self, redirect: Redirect, sent: Mapping[str, str], **answer: str) -> Response:
        return see_other(
            redirect.with_query(**answer, state=sent.get("state"), iss=self._site.issuer)
        )

    def _actor(self, request: Request, caller: Caller) -> Actor:
        return Actor(
            kind="session",
            id=caller.account_id,
            ip=client_ip(request) or None,
            request_id=request.scope["state"]["request_id"],
        )


def _press(caller: Caller, given: Mapping[str, str]) -> ConsentPress:
    """Build the press of a form: its idempotency scope and the hash of its fields.

    A form that is sent twice gets a code of the same grant, not a second grant.

    Raises:
        IdempotencyKeyInvalid: the key of the form is malformed.
    """
    key = idempotency.read_key({"x-idempotency-key": given.get(KEY) or new_key()}) or ""
    sent = {name: value for name, value in given.items() if name != KEY}
    scope = idempotency.KeyScope(caller.account_id, caller.book, "POST", AUTHORIZE, key)
    return ConsentPress(scope, idempotency.hash_request(sent))


def consent_of(given: Mapping[str, str], asked: AuthorizationRequest) -> Consent:
    """Read the consent from the form: never more than the app requested or the form offered.

    Raises:
        InvalidInput: an amount cannot be read, or no permission or toolset is checked.
    """
    scopes, toolsets = checked_scopes(given, asked.scopes), checked_toolsets(given)
    if not scopes or not toolsets:
        raise InvalidInput(NO_CHOICE, hint="Or deny the app.")
    limits = granted_policy(typed_amounts(given))
    return Consent(
        scopes=scopes,
        policy=merge_policy(DEFAULT_POLICIES["live"], limits),
        toolsets=toolsets,
        read_only="readOnly" in given,
    )


def checked_toolsets(given: Mapping[str, str]) -> list[str]:
    """Read the toolsets that are checked in a form."""
    return [name for name in OFFERED if f"{TOOLSET}{name}" in given]
