"""Problems of a form, shown inside that form, above the button that was pressed.

Each form that posts holds `{{ problem_here("name") }}`. It names the form and its page in a hidden
field, so that an answer knows which form was sent: there it shows the problem, and the focus goes
to the first wrong field or, if no field is wrong, to the problem itself. A page that does not hold
the form (any more) shows the problem on top.

Another hidden field says whose form it is. A page can stay open while somebody else signs in, or a
form be kept: what one account was shown, no other one does or pays.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from markupsafe import Markup
from starlette.requests import Request

from gateway.kit.browser import SAFE
from gateway.kit.errors import BadRequest, Conflict, Problem
from gateway.pages.shell import shell_of

DIALOG = "#ask-body"
FORM_AT, FORM_OF = "formAt", "formOf"
FORM_TYPE = "application/x-www-form-urlencoded"
OTHER_ACCOUNT = "This form was filled in for another account than yours. Nothing was done."
OWN_FORM = "Open its page again to fill it in for your account, or sign in to the other one."
MOST_FIELDS = 400  # a hundred clips have three each
SCRIPTED_FORM = "x-form"  # forms.js sends a plain form: whole pages come back, but no redirects
HIDDEN = Markup('<input type="hidden" name="{}" value="{}"{}>')
OWNER = Markup(' form="{}"')


@dataclass(slots=True)
class ProblemPlace:
    """One page's forms, and which of them was pressed; a template calls it once in each form."""

    page: str
    pressed: str
    account: str
    problem: str  # what stands for the problem, if there is one
    shown: bool = False

    def __call__(self, name: str, form: str = "") -> Markup:
        """Name this form, and show the problem if this one was pressed.

        `form` is the id of the form, where this stands outside of it.
        """
        owner = OWNER.format(form) if form else ""
        hidden = HIDDEN.format(FORM_AT, f"{self.page}#{name}", owner)
        if self.account:
            hidden += HIDDEN.format(FORM_OF, self.account, owner)
        if not self.problem or name != self.pressed:
            return hidden
        self.shown = True
        return hidden + Markup(self.problem)  # noqa: S704 - of ours

    @property
    def takes_focus(self) -> bool:
        """Return True if this page answers a form, so that its problem is what comes next."""
        return bool(self.pressed)


def place_problem(request: Request, problem: str) -> ProblemPlace:
    """Return where the page that answers this request shows its problem."""
    page, _, pressed = get_posted_form(request).get(FORM_AT, "").partition("#")
    return ProblemPlace(page or address_of(request), pressed, shell_of(request).account, problem)


async def form(request: Request) -> dict[str, str]:
    """Return the fields of a posted form.

    Raises:
        BadRequest: not a form in UTF-8.
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
    """Let a form through only for the account that it was shown to, or that a stranger signs in to.

    Raises:
        Conflict: somebody else is signed in now.
    """
    if request.method in SAFE or not is_form(request):
        return
    await form(request)
    if is_of_other_account(request):
        raise Conflict(OTHER_ACCOUNT, hint=OWN_FORM)


def is_of_other_account(request: Request) -> bool:
    """Return True if the posted form was shown to another account than the one signed in."""
    shown_to, account = get_posted_form(request).get(FORM_OF), shell_of(request).account
    return bool(shown_to and account) and shown_to != account


def is_form(request: Request) -> bool:
    """Return True if the body is that of a form."""
    return request.headers.get("content-type", "").startswith(FORM_TYPE)


def get_refused_form(request: Request) -> Problem | None:
    """Return why the form was refused that stands on the page which answers this request."""
    refused: Problem | None = request.scope["state"].get("refused_form")
    return refused


def get_posted_form(request: Request) -> Mapping[str, str]:
    """Return the fields of the form that was posted, as far as a view has read it."""
    posted: Mapping[str, str] = request.scope["state"].get("posted_form", {})
    return posted


def address_of(request: Request) -> str:
    """Return path and query of the page that one sees: that of a part is the page around it.

    What a dialog asks has a page of its own.
    """
    asked = request.headers.get("hx-target", "").endswith(DIALOG)
    if not asked and (current := request.headers.get("hx-current-url")) is not None:
        return "/" + current.partition("#")[0].partition("://")[2].partition("/")[2]
    if request.method not in SAFE:
        return ""
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
