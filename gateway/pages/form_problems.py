"""Where a page says what went wrong with a form: inside that form, above the button one pressed.

Each form that posts holds `{{ problem_here("name") }}`. It names the form and its page in a hidden
field, so that an answer knows which form was sent: there it shows the problem, and the focus goes
to the first wrong field or, if no field is wrong, to the problem itself. A page that does not hold
the form (any more) shows the problem on top.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from markupsafe import Markup
from starlette.requests import Request

from gateway.kit.browser import SAFE
from gateway.kit.errors import BadRequest, Problem

DIALOG = "#ask-body"
FORM_AT = "formAt"
MOST_FIELDS = 400  # a hundred clips have three each
SCRIPTED_FORM = "x-form"  # forms.js sends a plain form: whole pages come back, but no redirects
HIDDEN = Markup('<input type="hidden" name="{}" value="{}#{}"{}>')
OWNER = Markup(' form="{}"')


@dataclass(slots=True)
class ProblemPlace:
    """One page's forms, and which of them was pressed; a template calls it once in each form."""

    page: str
    pressed: str
    render: Callable[[], str] | None  # how the problem looks, if there is one
    shown: bool = False

    def __call__(self, name: str, form: str = "") -> Markup:
        """Name this form, and show the problem if this one was pressed.

        `form` is the id of the form, where this stands outside of it.
        """
        hidden = HIDDEN.format(FORM_AT, self.page, name, OWNER.format(form) if form else "")
        if self.render is None or name != self.pressed:
            return hidden
        self.shown = True
        return hidden + Markup(self.render())  # noqa: S704 - a template of ours, escaped

    @property
    def takes_focus(self) -> bool:
        """Return True if this page answers a form, so that its problem is what comes next."""
        return bool(self.pressed)


def place_problem(request: Request, render: Callable[[], str] | None) -> ProblemPlace:
    """Return where the page that answers this request shows its problem."""
    page, _, pressed = get_posted_form(request).get(FORM_AT, "").partition("#")
    return ProblemPlace(page or address_of(request), pressed, render)


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
