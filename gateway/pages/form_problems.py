"""Problems of a form, shown inside that form, above the button that was pressed.

Every form that posts contains `{{ problem_here("name") }}`. A hidden field names the form and its
page, so the answer knows where to show the problem. The focus goes to the first wrong field or, if
no field is wrong, to the problem itself. A page without that form shows the problem on top.

A second hidden field names the account that the form was shown to. A page can stay open while
another account signs in: a form of the first account must not act for, or charge, the second.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from markupsafe import Markup
from starlette.requests import Request

from gateway.kit.errors import BadRequest, Conflict, Problem
from gateway.kit.http.browser import SAFE_METHODS
from gateway.pages.shell import get_shell

DIALOG_TARGET = "#ask-body"
FORM_PAGE_FIELD, FORM_ACCOUNT_FIELD = "formAt", "formOf"
FORM_TYPE = "application/x-www-form-urlencoded"
OTHER_ACCOUNT = "This form was filled in for another account than yours. Nothing was done."
OWN_FORM_HINT = "Open its page again to fill it in for your account, or sign in to the other one."
MOST_FIELDS = 400  # a hundred clips have three each
SCRIPTED_FORM = "x-form"  # forms.js sends a plain form: whole pages come back, but no redirects
HIDDEN_INPUT = Markup('<input type="hidden" name="{}" value="{}"{}>')
FORM_ATTRIBUTE = Markup(' form="{}"')


@dataclass(slots=True)
class ProblemPlace:
    """The forms of one page, and the one that was sent; a template calls it once in each form."""

    page: str
    pressed: str
    account: str
    problem: str  # a placeholder for the problem, if there is one
    shown: bool = False

    def __call__(self, name: str, form: str = "") -> Markup:
        """Render the hidden fields of a form, and the problem if this form was sent.

        `form` is the id of the form when the call stands outside its element.
        """
        owner = FORM_ATTRIBUTE.format(form) if form else ""
        hidden = HIDDEN_INPUT.format(FORM_PAGE_FIELD, f"{self.page}#{name}", owner)
        if self.account:
            hidden += HIDDEN_INPUT.format(FORM_ACCOUNT_FIELD, self.account, owner)
        if not self.problem or name != self.pressed:
            return hidden
        self.shown = True
        return hidden + Markup(self.problem)  # noqa: S704 - of ours

    @property
    def takes_focus(self) -> bool:
        """Return True if the page answers a form, so its problem is to be read next."""
        return bool(self.pressed)


def build_problem_place(request: Request, problem: str) -> ProblemPlace:
    """Build the `problem_here` of the page that answers this request."""
    page, _, pressed = get_posted_form(request).get(FORM_PAGE_FIELD, "").partition("#")
    return ProblemPlace(
        page or get_page_address(request), pressed, get_shell(request).account, problem
    )


async def read_form(request: Request) -> dict[str, str]:
    """Read the fields of a posted form, and remember them for the page that answers.

    Raises:
        BadRequest: the body is no form in UTF-8, or has more than `MOST_FIELDS` fields.
    """
    try:
        pairs = parse_qsl(
            (await request.body()).decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS
        )
    except ValueError as error:
        raise BadRequest("The form is malformed.") from error
    request.scope["state"]["posted_form"] = fields = dict(pairs)
    return fields


async def refuse_other_account(request: Request) -> None:
    """Refuse a form that was shown to another account than the one signed in now.

    Raises:
        Conflict: another account has signed in since.
    """
    if request.method in SAFE_METHODS or not has_form_body(request):
        return
    await read_form(request)
    if is_form_of_other_account(request):
        raise Conflict(OTHER_ACCOUNT, hint=OWN_FORM_HINT)


def is_form_of_other_account(request: Request) -> bool:
    """Return True if the posted form was shown to another account than the one signed in."""
    shown_to, account = get_posted_form(request).get(FORM_ACCOUNT_FIELD), get_shell(request).account
    return bool(shown_to and account) and shown_to != account


def has_form_body(request: Request) -> bool:
    """Return True if the body is that of a form."""
    return request.headers.get("content-type", "").startswith(FORM_TYPE)


def get_refused_form(request: Request) -> Problem | None:
    """Return the problem of the form that this page shows again, if it was refused."""
    problem: Problem | None = request.scope["state"].get("refused_form")
    return problem


def get_posted_form(request: Request) -> Mapping[str, str]:
    """Return the fields of the posted form; empty if no view has read it."""
    fields: Mapping[str, str] = request.scope["state"].get("posted_form", {})
    return fields


def get_page_address(request: Request) -> str:
    """Return path and query of the page in the browser: for a part, of the page around it.

    A request for a dialog names itself, because each dialog is a page of its own too.
    """
    is_dialog = request.headers.get("hx-target", "").endswith(DIALOG_TARGET)
    if not is_dialog and (page_url := request.headers.get("hx-current-url")) is not None:
        return "/" + page_url.partition("#")[0].partition("://")[2].partition("/")[2]
    if request.method not in SAFE_METHODS:
        return ""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
