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

from mcp_server.api import Api
from mcp_server.extensions.skills import ROOT, TTL_MS, SkillsExtension, mime_type_of
from mcp_server.formats import Formats
from mcp_server.offers import TOOL_SCHEMA
from mcp_server.principal import Who
from mcp_server.reading import download, read
from mcp_server.watching import Watching

Context = ServerRequestContext[Any, Any]
JSON, TEXT = "application/json", "text/plain"
PICTURE_BYTES = 256 * 1024
SHOWN = ("state", "url", "sha256", "bytes", "mimeType", "expiresAt")


@dataclass(frozen=True, slots=True)
class Content:
    """The content at a URI; if `public`, clients may share it for five minutes."""

    body: str | bytes
    mime_type: str = JSON
    public: bool = False


Read = Callable[["Rooms", Mapping[str, str]], Awaitable[Content | None]]


@dataclass(frozen=True, slots=True)
class Room:
    """One kind of resource: its URI or template, its description, and its reader."""

    uri: str
    name: str
    description: str
    read: Read
    mime_type: str | None = JSON

    @property
    def fixed(self) -> bool:
        """Return True if this is one resource rather than a template."""
        return "{" not in self.uri


def _json(body: Any, *, public: bool = False) -> Content | None:  # noqa: ANN401 - JSON
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return None if body is None else Content(text, JSON, public)


def _at(path: str, *, public: bool = False) -> Read:
    """Build a reader of the JSON at a REST path; the URI's variables become the query."""

    async def read_json(resources: "Rooms", query: Mapping[str, str]) -> Content | None:
        return _json(await read(resources.api, path, **query), public=public)

    return read_json


async def _output(rooms: "Rooms", query: Mapping[str, str]) -> Content | None:
    job = await read(rooms.api, "/api/v1/media/jobs", jobId=query["jobId"])
    outputs = [] if job is None else job["outputs"]
    output = next((each for each in outputs if str(each["index"]) == query["n"]), None)
    if output is None:
        return None
    is_small = output["bytes"] <= PICTURE_BYTES and output["mimeType"].startswith("image/")
    if is_small and output["url"] is not None:
        picture = await download(rooms.api, output["url"])
        return None if picture is None else Content(picture.content, output["mimeType"])
    return _json({key: output[key] for key in SHOWN})


async def _task(rooms: "Rooms", query: Mapping[str, str]) -> Content | None:
    tasks = await read(rooms.api, "/api/v1/media/tasks", **query)
    return None if tasks is None else _json(tasks["data"][0])


async def _pricing(rooms: "Rooms", _query: Mapping[str, str]) -> Content | None:
    tasks = await rooms.api.get("/api/v1/media/tasks")
    prices = {each["task"]: each["price"] for each in tasks["data"] if each["enabled"]}
    return _json(prices, public=True)


async def _llms(rooms: "Rooms", _query: Mapping[str, str]) -> Content | None:
    answer = await download(rooms.api, "/llms.txt")
    return None if answer is None else Content(answer.text, TEXT, public=True)


async def _skill_file(rooms: "Rooms", query: Mapping[str, str]) -> Content | None:
    path, skill = query["path"], await rooms.skills.skill()
    data = None if skill is None else skill.files.get(path)
    if data is None:
        return None
    mime_type = mime_type_of(path)
    body = data if mime_type == "image/png" else data.decode()
    return Content(body, mime_type, public=True)


async def _storyboard_format(rooms: "Rooms", _query: Mapping[str, str]) -> Content | None:
    return _json(rooms.formats.storyboard(), public=True)


async def _tool_schema(rooms: "Rooms", query: Mapping[str, str]) -> Content | None:
    return _json(rooms.formats.tool(query["tool"]), public=True)


ROOMS = (
    Room(
        "killatamata://pricing",
        "pricing",
        "The price rule of each task, in USD and micro-USD.",
        _pricing,
    ),
    Room("killatamata://llms.txt", "llms.txt", "What Killa Tamata is, for agents.", _llms, TEXT),
    Room(
        "killatamata://storyboard-format",
        "storyboard format",
        "How to write a storyboard: an example, the rules, and the whole JSON Schema.",
        _storyboard_format,
    ),
    Room(
        TOOL_SCHEMA,
        "tool schema",
        "The whole JSON Schema of a tool's arguments, with the parts that the list leaves out.",
        _tool_schema,
    ),
    Room(
        "killatamata://jobs/{jobId}",
        "job",
        "A job: state, progress, outputs, cost. Subscribers are notified when it ends.",
        _at("/api/v1/media/jobs"),
    ),
    Room(
        "killatamata://jobs/{jobId}/outputs/{n}",
        "output",
        "Output n of a job: a small picture itself, otherwise its URL for 48 hours.",
        _output,
        None,
    ),
    Room(
        "killatamata://assets/{assetId}",
        "asset",
        "An asset kept in the account, with a download URL.",
        _at("/api/v1/studio/assets/metadata"),
    ),
    Room(
        "killatamata://plans/{planId}",
        "plan",
        "An approval plan: steps, exact prices, state. Subscribers are notified when it ends.",
        _at("/api/v1/studio/agent/approval-plans"),
    ),
    Room(
        "killatamata://tasks/{task}",
        "task",
        "A media task: input schema, price rule, limits, guidance.",
        _task,
    ),
    Room(ROOT + "{+path}", "skill file", "A file of the Agent Skill.", _skill_file, None),
)


class Rooms:
    """The handlers of our resources; the lists hold the SDK's own too."""

    def __init__(
        self, server: MCPServer[Any], api: Api, skills: SkillsExtension, formats: Formats
    ) -> None:
        self.api = api
        self.skills = skills
        self.formats = formats
        self._server = server
        self._rooms = [(UriTemplate.parse(kind.uri), kind) for kind in ROOMS]

    async def listed(
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
            for kind in ROOMS
            if kind.fixed
        ]
        skill = await self.skills.skill()
        files = [] if skill is None else skill.resources()
        own = await self._server.list_resources()
        resources = [*fixed, *files, *own]
        return ListResourcesResult(resources=resources, ttl_ms=TTL_MS, cache_scope="public")

    async def templates(
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
            for kind in ROOMS
            if not kind.fixed
        ]
        own = await self._server.list_resource_templates()
        return ListResourceTemplatesResult(resource_templates=[*ours, *own])

    async def find(self, uri: str) -> Content | None:
        """Return the content at a URI; None if we have nothing there for this caller."""
        for template, kind in self._rooms:
            if (variables := template.match(uri)) is not None:
                query = {name: str(value) for name, value in variables.items()}
                return await kind.read(self, query)
        return None


def add_resources(
    server: MCPServer[Any], api: Api, skills: SkillsExtension, formats: Formats, who: Who
) -> Watching:
    """Let the server list, read and watch our resources, beside those that it has itself."""
    handlers = server._lowlevel_server  # noqa: SLF001 - MCPServer has no door for subscriptions
    resource_handlers = Rooms(server, api, skills, formats)
    subscriptions = Watching(api, server._subscriptions, who)  # noqa: SLF001 - the same bus
    sdk_handler = server._handle_read_resource  # noqa: SLF001 - the SDK's own, for other URIs

    async def read_resource(
        context: Context, params: ReadResourceRequestParams
    ) -> ReadResourceResult | InputRequiredResult:
        content = await resource_handlers.find(params.uri)
        if content is None:
            return await sdk_handler(context, params)
        return _wire(params.uri, content)

    handlers.add_request_handler("resources/list", PaginatedRequestParams, resource_handlers.listed)
    handlers.add_request_handler(
        "resources/templates/list", PaginatedRequestParams, resource_handlers.templates
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


def _wire(uri: str, content: Content) -> ReadResourceResult:
    contents: TextResourceContents | BlobResourceContents
    if isinstance(content.body, bytes):
        blob = base64.b64encode(content.body).decode()
        contents = BlobResourceContents(uri=uri, blob=blob, mime_type=content.mime_type)
    else:
        contents = TextResourceContents(uri=uri, text=content.body, mime_type=content.mime_type)
    if content.public:
        return ReadResourceResult(contents=[contents], ttl_ms=TTL_MS, cache_scope="public")
    return ReadResourceResult(contents=[contents])
