"""The principal a request is made for, and the port through which its token is verified."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from mcp_server.json_types import Problem
from mcp_server.tool_choice import ToolChoice

VERIFIED_CALLER_KEY = "kt.caller"
"""The ASGI scope key that carries `Principal.vouch` to REST in the same process.

The gateway's HTTP guard removes it from every request of the network, so nobody can forge it; the
guard has the same text in a constant of its own, because this package imports no gateway.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """An API key or an app's grant: its account, its scopes, and its proof for REST calls.

    `id` is that of the key or grant. `choice` are the tools that a grant is narrowed to. `vouch`
    is opaque here: it travels with each REST call that is made for the principal.
    """

    account_id: str
    id: str
    scopes: frozenset[str]
    choice: ToolChoice = field(default_factory=ToolChoice)
    vouch: Any = None


class VerificationFailed(Exception):  # noqa: N818 - it is an answer, not a failure of ours
    """The gateway that knows the token did not answer, or refused to verify it.

    `problem` has code, message and hint as in a tool's refusal. If `is_permanent` is set, asking
    again does not help.
    """

    def __init__(self, problem: Problem, *, is_permanent: bool = False) -> None:
        super().__init__(problem["code"])
        self.problem = problem
        self.is_permanent = is_permanent


VerifyToken = Callable[[str], Awaitable[Principal | None]]
"""Return the principal of a bearer token; None if it is not valid.

May raise `VerificationFailed`.
"""

GetPrincipal = Callable[[], Awaitable[Principal | None]]
"""Return the principal of the present call; None where no caller is told from another."""
