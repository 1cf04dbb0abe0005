"""Resources: jobs and their outputs, assets, plans, tasks, prices, formats, and the skill.

They are served beside the SDK's own resources, which the conformance suite adds to. A handler of
ours answers for a URI that it knows, and leaves every other to the SDK.
"""

import base64
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mcp.server import MCPServer
from mcp.server.context import ServerRequestContext
from mcp.shared.uri_template import UriTemplate
from mcp.types import (
    BlobResourceContents,
    InputRequiredResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
    Resource,
    ResourceTemplate,
    SubscribeRequestParams,
    SubscriptionsListenRequestParams,
    TextResourceContents,
    UnsubscribeRequestParams,
)

from mcp_server.extensions.skills import SKILL_ROOT, TTL_MS, SkillsExtension, get_mime_type
from mcp_server.fence import fence_user_text
from mcp_server.principal import GetPrincipal
from mcp_server.resources.subscriptions import Subscriptions
from mcp_server.rest.api import RestApi
from mcp_server.rest.formats import Formats
from mcp_server.rest.offers import TOOL_SCHEMA_URI
from mcp_server.rest.reader import download_file, fetch_json

Context = ServerRequestContext[Any, Any]
JSON_TYPE, TEXT_TYPE = "application/json", "text/plain"
MAX_PICTURE_BYTES = 256 * 1024
OUTPUT_FACTS = ("state", "url", "sha256", "bytes", "mimeType", "expiresAt")


@dataclass(frozen=True, slots=True)
class ResourceContent:
    """The content at a URI; if `is_public`, clients may share it for five minutes."""

    body: str | bytes
    mime_type: str = JSON_TYPE
    is_public: bool = False


ReadContent = Callable[["ResourceHandlers", Mapping[str, str]], Awaitable[ResourceContent | None]]


@dataclass(frozen=True, slots=True)
class ResourceKind:
    """One kind of resource: its URI or template, its description, and its reader."""

    uri: str
    name: str
    description: str
    read: ReadContent
    mime_type: str | None = JSON_TYPE

    @property
    def is_fixed(self) -> bool:
        """Return True if this is one resource rather than a template."""
        return "{" not in self.uri


def _to_json_content(body: Any, *, is_public: bool = False) -> ResourceContent | None:  # noqa: ANN401 - JSON
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return None if body is None else ResourceContent(text, JSON_TYPE, is_public)


def _build_rest_reader(path: str) -> ReadContent:
    """Build a reader of the JSON at a REST path; the URI's variables become the query.

    What people wrote comes inside the fence that it has in the results of tools.
    """

    async def read_json(
        resources: "ResourceHandlers", query: Mapping[str, str]
    ) -> ResourceContent | None:
        body = await fetch_json(resources.api, path, **query)
        return None if body is None else _to_json_content(fence_user_text(body))

    return read_json


async def _read_output(
    resources: "ResourceHandlers", query: Mapping[str, str]
) -> ResourceContent | None:
    job = await fetch_json(resources.api, "/api/v1/media/jobs", jobId=query["jobId"])
    outputs = [] if job is None else job["outputs"]
    output = next((each for each in outputs if str(each["index"]) == query["n"]), None)
    if output is None:
        return None
    is_small = output["bytes"] <= MAX_PICTURE_BYTES and output["mimeType"].startswith("image/")
    if is_small and output["url"] is not None:
        picture = await download_file(resources.api, output["url"])
        return None if picture is None else ResourceContent(picture.content, output["mimeType"])
    return _to_json_content({key: output[key] for key in OUTPUT_FACTS})


async def _read_task(
    resources: "ResourceHandlers", query: Mapping[str, str]
) -> ResourceContent | None:
    tasks = await fetch_json(resources.api, "/api/v1/media/tasks", **query)
    return None if tasks is None else _to_json_content(tasks["data"][0])


async def _read_pricing(
    resources: "ResourceHandlers", _query: Mapping[str, str]
) -> ResourceContent | None:
    tasks = await resources.api.get("/api/v1/media/tasks")
    prices = {each["task"]: each["price"] for each in tasks["data"] if each["enabled"]}
    return _to_json_content(prices, is_public=True)


async def _read_llms_txt(
    resources: "ResourceHandlers", _query: Mapping[str, str]
) -> ResourceContent | None:
    answer = await download_file(resources.api, "/llms.txt")
    return None if answer is None else ResourceContent(answer.text, TEXT_TYPE, is_public=True)


async def _read_skill_file(
    resources: "ResourceHandlers", query: Mapping[str, str]
) -> ResourceContent | None:
    path, skill = query["path"], await resources.skills.find_skill()
    data = None if skill is None else skill.files.get(path)
    if data is None:
        return None
    mime_type = get_mime_type(path)
    body = data if mime_type == "image/png" else data.decode()
    return ResourceContent(body, mime_type, is_public=True)


async def _read_storyboard_format(
    resources: "ResourceHandlers", _query: Mapping[str, str]
) -> ResourceContent | None:
    return _to_json_content(resources.formats.build_storyboard_format(), is_public=True)


async def _read_tool_schema(
    resources: "ResourceHandlers", query: Mapping[str, str]
) -> ResourceContent | None:
    return _to_json_content(resources.formats.find_tool_schema(query["tool"]), is_public=True)


RESOURCE_KINDS = (
    ResourceKind(
        "killatamata://pricing",
        "pricing",
        "The price rule of each task, in USD and micro-USD.",
        _read_pricing,
    ),
    ResourceKind(
        "killatamata://llms.txt",
        "llms.txt",
        "What Killa Tamata is, for agents.",
        _read_llms_txt,
        TEXT_TYPE,
    ),
    ResourceKind(
        "killatamata://storyboard-format",
        "storyboard format",
        "How to write a storyboard: an example, the rules, and the whole JSON Schema.",
        _read_storyboard_format,
    ),
    ResourceKind(
        TOOL_SCHEMA_URI,
        "tool schema",
        "The whole JSON Schema of a tool's arguments, with the parts that the list leaves out.",
        _read_tool_schema,
    ),
    ResourceKind(
        "killatamata://jobs/{jobId}",
        "job",
        "A job: state, progress, outputs, cost. Subscribers are notified when it ends.",
        _build_rest_reader("/api/v1/media/jobs"),
    ),
    ResourceKind(
        "killatamata://jobs/{jobId}/outputs/{n}",
        "output",
        "Output n of a job: a small picture itself, otherwise its URL for 48 hours.",
        _read_output,
        None,
    ),
    ResourceKind(
        "killatamata://assets/{assetId}",
        "asset",
        "An asset kept in the account, with a download URL.",
        _build_rest_reader("/api/v1/studio/assets/metadata"),
    ),
    ResourceKind(
        "killatamata://plans/{planId}",
        "plan",
        "An approval plan: steps, exact prices, state. Subscribers are notified when it ends.",
        _build_rest_reader("/api/v1/studio/agent/approval-plans"),
    ),
    ResourceKind(
        "killatamata://tasks/{task}",
        "task",
        "A media task: input schema, price rule, limits, guidance.",
        _read_task,
    ),
    ResourceKind(
        SKILL_ROOT + "{+path}", "skill file", "A file of the Agent Skill.", _read_skill_file, None
    ),
)


class ResourceHandlers:
    """The handlers of our resources; the lists hold the SDK's own too."""

    def __init__(
        self, server: MCPServer[Any], api: RestApi, skills: SkillsExtension, formats: Formats
    ) -> None:
        self.api = api
        self.skills = skills
        self.formats = formats
        self._server = server
        self._kinds = [(UriTemplate.parse(kind.uri), kind) for kind in RESOURCE_KINDS]

    async def list_resources(
        self, _context: Context, _params: PaginatedRequestParams
    ) -> ListResourcesResult:
        """List the resources with a fixed URI, which are the same for every caller."""
        fixed = [
            Resource(
                uri=kind.uri,
                name=kind.name,
                description=kind.description,
                mime_type=kind.mime_type,
            )
            for kind in RESOURCE_KINDS
            if kind.is_fixed
        ]
        skill = await self.skills.find_skill()
        files = [] if skill is None else skill.render_resources()
        own = await self._server.list_resources()
        resources = [*fixed, *files, *own]
        return ListResourcesResult(resources=resources, ttl_ms=TTL_MS, cache_scope="public")

    async def list_templates(
        self, _context: Context, _params: PaginatedRequestParams
    ) -> ListResourceTemplatesResult:
        """List the templates, whose URIs contain an id."""
        ours = [
            ResourceTemplate(
                uri_template=kind.uri,
                name=kind.name,
                description=kind.description,
                mime_type=kind.mime_type,
            )
            for kind in RESOURCE_KINDS
            if not kind.is_fixed
        ]
        own = await self._server.list_resource_templates()
        return ListResourceTemplatesResult(resource_templates=[*ours, *own])

    async def find_content(self, uri: str) -> ResourceContent | None:
        """Return the content at a URI; None if we have nothing there for this caller."""
        for template, kind in self._kinds:
            if (variables := template.match(uri)) is not None:
                query = {name: str(value) for name, value in variables.items()}
                return await kind.read(self, query)
        return None


def add_resources(
    server: MCPServer[Any],
    api: RestApi,
    skills: SkillsExtension,
    formats: Formats,
    get_principal: GetPrincipal,
) -> Subscriptions:
    """Let the server list, read and watch our resources, beside those that it has itself."""
    handlers = server._lowlevel_server  # noqa: SLF001 - MCPServer has no door for subscriptions
    resource_handlers = ResourceHandlers(server, api, skills, formats)
    subscriptions = Subscriptions(api, server._subscriptions, get_principal)  # noqa: SLF001 - the same bus
    sdk_handler = server._handle_read_resource  # noqa: SLF001 - the SDK's own, for other URIs

    async def read_resource(
        context: Context, params: ReadResourceRequestParams
    ) -> ReadResourceResult | InputRequiredResult:
        content = await resource_handlers.find_content(params.uri)
        if content is None:
            return await sdk_handler(context, params)
        return _render_content(params.uri, content)

    handlers.add_request_handler(
        "resources/list", PaginatedRequestParams, resource_handlers.list_resources
    )
    handlers.add_request_handler(
        "resources/templates/list", PaginatedRequestParams, resource_handlers.list_templates
    )
    handlers.add_request_handler("resources/read", ReadResourceRequestParams, read_resource)
    handlers.add_request_handler(
        "resources/subscribe", SubscribeRequestParams, subscriptions.subscribe
    )
    handlers.add_request_handler(
        "resources/unsubscribe", UnsubscribeRequestParams, subscriptions.unsubscribe
    )
    handlers.add_request_handler(
        "subscriptions/listen", SubscriptionsListenRequestParams, subscriptions.listen
    )
    return subscriptions


def _render_content(uri: str, content: ResourceContent) -> ReadResourceResult:
    contents: TextResourceContents | BlobResourceContents
    if isinstance(content.body, bytes):
        blob = base64.b64encode(content.body).decode()
        contents = BlobResourceContents(uri=uri, blob=blob, mime_type=content.mime_type)
    else:
        contents = TextResourceContents(uri=uri, text=content.body, mime_type=content.mime_type)
    if content.is_public:
        return ReadResourceResult(contents=[contents], ttl_ms=TTL_MS, cache_scope="public")
    return ReadResourceResult(contents=[contents])
