"""HTML answers from templates: everything escaped, nothing undefined, one strict policy."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway.kit.errors import Problem, Unauthorized
from gateway.kit.json_schema import describe_kind, describe_limits
from gateway.kit.money import parse_usd, render_usd
from gateway.pages.assets import asset
from gateway.pages.form_problems import SCRIPTED_FORM, get_refused_form, place_problem
from gateway.pages.person_words import to_person_words
from gateway.pages.shell import shell_of

HERE = Path(__file__).parent
TICKS = re.compile(r"`([^`]+)`")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self'; font-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; "
    "trusted-types default"
)
PRIVATE = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Vary": "HX-Request",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
# htmx puts an answer into the element that asked; a problem goes to the notices instead.
TO_NOTICE = {"HX-Retarget": "#notice", "HX-Reswap": "innerHTML"}
KEEP_FORM = {"X-Keep-Form": "1"}  # tells forms.js to keep the form during a sign-in
PROBLEM = "parts/problem.html"
# Placeholder of the problem until the fields are rendered; escaped text cannot contain it.
PROBLEM_SLOT = "<!--problem-->"
AT_FIELD = re.compile(r'class="wrong"[^>]*>(.*?)</(?:p|span)>', re.DOTALL)
ENVIRONMENT = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def money(amount_microusd: int) -> str:
    """Format micro-USD for people: $1,234.50, at least two places, never rounded."""
    dollars, places = render_usd(abs(amount_microusd)).split(".")
    return f"{'−' if amount_microusd < 0 else ''}${int(dollars):,}.{places}"  # noqa: RUF001 - a minus


def dollars(text: str) -> str:
    """Format a decimal string of the wire as money: 1234.50 becomes $1,234.50."""
    return money(parse_usd(text))


def exactly(at: str) -> str:
    """Format a time of the wire for people: 25 Nov 2026, 16:01 UTC."""
    return datetime.fromisoformat(at).astimezone(UTC).strftime("%-d %b %Y, %H:%M UTC")


def when(at: str) -> Markup:
    """Render a time of the wire as an element; a script makes it relative, in the reader's zone."""
    return Markup('<time datetime="{}" data-when>{}</time>').format(at, exactly(at))


def ticked(text: str) -> Markup:
    """Render text with its backticked words as code; everything is escaped."""
    return Markup(TICKS.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped before


def kind(field: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """Describe the values that a field of a JSON Schema takes."""
    return ", ".join(filter(None, (describe_kind(field, definitions), describe_limits(field))))


def pretty(value: object) -> str:
    """Format JSON with indentation."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def drawing(svg: str) -> Markup:
    """Mark a drawing of one of our operations as safe HTML."""
    return Markup(svg)  # noqa: S704 - of our own making, from an address and an amount


ENVIRONMENT.filters.update(
    money=money,
    dollars=dollars,
    exactly=exactly,
    when=when,
    ticked=ticked,
    kind=kind,
    pretty=pretty,
    drawing=drawing,
)
ENVIRONMENT.globals.update(asset=asset)


def page(
    request: Request,
    template: str,
    *,
    problem: Problem | None = None,
    cookies: Sequence[str] = (),
    form_to: str = "",
    headers: Mapping[str, str] | None = None,
    **shown: Any,  # noqa: ANN401 - the values of the template
) -> Response:
    """Render a template as a page; a problem is shown in it and sets its status.

    `form_to` adds origins that the form of the page may post or redirect to.

    The problem is rendered after the page: only the finished fields show which of its words they
    say already, and the problem must not repeat them.
    """
    shell, problem = shell_of(request), to_person_words(problem or get_refused_form(request))
    place = place_problem(request, PROBLEM_SLOT if problem else "")
    context = {"problem": problem, "shell": shell, "problem_here": place, "is_said": never, **shown}
    body = ENVIRONMENT.get_template(template).render(context)
    if place.shown:
        context["is_said"] = is_said_at_fields(body)
        body = body.replace(PROBLEM_SLOT, ENVIRONMENT.get_template(PROBLEM).render(context))
    status = 200 if problem is None else problem.status
    policy = POLICY
    if form_to:
        policy = policy.replace("form-action 'self'", f"form-action 'self' {form_to}")
    if shell.files_origin:
        for source in ("img-src 'self'", "media-src 'self'"):
            policy = policy.replace(source, f"{source} {shell.files_origin}")
    all_headers = PRIVATE | {"Content-Security-Policy": policy} | dict(headers or {})
    all_headers |= problem.headers if problem is not None else {}
    return _with(HTMLResponse(body, status_code=status, headers=all_headers), cookies)


def is_said_at_fields(body: str) -> Callable[[str], bool]:
    """Return a test: True for words that a field of this page shows, so the problem omits them."""
    field_words = "\n".join(AT_FIELD.findall(body))
    return lambda words: str(ticked(words)) in field_words


def never(_: str) -> bool:
    """Return False: on this page no field shows a problem of its own."""
    return False


def refused(request: Request, problem: Problem, request_id: str) -> Response:
    """Render a problem as a page, or as a notice for a script that stays on its page."""
    if "hx-request" in request.headers or SCRIPTED_FORM in request.headers:
        template, headers = PROBLEM, TO_NOTICE
        if problem.code == Unauthorized.code:
            headers = headers | KEEP_FORM
    else:
        template, headers = "problem.html", {}
    return page(request, template, problem=problem, headers=headers, request_id=request_id)


def see_other(path: str, cookies: Sequence[str] = ()) -> Response:
    """Redirect a browser to another page or site by GET."""
    return _with(RedirectResponse(path, 303, headers=PRIVATE), cookies)


def _with(response: Response, cookies: Sequence[str]) -> Response:
    for cookie in cookies:
        response.headers.append("Set-Cookie", cookie)
    return response
