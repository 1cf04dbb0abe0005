"""Tools as the OpenAPI document declares them: the schemas for a model, and the REST call.

Every schema of every listed tool takes room in a model's context, so schemas are slimmed: words,
patterns and bounds that REST checks anyway are dropped. REST stays the judge of a call; a slim
schema only has to lead a model to a good one. The document may be of an older or newer gateway.
"""

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mcp_server.json_types import Arguments, Schema
from mcp_server.results import Refusal

GET = "GET"
KEY_PARAMETER, STEP_PATH_PREFIXES = "IdempotencyKey", ("steps.0.input.", "steps.0.")
ARGUMENT_HEADERS = {"idempotencyKey": "X-Idempotency-Key", "ifMatch": "If-Match"}
ARGUMENT_DESCRIPTIONS = {
    "idempotencyKey": "One key per action. Reuse the SAME key when you retry.",
    "ifMatch": "etag of the version you read",
}
SERVER_ARGUMENTS: dict[str, Schema] = {
    "waitSeconds": {"type": "integer", "maximum": 50, "default": 25},
    "preview": {"type": "boolean", "default": True},
}
"""Arguments that are the server's own: the seconds to wait, and whether to add a picture."""
SHOWN_KEYWORDS = (
    "type",
    "enum",
    "const",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "multipleOf",
    "maxItems",
)
ERROR_SCHEMA: Schema = {"type": "object"}
"""The schema of `error`: a refusal, or the reason why a job or plan failed.

Clients on the TypeScript SDK v1, Gemini CLI among them, check refusals against the output schema
too. So every output schema must allow `{"error": …}` alone and require nothing: otherwise they
throw the refusal away, and the model never reads its hint.
"""
TOOL_SCHEMA_URI = "killatamata://tools/{tool}"
SERVER_ANSWER_PARTS: dict[str, dict[str, str]] = {
    "jobs": {"type": "array"},
    "ref": {"type": "string"},
}
UNKNOWN_OUTCOME_CODES = frozenset({"unreachable", "unavailable", "internal_error"})
MAX_SHOWN_MAXIMUM, MAX_SHOWN_ITEMS = 2**31, 25
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
    `task`: media task whose input the arguments are.
    `awaited_kind`: kind of thing whose end the tool waits for.
    `takes_idempotency_key`: each call has an idempotency key, the client's or a fresh one.
    `argument_schemas`: whole schemas of the arguments.
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
    task: str | None
    awaited_kind: str | None
    takes_idempotency_key: bool
    argument_schemas: Schema
    format_uri: str | None

    @property
    def is_read_only(self) -> bool:
        """Return True if the tool changes nothing."""
        return self.hints["readOnlyHint"]

    def build_request(self, arguments: Arguments) -> RestRequest:
        """Build the REST call for these arguments."""
        query, headers, body = {}, {}, {}
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
    """A reader of one document's schemas, which slims them to what a model needs."""

    def __init__(self, document: Schema) -> None:
        self._components = document["components"]
        kinds = self._components["schemas"].get("SubmitJob", {}).get("oneOf", ())
        self._tasks = {
            each["properties"]["task"]["const"]: each["properties"]["input"]
            for each in map(self._resolve_reference, kinds)
        }

    def read_offer(self, path: str, method: str, operation: Schema, tool: Schema) -> ToolOffer:
        """Read one tool of an operation."""
        body = self._read_body_schema(operation)
        query = {each["name"]: each for each in self._list_query_parameters(operation)}
        fields, required = dict(body.get("properties", {})), set(body.get("required", ()))
        fields |= {name: each["schema"] for name, each in query.items()}
        required |= {name for name, each in query.items() if each["required"]}
        task = tool.get("task")
        if task is not None:
            # The tool takes the input of one task; the call wraps it into a plan of one step.
            task_input = self._resolve_reference(self._tasks[task])
            steps = self._resolve_reference(self._strip_null(fields["steps"])["items"])
            fields = {**task_input["properties"], "strict": steps["properties"]["strict"]} | {
                "projectId": fields["projectId"]
            }
            required = set(task_input.get("required", ()))
        required |= set(tool.get("required", ()))
        properties = {
            name: self._read_argument(name, fields, words, tool.get("nested", {}).get(name))
            for name, words in tool["arguments"].items()
        }
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
            task=task,
            awaited_kind=tool.get("waits"),
            takes_idempotency_key=any(
                KEY_PARAMETER in each.get("$ref", "") for each in operation.get("parameters", ())
            ),
            argument_schemas={name: fields[name] for name in properties if name in fields},
            format_uri=tool.get("format", _find_schema_uri(tool["name"], properties)),
        )

    def _read_argument(
        self, name: str, fields: Schema, words: str, nested: list[str] | None
    ) -> Schema:
        if name in SERVER_ARGUMENTS:
            return SERVER_ARGUMENTS[name]
        schema = (
            {"type": "string"}
            if name in ARGUMENT_HEADERS
            else self._slim_schema(fields[name], nested)
        )
        words = words or ARGUMENT_DESCRIPTIONS.get(name, "")
        return schema | {"description": words} if words else schema

    def _slim_schema(self, schema: Schema, nested: list[str] | None) -> Schema:
        """Return a schema without words, patterns and null.

        Of an object only the fields in `nested` are shown; without them it is just an object.
        """
        plain = self._strip_null(schema)
        slim = {name: plain[name] for name in SHOWN_KEYWORDS if plain.get(name) is not None}
        if "oneOf" in plain:
            slim["type"] = "object"  # one of some models
        if slim.get("minimum") in {0, 1}:
            del slim["minimum"]  # REST says so; a model does not try less
        if slim.get("maximum", 0) > MAX_SHOWN_MAXIMUM:
            del slim["maximum"]
        if slim.get("maxItems", 0) > MAX_SHOWN_ITEMS:
            del slim["maxItems"]
        if "items" in plain:
            slim["items"] = self._slim_schema(plain["items"], nested)
        if nested and "properties" in plain:
            slim["properties"] = {
                name: self._slim_schema(plain["properties"][name], None) for name in nested
            }
            if required := [name for name in nested if name in plain.get("required", ())]:
                slim["required"] = required
        return slim

    def _strip_null(self, schema: Schema) -> Schema:
        """Return a schema without its references and without null.

        The document writes "or null" in three ways: as `anyOf`, a list of types, and in `enum`.
        """
        plain = self._resolve_reference(schema)
        for variant in plain.get("anyOf", ()):
            if variant.get("type") != "null":
                return self._resolve_reference(variant)
        if isinstance(plain.get("type"), list):
            kinds = [kind for kind in plain["type"] if kind != "null"]
            plain = {**plain, "type": kinds[0]}
        if None in plain.get("enum", ()):
            plain = {**plain, "enum": [each for each in plain["enum"] if each is not None]}
        return plain

    def _resolve_reference(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            kind, _, name = schema["$ref"].removeprefix("#/components/").partition("/")
            schema = self._components[kind][name]
        return schema

    def _read_body_schema(self, operation: Schema) -> Schema:
        content = operation.get("requestBody", {}).get("content", {})
        return self._resolve_reference(content.get("application/json", {}).get("schema", {}))

    def _list_query_parameters(self, operation: Schema) -> Iterator[Schema]:
        for each in map(self._resolve_reference, operation.get("parameters", ())):
            if each["in"] == "query":
                yield each

    def _build_output_schema(self, operation: Schema, promise: list[str]) -> Schema:
        """Build the schema of the facts that a tool promises, with the types that REST declares."""
        known: Schema = {}
        for status, response in operation["responses"].items():
            if status.startswith("2"):
                content = (
                    self._resolve_reference(response).get("content", {}).get("application/json", {})
                )
                answer = content.get("schema", {})
                for variant in answer.get("anyOf", [answer]):
                    known = self._resolve_reference(variant).get("properties", {}) | known
        known = SERVER_ANSWER_PARTS | known
        promised = {name: self._slim_to_type(known[name]) for name in promise}
        return _build_object_schema(promised | {"error": ERROR_SCHEMA}, set())

    def _slim_to_type(self, schema: Schema) -> Schema:
        """Return only the type of a part of an answer; several types become `anyOf`.

        Not a list of types: clients that know only a part of JSON Schema refuse the whole tool.
        """
        kinds: list[str] = []
        for each in map(self._resolve_reference, schema.get("anyOf", [schema])):
            declared = each.get("type", "object")
            kinds += declared if isinstance(declared, list) else [declared]
        variants = [{"type": kind} for kind in kinds]
        return variants[0] if len(variants) == 1 else {"anyOf": variants}


def _find_schema_uri(tool: str, properties: Schema) -> str | None:
    """Return the URI of a tool's whole schema; None if its arguments are shown whole."""
    opaque = any(map(_is_opaque, properties.values()))
    return TOOL_SCHEMA_URI.format(tool=tool) if opaque else None


def _is_opaque(schema: Schema) -> bool:
    """Return True if a schema holds an object whose fields are not shown."""
    parts = [*schema.get("properties", {}).values(), *filter(None, [schema.get("items")])]
    return any(map(_is_opaque, parts)) or (schema["type"] == "object" and not parts)


def _build_object_schema(properties: Schema, required: set[str]) -> Schema:
    schema: Schema = {"type": "object", "properties": properties}
    if required_names := [name for name in properties if name in required]:
        schema["required"] = required_names
    return schema
