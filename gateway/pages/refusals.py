"""Answers to refused requests: nothing typed is lost, and the reason is shown at the form.

A script that stays on its page gets the problem alone. Without a script the page of the form is
rendered again with the problem in it. A person who was signed out gets the form to send again.
"""

from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.errors import Problem, Unauthorized
from gateway.kit.http.browser import SAFE_METHODS, Site
from gateway.kit.http.routing import Route, Routes
from gateway.pages.form_problems import (
    FORM_ACCOUNT_FIELD,
    FORM_PAGE_FIELD,
    SCRIPTED_FORM,
    get_posted_form,
    has_form_body,
    is_form_of_other_account,
    read_form,
)
from gateway.pages.person_words import to_label
from gateway.pages.render import render_page, render_refusal

SCRIPT_HEADERS = ("hx-request", SCRIPTED_FORM)
# Hidden fields, which mean nothing to the person who filled in the form.
SILENT_FIELDS = {
    FORM_PAGE_FIELD,
    FORM_ACCOUNT_FIELD,
    "decision",
    "idempotencyKey",
    "planHash",
    "pricedInput",
    "shownSteps",
    "leftOutSteps",
}


class Refusals:
    """Answers refused requests; `pages` are the routes of all pages, set once they are built."""

    pages: Routes

    def __init__(self, site: Site) -> None:
        self._site = site

    async def answer(self, request: Request, problem: Problem, request_id: str) -> Response:
        """Render a problem at the place where the person will look for it.

        Only a form that one of our pages sent is shown again: what another site sends could put
        its own words onto our page.
        """
        is_own = request.method not in SAFE_METHODS and await self._is_own_form(request)
        if is_own and not any(name in request.headers for name in SCRIPT_HEADERS):
            if problem.code == Unauthorized.code:
                return render_kept_form(request, problem)
            if is_form_of_other_account(request):  # its words belong to another person
                return render_refusal(request, problem, request_id)
            if (page_request := self._find_page(request, problem)) is not None:
                form_page: Response = await page_request.scope["route"].endpoint(page_request)
                return form_page
        return render_refusal(request, problem, request_id)

    async def _is_own_form(self, request: Request) -> bool:
        """Return True if one of our pages sent this form."""
        if not has_form_body(request):
            return False
        try:
            self._site.refuse_cross_site(request.method, request.headers)
            await read_form(request)
        except Problem:
            return False
        return True

    def _find_page(self, request: Request, problem: Problem) -> Request | None:
        """Build the GET request of the page that the form names, with the problem to show there."""
        address = get_posted_form(request).get(FORM_PAGE_FIELD, "").partition("#")[0]
        path, _, query = address.partition("?")
        state = request.scope["state"] | {"refused_form": problem}
        target = {"path": unquote(path), "raw_path": path.encode(), "query_string": query.encode()}
        scope = {**request.scope, **target, "method": "GET", "state": state}
        route = self.pages.find(scope)
        if not isinstance(route, Route) or "GET" not in (route.methods or ()):
            return None
        return Request(scope, request.receive)


def render_kept_form(request: Request, problem: Problem) -> Response:
    """Render the filled-in form so that it can be sent again after a sign-in in another tab."""
    query = f"?{request.url.query}" if request.url.query else ""
    fields = get_posted_form(request)
    return render_page(
        request,
        "signed_out.html",
        problem=problem,
        action=f"{request.url.path}{query}",
        fields=fields,
        told={
            to_label(name): text
            for name, text in fields.items()
            if text and name not in SILENT_FIELDS
        },
    )


def redirect_by_script(request: Request, response: Response) -> Response:
    """Turn a redirect into a header for a script that sent a form: `fetch` would hide it."""
    if SCRIPTED_FORM in request.headers and "location" in response.headers:
        response.headers["HX-Redirect"] = response.headers["location"]
        del response.headers["location"]
        response.status_code = 200
    return response
