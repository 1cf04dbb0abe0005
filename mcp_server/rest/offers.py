"""Tools as the OpenAPI document declares them: the schemas for a model, and the REST call.

Every schema of every listed tool takes room in a model's context, so schemas are slimmed: words,
patterns and bounds that REST checks anyway are dropped. REST stays the judge of a call; a slim
schema only has to lead a model to a good one. The document may be of an older or newer gateway.
"""

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mcp_server.json_types import Arguments, Schema
from mcp_server.rest.slim_schemas import SchemaSlimmer, keep_types, merge_schemas, parse_parts
from mcp_server.results import Refusal

GET = "GET"
KEY_PARAMETER, STEP_PATH_PREFIXES = "IdempotencyKey", ("steps.0.input.", "steps.0.")
ARGUMENT_HEADERS = {"idempotencyKey": "X-Idempotency-Key", "ifMatch": "If-Match"}
ARGUMENT_DESCRIPTIONS = {
    "idempotencyKey": "One key per thing. Reuse the SAME key when you retry.",
    "ifMatch": "etag that you read",
}
SERVER_ARGUMENTS: dict[str, Schema] = {
    "waitSeconds": {"type": "integer", "maximum": 50},
    "preview": {"type": "boolean"},
}
"""Arguments that are the server's own: the seconds to wait, and whether to add a picture."""
TOOL_SCHEMA_URI = "killatamata://tools/{tool}"
SERVER_ANSWER_PARTS: dict[str, dict[str, str]] = {
    "jobs": {"type": "array"},
    "ref": {"type": "string"},
}
UNKNOWN_OUTCOME_CODES = frozenset({"unreachable", "unavailable", "internal_error"})
HINT_NAMES = ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")


@dataclass(frozen=True, slots=True)
class RestRequest:
    """One REST call."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Arguments | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolOffer:
    """One tool: its description for the model, and the REST call that its arguments make.

    `output_schema`: schema of the structured content; None if the answer is a picture alone.
    `scopes`: any one of them is enough; empty if every key may call the tool.
    `result_paths`: paths of the facts that the tool shows; empty for all.
    `query_arguments`: arguments that go into the query; the others go into the body.
    `fixed_query`: the part of the query that is the same in each call.
    `task`: media task whose input the arguments are.
    `awaited_kind`: kind of thing whose end the tool waits for.
    `takes_idempotency_key`: each call has an idempotency key, the client's or a fresh one.
    `argument_schemas`: whole schemas of the arguments.
    `own_text`: the answers hold no words of users.
    `format_uri`: URI of the resource with those, where `parameters` show less than a model needs.
    """

    name: str
    title: str
    description: str
    toolsets: tuple[str, ...]
    core: bool
    hints: Mapping[str, bool]
    scopes: tuple[str, ...]
    method: str
    path: str
    parameters: Schema
    output_schema: Schema | None
    result_paths: tuple[str, ...]
    query_arguments: frozenset[str]
    fixed_query: Mapping[str, str]
    task: str | None
    awaited_kind: str | None
    takes_idempotency_key: bool
    argument_schemas: Schema
    own_text: bool
    format_uri: str | None

    @property
    def is_read_only(self) -> bool:
        """Return True if the tool changes nothing."""
        return self.hints["readOnlyHint"]

    def build_request(self, arguments: Arguments) -> RestRequest:
        """Build the REST call for these arguments."""
        query, headers, body = dict(self.fixed_query), {}, {}
        # Without a key a call whose answer is lost could not be repeated safely.
        # `translate_refusal` tells the model this one.
        if self.takes_idempotency_key:
            headers[ARGUMENT_HEADERS["idempotencyKey"]] = secrets.token_urlsafe(16)
        for name, value in arguments.items():
            if name in SERVER_ARGUMENTS or (
                value is None and (name in ARGUMENT_HEADERS or name in self.query_arguments)
            ):
                continue
            if name in ARGUMENT_HEADERS:
                headers[ARGUMENT_HEADERS[name]] = str(value)
            elif name in self.query_arguments:
                query[name] = str(value).lower() if isinstance(value, bool) else str(value)
            else:
                body[name] = value
        if self.task is not None:
            body = _build_one_step_plan(self.task, body)
        return RestRequest(
            self.method, self.path, query, headers, None if self.method == GET else body
        )

    def translate_refusal(self, refusal: Refusal, request: RestRequest) -> Refusal:
        """Translate a refusal of REST into the names of the tool's arguments.

        REST knows the arguments of a media task as parts of a plan's step. A refusal that leaves
        open whether the call was carried out names its idempotency key, so that it can be repeated.
        """
        key = request.headers.get(ARGUMENT_HEADERS["idempotencyKey"])
        takes_key = "idempotencyKey" in self.parameters["properties"]
        if takes_key and key is not None and refusal.problem["code"] in UNKNOWN_OUTCOME_CODES:
            hint = f"Call again with the same arguments and idempotencyKey {key}: it is done once."
            return Refusal({**refusal.problem, "hint": hint, "idempotencyKey": key})
        if self.task is None:
            return refusal
        text = json.dumps(refusal.problem)
        for part in STEP_PATH_PREFIXES:
            text = text.replace(part, "")
        return Refusal(json.loads(text))


def _build_one_step_plan(task: str, arguments: Arguments) -> Arguments:
    plan = {name: arguments.pop(name) for name in ("projectId",) if name in arguments}
    step = {name: arguments.pop(name) for name in ("strict",) if name in arguments}
    return plan | {"steps": [{"operation": task, "input": arguments, **step}]}


def read_tool_offers(document: Schema) -> list[ToolOffer]:
    """Read the tools of an OpenAPI document, in its order."""
    reader = _DocumentReader(document)
    return [
        reader.read_offer(path, method.upper(), operation, tool)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        for tool in operation.get("x-mcp", ())
    ]


class _DocumentReader:
    """A reader of the tools of one document."""

    def __init__(self, document: Schema) -> None:
        self._slimmer = SchemaSlimmer(document["components"])
        resolve = self._slimmer.resolve_reference
        kinds = document["components"]["schemas"].get("SubmitJob", {}).get("oneOf", ())
        self._tasks = {
            each["properties"]["task"]["const"]: each["properties"]["input"]
            for each in map(resolve, kinds)
        }
        self._task_tools = {
            tool["task"]: tool
            for methods in document["paths"].values()
            for operation in methods.values()
            for tool in operation.get("x-mcp", ())
            if tool.get("task") is not None
        }

    def read_offer(self, path: str, method: str, operation: Schema, tool: Schema) -> ToolOffer:
        """Read one tool of an operation."""
        query = {each["name"]: each for each in self._list_query_parameters(operation)}
        fields, required = self._read_fields(operation, tool, query)
        properties = {
            name: self._read_argument(name, fields, words, tool.get("nested", {}).get(name, ()))
            for name, words in tool["arguments"].items()
        }
        if (steps := tool.get("steps")) is not None:
            fields[steps] = self._type_steps(fields[steps])
            shown = properties[steps]["items"]["properties"]
            shown["operation"]["enum"] = [*self._task_tools, *tool.get("freeOperations", ())]
            shown["input"] = {"type": "object", "properties": self._merge_task_inputs()}
        return ToolOffer(
            name=tool["name"],
            title=tool["title"],
            description=tool["description"],
            toolsets=tuple(tool["toolsets"]),
            core=tool["core"],
            hints={name: tool[name] for name in HINT_NAMES},
            scopes=tuple(operation.get("x-required-scopes", ())),
            method=method,
            path=path,
            parameters=_build_object_schema(properties, required),
            output_schema=self._build_output_schema(operation, tool["promise"])
            if tool["promise"]
            else None,
            result_paths=tuple(tool.get("result", ())),
            query_arguments=frozenset(query),
            fixed_query=tool.get("fixed", {}),
            task=tool.get("task"),
            awaited_kind=tool.get("waits"),
            takes_idempotency_key=any(
                KEY_PARAMETER in each.get("$ref", "") for each in operation.get("parameters", ())
            ),
            argument_schemas={name: fields[name] for name in properties if name in fields},
            own_text=tool.get("ownText", False),
            format_uri=tool.get("format", _find_schema_uri(tool, properties)),
        )

    def _read_fields(
        self, operation: Schema, tool: Schema, query: Mapping[str, Schema]
    ) -> tuple[Schema, set[str]]:
        """Return the whole schemas of what a tool can take, and the names of what it must."""
        body = self._read_body_schema(operation)
        fields, required = dict(body.get("properties", {})), set(body.get("required", ()))
        fields |= {name: each["schema"] for name, each in query.items()}
        required |= {name for name, each in query.items() if each["required"]}
        if (task := tool.get("task")) is not None:
            # The tool takes the input of one task; the call wraps it into a plan of one step.
            task_input = self._slimmer.resolve_reference(self._tasks[task])
            step = self._read_item_schema(fields["steps"])
            fields = {**task_input["properties"], "strict": step["properties"]["strict"]} | {
                "projectId": fields["projectId"]
            }
            required = set(task_input.get("required", ()))
        return fields, required | set(tool.get("required", ()))

    def _read_argument(self, name: str, fields: Schema, words: str, parts: Sequence[str]) -> Schema:
        if name in SERVER_ARGUMENTS:
            return SERVER_ARGUMENTS[name]
        schema = (
            {"type": "string"}
            if name in ARGUMENT_HEADERS
            else self._slimmer.slim(fields[name], parse_parts(parts))
        )
        words = words or ARGUMENT_DESCRIPTIONS.get(name, "")
        return schema | {"description": words} if words else schema

    def _read_item_schema(self, schema: Schema) -> Schema:
        """Return the schema of the items of a list that may be null."""
        return self._slimmer.resolve_reference(self._slimmer.strip_null(schema)["items"])

    def _type_steps(self, schema: Schema) -> Schema:
        """Return the whole schema of a list of steps, with the input of each task."""
        step = self._read_item_schema(schema)
        free: Schema = {"type": "object", "description": "Of a step that is no media task."}
        inputs: Schema = {"anyOf": [*self._tasks.values(), free]}
        properties = step["properties"] | {"input": step["properties"]["input"] | inputs}
        return {**self._slimmer.strip_null(schema), "items": {**step, "properties": properties}}

    def _merge_task_inputs(self) -> Schema:
        """Return each field that a prepare tool takes; the values to choose from stand there.

        One object of all fields, not one a task: it is a third as long, and many clients refuse
        schemas that are a choice.
        """
        merged: Schema = {}
        for task, tool in self._task_tools.items():
            fields = self._slimmer.resolve_reference(self._tasks[task])["properties"]
            for name in tool["arguments"]:
                if name in fields:
                    parts = parse_parts(tool.get("nested", {}).get(name, ()))
                    slim = keep_types(self._slimmer.slim(fields[name], parts))
                    slim.pop("enum", None)
                    merged[name] = merge_schemas(merged.get(name, slim), slim)
        return merged

    def _read_body_schema(self, operation: Schema) -> Schema:
        content = operation.get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema", {})
        return self._slimmer.resolve_reference(schema)

    def _list_query_parameters(self, operation: Schema) -> Iterator[Schema]:
        for each in map(self._slimmer.resolve_reference, operation.get("parameters", ())):
            if each["in"] == "query":
                yield each

    def _build_output_schema(self, operation: Schema, promise: list[str]) -> Schema:
        """Build the schema of the facts that a tool promises, with the types that REST declares.

        Clients on the TypeScript SDK v1, Gemini CLI among them, check refusals against it too. So
        it must allow `{"error": …}` alone and require nothing: otherwise they throw the refusal
        away, and the model never reads its hint.
        """
        resolve = self._slimmer.resolve_reference
        known: Schema = {}
        for status, response in operation["responses"].items():
            if status.startswith("2"):
                content = resolve(response).get("content", {}).get("application/json", {})
                answer = content.get("schema", {})
                for variant in answer.get("anyOf", [answer]):
                    known = resolve(variant).get("properties", {}) | known
        known = SERVER_ANSWER_PARTS | known
        promised = {name: self._slimmer.slim_to_type(known[name]) for name in promise}
        return _build_object_schema(promised, set())


def _find_schema_uri(tool: Schema, properties: Schema) -> str | None:
    """Return the URI of a tool's whole schema; None if its arguments are shown whole."""
    is_whole = not tool.get("nested") and not any(map(_is_opaque, properties.values()))
    return None if is_whole else TOOL_SCHEMA_URI.format(tool=tool["name"])


def _is_opaque(schema: Schema) -> bool:
    """Return True if a schema holds an object whose fields are not shown."""
    parts = [*schema.get("properties", {}).values(), *filter(None, [schema.get("items")])]
    return any(map(_is_opaque, parts)) or (schema["type"] == "object" and not parts)


def _build_object_schema(properties: Schema, required: set[str]) -> Schema:
    schema: Schema = {"type": "object", "properties": properties}
    if required_names := [name for name in properties if name in required]:
        schema["required"] = required_names
    return schema
