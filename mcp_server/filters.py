"""Filters of tools by scope, toolset and read-only: a tool that is not listed is refused too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS

from mcp_server.choices import Choice, admitted, strange
from mcp_server.offers import Offer
from mcp_server.principal import Principal, Who
from mcp_server.results import refused

Ctx = ServerRequestContext[Any, Any]


@dataclass(frozen=True, slots=True)
class Gate:
    """The gate between the caller of a request and the tools.

    The operator's choice bounds every caller, a grant's choice bounds it further, and the headers
    of a request may narrow that again.
    """

    who: Who
    operator: Choice
    offers: Sequence[Offer]

    @property
    def calls(self) -> dict[str, str]:
        """Return the tool of each REST call that has one of its own, the longest call first.

        Hints of REST's refusals name REST calls, which are replaced by these tools. One call may
        be the beginning of another, so the longer is replaced first.
        """
        tools = {
            f"{offer.method} {offer.path}": offer.name
            for offer in reversed(self.offers)
            if not offer.task
        }
        return dict(sorted(tools.items(), key=lambda each: -len(each[0])))

    async def check(self, offer: Offer, ctx: Ctx) -> None:
        """Refuse a tool that is not offered to this caller.

        Raises:
            Refused: the caller lacks the scope, or a choice leaves the tool out.
        """
        principal = await self.who()
        if not _offered(offer, principal, self.choices(ctx)):
            scopes, toolsets = " or ".join(offer.scopes), " or ".join(offer.toolsets)
            lacks = principal is not None and principal.scopes.isdisjoint(offer.scopes)
            needs = f"scope {scopes}" if scopes and lacks else f"toolset {toolsets}"
            raise refused(
                "tool_not_available",
                f"The tool {offer.name} is not available with this key and these settings.",
                f"It needs {needs}. Use a tool from tools/list, or tell the user.",
            )

    def filtering(self) -> "Filtering":
        """Build the middleware that leaves hidden tools out of `tools/list`."""
        return Filtering(self, {offer.name: offer for offer in self.offers})

    def choices(self, ctx: Ctx) -> list[Choice]:
        """Return the choices that bound a request apart from its principal's.

        Raises:
            MCPError: a header names an unknown tool or toolset.
        """
        headers = getattr(ctx.request, "headers", None)
        if headers is None:  # over stdio there are none
            return [self.operator]
        header_choice = Choice.of_headers(headers)
        if unknown := strange(header_choice, self.offers):
            raise MCPError(INVALID_PARAMS, f"X-MCP-Toolsets, X-MCP-Tools: {unknown}")
        return [self.operator, header_choice]


@dataclass(frozen=True, slots=True)
class Filtering:
    """Middleware that lists for each caller only its own tools."""

    gate: Gate
    offers: Mapping[str, Offer]

    async def __call__(self, ctx: Ctx, call_next: CallNext) -> HandlerResult:
        """Pass a message on; of a list of tools, keep those that the caller may call."""
        result = await call_next(ctx)
        if ctx.method != "tools/list" or not isinstance(result, dict):
            return result
        principal, choices = await self.gate.who(), self.gate.choices(ctx)
        tools = [tool for tool in result["tools"] if self._keeps(tool["name"], principal, choices)]
        return result | {"tools": tools}

    def _keeps(self, name: str, principal: Principal | None, choices: list[Choice]) -> bool:
        offer = self.offers.get(name)
        return offer is None or _offered(offer, principal, choices)


def _offered(offer: Offer, principal: Principal | None, choices: list[Choice]) -> bool:
    if principal is None:
        return admitted(offer, choices)
    if offer.scopes and principal.scopes.isdisjoint(offer.scopes):
        return False
    return admitted(offer, [*choices, principal.choice])
