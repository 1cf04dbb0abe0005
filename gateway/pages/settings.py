"""The page of settings: ways to sign in, open sessions, limits of new keys, closing."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from gateway.account import operations as account
from gateway.identity import sign_in_operations as operations
from gateway.identity.errors import CodeExpired, FreshSignInRequired
from gateway.identity.sign_in_schemas import SessionList
from gateway.kit.browser import SESSION
from gateway.kit.errors import CrossSiteRefused, Problem, RateLimited
from gateway.kit.operation import Caller
from gateway.kit.routing import Route
from gateway.ledger.operations import TopUp
from gateway.pages.asking import asking, wrong
from gateway.pages.codes import Asked, ask_code, code_sent
from gateway.pages.granting import APPROVALS, CAPS, LIMITS, typed_amounts, typed_limits
from gateway.pages.render import page, see_other
from gateway.pages.session import Desk, form
from gateway.pages.shell import shell_of

SETTINGS = "/settings"
BLOCKERS = {
    "money_held": "Open jobs or plans hold credit. Wait for them to end, or cancel them.",
    "debt": "You owe money. Add credit to pay it off.",
    "account_frozen": "Spending is frozen, by a dispute or by the operator. Ask the operator.",
    "payout_open": "A commission payout is open. Wait until it is paid or rejected.",
    "payment_open": "A payment is in progress, or waiting for the operator. Wait for it to settle.",
}
HINTS = {
    "account_in_use": "Nothing was changed. What prevents it is listed below.",
    "credit_left": "Nothing was changed. The amount below is what remains now.",
    "invalid_input": "Confirm below that you forfeit the remaining credit.",
}


class SettingsPage:
    """The views of the account's settings."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._top_up: TopUp = desk.ports.get(TopUp)

    def routes(self) -> list[Route]:
        """Return the routes of this page."""
        shown, both = self._desk.for_person, ["GET", "POST"]
        return [
            Route(SETTINGS, shown(self.settings), methods=["GET"]),
            Route(f"{SETTINGS}/sessions", shown(self.sign_out), methods=["POST"]),
            Route(f"{SETTINGS}/email", shown(self.send_code), methods=["POST"]),
            Route(f"{SETTINGS}/code", shown(self.add), methods=["POST"]),
            Route(f"{SETTINGS}/remove", shown(self.remove), methods=both),
            Route(f"{SETTINGS}/policy", shown(self.policy), methods=["POST"]),
            Route(f"{SETTINGS}/close", shown(self.close), methods=both),
        ]

    async def settings(self, request: Request, caller: Caller) -> Response:
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
        read = self._desk.read
        account_settings = await self._desk.found(account.get_account_settings, request, caller)
        policy = {name: account_settings["spendPolicy"][name] or "" for name in LIMITS}
        sessions = await read(operations.list_sessions, request, caller)
        return page(
            request,
            "settings.html",
            problem=problem,
            wrong=wrong(problem),
            form_kept=True,
            email=email,
            account_id=caller.account_id,
            identities=(await read(operations.list_identities, request, caller)).data,
            sessions=sessions.data,
            fresh=_fresh(sessions),
            low_microusd=self._top_up.low_microusd,
            approvals=APPROVALS,
            caps=CAPS,
            policy=typed_amounts(typed) if typed else policy,
        )

    async def sign_out(self, request: Request, caller: Caller) -> Response:
        """Sign out another browser, or all others."""
        fields = await form(request)
        named = {"sessionId": fields.get("sessionId", "")}
        given = {"others": True} if "others" in fields else named
        await self._desk.act(operations.revoke_session, request, caller, given)
        return self._done(request)

    async def send_code(self, request: Request, caller: Caller) -> Response:
        """Send a code to an address that is to be added, and ask for the code."""
        fields = await form(request)
        asked = self._asked(request, fields.get("email", ""))
        given = {"email": asked.email, "purpose": "link"}
        try:
            # Check before the mail is sent: after a stale sign-in the code could not be used.
            if not _fresh(await self._desk.read(operations.list_sessions, request, caller)):
                raise FreshSignInRequired
            answer = await self._desk.ask(operations.start_email, request, given)
        except CrossSiteRefused:
            raise
        except Problem as problem:
            if (known := fields.get("challengeId")) and isinstance(problem, RateLimited):
                return ask_code(request, asked, known, problem)  # the code sent before still works
            return await self._page(request, caller, problem, email=asked.email)
        return code_sent(request, asked, answer)

    async def add(self, request: Request, caller: Caller) -> Response:
        """Add an address by the code that was sent to it."""
        fields = await form(request)
        asked = self._asked(request, fields.get("email", ""))
        given = {name: fields.get(name, "").strip() for name in ("challengeId", "code")}
        try:
            await self._desk.act(operations.link_identity, request, caller, given)
        except CodeExpired as problem:
            return await self._page(request, caller, problem, email=asked.email)
        except CrossSiteRefused:
            raise
        except Problem as problem:
            return ask_code(request, asked, given["challengeId"], problem)
        return self._done(request)

    async def remove(self, request: Request, caller: Caller) -> Response:
        """Ask for consent to remove a way to sign in, or remove it."""
        if request.method == "POST":
            given = {"identityId": (await form(request)).get("identityId", "")}
            await self._desk.act(operations.unlink_identity, request, caller, given)
            return self._done(request)
        identity_id = request.query_params.get("identityId", "")
        listed = await self._desk.read(operations.list_identities, request, caller)
        matching = [each for each in listed.data if each.id == identity_id]
        if not matching:
            return self._done(request)
        title = f"Remove {matching[0].email}?"
        return asking(request, "parts/identity_remove.html", title=title, identity=matching[0])

    async def policy(self, request: Request, caller: Caller) -> Response:
        """Change the spend policy of new keys."""
        fields = await form(request)
        given = {"spendPolicy": typed_limits(fields)}
        try:
            await self._desk.act(account.change_account_settings, request, caller, given)
        except CrossSiteRefused:
            raise
        except Problem as problem:
            return await self._page(request, caller, problem, typed=fields)
        return self._done(request)

    async def close(self, request: Request, caller: Caller) -> Response:
        """Ask for consent to close the account, or close it and drop the session cookie."""
        problem = None
        if request.method == "POST":
            given = {"forfeitUsd": (await form(request)).get("forfeitUsd", "")}
            try:
                await self._desk.act(account.close_account, request, caller, given)
            except CrossSiteRefused:
                raise
            except Problem as refused:
                problem = refused
                problem.next_step = HINTS.get(problem.code, problem.next_step)
            else:
                expired_cookie = self._desk.callers.site.set_cookie(SESSION, "", 0)
                return see_other("/", (expired_cookie,))
        closing = await self._desk.found(account.get_account_closing, request, caller)
        listed = await self._desk.read(operations.list_identities, request, caller)
        values = {"closing": closing, "blockers": BLOCKERS, "identities": listed.data}
        return page(request, "close_account.html", problem=problem, **values)

    def _asked(self, request: Request, email: str) -> Asked:
        shell = shell_of(request)
        return Asked(
            send_to=shell.act(f"{SETTINGS}/email"),
            code_to=shell.act(f"{SETTINGS}/code"),
            button="Add the address",
            email=email,
            path=shell.to(SETTINGS),
        )

    def _done(self, request: Request) -> Response:
        return see_other(shell_of(request).to(SETTINGS))


def _fresh(sessions: SessionList) -> bool:
    return any(each.current and each.fresh for each in sessions.data)
