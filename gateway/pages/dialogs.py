"""Dialogs: questions and forms that open over a page, or as their own page without a script."""

import secrets
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.errors import IdempotencyConflict, IdempotencyKeyInvalid, Problem
from gateway.pages.form_problems import DIALOG_TARGET
from gateway.pages.person_words import reword_for_person
from gateway.pages.render import render_page


def is_in_dialog(request: Request) -> bool:
    """Return True if the answer is put into the dialog of the page that asked."""
    target = request.headers.get("hx-target", "")
    return "hx-request" in request.headers and target.endswith(DIALOG_TARGET)


def render_dialog(
    request: Request,
    part: str,
    *,
    title: str,
    problem: Problem | None = None,
    **values: Any,  # noqa: ANN401 - whatever the part shows
) -> Response:
    """Render a template part in the dialog, or inside a page of its own."""
    values = {"title": title, "part": part, "dialog": is_in_dialog(request), **values}
    template = "parts/ask.html" if is_in_dialog(request) else "ask.html"
    return render_page(request, template, problem=problem, **values)


def new_form_key() -> str:
    """Make an idempotency key for a form that is being rendered."""
    return f"form-{secrets.token_urlsafe(18)}"


def next_form_key(posted: Mapping[str, str], problem: Problem | None = None) -> str:
    """Return the idempotency key of a form that is shown again: its own while that is usable.

    A refused form may still have been done by an earlier press whose answer was lost. With the same
    key the next press finds that answer; with a new one it would act twice.
    """
    is_unusable = isinstance(problem, IdempotencyConflict | IdempotencyKeyInvalid)
    return (not is_unusable and posted.get("idempotencyKey")) or new_form_key()


def to_field_problems(problem: Problem | None) -> Mapping[str, str]:
    """Return the problem of each wrong field in a person's words, by wire name."""
    problem = reword_for_person(problem)
    if problem is None:
        return {}
    if problem.field is not None:
        return {problem.field: f"{problem.detail} {problem.next_step}"}
    errors = problem.members.get("errors", ())
    return {each["field"]: each["sentence"] for each in errors}
