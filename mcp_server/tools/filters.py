"""Filters of tools by scope, toolset and read-only: a tool that is not listed is refused too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS

from mcp_server.principal import GetPrincipal, Principal
from mcp_server.rest.offers import ToolOffer
from mcp_server.results import build_refusal
from mcp_server.tool_choice import (
    ToolChoice,
    describe_lost_bound,
    describe_unknown_names,
    is_tool_admitted,
)

RequestContext = ServerRequestContext[Any, Any]


@dataclass(frozen=True, slots=True)
class ToolGate:
    """The gate between the caller of a request and the tools.

    The operator's choice bounds every caller, a grant's choice bounds it further, and the URL and
    the headers of a request may narrow that again.
    """

    get_principal: GetPrincipal
    operator_choice: ToolChoice
    offers: Sequence[ToolOffer]

    @property
    def tools_by_call(self) -> dict[str, str]:
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

    async def check_offered(self, offer: ToolOffer, ctx: RequestContext) -> None:
        """Refuse a tool that is not offered to this caller.

        Raises:
            Refusal: the caller lacks the scope, or a choice leaves the tool out.
        """
        principal = await self.get_principal()
        if not _is_offered(offer, principal, self.read_choices(ctx)):
            scopes, toolsets = " or ".join(offer.scopes), " or ".join(offer.toolsets)
            lacks = principal is not None and principal.scopes.isdisjoint(offer.scopes)
            needs = f"scope {scopes}" if scopes and lacks else f"toolset {toolsets}"
            raise build_refusal(
                "tool_not_available",
                f"The tool {offer.name} is not available with this key and these settings.",
                f"It needs {needs}. Use a tool from tools/list, or tell the user.",
            )

    def build_list_filter(self) -> "ToolListFilter":
        """Build the middleware that leaves hidden tools out of `tools/list`."""
        return ToolListFilter(self, {offer.name: offer for offer in self.offers})

    def read_choices(self, ctx: RequestContext) -> list[ToolChoice]:
        """Return the choices that bound a request apart from its principal's.

        Raises:
            MCPError: a header or the URL names an unknown tool or toolset, or a bound of the URL
                would be lost.
        """
        request: Any = ctx.request
        if getattr(request, "headers", None) is None:  # over stdio there is no request
            return [self.operator_choice]
        own = {"X-MCP-Toolsets, X-MCP-Tools": ToolChoice.from_headers(request.headers)}
        if request.query_params:
            if lost := describe_lost_bound(request.query_params.multi_items()):
                raise MCPError(INVALID_PARAMS, lost)
            of_url = ToolChoice.from_query(request.query_params)
            own["toolsets, tools, exclude of the URL"] = of_url
        for place, choice in own.items():
            if unknown := describe_unknown_names(choice, self.offers):
                raise MCPError(INVALID_PARAMS, f"{place}: {unknown}")
        return [self.operator_choice, *own.values()]


@dataclass(frozen=True, slots=True)
class ToolListFilter:
    """Middleware that lists for each caller only its own tools."""

    gate: ToolGate
    offers: Mapping[str, ToolOffer]

    async def __call__(self, ctx: RequestContext, call_next: CallNext) -> HandlerResult:
        """Pass a message on; of a list of tools, keep those that the caller may call."""
        result = await call_next(ctx)
        if ctx.method != "tools/list" or not isinstance(result, dict):
            return result
        principal, choices = await self.gate.get_principal(), self.gate.read_choices(ctx)
        tools = [
            tool for tool in result["tools"] if self._is_listed(tool["name"], principal, choices)
        ]
        return result | {"tools": tools}

    def _is_listed(self, name: str, principal: Principal | None, choices: list[ToolChoice]) -> bool:
        offer = self.offers.get(name)
        return offer is None or _is_offered(offer, principal, choices)


def _is_offered(offer: ToolOffer, principal: Principal | None, choices: list[ToolChoice]) -> bool:
    if principal is None:
        return is_tool_admitted(offer, choices)
    if offer.scopes and principal.scopes.isdisjoint(offer.scopes):
        return False
    return is_tool_admitted(offer, [*choices, principal.choice])
