"""Templates to HTML answers: everything escaped, nothing undefined, one strict policy."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway.kit.errors import Problem
from gateway.kit.json_schema import kind_of, limits_of

HERE = Path(__file__).parent
TICKS = re.compile(r"`([^`]+)`")
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
PRIVATE = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
ENVIRONMENT = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def when(at: str) -> str:
    """Return a time of the wire as a person reads it: 25 Nov 2026, 16:01 UTC."""
    return datetime.fromisoformat(at).astimezone(UTC).strftime("%-d %b %Y, %H:%M UTC")


def ticked(text: str) -> Markup:
    """Return text with what stands in backticks as code; everything is escaped."""
    return Markup(TICKS.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped before


def kind(field: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """Say what values a field of a JSON Schema takes."""
    return ", ".join(filter(None, (kind_of(field, definitions), limits_of(field))))


def pretty(value: object) -> str:
    """Return JSON as people read it."""
    return json.dumps(value, indent=2, ensure_ascii=False)


ENVIRONMENT.filters.update(when=when, ticked=ticked, kind=kind, pretty=pretty)


def page(
    template: str,
    *,
    problem: Problem | None = None,
    cookies: Sequence[str] = (),
    form_to: str = "",
    **shown: Any,  # noqa: ANN401 - whatever the template shows
) -> Response:
    """Render a page for one person; a problem gives its words and its status.

    `form_to` is a source of the policy that the answer to the page's form may lead to.
    """
    body = ENVIRONMENT.get_template(template).render(problem=problem, **shown)
    status = 200 if problem is None else problem.status
    headers = PRIVATE | (problem.headers if problem is not None else {})
    if form_to:
        allowed = POLICY.replace("form-action 'self'", f"form-action 'self' {form_to}")
        headers["Content-Security-Policy"] = allowed
    return _with(HTMLResponse(body, status_code=status, headers=headers), cookies)


def see_other(path: str, cookies: Sequence[str] = ()) -> Response:
    """Send a browser on to another page or site."""
    return _with(RedirectResponse(path, 303, headers=PRIVATE), cookies)


def _with(response: Response, cookies: Sequence[str]) -> Response:
    for cookie in cookies:
        response.headers.append("Set-Cookie", cookie)
    return response
