"""What a caller does not see it cannot call: by scope, by toolset, by read-only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

from mcp_server.choices import Choice, admitted
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

    async def check(self, offer: Offer, ctx: Ctx) -> None:
        """Refuse a tool that is not offered to this caller.

        Raises:
            Refused: it is not.
        """
        if not _offered(offer, await self.who(), self.choices(ctx)):
            raise refused(
                "tool_not_available",
                f"The tool {offer.name} is not available with this key and these settings.",
                "Use a tool from tools/list; scopes, toolsets and read-only mode decide the list.",
            )

    def filtering(self, offers: Sequence[Offer]) -> "Filtering":
        """Return the middleware that leaves hidden tools out of lists."""
        return Filtering(self, {offer.name: offer for offer in offers})

    def choices(self, ctx: Ctx) -> list[Choice]:
        """Return what bounds a request, whoever sends it."""
        headers = getattr(ctx.request, "headers", None)
        return [self.operator, *([Choice.of_headers(headers)] if headers is not None else [])]


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
