"""Fixtures that answer with content of each kind, and with notifications."""

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Annotated, Any

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.prompts.base import Message, Prompt, UserMessage
from mcp.shared.exceptions import MCPError
from mcp.types import (
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    AudioContent,
    EmbeddedResource,
    EmptyResult,
    ImageContent,
    LoggingLevel,
    SetLevelRequestParams,
    TextContent,
    TextResourceContents,
)
from pydantic import Field

PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHw"
    "AFBQIAX8jx0gAAAABJRU5ErkJggg=="
)
WAV = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA="
STEP_SECONDS = 0.05
INFO: LoggingLevel = "info"
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}


def test_simple_text() -> str:
    """Answer with text."""
    return "This is a simple text response for testing."


def test_image_content() -> list[ImageContent]:
    """Answer with a picture."""
    return [ImageContent(type="image", data=PNG, mime_type="image/png")]


def test_audio_content() -> list[AudioContent]:
    """Answer with sound."""
    return [AudioContent(type="audio", data=WAV, mime_type="audio/wav")]


def _build_embedded(uri: str, text: str, mime_type: str = "text/plain") -> EmbeddedResource:
    contents = TextResourceContents(uri=uri, mime_type=mime_type, text=text)
    return EmbeddedResource(type="resource", resource=contents)


def test_embedded_resource() -> list[EmbeddedResource]:
    """Answer with a resource inside."""
    return [_build_embedded("test://embedded-resource", "This is an embedded resource content.")]


def test_multiple_content_types() -> list[TextContent | ImageContent | EmbeddedResource]:
    """Answer with text, a picture and a resource."""
    return [
        TextContent(type="text", text="Multiple content types test:"),
        ImageContent(type="image", data=PNG, mime_type="image/png"),
        _build_embedded("test://mixed-content-resource", '{"test":"data"}', "application/json"),
    ]


async def test_tool_with_logging(ctx: Context[Any, Any]) -> str:
    """Log three times while it runs."""
    for words in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        await ctx.log(INFO, words)
        await asyncio.sleep(STEP_SECONDS)
    return "Tool with logging executed successfully"


async def test_logging_tool(ctx: Context[Any, Any]) -> str:
    """Log once; a modern client that did not ask for logs gets none."""
    await ctx.log(INFO, "A line")
    return "Logged."


async def test_tool_with_progress(ctx: Context[Any, Any]) -> str:
    """Report progress three times."""
    for percent in (0, 50, 100):
        await ctx.report_progress(percent, 100, f"Completed step {percent} of 100")
        await asyncio.sleep(STEP_SECONDS)
    return "Done."


def test_error_handling() -> str:
    """Fail, as a tool may."""
    raise RuntimeError("This tool intentionally returns an error for testing")


def test_x_mcp_header(
    region: Annotated[str, Field(json_schema_extra={"x-mcp-header": "Region"})] = "<none>",  # noqa: PT028 - no test
) -> str:
    """Take an argument that a header repeats."""
    return f"region={region}"


async def test_missing_capability(ctx: Context[Any, Any]) -> str:
    """Need a client that can sample."""
    capabilities = ctx.client_capabilities
    if capabilities is None or capabilities.sampling is None:
        needed: dict[str, Any] = {"requiredCapabilities": {"sampling": {}}}
        raise MCPError(MISSING_REQUIRED_CLIENT_CAPABILITY, "This tool needs sampling.", needed)
    return "The client can sample."


async def test_reconnection(ctx: Context[Any, Any]) -> str:
    """Close the stream in the middle of a call."""
    await ctx.close_sse_stream()
    await asyncio.sleep(4 * STEP_SECONDS)
    return "Reconnection test completed"


def json_schema_2020_12_tool() -> str:
    """Have an input schema with every keyword of JSON Schema 2020-12."""
    return "json_schema_2020_12_tool"


async def test_trigger_tool_change(ctx: Context[Any, Any]) -> str:
    """Change the list of tools, and tell who listens."""
    ctx.mcp_server.add_tool(test_simple_text, name="test_dynamic_tool")
    ctx.mcp_server.remove_tool("test_dynamic_tool")
    await ctx.notify_tools_changed()
    return "The tools changed."


async def test_trigger_prompt_change(ctx: Context[Any, Any]) -> str:
    """Change the list of prompts, and tell who listens."""
    prompt = Prompt.from_function(test_simple_prompt, name="test_dynamic_prompt")
    ctx.mcp_server.add_prompt(prompt)
    ctx.mcp_server.remove_prompt("test_dynamic_prompt")
    await ctx.notify_prompts_changed()
    return "The prompts changed."


def static_text() -> str:
    """Be text."""
    return "This is the content of the static text resource."


def static_binary() -> bytes:
    """Be bytes."""
    return base64.b64decode(PNG)


def template_data(id: str) -> str:  # noqa: A002 - the suite's name
    """Be made from an id."""
    return json.dumps({"id": id, "templateTest": True, "data": f"Data for ID: {id}"})


def watched() -> str:
    """Be something to subscribe to."""
    return "Watched resource content"


def test_simple_prompt() -> str:
    """Be a prompt without arguments."""
    return "This is a simple prompt for testing."


def test_prompt_with_arguments(arg1: str, arg2: str) -> str:
    """Be a prompt with arguments."""
    return f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"


def test_prompt_with_embedded_resource(
    resource_uri: Annotated[str, Field(alias="resourceUri")],
) -> list[Message]:
    """Be a prompt with a resource inside."""
    embedded = _build_embedded(resource_uri, "Embedded resource content for testing.")
    return [UserMessage(embedded), UserMessage("Please process the embedded resource above.")]


def test_prompt_with_image() -> list[Message]:
    """Be a prompt with a picture."""
    picture = ImageContent(type="image", data=PNG, mime_type="image/png")
    return [UserMessage(picture), UserMessage("Please analyze the image above.")]


async def _set_level(_context: Any, _params: SetLevelRequestParams) -> EmptyResult:  # noqa: ANN401 - the SDK's
    return EmptyResult()


TOOLS = (
    test_simple_text,
    test_image_content,
    test_audio_content,
    test_embedded_resource,
    test_multiple_content_types,
    test_tool_with_logging,
    test_logging_tool,
    test_tool_with_progress,
    test_error_handling,
    test_x_mcp_header,
    test_missing_capability,
    test_reconnection,
    json_schema_2020_12_tool,
    test_trigger_tool_change,
    test_trigger_prompt_change,
)
RESOURCES: dict[str, tuple[Callable[..., str | bytes], str]] = {
    "test://static-text": (static_text, "text/plain"),
    "test://static-binary": (static_binary, "image/png"),
    "test://template/{id}/data": (template_data, "application/json"),
    "test://watched-resource": (watched, "text/plain"),
}
PROMPTS = (
    test_simple_prompt,
    test_prompt_with_arguments,
    test_prompt_with_embedded_resource,
    test_prompt_with_image,
)


def add(server: MCPServer[Any]) -> None:
    """Add these fixtures to a server."""
    for tool in TOOLS:
        server.add_tool(tool)
    schema = server._tool_manager.get_tool(json_schema_2020_12_tool.__name__)
    if schema is not None:
        schema.parameters = SCHEMA
    for uri, (resource, mime_type) in RESOURCES.items():
        server.resource(uri, mime_type=mime_type)(resource)
    for prompt in PROMPTS:
        server.prompt()(prompt)
    handlers = server._lowlevel_server
    handlers.add_request_handler("logging/setLevel", SetLevelRequestParams, _set_level)
