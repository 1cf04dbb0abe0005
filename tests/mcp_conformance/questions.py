"""Fixtures that ask the client: while they run (handshake era), or before they answer (modern)."""

import json
from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.types import (
    CreateMessageRequest,
    CreateMessageRequestParams,
    CreateMessageResult,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequest,
    InputRequiredResult,
    ListRootsRequest,
    ListRootsResult,
    SamplingMessage,
    TextContent,
)
from pydantic import BaseModel, Field

ToolContext = Context[Any, Any]


class Response(BaseModel):
    """One answer in words."""

    response: str = Field(description="User's response")


class Defaults(BaseModel):
    """A default for each primitive type (SEP-1034)."""

    name: str = Field("John Doe", description="User name")
    age: int = Field(30, description="User age")
    score: float = Field(95.5, description="User score")
    status: str = Field("active", json_schema_extra={"enum": ["active", "inactive", "pending"]})
    verified: bool = Field(default=True, description="Verification status")


def _build_titled(**titles: str) -> list[dict[str, str]]:
    return [{"const": const, "title": title} for const, title in titles.items()]


class Enums(BaseModel):
    """Each way to write an enum (SEP-1330)."""

    untitled_single: str = Field(
        alias="untitledSingle", json_schema_extra={"enum": ["active", "inactive", "pending"]}
    )
    titled_single: str = Field(
        alias="titledSingle",
        json_schema_extra={"oneOf": _build_titled(low="Low", medium="Medium", high="High")},  # type: ignore[dict-item]
    )
    untitled_multi: list[str] = Field(
        alias="untitledMulti",
        json_schema_extra={"items": {"type": "string", "enum": ["read", "write", "execute"]}},
    )
    titled_multi: list[str] = Field(
        alias="titledMulti",
        json_schema_extra={
            "items": {"anyOf": _build_titled(feature="New", bug="Bug", docs="Docs")}  # type: ignore[dict-item]
        },
    )
    legacy_enum: str = Field(
        alias="legacyEnum",
        json_schema_extra={
            "enum": ["small", "medium", "large"],
            "enumNames": ["Small Size", "Medium Size", "Large Size"],
        },
    )


async def test_sampling(prompt: str, ctx: ToolContext) -> str:
    """Let the client's model answer a prompt."""
    result = await ctx.session.create_message(
        messages=[_build_user_message(prompt)], max_tokens=100, related_request_id=ctx.request_id
    )
    return f"LLM response: {_read_text(result)}"


async def _ask_in_form(ctx: ToolContext, message: str, schema: type[BaseModel]) -> str:
    answer = await ctx.elicit(message, schema)
    content = answer.data.model_dump_json(by_alias=True) if answer.action == "accept" else "{}"
    return f"action={answer.action}, content={content}"


async def test_elicitation(message: str, ctx: ToolContext) -> str:
    """Ask the user something."""
    return f"User response: {await _ask_in_form(ctx, message, Response)}"


async def test_elicitation_sep1034_defaults(ctx: ToolContext) -> str:
    """Ask with a default for each field."""
    asked = await _ask_in_form(ctx, "Please provide user information", Defaults)
    return f"Elicitation completed: {asked}"


async def test_elicitation_sep1330_enums(ctx: ToolContext) -> str:
    """Ask for enums."""
    return f"Elicitation completed: {await _ask_in_form(ctx, 'Please select', Enums)}"


def _build_user_message(text: str) -> SamplingMessage:
    return SamplingMessage(role="user", content=TextContent(type="text", text=text))


def _read_text(result: object) -> str:
    content = result.content if isinstance(result, CreateMessageResult) else None
    return content.text if isinstance(content, TextContent) else "?"


def _build_form(message: str, field: str, kind: str = "string") -> ElicitRequest:
    schema = {"type": "object", "properties": {field: {"type": kind}}, "required": [field]}
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=schema))


def _build_name_form() -> ElicitRequest:
    return _build_form("What is your name?", "name")


def _build_sampling(prompt: str) -> CreateMessageRequest:
    params = CreateMessageRequestParams(messages=[_build_user_message(prompt)], max_tokens=100)
    return CreateMessageRequest(params=params)


def _find_field(ctx: ToolContext, key: str, field: str) -> str | None:
    """Return a field of a form that the client answered."""
    answer = (ctx.input_responses or {}).get(key)
    content = answer.content if isinstance(answer, ElicitResult) else None
    found = (content or {}).get(field)
    return None if found is None else str(found)


def _require_input(*, state: str | None = None, **requests: InputRequest) -> InputRequiredResult:
    return InputRequiredResult(input_requests=requests, request_state=state)


async def test_input_required_result_elicitation(ctx: ToolContext) -> str | InputRequiredResult:
    """Ask for a name."""
    name = _find_field(ctx, "user_name", "name")
    return _require_input(user_name=_build_name_form()) if name is None else f"Hello, {name}!"


async def test_streaming_elicitation(ctx: ToolContext) -> str | InputRequiredResult:
    """Ask for a name after some progress."""
    await ctx.report_progress(50, 100)
    return await test_input_required_result_elicitation(ctx)


async def test_input_required_result_sampling(ctx: ToolContext) -> str | InputRequiredResult:
    """Ask the client's model."""
    answer = (ctx.input_responses or {}).get("capital_question")
    if answer is None:
        return _require_input(capital_question=_build_sampling("What is the capital of France?"))
    return f"Model said: {_read_text(answer)}"


async def test_input_required_result_list_roots(ctx: ToolContext) -> str | InputRequiredResult:
    """Ask for the client's roots."""
    answer = (ctx.input_responses or {}).get("client_roots")
    if not isinstance(answer, ListRootsResult):
        return _require_input(client_roots=ListRootsRequest())
    return f"Roots: {', '.join(str(root.uri) for root in answer.roots)}"


async def test_input_required_result_request_state(ctx: ToolContext) -> str | InputRequiredResult:
    """Ask, and know the state again."""
    if _find_field(ctx, "confirm", "ok") and ctx.request_state == "nonce":
        return "state-ok: confirmed"
    return _require_input(state="nonce", confirm=_build_form("Please confirm", "ok", "boolean"))


async def test_input_required_result_tampered_state(ctx: ToolContext) -> str | InputRequiredResult:
    """Ask; a changed state never comes this far."""
    if ctx.request_state is None:
        return _require_input(
            state="round-1", confirm=_build_form("Please confirm", "ok", "boolean")
        )
    return f"state-ok: {ctx.request_state}"


async def test_input_required_result_multiple_inputs(ctx: ToolContext) -> str | InputRequiredResult:
    """Ask for three things at once."""
    wanted: dict[str, InputRequest] = {
        "user_name": _build_name_form(),
        "greeting": _build_sampling("Generate a greeting"),
        "client_roots": ListRootsRequest(),
    }
    if wanted.keys() <= (ctx.input_responses or {}).keys():
        return "All inputs received."
    return _require_input(state="three", **wanted)


async def test_input_required_result_multi_round(ctx: ToolContext) -> str | InputRequiredResult:
    """Ask twice, one after the other."""
    state = json.loads(ctx.request_state or '{"round":0}')
    if state["round"] == 1 and (name := _find_field(ctx, "step1", "name")):
        known = json.dumps({"round": 2, "name": name})
        return _require_input(
            state=known, step2=_build_form("Step 2: your favourite colour?", "color")
        )
    if state["round"] == 2 and (color := _find_field(ctx, "step2", "color")):
        return f"{state['name']} likes {color}."
    return _require_input(state='{"round":1}', step1=_build_form("Step 1: your name?", "name"))


async def test_input_required_result_capabilities(ctx: ToolContext) -> InputRequiredResult:
    """Ask only what the client can answer."""
    can = ctx.client_capabilities
    requests: dict[str, InputRequest] = {}
    if can is not None and can.sampling is not None:
        requests["sample"] = _build_sampling("Say hello")
    if can is not None and can.elicitation is not None:
        requests["ask"] = _build_name_form()
    return _require_input(state="asked", **requests)


async def test_input_required_result_prompt(ctx: ToolContext) -> str | InputRequiredResult:
    """Be a prompt that asks first."""
    given = _find_field(ctx, "user_context", "context")
    if given is None:
        return _require_input(
            user_context=_build_form("What context should the prompt use?", "context")
        )
    return f"Use the following context: {given}"


TOOLS = (
    test_sampling,
    test_elicitation,
    test_elicitation_sep1034_defaults,
    test_elicitation_sep1330_enums,
    test_input_required_result_elicitation,
    test_streaming_elicitation,
    test_input_required_result_sampling,
    test_input_required_result_list_roots,
    test_input_required_result_request_state,
    test_input_required_result_tampered_state,
    test_input_required_result_multiple_inputs,
    test_input_required_result_multi_round,
    test_input_required_result_capabilities,
)


def add(server: MCPServer[Any]) -> None:
    """Add these fixtures to a server."""
    for tool in TOOLS:
        server.add_tool(tool)
    server.prompt()(test_input_required_result_prompt)
