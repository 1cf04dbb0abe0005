"""Tools as the OpenAPI document declares them: the schemas for a model, and the REST call.

Every schema of every listed tool takes room in a model's context, so schemas are slimmed: words,
patterns and bounds that REST checks anyway are dropped. REST stays the judge of a call; a slim
schema only has to lead a model to a good one. The document may be of an older or newer gateway.
"""

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mcp_server.open_json import Arguments, Schema
from mcp_server.results import Refused

GET = "GET"
KEY, STEP_PARTS = "IdempotencyKey", ("steps.0.input.", "steps.0.")
HEADERS = {"idempotencyKey": "X-Idempotency-Key", "ifMatch": "If-Match"}
WORDS = {
    "idempotencyKey": "One key per action. Reuse the SAME key when you retry.",
    "ifMatch": "etag of the version you read",
}
OWN: dict[str, Schema] = {
    "waitSeconds": {"type": "integer", "maximum": 50, "default": 25},
    "preview": {"type": "boolean", "default": True},
}
"""Arguments that are the server's own: the seconds to wait, and whether to add a picture."""
FACTS = (
    "type",
    "enum",
    "const",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "multipleOf",
    "maxItems",
)
ERROR: Schema = {"type": "object"}
"""The schema of `error`: a refusal, or the reason why a job or plan failed.

Clients on the TypeScript SDK v1, Gemini CLI among them, check refusals against the output schema
too. So every output schema must allow `{"error": …}` alone and require nothing: otherwise they
throw the refusal away, and the model never reads its hint.
"""
TOOL_SCHEMA = "killatamata://tools/{tool}"
OURS: dict[str, dict[str, str]] = {"jobs": {"type": "array"}, "ref": {"type": "string"}}
OUTCOME_UNKNOWN = frozenset({"unreachable", "unavailable", "internal_error"})
SENSIBLE, FEW = 2**31, 25
HINTS = ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")


@dataclass(frozen=True, slots=True)
class Request:
    """One REST call."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Arguments | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One tool: its description for the model, and the REST call that its arguments make.

    `output`: schema of the structured content; None if the answer is a picture alone.
    `scopes`: any one of them is enough; empty if every key may call the tool.
    `result`: paths of the facts that the tool shows; empty for all.
    `queried`: arguments that go into the query; the others go into the body.
    `task`: media task whose input the arguments are.
    `waits`: kind of thing whose end the tool waits for.
    `keyed`: each call has an idempotency key, the client's or a fresh one.
    `fields`: whole schemas of the arguments.
    `format`: URI of the resource with those, where `parameters` show less than a model needs.
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
    output: Schema | None
    result: tuple[str, ...]
    queried: frozenset[str]
    task: str | None
    waits: str | None
    keyed: bool
    fields: Schema
    format: str | None

    @property
    def reads(self) -> bool:
        """Return True if the tool changes nothing."""
        return self.hints["readOnlyHint"]

    def request(self, arguments: Arguments) -> Request:
        """Build the REST call for these arguments."""
        query, headers, body = {}, {}, {}
        # Without a key a call whose answer is lost could not be repeated safely.
        # `named` tells the model this one.
        if self.keyed:
            headers[HEADERS["idempotencyKey"]] = secrets.token_urlsafe(16)
        for name, value in arguments.items():
            if name in OWN or (value is None and (name in HEADERS or name in self.queried)):
                continue
            if name in HEADERS:
                headers[HEADERS[name]] = str(value)
            elif name in self.queried:
                query[name] = str(value).lower() if isinstance(value, bool) else str(value)
            else:
                body[name] = value
        if self.task is not None:
            body = _one_step(self.task, body)
        return Request(self.method, self.path, query, headers, None if self.method == GET else body)

    def named(self, refusal: Refused, request: Request) -> Refused:
        """Translate a refusal of REST into the names of the tool's arguments.

        REST knows the arguments of a media task as parts of a plan's step. A refusal that leaves
        open whether the call was carried out names its idempotency key, so that it can be repeated.
        """
        key = request.headers.get(HEADERS["idempotencyKey"])
        takes_key = "idempotencyKey" in self.parameters["properties"]
        if takes_key and key is not None and refusal.problem["code"] in OUTCOME_UNKNOWN:
            hint = f"Call again with the same arguments and idempotencyKey {key}: it is done once."
            return Refused({**refusal.problem, "hint": hint, "idempotencyKey": key})
        if self.task is None:
            return refusal
        text = json.dumps(refusal.problem)
        for part in STEP_PARTS:
            text = text.replace(part, "")
        return Refused(json.loads(text))


def _one_step(task: str, given: Arguments) -> Arguments:
    plan = {name: given.pop(name) for name in ("projectId",) if name in given}
    step = {name: given.pop(name) for name in ("strict",) if name in given}
    return plan | {"steps": [{"operation": task, "input": given, **step}]}


def offers(document: Schema) -> list[Offer]:
    """Read the tools of an OpenAPI document, in its order."""
    reader = _Reader(document)
    return [
        reader.offer(path, method.upper(), operation, tool)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        for tool in operation.get("x-mcp", ())
    ]


class _Reader:
    """A reader of one document's schemas, which slims them to what a model needs."""

    def __init__(self, document: Schema) -> None:
        self._components = document["components"]
        kinds = self._components["schemas"].get("SubmitJob", {}).get("oneOf", ())
        self._tasks = {
            each["properties"]["task"]["const"]: each["properties"]["input"]
            for each in map(self._resolved, kinds)
        }

    def offer(self, path: str, method: str, operation: Schema, tool: Schema) -> Offer:
        """Read one tool of an operation."""
        body = self._body(operation)
        query = {each["name"]: each for each in self._query(operation)}
        fields, required = dict(body.get("properties", {})), set(body.get("required", ()))
        fields |= {name: each["schema"] for name, each in query.items()}
        required |= {name for name, each in query.items() if each["required"]}
        task = tool.get("task")
        if task is not None:
            # The tool takes the input of one task; the call wraps it into a plan of one step.
            task_input = self._resolved(self._tasks[task])
            steps = self._resolved(self._plain(fields["steps"])["items"])
            fields = {**task_input["properties"], "strict": steps["properties"]["strict"]} | {
                "projectId": fields["projectId"]
            }
            required = set(task_input.get("required", ()))
        required |= set(tool.get("required", ()))
        properties = {
            name: self._argument(name, fields, words, tool.get("nested", {}).get(name))
            for name, words in tool["arguments"].items()
        }
        return Offer(
            name=tool["name"],
            title=tool["title"],
            description=tool["description"],
            toolsets=tuple(tool["toolsets"]),
            core=tool["core"],
            hints={name: tool[name] for name in HINTS},
            scopes=tuple(operation.get("x-required-scopes", ())),
            method=method,
            path=path,
            parameters=_object(properties, required),
            output=self._output(operation, tool["promise"]) if tool["promise"] else None,
            result=tuple(tool.get("result", ())),
            queried=frozenset(query),
            task=task,
            waits=tool.get("waits"),
            keyed=any(KEY in each.get("$ref", "") for each in operation.get("parameters", ())),
            fields={name: fields[name] for name in properties if name in fields},
            format=tool.get("format", _schema_uri(tool["name"], properties)),
        )

    def _argument(self, name: str, fields: Schema, words: str, nested: list[str] | None) -> Schema:
        if name in OWN:
            return OWN[name]
        schema = {"type": "string"} if name in HEADERS else self._slim(fields[name], nested)
        words = words or WORDS.get(name, "")
        return schema | {"description": words} if words else schema

    def _slim(self, schema: Schema, nested: list[str] | None) -> Schema:
        """Return a schema without words, patterns and null.

        Of an object only the fields in `nested` are shown; without them it is just an object.
        """
        plain = self._plain(schema)
        slim = {name: plain[name] for name in FACTS if plain.get(name) is not None}
        if "oneOf" in plain:
            slim["type"] = "object"  # one of some models
        if slim.get("minimum") in {0, 1}:
            del slim["minimum"]  # REST says so; a model does not try less
        if slim.get("maximum", 0) > SENSIBLE:
            del slim["maximum"]
        if slim.get("maxItems", 0) > FEW:
            del slim["maxItems"]
        if "items" in plain:
            slim["items"] = self._slim(plain["items"], nested)
        if nested and "properties" in plain:
            slim["properties"] = {
                name: self._slim(plain["properties"][name], None) for name in nested
            }
            if required := [name for name in nested if name in plain.get("required", ())]:
                slim["required"] = required
        return slim

    def _plain(self, schema: Schema) -> Schema:
        """Return a schema without its references and without null.

        The document writes "or null" in three ways: as `anyOf`, a list of types, and in `enum`.
        """
        plain = self._resolved(schema)
        for variant in plain.get("anyOf", ()):
            if variant.get("type") != "null":
                return self._resolved(variant)
        if isinstance(plain.get("type"), list):
            kinds = [kind for kind in plain["type"] if kind != "null"]
            plain = {**plain, "type": kinds[0]}
        if None in plain.get("enum", ()):
            plain = {**plain, "enum": [each for each in plain["enum"] if each is not None]}
        return plain

    def _resolved(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            kind, _, name = schema["$ref"].removeprefix("#/components/").partition("/")
            schema = self._components[kind][name]
        return schema

    def _body(self, operation: Schema) -> Schema:
        content = operation.get("requestBody", {}).get("content", {})
        return self._resolved(content.get("application/json", {}).get("schema", {}))

    def _query(self, operation: Schema) -> Iterator[Schema]:
        for each in map(self._resolved, operation.get("parameters", ())):
            if each["in"] == "query":
                yield each

    def _output(self, operation: Schema, promise: list[str]) -> Schema:
        """Build the schema of the facts that a tool promises, with the types that REST declares."""
        known: Schema = {}
        for status, response in operation["responses"].items():
            if status.startswith("2"):
                content = self._resolved(response).get("content", {}).get("application/json", {})
                answer = content.get("schema", {})
                for variant in answer.get("anyOf", [answer]):
                    known = self._resolved(variant).get("properties", {}) | known
        known = OURS | known
        promised = {name: self._kind(known[name]) for name in promise}
        return _object(promised | {"error": ERROR}, set())

    def _kind(self, schema: Schema) -> Schema:
        """Return only the type of a part of an answer; several types become `anyOf`.

        Not a list of types: clients that know only a part of JSON Schema refuse the whole tool.
        """
        kinds: list[str] = []
        for each in map(self._resolved, schema.get("anyOf", [schema])):
            declared = each.get("type", "object")
            kinds += declared if isinstance(declared, list) else [declared]
        variants = [{"type": kind} for kind in kinds]
        return variants[0] if len(variants) == 1 else {"anyOf": variants}


def _schema_uri(tool: str, properties: Schema) -> str | None:
    """Return the URI of a tool's whole schema; None if its arguments are shown whole."""
    opaque = any(map(_is_opaque, properties.values()))
    return TOOL_SCHEMA.format(tool=tool) if opaque else None


def _is_opaque(schema: Schema) -> bool:
    """Return True if a schema holds an object whose fields are not shown."""
    parts = [*schema.get("properties", {}).values(), *filter(None, [schema.get("items")])]
    return any(map(_is_opaque, parts)) or (schema["type"] == "object" and not parts)


def _object(properties: Schema, required: set[str]) -> Schema:
    schema: Schema = {"type": "object", "properties": properties}
    if required_names := [name for name in properties if name in required]:
        schema["required"] = required_names
    return schema
