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

Ctx = Context[Any, Any]


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


def _titled(**titles: str) -> list[dict[str, str]]:
    return [{"const": const, "title": title} for const, title in titles.items()]


class Enums(BaseModel):
    """Each way to write an enum (SEP-1330)."""

    untitled_single: str = Field(
        alias="untitledSingle", json_schema_extra={"enum": ["active", "inactive", "pending"]}
    )
    titled_single: str = Field(
        alias="titledSingle",
        json_schema_extra={"oneOf": _titled(low="Low", medium="Medium", high="High")},  # type: ignore[dict-item]
    )
    untitled_multi: list[str] = Field(
        alias="untitledMulti",
        json_schema_extra={"items": {"type": "string", "enum": ["read", "write", "execute"]}},
    )
    titled_multi: list[str] = Field(
        alias="titledMulti",
        json_schema_extra={"items": {"anyOf": _titled(feature="New", bug="Bug", docs="Docs")}},  # type: ignore[dict-item]
    )
    legacy_enum: str = Field(
        alias="legacyEnum",
        json_schema_extra={
            "enum": ["small", "medium", "large"],
            "enumNames": ["Small Size", "Medium Size", "Large Size"],
        },
    )


async def test_sampling(prompt: str, ctx: Ctx) -> str:
    """Let the client's model answer a prompt."""
    result = await ctx.session.create_message(
        messages=[_says(prompt)], max_tokens=100, related_request_id=ctx.request_id
    )
    return f"LLM response: {_words(result)}"


async def _asked(ctx: Ctx, message: str, schema: type[BaseModel]) -> str:
    answer = await ctx.elicit(message, schema)
    content = answer.data.model_dump_json(by_alias=True) if answer.action == "accept" else "{}"
    return f"action={answer.action}, content={content}"


async def test_elicitation(message: str, ctx: Ctx) -> str:
    """Ask the user something."""
    return f"User response: {await _asked(ctx, message, Response)}"


async def test_elicitation_sep1034_defaults(ctx: Ctx) -> str:
    """Ask with a default for each field."""
    asked = await _asked(ctx, "Please provide user information", Defaults)
    return f"Elicitation completed: {asked}"


async def test_elicitation_sep1330_enums(ctx: Ctx) -> str:
    """Ask for enums."""
    return f"Elicitation completed: {await _asked(ctx, 'Please select', Enums)}"


def _says(text: str) -> SamplingMessage:
    return SamplingMessage(role="user", content=TextContent(type="text", text=text))


def _words(result: object) -> str:
    content = result.content if isinstance(result, CreateMessageResult) else None
    return content.text if isinstance(content, TextContent) else "?"


def _form(message: str, field: str, kind: str = "string") -> ElicitRequest:
    schema = {"type": "object", "properties": {field: {"type": kind}}, "required": [field]}
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=schema))


def _name() -> ElicitRequest:
    return _form("What is your name?", "name")


def _sample(prompt: str) -> CreateMessageRequest:
    params = CreateMessageRequestParams(messages=[_says(prompt)], max_tokens=100)
    return CreateMessageRequest(params=params)


def _field(ctx: Ctx, key: str, field: str) -> str | None:
    """Return a field of a form that the client answered."""
    answer = (ctx.input_responses or {}).get(key)
    content = answer.content if isinstance(answer, ElicitResult) else None
    found = (content or {}).get(field)
    return None if found is None else str(found)


def _ask(*, state: str | None = None, **requests: InputRequest) -> InputRequiredResult:
    return InputRequiredResult(input_requests=requests, request_state=state)


async def test_input_required_result_elicitation(ctx: Ctx) -> str | InputRequiredResult:
    """Ask for a name."""
    name = _field(ctx, "user_name", "name")
    return _ask(user_name=_name()) if name is None else f"Hello, {name}!"


async def test_streaming_elicitation(ctx: Ctx) -> str | InputRequiredResult:
    """Ask for a name after some progress."""
    await ctx.report_progress(50, 100)
    return await test_input_required_result_elicitation(ctx)


async def test_input_required_result_sampling(ctx: Ctx) -> str | InputRequiredResult:
    """Ask the client's model."""
    answer = (ctx.input_responses or {}).get("capital_question")
    if answer is None:
        return _ask(capital_question=_sample("What is the capital of France?"))
    return f"Model said: {_words(answer)}"


async def test_input_required_result_list_roots(ctx: Ctx) -> str | InputRequiredResult:
    """Ask for the client's roots."""
    answer = (ctx.input_responses or {}).get("client_roots")
    if not isinstance(answer, ListRootsResult):
        return _ask(client_roots=ListRootsRequest())
    return f"Roots: {', '.join(str(root.uri) for root in answer.roots)}"


async def test_input_required_result_request_state(ctx: Ctx) -> str | InputRequiredResult:
    """Ask, and know the state again."""
    if _field(ctx, "confirm", "ok") and ctx.request_state == "nonce":
        return "state-ok: confirmed"
    return _ask(state="nonce", confirm=_form("Please confirm", "ok", "boolean"))


async def test_input_required_result_tampered_state(ctx: Ctx) -> str | InputRequiredResult:
    """Ask; a changed state never comes this far."""
    if ctx.request_state is None:
        return _ask(state="round-1", confirm=_form("Please confirm", "ok", "boolean"))
    return f"state-ok: {ctx.request_state}"


async def test_input_required_result_multiple_inputs(ctx: Ctx) -> str | InputRequiredResult:
    """Ask for three things at once."""
    wanted: dict[str, InputRequest] = {
        "user_name": _name(),
        "greeting": _sample("Generate a greeting"),
        "client_roots": ListRootsRequest(),
    }
    if wanted.keys() <= (ctx.input_responses or {}).keys():
        return "All inputs received."
    return _ask(state="three", **wanted)


async def test_input_required_result_multi_round(ctx: Ctx) -> str | InputRequiredResult:
    """Ask twice, one after the other."""
    state = json.loads(ctx.request_state or '{"round":0}')
    if state["round"] == 1 and (name := _field(ctx, "step1", "name")):
        known = json.dumps({"round": 2, "name": name})
        return _ask(state=known, step2=_form("Step 2: your favourite colour?", "color"))
    if state["round"] == 2 and (color := _field(ctx, "step2", "color")):
        return f"{state['name']} likes {color}."
    return _ask(state='{"round":1}', step1=_form("Step 1: your name?", "name"))


async def test_input_required_result_capabilities(ctx: Ctx) -> InputRequiredResult:
    """Ask only what the client can answer."""
    can = ctx.client_capabilities
    requests: dict[str, InputRequest] = {}
    if can is not None and can.sampling is not None:
        requests["sample"] = _sample("Say hello")
    if can is not None and can.elicitation is not None:
        requests["ask"] = _name()
    return _ask(state="asked", **requests)


async def test_input_required_result_prompt(ctx: Ctx) -> str | InputRequiredResult:
    """Be a prompt that asks first."""
    given = _field(ctx, "user_context", "context")
    if given is None:
        return _ask(user_context=_form("What context should the prompt use?", "context"))
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
