"""The principal that speaks to the server; its composer tells how a token is verified."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from mcp_server.choices import Choice
from mcp_server.open_json import Problem

VOUCHED = "kt.caller"
"""The key of an ASGI scope that holds what stands for a principal; no network request sets it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A key or a grant of an account, what it may do, and what stands for it in REST calls.

    `id` is the key's or the grant's. `choice` is what a grant narrows the tools to. `vouch` is
    opaque here: it goes with each REST call that is made for the principal.
    """

    account_id: str
    id: str
    scopes: frozenset[str]
    choice: Choice = field(default_factory=Choice)
    vouch: Any = None


class CannotVerify(Exception):  # noqa: N818 - it is an answer, not a failure of ours
    """Whom a token speaks for cannot be known: the gateway that knows does not answer, or refuses.

    `problem` has code, message and hint as a tool tells them; `for_good`: to ask again is no use.
    """

    def __init__(self, problem: Problem, *, for_good: bool = False) -> None:
        super().__init__(problem["code"])
        self.problem = problem
        self.for_good = for_good


Verify = Callable[[str], Awaitable[Principal | None]]
"""Return whom a bearer token speaks for, or None if it is not valid; may raise CannotVerify."""

Who = Callable[[], Awaitable[Principal | None]]
"""Return whom the present call is made for; None if everybody may do everything."""
