"""The page that asks for a code sent by mail: to sign in, or to add an address to an account."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from gateway.identity.sign_in_schemas import EmailStarted
from gateway.kit.errors import Problem
from gateway.kit.operation import Answer
from gateway.pages.render import page


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whom a code is asked of, and where its forms post to.

    `path` is where it goes on from there.
    """

    send_to: str
    code_to: str
    button: str
    email: str
    path: str


def code_sent(request: Request, asked: Asked, answer: Answer) -> Response:
    """Ask for the code that is on its way."""
    sent = EmailStarted.model_validate_json(answer.body)
    return page(
        request,
        "code.html",
        cookies=answer.cookies,
        asked=asked,
        challenge_id=sent.challenge_id,
        wait_seconds=sent.resend_after_seconds,
    )


def ask_code(request: Request, asked: Asked, challenge_id: str, problem: Problem) -> Response:
    """Ask again for a code that was sent before."""
    wait = problem.headers.get("Retry-After", "0")
    return page(
        request,
        "code.html",
        problem=problem,
        asked=asked,
        challenge_id=challenge_id,
        wait_seconds=int(wait),
    )
