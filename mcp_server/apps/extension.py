"""The Apps extension: the pages as resources, their data with each result, and their own tools."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mcp import types
from mcp.server.apps import Apps, ResourceCsp, client_supports_apps
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

from mcp_server.apps.page_data import PLAN_KEY, PageDataReader
from mcp_server.apps.page_tools import PageTool
from mcp_server.apps.pages import PAGES, URI_PREFIX, find_page, render_page
from mcp_server.rest.offers import ToolOffer
from mcp_server.results import Refusal, build_refusal
from mcp_server.tools.filters import ToolGate

DATA_KEY = "killatamata/page"
# Tools of the model that a page calls too, where they are offered.
MODEL_TOOLS_OF_PAGES = (
    *("plan_get", "plan_execute", "plan_reject"),
    *("media_job_get", "media_job_cancel", "media_preview"),
)
RequestContext = ServerRequestContext[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSite:
    """The tools, the data and the files of the pages of one server."""

    gate: ToolGate
    reader: PageDataReader
    tools: Sequence[PageTool]
    file_origins: Sequence[str]

    async def list_callable(self, ctx: RequestContext) -> list[str]:
        """List the tools that a page may call for this caller."""
        names = [tool.name for tool in self.tools if await self.is_offered(tool, ctx)]
        offers = {offer.name: offer for offer in self.gate.offers}
        model_tools = [offers[name] for name in MODEL_TOOLS_OF_PAGES if name in offers]
        return names + [each.name for each in model_tools if await self._is_admitted(each, ctx)]

    async def is_offered(self, tool: PageTool, ctx: RequestContext) -> bool:
        """Return True if the client has pages, and the caller the tool behind this one."""
        return client_supports_apps(ctx) and await self._is_admitted(tool.offer, ctx)

    async def _is_admitted(self, offer: ToolOffer, ctx: RequestContext) -> bool:
        try:
            await self.gate.check_offered(offer, ctx)
        except Refusal:
            return False
        return True

    async def filter_list(self, ctx: RequestContext, call_next: CallNext) -> HandlerResult:
        """Leave what only pages need out of the lists, except for a client that has pages."""
        result = await call_next(ctx)
        if not isinstance(result, dict):
            return result
        if ctx.method == "tools/list":
            hidden = {each.name for each in self.tools if not await self.is_offered(each, ctx)}
            return result | {"tools": [t for t in result["tools"] if t["name"] not in hidden]}
        if ctx.method == "resources/list" and not client_supports_apps(ctx):
            listed = [each for each in result["resources"] if not _is_page(each)]
            return result | {"resources": listed}
        return result


class PagesExtension(Apps):
    """The pages, for clients that can show them; the others see no more than before."""

    def __init__(self, site: PageSite) -> None:
        super().__init__()
        self._site = site
        self._offers = {offer.name: offer for offer in site.gate.offers}
        self._page_tools = {tool.name: tool for tool in site.tools}
        for page in PAGES:
            self.add_html_resource(
                page.uri,
                render_page(page),
                name=page.name,
                title=page.title,
                csp=ResourceCsp(resource_domains=list(site.file_origins)),
                prefers_border=False,
            )

    async def intercept_tool_call(
        self, params: types.CallToolRequestParams, ctx: RequestContext, call_next: CallNext
    ) -> HandlerResult:
        """Refuse a page's tool to a client without pages; add the page's data to results."""
        page_tool = self._page_tools.get(params.name)
        if page_tool is not None and not client_supports_apps(ctx):
            return build_refusal(
                "tool_not_available",
                f"The tool {params.name} is for pages in the chat, which this client cannot show.",
                "Use a tool from tools/list.",
            ).result
        result = await call_next(ctx)
        offer = self._offers.get(params.name)
        has_page = page_tool is not None or (offer is not None and find_page(offer) is not None)
        if not has_page or not isinstance(result, types.CallToolResult):
            return result
        meta = dict(result.meta or {})
        plan = meta.pop(PLAN_KEY, None)
        facts: Mapping[str, Any] | None = result.structured_content
        if facts is None or not _wants_data(params, ctx):
            return result.model_copy(update={"meta": meta or None})
        data = await self._site.reader.read(offer, params.arguments or {}, facts, plan)
        if data is not None:
            meta[DATA_KEY] = data | {"can": await self._site.list_callable(ctx)}
        return result.model_copy(update={"meta": meta or None})


def _wants_data(params: types.CallToolRequestParams, ctx: RequestContext) -> bool:
    """Return True if the client has pages, or a page says in `_meta` that it makes the call.

    Without sessions the server never learns what a client of the handshake versions declared. Its
    page asks for the data itself; for a client without pages nothing is read.
    """
    if client_supports_apps(ctx):
        return True
    return ctx.session.client_capabilities is None and DATA_KEY in (params.meta or {})


def _is_page(resource: Mapping[str, Any]) -> bool:
    return str(resource.get("uri", "")).startswith(URI_PREFIX)
