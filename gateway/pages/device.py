"""The page on which a person approves a device; plain forms, it works without JavaScript.

An address fills in the code and never approves: that takes a POST from this page, in a session.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote

from jinja2 import Template
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from gateway.identity.device_operations import approve_device_link, get_device_link
from gateway.identity.device_schemas import DecideLink, LinkQuery, LinkShown
from gateway.identity.secrets import Peppers
from gateway.identity.sessions import Sessions
from gateway.kit.browser import SESSION, Site
from gateway.kit.database import Database
from gateway.kit.errors import InvalidInput, NotFound, Problem
from gateway.kit.operation import Call, Caller, Ports

PATH = "/device"


@dataclass(frozen=True, slots=True)
class DevicePage:
    """Shows what a device asks for, and takes the person's answer."""

    template: Template
    headers: Mapping[str, str]
    site: Site
    sessions: Sessions
    database: Database
    peppers: Peppers

    @classmethod
    def of(cls, ports: Ports, template: Template, headers: Mapping[str, str]) -> "DevicePage":
        """Return the page of an application."""
        site, sessions = ports.get(Site), ports.get(Sessions)
        kept = dict(headers) | {"Cache-Control": "no-store"}
        return cls(template, kept, site, sessions, ports.get(Database), ports.get(Peppers))

    async def answer(self, request: Request) -> Response:
        """Answer one request."""
        token = self.site.cookie(request.headers, SESSION)
        caller = None if token is None else await self.sessions.caller(token, None)
        if request.method == "POST":
            self.site.refuse_foreign(request.method, request.headers)
            return await self._decided(request, caller)
        code = request.query_params.get("userCode", "")[:40]
        if caller is None:
            target = f"{PATH}?userCode={quote(code)}" if code else PATH
            return self._page(status=401, sign_in=f"/login?returnPath={quote(target, safe='')}")
        if not code:
            return self._page()
        try:
            link = await get_device_link(
                caller, LinkQuery(userCode=code), self.database, self.peppers
            )
        except NotFound as problem:
            told = "No device shows this code. Check each letter, or start again on the device."
            return self._page(status=problem.status, code=code, problem=told)
        except Problem as problem:
            return self._refused(problem, code)
        return self._page(code=link.user_code, link=link)

    async def _decided(self, request: Request, caller: Caller | None) -> Response:
        if caller is None:
            return self._page(status=401, sign_in=f"/login?returnPath={PATH}")
        given = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        code = given.get("userCode", "")[:40]
        call = Call(
            request_id=request.scope["state"]["request_id"],
            method=request.method,
            path=PATH,
            caller=caller,
            client_ip=request.client.host if request.client else "",
        )
        try:
            body = _decision(given, code)
            decided = await approve_device_link(call, caller, body, self.database, self.peppers)
        except Problem as problem:
            return self._refused(problem, code)
        return self._page(done=decided.state)

    def _refused(self, problem: Problem, code: str) -> Response:
        told = f"{problem.detail} {problem.next_step}"
        return self._page(status=problem.status, code=code, problem=told)

    def _page(
        self,
        *,
        status: int = 200,
        code: str = "",
        link: LinkShown | None = None,
        problem: str = "",
        done: str = "",
        sign_in: str = "",
    ) -> Response:
        shown = self.template.render(
            code=code, link=link, problem=problem, done=done, sign_in=sign_in
        )
        return HTMLResponse(shown, status_code=status, headers=dict(self.headers))


def _decision(given: Mapping[str, str], code: str) -> DecideLink:
    """Read the form.

    Raises:
        InvalidInput: the limit is no amount of dollars.
    """
    wanted: dict[str, object] = {"userCode": code, "approve": given.get("decision") == "approve"}
    if limit := given.get("monthlyLimitUsd", "").strip():
        wanted["spendPolicy"] = {"monthlyLimitUsd": limit}
    try:
        return DecideLink.model_validate(wanted)
    except ValidationError:
        raise InvalidInput("Give the limit in dollars, such as 25 or 2.50.") from None
