"""A page's answer to a refused request: nothing typed is lost, and the reason stands in place.

A script that stays on its page gets the problem alone. Without a script the page of the form comes
back with the problem in it; a person who was signed out gets the form itself to send again.
"""

from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.browser import SAFE, Site
from gateway.kit.errors import Problem, Unauthorized
from gateway.kit.routing import Route, Routes
from gateway.pages.fields import label_of
from gateway.pages.form_problems import (
    FORM_AT,
    FORM_OF,
    SCRIPTED_FORM,
    form,
    get_posted_form,
    is_form,
    is_of_other_account,
)
from gateway.pages.render import page, refused

STAYS = ("hx-request", SCRIPTED_FORM)
# Fields that say nothing to whoever filled in a form.
SILENT = {FORM_AT, FORM_OF, "decision", "idempotencyKey", "planHash", "pricedInput", "shownSteps"}


class Refusals:
    """Answers what is refused; `pages` are all pages there are, once they are known."""

    pages: Routes

    def __init__(self, site: Site) -> None:
        self._site = site

    async def answer(self, request: Request, problem: Problem, request_id: str) -> Response:
        """Show a problem where the person is."""
        own = request.method not in SAFE and await self._is_own_form(request)
        if own and not any(name in request.headers for name in STAYS):
            if problem.code == Unauthorized.code:
                return show_kept_form(request, problem)
            if is_of_other_account(request):  # whose words it holds is not shown to this one
                return refused(request, problem, request_id)
            if (again := self._find_page(request, problem)) is not None:
                shown: Response = await again.scope["route"].endpoint(again)
                return shown
        return refused(request, problem, request_id)

    async def _is_own_form(self, request: Request) -> bool:
        """Return True if a page of ours sent this form; what others send is not shown again."""
        if not is_form(request):
            return False
        try:
            self._site.refuse_foreign(request.method, request.headers)
            await form(request)
        except Problem:
            return False
        return True

    def _find_page(self, request: Request, problem: Problem) -> Request | None:
        """Return a request for the page that holds the form, with the problem to show there."""
        address = get_posted_form(request).get(FORM_AT, "").partition("#")[0]
        path, _, query = address.partition("?")
        state = request.scope["state"] | {"refused_form": problem}
        at = {"path": unquote(path), "raw_path": path.encode(), "query_string": query.encode()}
        scope = {**request.scope, **at, "method": "GET", "state": state}
        found = self.pages.find(scope)
        if not isinstance(found, Route) or "GET" not in (found.methods or ()):
            return None
        return Request(scope, request.receive)


def show_kept_form(request: Request, problem: Problem) -> Response:
    """Show what was filled in as a form that can be sent again after a sign-in in another tab."""
    query = f"?{request.url.query}" if request.url.query else ""
    fields = get_posted_form(request)
    return page(
        request,
        "signed_out.html",
        problem=problem,
        action=f"{request.url.path}{query}",
        fields=fields,
        told={label_of(name): text for name, text in fields.items() if text and name not in SILENT},
    )


def lead_on(request: Request, response: Response) -> Response:
    """Let a script that sent a form go to where a browser would: it could not see a redirect."""
    if SCRIPTED_FORM in request.headers and "location" in response.headers:
        response.headers["HX-Redirect"] = response.headers["location"]
        del response.headers["location"]
        response.status_code = 200
    return response
