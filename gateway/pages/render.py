"""Templates to HTML answers: everything escaped, nothing undefined, one strict policy."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway.kit.errors import Problem

HERE = Path(__file__).parent
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


ENVIRONMENT.filters["when"] = when


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
