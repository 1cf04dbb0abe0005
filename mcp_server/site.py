"""The site of the server, and what is offered there."""

from dataclasses import dataclass, field

from mcp_server.choices import Choice
from mcp_server.sessions import SessionLimits

MCP, SSE, MESSAGES = "/mcp", "/sse", "/messages/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One place of the server.

    `hosts` are all names it is reached by. With `sessions` the process keeps the state of clients
    of the handshake era and serves `/sse`; where there is more than one process there can be none.
    With `oauth` whoever comes without a token is told where to get one.
    """

    public_url: str
    api_url: str
    hosts: frozenset[str]
    sessions: bool
    operator: Choice = field(default_factory=Choice)
    state_keys: tuple[bytes, ...] = ()
    oauth: bool = True
    session_limits: SessionLimits = field(default_factory=SessionLimits)

    @property
    def paths(self) -> tuple[str, ...]:
        """Return the paths that are served."""
        return (MCP, SSE, MESSAGES) if self.sessions else (MCP,)
