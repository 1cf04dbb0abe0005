"""The page on which a person connects an app, and the list of connected apps.

Opening the page grants nothing: Allow is a POST from this page in a session, and each connection
asks for it. Both pages are plain forms and work without a script.
"""

from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from gateway.identity.errors import OAuthRefused
from gateway.identity.keys import operations as identity
from gateway.identity.keys.callers import MODE_HEADER
from gateway.identity.keys.spend_policy import DEFAULT_POLICIES, merge_policy
from gateway.identity.oauth.apps import Apps
from gateway.identity.oauth.authorization_requests import (
    REQUEST_PARAMETERS,
    AuthorizationRequest,
    OAuthSite,
    check_authorization_request,
)
from gateway.identity.oauth.clients import AppClients
from gateway.identity.oauth.grants import Consent, ConsentSubmission, Grants
from gateway.identity.oauth.redirects import Redirect
from gateway.identity.sign_in.operations import get_browser_session
from gateway.kit import idempotency
from gateway.kit.audit_log import Actor
from gateway.kit.errors import InvalidInput, Problem, Unauthorized
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller, operation_from_handler
from gateway.kit.wire import request_reader
from gateway.ledger.operations import get_balance
from gateway.pages.dialogs import new_form_key, next_form_key, to_field_problems
from gateway.pages.field_words import list_options
from gateway.pages.grants import (
    GrantForm,
    build_granted_policy,
    build_payer,
    build_usual_amounts,
    read_checked_scopes,
    read_typed_amounts,
    to_scope_words,
)
from gateway.pages.operation_client import (
    OperationClient,
    build_call_headers,
    client_ip,
    read_form,
    redirect_to_sign_in,
)
from gateway.pages.render import render_page, see_other
from gateway.tools import TOOLS

AUTHORIZE_PATH, APPS_PATH = "/oauth/authorize", "/oauth/apps"
TOOLSET_PREFIX, KEY_FIELD = "toolset.", "idempotencyKey"
OFFERED_TOOLSETS = {
    name: words
    for name, words in list_options("toolset").items()
    if any(name in tool.toolsets for tools in TOOLS.values() for tool in tools)
}
USUAL_TOOLSETS = ("media", "studio", "account")
NO_CHOICE = "Select at least one permission and one group of tools."


class OAuthPages:
    """The views of connected apps; they act with the person's session."""

    def __init__(self, client: OperationClient) -> None:
        self._client = client
        self._site: OAuthSite = client.ports.get(OAuthSite)
        self._clients: AppClients = client.ports.get(AppClients)
        self._grants: Grants = client.ports.get(Grants)
        self._apps: Apps = client.ports.get(Apps)

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        methods = ["GET", "POST"]
        apps_route = Route(APPS_PATH, self._client.public_view(self.list_apps), methods=methods)
        if not self._apps.enabled:
            return [apps_route]
        return [
            Route(AUTHORIZE_PATH, self._client.public_view(self.authorize), methods=methods),
            apps_route,
        ]

    async def authorize(self, request: Request) -> Response:
        """Show the request of an app, or take the person's decision.

        The redirect address is checked against the client before anything is sent to it: an
        unchecked one would make this page an open redirect, and could receive the code.
        """
        fields = await self._read_request(request)
        sent = {name: fields[name] for name in REQUEST_PARAMETERS if name in fields}
        caller = await self._find_caller(
            request, fields.get("mode") if request.method == "POST" else None
        )
        if caller is None:
            return redirect_to_sign_in(request, f"{AUTHORIZE_PATH}?{urlencode(sent)}")
        app_client = await self._clients.load_client(sent.get("client_id", ""), caller.person_id)
        redirect = app_client.get_redirect(sent.get("redirect_uri", ""))
        try:
            app_request = check_authorization_request(
                sent, app_client, redirect, self._site.resource
            )
        except OAuthRefused as refused:
            refusal = {"error": refused.code, "error_description": refused.detail}
            return self._redirect_to_app(redirect, sent, **refusal)
        if request.method != "POST":
            return await self._page(request, caller, app_request, sent, None)
        if fields.get("decision") == "deny":
            return self._redirect_to_app(redirect, sent, error="access_denied")
        return await self._connect(request, caller, app_request, fields)

    async def _connect(
        self,
        request: Request,
        caller: Caller,
        app_request: AuthorizationRequest,
        fields: Mapping[str, str],
    ) -> Response:
        """Connect the app and redirect to it with a code; a refusal shows the form again."""
        try:
            consent = read_consent(fields, app_request)
            if fields.get("decision") != "allow":  # Enter in a field, not a button: no decision yet
                return await self._page(request, caller, app_request, fields, None)
            actor, press = self._build_actor(request, caller), _read_press(caller, fields)
            code = await self._grants.connect(caller, app_request, consent, actor, press)
        except Problem as problem:
            return await self._page(request, caller, app_request, fields, problem)
        return self._redirect_to_app(app_request.redirect, fields, code=code)

    async def list_apps(self, request: Request) -> Response:
        """Show the connected apps, or disconnect one."""
        if request.method == "POST":
            grant_id = (await read_form(request)).get("keyId", "")
            try:
                await self._client.call_with_session(
                    identity.revoke_key, request, {"keyId": grant_id}
                )
            except Unauthorized:
                return redirect_to_sign_in(request)
            return see_other(APPS_PATH)
        caller = await self._client.find_caller(request)
        if caller is None:
            return redirect_to_sign_in(request)
        apps = await self._grants.list_connected(caller)
        return render_page(request, "apps.html", apps=apps, powers=to_scope_words)

    async def _read_request(self, request: Request) -> dict[str, str]:
        """Read the parameters of the request.

        Raises:
            InvalidInput: a parameter is repeated, or contains control characters.
        """
        if request.method == "POST":
            self._client.callers.site.refuse_cross_site(request.method, request.headers)
            fields = await read_form(request)
        else:
            fields = dict(request.query_params)
            if len(fields) < len(request.query_params.multi_items()):
                raise InvalidInput("The app's request repeats a parameter.")
        for name, value in fields.items():
            request_reader.refuse_control_characters(value, name)
        return fields

    async def _find_caller(self, request: Request, book: str | None) -> Caller | None:
        headers = build_call_headers(request) | ({} if book is None else {MODE_HEADER: book})
        try:
            return await self._client.callers(headers, operation_from_handler(get_balance))
        except Unauthorized:
            return None

    async def _page(
        self,
        request: Request,
        caller: Caller,
        app_request: AuthorizationRequest,
        fields: Mapping[str, str],
        problem: Problem | None,
    ) -> Response:
        state = await self._client.read_model(get_browser_session, request, caller)
        first = request.method != "POST"
        return render_page(
            request,
            "connect.html",
            problem=problem,
            form_origins=app_request.redirect.csp_source,
            payer=build_payer(state.root),
            asked=app_request,
            wrong=to_field_problems(problem),
            sent={name: fields[name] for name in REQUEST_PARAMETERS if name in fields},
            grant=GrantForm(
                scopes=to_scope_words(app_request.scopes),
                chosen=app_request.scopes
                if first
                else read_checked_scopes(fields, app_request.scopes),
                modes=["live", "test"] if state.root.live_enabled else ["test"],
                mode=caller.book,
                amounts=build_usual_amounts({}) if first else read_typed_amounts(fields),
            ),
            toolsets=OFFERED_TOOLSETS,
            shown_toolsets=USUAL_TOOLSETS if first else read_checked_toolsets(fields),
            read_only="readOnly" in fields,
            key=next_form_key(fields, problem),
            form_kept=True,
        )

    def _redirect_to_app(
        self, redirect: Redirect, sent: Mapping[str, str], **answer: str
    ) -> Response:
        return see_other(
            redirect.with_query(**answer, state=sent.get("state"), iss=self._site.issuer)
        )

    def _build_actor(self, request: Request, caller: Caller) -> Actor:
        return Actor(
            kind="session",
            id=caller.account_id,
            person_id=caller.person_id,
            ip=client_ip(request) or None,
            request_id=request.scope["state"]["request_id"],
        )


def _read_press(caller: Caller, fields: Mapping[str, str]) -> ConsentSubmission:
    """Build the press of a form: its idempotency scope and the hash of its fields.

    A form that is sent twice gets a code of the same grant, not a second grant.

    Raises:
        IdempotencyKeyInvalid: the key of the form is malformed.
    """
    key = idempotency.read_key({"x-idempotency-key": fields.get(KEY_FIELD) or new_form_key()}) or ""
    sent = {name: value for name, value in fields.items() if name != KEY_FIELD}
    scope = caller.build_key_scope("POST", AUTHORIZE_PATH, key)
    return ConsentSubmission(scope, idempotency.hash_request(sent))


def read_consent(fields: Mapping[str, str], app_request: AuthorizationRequest) -> Consent:
    """Read the consent from the form: never more than the app requested or the form offered.

    Raises:
        InvalidInput: an amount cannot be read, or no permission or toolset is checked.
    """
    scopes, toolsets = (
        read_checked_scopes(fields, app_request.scopes),
        read_checked_toolsets(fields),
    )
    if not scopes or not toolsets:
        raise InvalidInput(NO_CHOICE, hint="Or deny the app.")
    limits = build_granted_policy(read_typed_amounts(fields))
    return Consent(
        scopes=scopes,
        policy=merge_policy(DEFAULT_POLICIES["live"], limits),
        toolsets=toolsets,
        read_only="readOnly" in fields,
    )


def read_checked_toolsets(fields: Mapping[str, str]) -> list[str]:
    """Read the toolsets that are checked in a form."""
    return [name for name in OFFERED_TOOLSETS if f"{TOOLSET_PREFIX}{name}" in fields]
