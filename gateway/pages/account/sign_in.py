"""Pages of sign-in and sign-out: plain forms, which work without a script."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from gateway.identity.errors import CodeExpired, TokenInvalid
from gateway.identity.sign_in import operations
from gateway.identity.sign_in.google import GoogleSignIn, RedirectFlow
from gateway.identity.sign_in.pre_sessions import PreSessions
from gateway.identity.sign_in.schemas import BrowserState, SignedIn
from gateway.kit.errors import CrossSiteRefused, Problem, RateLimited, Unauthorized
from gateway.kit.http.routing import Route
from gateway.pages.account.email_codes import CodePrompt, render_code_refused, render_code_sent
from gateway.pages.operation_client import OperationClient, parse_return_path, read_form
from gateway.pages.render import render_page, see_other
from gateway.pages.shell import to_account_mark

LOGIN_PATH = "/login"
GOOGLE_CALLBACK_PATH = "/login/google/callback"
PROMPT_FIELDS = {
    "send_to": f"{LOGIN_PATH}/email",
    "code_to": f"{LOGIN_PATH}/code",
    "button": "Sign in",
}


class SignInPages:
    """The views of sign-in and sign-out."""

    def __init__(self, client: OperationClient) -> None:
        self._client = client
        self._google: GoogleSignIn = client.ports.get(GoogleSignIn)
        self._pre: PreSessions = client.ports.get(PreSessions)

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        return [
            Route("/sign-in", self._client.public_view(self.redirect_to_login), methods=["GET"]),
            Route(LOGIN_PATH, self._client.public_view(self.show_login), methods=["GET"]),
            Route("/login/email", self._client.public_view(self.send_code), methods=["POST"]),
            Route("/login/code", self._client.public_view(self.enter_code), methods=["POST"]),
            Route("/logout", self._client.public_view(self.log_out), methods=["POST"]),
            Route("/login/google", self._client.public_view(self.start_google), methods=["GET"]),
            Route(
                GOOGLE_CALLBACK_PATH, self._client.public_view(self.finish_google), methods=["GET"]
            ),
        ]

    async def redirect_to_login(self, request: Request) -> Response:
        """Redirect from `/sign-in`, the address that people type, to the sign-in."""
        query = request.url.query
        return see_other(f"{LOGIN_PATH}?{query}" if query else LOGIN_PATH)

    async def show_login(self, request: Request) -> Response:
        """Show the ways to sign in, or the signed-in account; `again` always shows the ways."""
        path = parse_return_path(request.query_params.get("returnPath"))
        who = operations.get_browser_session
        if "again" in request.query_params:
            answer = await self._client.call_operation(who, request, None)
        else:
            answer = await self._client.call_with_session(who, request)
        state = BrowserState.model_validate_json(answer.body).root
        if isinstance(state, SignedIn):
            return render_page(request, "signed_in.html", state=state, path=path)
        offered = state.sign_in.methods
        return render_page(
            request, "sign_in.html", cookies=answer.cookies, methods=offered, email="", path=path
        )

    async def send_code(self, request: Request) -> Response:
        """Send a code to an address and ask for it."""
        fields = await read_form(request)
        prompt = CodePrompt(
            **PROMPT_FIELDS, email=fields.get("email", ""), path=_read_return_path(fields)
        )
        try:
            answer = await self._client.call_with_session(
                operations.start_email, request, {"email": prompt.email}
            )
        except CrossSiteRefused:
            raise
        except Problem as problem:
            if (challenge_id := fields.get("challengeId")) and isinstance(problem, RateLimited):
                # Too many mails, but the code sent before still works: ask for that one.
                return render_code_refused(request, prompt, challenge_id, problem)
            return self._ask_address(request, prompt, problem)
        return render_code_sent(request, prompt, answer)

    async def enter_code(self, request: Request) -> Response:
        """Sign in with a code."""
        fields = await read_form(request)
        prompt = CodePrompt(
            **PROMPT_FIELDS, email=fields.get("email", ""), path=_read_return_path(fields)
        )
        body = {name: fields.get(name, "").strip() for name in ("challengeId", "code")}
        try:
            answer = await self._client.call_with_session(
                operations.verify_email_in_browser, request, body
            )
        except CodeExpired as problem:
            return self._ask_address(request, prompt, problem)
        except CrossSiteRefused:
            raise
        except Problem as problem:
            return render_code_refused(request, prompt, body["challengeId"], problem)
        response = see_other(prompt.path, answer.cookies)
        state = BrowserState.model_validate_json(answer.body).root
        if isinstance(state, SignedIn):
            # A sign-in in a dialog leaves its page open: only the same account may go on with it.
            response.headers["X-Account"] = to_account_mark(state.account_id)
        return response

    def _ask_address(self, request: Request, prompt: CodePrompt, problem: Problem) -> Response:
        return render_page(
            request,
            "sign_in.html",
            problem=problem,
            methods=["email"],
            email=prompt.email,
            path=prompt.path,
        )

    async def log_out(self, request: Request) -> Response:
        """Sign out; a browser that is signed out already is only redirected."""
        back = (await read_form(request)).get("returnPath")
        path = (
            f"{LOGIN_PATH}?returnPath={quote(parse_return_path(back), safe='')}"
            if back
            else LOGIN_PATH
        )
        try:
            answer = await self._client.call_with_session(operations.end_browser_session, request)
        except Unauthorized:
            return see_other(path)
        return see_other(path, answer.cookies)

    async def start_google(self, request: Request) -> Response:
        """Redirect the browser to Google, with a cookie that its return is checked against."""
        value = self._pre.read_value(request.headers) or self._pre.create_value()
        path = parse_return_path(request.query_params.get("returnPath"))
        url = await self._google.get_start_url(self._build_flow(value, path))
        return see_other(url, (self._pre.render_cookie(value),))

    async def finish_google(self, request: Request) -> Response:
        """Sign in a browser that Google sent back.

        State, nonce and PKCE verifier are derived from its cookie: an answer that was meant for
        another browser does not fit, so no browser can be signed in to a stranger's account.
        """
        value = self._pre.read_value(request.headers)
        state, code = (request.query_params.get(name, "") for name in ("state", "code"))
        if value is None or not code:
            raise TokenInvalid("Sign-in with Google timed out or was abandoned.")
        path = _return_path_from_state(state)
        flow = self._build_flow(value, path)
        if not hmac.compare_digest(state.encode(), flow.state.encode()):
            raise TokenInvalid("This sign-in with Google did not start in this browser.")
        token = await self._google.fetch_id_token(code, flow)
        signed_in = operations.verify_google_in_browser
        answer = await self._client.call_operation(signed_in, request, {"idToken": token})
        return see_other(path, answer.cookies)

    def _build_flow(self, value: str, path: str) -> RedirectFlow:
        encoded_path = base64.urlsafe_b64encode(path.encode()).decode().rstrip("=")
        return RedirectFlow(
            redirect_uri=f"{self._client.callers.site.public_url}{GOOGLE_CALLBACK_PATH}",
            state=f"{self._pre.derive_secret(value, 'state')}.{encoded_path}",
            nonce=self._pre.derive_secret(value, "nonce"),
            verifier=self._pre.derive_secret(value, "verifier"),
        )


def _read_return_path(fields: Mapping[str, str]) -> str:
    return parse_return_path(fields.get("returnPath"))


def _return_path_from_state(state: str) -> str:
    encoded_path = state.rpartition(".")[2]
    try:
        return parse_return_path(base64.urlsafe_b64decode(f"{encoded_path}==").decode())
    except (binascii.Error, ValueError):
        return LOGIN_PATH
