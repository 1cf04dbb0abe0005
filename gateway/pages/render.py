"""HTML answers from templates: everything escaped, nothing undefined, one strict policy."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.kit.errors import Problem, Unauthorized
from gateway.kit.wire.json_schema import describe_kind, describe_limits
from gateway.media.tasks.catalogue import TASKS
from gateway.pages.assets import get_static_path
from gateway.pages.field_words import (
    format_hint,
    format_label,
    format_placeholder,
    list_options,
)
from gateway.pages.form_problems import SCRIPTED_FORM, build_problem_place, get_refused_form
from gateway.pages.money_words import (
    format_balance_down,
    format_charge,
    format_dollars,
    format_money,
    format_price_up,
    render_balance,
    render_exact_price,
)
from gateway.pages.page_responses import build_page_response
from gateway.pages.person_words import describe_for_person, reword_for_person
from gateway.pages.shell import get_shell
from gateway.pages.toasts import clear_toast, find_toast
from gateway.pages.wire_words import render_code_spans, render_wire_words

HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self'; font-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; "
    "trusted-types default"
)
PRIVATE_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Vary": "HX-Request",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
# htmx puts an answer into the element that asked; a problem goes to the notices instead.
NOTICE_HEADERS = {"HX-Retarget": "#notice", "HX-Reswap": "innerHTML"}
KEEP_FORM_HEADERS = {"X-Keep-Form": "1"}  # tells forms.js to keep the form during a sign-in
PROBLEM_TEMPLATE = "parts/problem.html"
# Placeholder of the problem until the fields are rendered; escaped text cannot contain it.
PROBLEM_SLOT = "<!--problem-->"
FIELD_PROBLEM = re.compile(r'class="wrong"[^>]*>(.*?)</(?:p|span)>', re.DOTALL)
ENVIRONMENT = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def format_time(at: str) -> str:
    """Format a time of the wire for people: 25 Nov 2026, 16:01 UTC."""
    return datetime.fromisoformat(at).astimezone(UTC).strftime("%-d %b %Y, %H:%M UTC")


def render_time(at: str) -> Markup:
    """Render a time of the wire as an element; a script makes it relative, in the reader's zone."""
    return Markup('<time datetime="{}" data-when>{}</time>').format(at, format_time(at))


def format_day(day: str) -> str:
    """Format a day of the wire for people: 25 Nov 2026."""
    return date.fromisoformat(day).strftime("%-d %b %Y")


def describe_values(field: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """Describe the values that a field of a JSON Schema takes."""
    return ", ".join(filter(None, (describe_kind(field, definitions), describe_limits(field))))


def format_task(name: str) -> str:
    """Return the title of a task; other text is returned as it is."""
    return TASKS[name].title if name in TASKS else name


def format_json(value: object) -> str:
    """Format JSON with indentation."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def trust_drawing(svg: str) -> Markup:
    """Mark a drawing of one of our operations as safe HTML."""
    return Markup(svg)  # noqa: S704 - of our own making, from an address and an amount


ENVIRONMENT.filters.update(
    money=format_money,
    dollars=format_dollars,
    charge=format_charge,
    price_up=format_price_up,
    exact_price=render_exact_price,
    balance=render_balance,
    balance_down=format_balance_down,
    exactly=format_time,
    day=format_day,
    when=render_time,
    ticked=render_code_spans,
    coded=render_wire_words,
    task_title=format_task,
    person=describe_for_person,
    kind=describe_values,
    pretty=format_json,
    drawing=trust_drawing,
    label=format_label,
    hint=format_hint,
    placeholder=format_placeholder,
    options=list_options,
)
ENVIRONMENT.globals.update(asset=get_static_path)


def render_page(
    request: Request,
    template: str,
    *,
    problem: Problem | None = None,
    cookies: Sequence[str] = (),
    form_origins: str = "",
    headers: Mapping[str, str] | None = None,
    **values: Any,  # noqa: ANN401 - the values of the template
) -> Response:
    """Render a template as a page; a problem is shown in it and sets its status.

    `form_origins` adds origins that the form of the page may post or redirect to.

    The problem is rendered after the page: only the finished fields show which of its words they
    say already, and the problem must not repeat them.
    """
    shell, problem = get_shell(request), reword_for_person(problem or get_refused_form(request))
    place = build_problem_place(request, PROBLEM_SLOT if problem else "")
    context = {
        "problem": problem,
        "shell": shell,
        "problem_here": place,
        "is_said": is_never_shown,
        "toast": None if "hx-request" in request.headers else find_toast(request),
        **values,
    }
    if context["toast"]:
        cookies = (*cookies, clear_toast(request))
    body = ENVIRONMENT.get_template(template).render(context)
    if place.shown:
        context["is_said"] = collect_field_words(body)
        body = body.replace(
            PROBLEM_SLOT, ENVIRONMENT.get_template(PROBLEM_TEMPLATE).render(context)
        )
    status = 200 if problem is None else problem.status
    policy = POLICY
    if form_origins:
        policy = policy.replace("form-action 'self'", f"form-action 'self' {form_origins}")
    if shell.files_origin:
        for source in ("img-src 'self'", "media-src 'self'"):
            policy = policy.replace(source, f"{source} {shell.files_origin}")
    all_headers = PRIVATE_HEADERS | {"Content-Security-Policy": policy} | dict(headers or {})
    all_headers |= problem.headers if problem is not None else {}
    return _with_cookies(build_page_response(request, body, status, all_headers), cookies)


def collect_field_words(body: str) -> Callable[[str], bool]:
    """Return a test: True for words that a field of this page shows, so the problem omits them."""
    field_words = "\n".join(FIELD_PROBLEM.findall(body))
    return lambda words: str(render_code_spans(words)) in field_words


def is_never_shown(_: str) -> bool:
    """Return False: on this page no field shows a problem of its own."""
    return False


def render_refusal(request: Request, problem: Problem, request_id: str) -> Response:
    """Render a problem as a page, or as a notice for a script that stays on its page."""
    if "hx-request" in request.headers or SCRIPTED_FORM in request.headers:
        template, headers = PROBLEM_TEMPLATE, NOTICE_HEADERS
        if problem.code == Unauthorized.code:
            headers = headers | KEEP_FORM_HEADERS
    else:
        template, headers = "problem.html", {}
    return render_page(request, template, problem=problem, headers=headers, request_id=request_id)


def see_other(path: str, cookies: Sequence[str] = ()) -> Response:
    """Redirect a browser to another page or site by GET."""
    return _with_cookies(RedirectResponse(path, 303, headers=PRIVATE_HEADERS), cookies)


def _with_cookies(response: Response, cookies: Sequence[str]) -> Response:
    for cookie in cookies:
        response.headers.append("Set-Cookie", cookie)
    return response
