"""The page of settings: ways to sign in, open sessions, limits of new keys, closing."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from gateway.account import operations as account
from gateway.identity.errors import CodeExpired, FreshSignInRequired
from gateway.identity.sign_in import operations
from gateway.identity.sign_in.schemas import SessionList
from gateway.kit.errors import CrossSiteRefused, Problem, RateLimited
from gateway.kit.http.browser import SESSION_COOKIE
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.kit.roles import Role
from gateway.ledger.operations import TopUp
from gateway.pages.account.email_codes import CodePrompt, render_code_refused, render_code_sent
from gateway.pages.dialogs import render_dialog, to_field_problems
from gateway.pages.field_words import list_options
from gateway.pages.grants import (
    APPROVAL_FIELDS,
    CAP_FIELDS,
    LIMIT_FIELDS,
    read_typed_amounts,
    read_typed_limits,
)
from gateway.pages.operation_client import OperationClient, read_form
from gateway.pages.render import render_page, see_other
from gateway.pages.shell import get_shell
from gateway.pages.toasts import Toast, add_toast

SETTINGS_PATH = "/settings"
BLOCKERS = {
    "money_held": "Open jobs or plans hold credit. Wait for them to end, or cancel them.",
    "debt": "You owe money. Add credit to pay it off.",
    "account_frozen": "Spending is frozen, by a dispute or by the operator. Ask the operator.",
    "payout_open": "A commission payout is open. Wait until it is paid or rejected.",
    "payment_open": "A payment is in progress, or waiting for the operator. Wait for it to settle.",
}
MAIL_FIELDS = ("mailPlans", "mailDone", "mailStatement")
HINTS = {
    "account_in_use": "Nothing was changed. What prevents it is listed below.",
    "credit_left": "Nothing was changed. The amount below is what remains now.",
    "invalid_input": "Confirm below that you forfeit the remaining credit.",
}


class SettingsPage:
    """The views of the account's settings."""

    def __init__(self, client: OperationClient) -> None:
        self._client = client
        self._top_up: TopUp = client.ports.get(TopUp)

    def routes(self) -> list[Route]:
        """Return the routes of this page."""
        person, both = self._client.person_view, ["GET", "POST"]
        return [
            Route(SETTINGS_PATH, person(self.show_settings), methods=["GET"]),
            Route(f"{SETTINGS_PATH}/sessions", person(self.sign_out), methods=["POST"]),
            Route(f"{SETTINGS_PATH}/email", person(self.send_code), methods=["POST"]),
            Route(f"{SETTINGS_PATH}/code", person(self.add_address), methods=["POST"]),
            Route(f"{SETTINGS_PATH}/remove", person(self.remove_identity), methods=both),
            Route(f"{SETTINGS_PATH}/making", person(self.change_preferences), methods=["POST"]),
            Route(f"{SETTINGS_PATH}/policy", person(self.change_policy), methods=["POST"]),
            Route(f"{SETTINGS_PATH}/close", person(self.close_account), methods=both),
        ]

    async def show_settings(self, request: Request, caller: Caller) -> Response:
        """Show the page."""
        return await self._page(request, caller)

    async def _page(
        self,
        request: Request,
        caller: Caller,
        problem: Problem | None = None,
        *,
        email: str = "",
        typed: Mapping[str, str] | None = None,
    ) -> Response:
        read_model = self._client.read_model
        account_settings = await self._client.read_wire(
            account.get_account_settings, request, caller
        )
        policy = {name: account_settings["spendPolicy"][name] or "" for name in LIMIT_FIELDS}
        sessions = await read_model(operations.list_sessions, request, caller)
        return render_page(
            request,
            "settings.html",
            problem=problem,
            wrong=to_field_problems(problem),
            form_kept=True,
            email=email,
            account_id=caller.account_id,
            owns_account=caller.role is Role.OWNER,
            identities=(await read_model(operations.list_identities, request, caller)).data,
            sessions=sessions.data,
            fresh=_is_fresh(sessions),
            low_microusd=self._top_up.low_microusd,
            approvals=APPROVAL_FIELDS,
            caps=CAP_FIELDS,
            policy=read_typed_amounts(typed) if typed else policy,
            settings=account_settings,
            homes=list_options("home"),
            keeps=list_options("autoKeep"),
            mails=MAIL_FIELDS,
        )

    async def sign_out(self, request: Request, caller: Caller) -> Response:
        """Sign out another browser, or all others."""
        fields = await read_form(request)
        one_session = {"sessionId": fields.get("sessionId", "")}
        body = {"others": True} if "others" in fields else one_session
        await self._client.call_from_form(operations.revoke_session, request, caller, body)
        return self._show_again(request)

    async def send_code(self, request: Request, caller: Caller) -> Response:
        """Send a code to an address that is to be added, and ask for the code."""
        fields = await read_form(request)
        prompt = self._build_prompt(request, fields.get("email", ""))
        body = {"email": prompt.email, "purpose": "link"}
        try:
            # Check before the mail is sent: after a stale sign-in the code could not be used.
            if not _is_fresh(
                await self._client.read_model(operations.list_sessions, request, caller)
            ):
                raise FreshSignInRequired
            answer = await self._client.call_with_session(operations.start_email, request, body)
        except CrossSiteRefused:
            raise
        except Problem as problem:
            if (challenge_id := fields.get("challengeId")) and isinstance(problem, RateLimited):
                # Too many mails, but the code sent before still works: ask for that one.
                return render_code_refused(request, prompt, challenge_id, problem)
            return await self._page(request, caller, problem, email=prompt.email)
        return render_code_sent(request, prompt, answer)

    async def add_address(self, request: Request, caller: Caller) -> Response:
        """Add an address by the code that was sent to it."""
        fields = await read_form(request)
        prompt = self._build_prompt(request, fields.get("email", ""))
        body = {name: fields.get(name, "").strip() for name in ("challengeId", "code")}
        try:
            await self._client.call_from_form(operations.link_identity, request, caller, body)
        except CodeExpired as problem:
            return await self._page(request, caller, problem, email=prompt.email)
        except CrossSiteRefused:
            raise
        except Problem as problem:
            return render_code_refused(request, prompt, body["challengeId"], problem)
        return self._show_again(request, "Address added.")

    async def remove_identity(self, request: Request, caller: Caller) -> Response:
        """Ask for consent to remove a way to sign in, or remove it."""
        if request.method == "POST":
            body = {"identityId": (await read_form(request)).get("identityId", "")}
            await self._client.call_from_form(operations.unlink_identity, request, caller, body)
            return self._show_again(request, "Address removed.")
        identity_id = request.query_params.get("identityId", "")
        identities = await self._client.read_model(operations.list_identities, request, caller)
        matching = [each for each in identities.data if each.id == identity_id]
        if not matching:
            return self._show_again(request)
        title = f"Remove {matching[0].email}?"
        return render_dialog(
            request, "parts/identity_remove.html", title=title, identity=matching[0]
        )

    async def change_policy(self, request: Request, caller: Caller) -> Response:
        """Change the spend policy of new keys."""
        fields = await read_form(request)
        body = {"spendPolicy": read_typed_limits(fields)}
        try:
            await self._client.call_from_form(
                account.change_account_settings, request, caller, body
            )
        except CrossSiteRefused:
            raise
        except Problem as problem:
            return await self._page(request, caller, problem, typed=fields)
        return self._show_again(request, "Limits of new keys saved.")

    async def change_preferences(self, request: Request, caller: Caller) -> Response:
        """Change where the account begins, what it keeps and which mails it gets."""
        posted = await read_form(request)
        body: dict[str, object] = {
            name: posted[name] for name in ("home", "autoKeep") if name in posted
        }
        body |= {name: name in posted for name in MAIL_FIELDS}
        await self._client.call_from_form(account.change_account_settings, request, caller, body)
        return self._show_again(request)

    async def close_account(self, request: Request, caller: Caller) -> Response:
        """Ask for consent to close the account, or close it and drop the session cookie."""
        problem = None
        if request.method == "POST":
            body = {"forfeitUsd": (await read_form(request)).get("forfeitUsd", "")}
            try:
                await self._client.call_from_form(account.close_account, request, caller, body)
            except CrossSiteRefused:
                raise
            except Problem as refused:
                problem = refused
                problem.next_step = HINTS.get(problem.code, problem.next_step)
            else:
                expired_cookie = self._client.callers.site.build_set_cookie(SESSION_COOKIE, "", 0)
                return see_other("/", (expired_cookie,))
        closing = await self._client.read_wire(account.get_account_closing, request, caller)
        identities = await self._client.read_model(operations.list_identities, request, caller)
        values = {"closing": closing, "blockers": BLOCKERS, "identities": identities.data}
        return render_page(request, "close_account.html", problem=problem, **values)

    def _build_prompt(self, request: Request, email: str) -> CodePrompt:
        shell = get_shell(request)
        return CodePrompt(
            send_to=shell.act(f"{SETTINGS_PATH}/email"),
            code_to=shell.act(f"{SETTINGS_PATH}/code"),
            button="Add the address",
            email=email,
            path=shell.to(SETTINGS_PATH),
        )

    def _show_again(self, request: Request, words: str = "") -> Response:
        answer = see_other(get_shell(request).to(SETTINGS_PATH))
        return add_toast(request, answer, Toast(words=words)) if words else answer


def _is_fresh(sessions: SessionList) -> bool:
    return any(each.current and each.fresh for each in sessions.data)
