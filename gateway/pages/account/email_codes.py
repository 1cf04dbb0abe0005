"""The page that asks for an e-mailed code: to sign in, or to add an address to an account."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from gateway.identity.sign_in.schemas import EmailStarted
from gateway.kit.errors import Problem
from gateway.kit.operation import Answer
from gateway.pages.render import render_page


@dataclass(frozen=True, slots=True, kw_only=True)
class CodePrompt:
    """The address that a code was sent to, and the paths that the forms of the page post to.

    `path` is the page that follows.
    """

    send_to: str
    code_to: str
    button: str
    email: str
    path: str


def render_code_sent(request: Request, prompt: CodePrompt, answer: Answer) -> Response:
    """Render the page that asks for a code just sent."""
    sent = EmailStarted.model_validate_json(answer.body)
    return render_page(
        request,
        "code.html",
        cookies=answer.cookies,
        asked=prompt,
        challenge_id=sent.challenge_id,
        wait_seconds=sent.resend_after_seconds,
    )


def render_code_refused(
    request: Request, prompt: CodePrompt, challenge_id: str, problem: Problem
) -> Response:
    """Render the page again, with the problem, for a code that was sent before."""
    wait = problem.headers.get("Retry-After", "0")
    return render_page(
        request,
        "code.html",
        problem=problem,
        asked=prompt,
        challenge_id=challenge_id,
        wait_seconds=int(wait),
    )
