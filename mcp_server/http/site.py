"""The site of the server: its addresses, its paths, its limits."""

from dataclasses import dataclass, field

from mcp_server.http.sessions import SessionLimits
from mcp_server.tool_choice import ToolChoice

MCP_PATH, SSE_PATH, MESSAGES_PATH = "/mcp", "/sse", "/messages/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The addresses and limits under which one server is reached.

    `hosts` are all names it is reached by. With `sessions` the process keeps the state of clients
    of the handshake versions and serves `/sse`; with several processes there can be none, because
    a session's next request may reach another process. With `oauth`, the refusal of a request
    without a token names the authorization server.
    """

    public_url: str
    api_url: str
    hosts: frozenset[str]
    sessions: bool
    operator_choice: ToolChoice = field(default_factory=ToolChoice)
    state_keys: tuple[bytes, ...] = ()
    oauth: bool = True
    session_limits: SessionLimits = field(default_factory=SessionLimits)

    @property
    def paths(self) -> tuple[str, ...]:
        """Return the paths that the site serves."""
        return (MCP_PATH, SSE_PATH, MESSAGES_PATH) if self.sessions else (MCP_PATH,)
