"""Filters of tools, by scope, by toolset, by read-only: an unseen tool cannot be called."""

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
    """Decides which tools the caller of a request has.

    The operator's choice bounds everybody, a grant's bounds it further, and the headers of a
    request may narrow that again.
    """

    who: Who
    operator: Choice
    offers: Sequence[Offer]

    @property
    def calls(self) -> dict[str, str]:
        """Return the tool of each REST call that has one of its own, the longest path first."""
        own = {
            f"{each.method} {each.path}": each.name
            for each in reversed(self.offers)
            if not each.task
        }
        return dict(sorted(own.items(), key=lambda each: -len(each[0])))

    async def check(self, offer: Offer, ctx: Ctx) -> None:
        """Refuse a tool that is not offered to this caller.

        Raises:
            Refused: it is not.
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
        """Return the middleware that leaves hidden tools out of lists."""
        return Filtering(self, {offer.name: offer for offer in self.offers})

    def choices(self, ctx: Ctx) -> list[Choice]:
        """Return what bounds a request, whoever sends it.

        Raises:
            MCPError: its headers name a tool or toolset that there is not.
        """
        headers = getattr(ctx.request, "headers", None)
        if headers is None:
            return [self.operator]
        asked = Choice.of_headers(headers)
        if wrong := strange(asked, self.offers):
            raise MCPError(INVALID_PARAMS, f"X-MCP-Toolsets, X-MCP-Tools: {wrong}")
        return [self.operator, asked]


@dataclass(frozen=True, slots=True)
class Filtering:
    """Middleware that shows each caller its own tools."""

    gate: Gate
    offers: Mapping[str, Offer]

    async def __call__(self, ctx: Ctx, call_next: CallNext) -> HandlerResult:
        """Pass a message on; of a list of tools keep what the caller has."""
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
