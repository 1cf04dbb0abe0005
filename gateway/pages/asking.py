"""Questions and forms that come in a dialog, or as a page of their own where no script runs."""

import secrets
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.errors import IdempotencyConflict, IdempotencyKeyInvalid, Problem
from gateway.pages.form_problems import DIALOG
from gateway.pages.person_words import to_person_words
from gateway.pages.render import page


def in_dialog(request: Request) -> bool:
    """Return True if the answer goes into the dialog of the page that sent the request."""
    named = request.headers.get("hx-target", "")
    return "hx-request" in request.headers and named.endswith(DIALOG)


def asking(
    request: Request,
    part: str,
    *,
    title: str,
    problem: Problem | None = None,
    **shown: Any,  # noqa: ANN401 - whatever the part shows
) -> Response:
    """Show a part in the dialog, or around it a page of its own."""
    told = {"title": title, "part": part, "dialog": in_dialog(request), **shown}
    template = "parts/ask.html" if in_dialog(request) else "ask.html"
    return page(request, template, problem=problem, **told)


def new_key() -> str:
    """Return an idempotency key for a form that is being rendered."""
    return f"form-{secrets.token_urlsafe(18)}"


def next_key(posted: Mapping[str, str], problem: Problem | None = None) -> str:
    """Return the key of a form that stands again: its own, as long as that can be used.

    What was refused may have been done all the same, its answer lost; then a second press finds it.
    """
    unusable = isinstance(problem, IdempotencyConflict | IdempotencyKeyInvalid)
    return (not unusable and posted.get("idempotencyKey")) or new_key()


def wrong(problem: Problem | None) -> Mapping[str, str]:
    """Return what is wrong with each field of a form, in a person's words, by wire name."""
    problem = to_person_words(problem)
    if problem is None:
        return {}
    if problem.field is not None:
        return {problem.field: f"{problem.detail} {problem.next_step}"}
    errors = problem.members.get("errors", ())
    return {each["field"]: f"“{each['label']}” {each['message']}." for each in errors}
