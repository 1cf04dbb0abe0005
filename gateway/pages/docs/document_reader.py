"""The OpenAPI document as the reference shows it: whole operations, examples in three forms."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from gateway.kit import errors
from gateway.kit.wire.json_schema import describe_kind, describe_limits, drop_null
from gateway.recorded import RecordedAnswer, RecordedCall, list_calls, samples

JSON, PROBLEM_JSON = "application/json", "application/problem+json"
SPENDS_WORDS = "Spends credit, at a price you can get first from a quote or `dryRun=1`."
FREE_WORDS = "Free."
# Fields of a submit that differ from task to task.
TASK_FIELDS = ("task", "input")
NO_DEFAULT: Sequence[Any] = (None, "", [])
MOST_LEVELS, MOST_TEXT_CHARACTERS = 4, 300
NOTHING_RECORDED = RecordedCall(name="", answer=RecordedAnswer(status=200, headers={}))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceField:
    """A parameter, or a field of a body."""

    name: str
    where: str
    kind: str
    required: bool
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceAnswer:
    """A status of an answer, with its problem codes."""

    status: str
    words: str
    codes: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownOperation:
    """An operation, ready for a template; `all_fields` includes the fields inside fields."""

    id: str
    method: str
    path: str
    summary: str
    words: Sequence[str]
    deprecated: bool
    who: str
    price: str
    fields: Sequence[ReferenceField]
    all_fields: Sequence[ReferenceField]
    answers: Sequence[ReferenceAnswer]
    refusals: Sequence[Mapping[str, Any]]
    linked: Sequence[str]
    tools: Sequence[str]
    curl: str
    python: str
    mcp: str
    response: str
    brief_response: str


class DocumentReader:
    """Reads operations from one OpenAPI document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._schemas: Mapping[str, Any] = document["components"]["schemas"]
        self._base: str = document["servers"][0]["url"]

    def list_by_tag(self) -> list[tuple[Mapping[str, str], list[ShownOperation]]]:
        """List the operations under each tag, in the order of the document."""
        return [
            (
                tag,
                [
                    self._to_shown_operation(method.upper(), path, operation)
                    for path, methods in self._document["paths"].items()
                    for method, operation in methods.items()
                    if tag["name"] in operation["tags"]
                ],
            )
            for tag in self._document["tags"]
        ]

    def list_refusals(self) -> list[Mapping[str, Any]]:
        """List every declared refusal, sorted by status and code."""
        return sorted(
            _load_declared_refusals().values(), key=lambda each: (each["status"], each["code"])
        )

    def list_input_fields(self, task: str) -> list[ReferenceField]:
        """List the fields of a task's input, and the fields inside them."""
        variant = self._schemas["SubmitJob"]["discriminator"]["mapping"][task]
        input_schema = self._resolve({"$ref": variant})["properties"]["input"]
        return list(self._list_object_fields(input_schema, deep=True))

    def _resolve(self, part: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in part:
            target: Any = self._document
            for step in part["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            part = target
        return part

    def _to_shown_operation(
        self, method: str, path: str, operation: Mapping[str, Any]
    ) -> ShownOperation:
        name = operation["operationId"]
        call = next(iter(list_calls(name)), NOTHING_RECORDED)
        return ShownOperation(
            id=name,
            method=method,
            path=path,
            summary=operation["summary"],
            words=[each for each in operation["description"].split("\n\n") if each],
            deprecated=operation.get("deprecated", False),
            who=_describe_caller(operation),
            price=SPENDS_WORDS
            if "insufficient_credits" in operation["x-problem-codes"]
            else FREE_WORDS,
            fields=[
                *self._list_parameters(operation),
                *self._list_body_fields(operation, deep=False),
            ],
            all_fields=[
                *self._list_parameters(operation),
                *self._list_body_fields(operation, deep=True),
            ],
            answers=list(self._list_answers(operation)),
            refusals=list(self._list_refusals(operation)),
            linked=list(dict.fromkeys(self._list_links(operation))),
            tools=[each["name"] for each in operation.get("x-mcp", ())],
            curl=samples.render_curl(
                self._base + path,
                method,
                call,
                keyed=operation.get("security") != [],
                uploads="requestBody" in operation,
            ),
            python=""
            if is_for_people(operation)
            else samples.render_python(name, method, path, call),
            mcp=_build_mcp_call(operation, {**call.query, **(call.body or {})}),
            response=self._render_response(operation),
            brief_response=self._render_response(operation, brief=True),
        )

    def _list_parameters(self, operation: Mapping[str, Any]) -> Iterator[ReferenceField]:
        for each in map(self._resolve, operation["parameters"]):
            yield self._build_field(
                each["name"], each["in"], each["schema"], each["description"], each["required"]
            )

    def _build_field(
        self,
        name: str,
        where: str,
        schema: Mapping[str, Any],
        words: str,
        required: bool,  # noqa: FBT001 - a cell of a table
    ) -> ReferenceField:
        default, form = schema.get("default"), drop_null(schema).get("format", "")
        parts = [describe_kind(schema, self._schemas), form, describe_limits(schema)]
        parts += [f"default {json.dumps(default)}"] * (default not in NO_DEFAULT)
        kind = ", ".join(filter(None, parts))
        return ReferenceField(name=name, where=where, kind=kind, required=required, words=words)

    def _list_body_fields(
        self, operation: Mapping[str, Any], *, deep: bool
    ) -> Iterator[ReferenceField]:
        content = operation.get("requestBody", {}).get("content", {}).get(JSON)
        if content is not None:
            yield from self._list_object_fields(content["schema"], deep=deep)

    def _list_object_fields(
        self, schema: Mapping[str, Any], prefix: str = "", *, deep: bool
    ) -> Iterator[ReferenceField]:
        """Yield the fields of an object; if `deep`, each followed by the fields inside it."""
        schema = self._resolve(schema)
        tasks: Mapping[str, Any] = schema.get("discriminator", {}).get("mapping", {})
        if tasks:
            schema = self._resolve(schema["oneOf"][0])
        required = schema.get("required", ())
        for name, each in schema.get("properties", {}).items():
            words = each.get("description") or self._resolve(each).get("description", "")
            kind = each
            if tasks and name in TASK_FIELDS:
                kind = {"enum": list(tasks)} if name == "task" else {"type": "object"}
            yield self._build_field(f"{prefix}{name}", "body", kind, words, name in required)
            if deep and prefix.count(".") < MOST_LEVELS:
                inner, mark = self._find_inner(kind)
                yield from self._list_object_fields(inner, f"{prefix}{name}{mark}.", deep=True)

    def _find_inner(self, field: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
        """Return the schema inside a field, and `[]` if the field is a list."""
        schema = self._resolve(drop_null(self._resolve(drop_null(field))))
        if schema.get("type") == "array":
            return schema.get("items", {}), "[]"
        return schema, ""

    def _list_answers(self, operation: Mapping[str, Any]) -> Iterator[ReferenceAnswer]:
        for status, each in operation["responses"].items():
            answer = self._resolve(each)
            content = answer.get("content", {}).get(PROBLEM_JSON, {})
            yield ReferenceAnswer(
                status=status,
                words="" if content else answer["description"],
                codes=list(content.get("examples", ())),
            )

    def _list_refusals(self, operation: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        for each in map(self._resolve, operation["responses"].values()):
            examples = each.get("content", {}).get(PROBLEM_JSON, {}).get("examples", {})
            for example in map(self._resolve, examples.values()):
                refusal = example["value"]
                yield _load_declared_refusals().get((refusal["status"], refusal["code"]), refusal)

    def _list_links(self, operation: Mapping[str, Any]) -> Iterator[str]:
        for each in map(self._resolve, operation["responses"].values()):
            yield from (link["operationId"] for link in each.get("links", {}).values())

    def _find_example(self, part: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
        examples = part.get("content", {}).get(JSON, {}).get("examples", {})
        return next((self._resolve(each)["value"] for each in examples.values()), None)

    def _render_response(self, operation: Mapping[str, Any], *, brief: bool = False) -> str:
        success = self._resolve(next(iter(operation["responses"].values())))
        example = self._find_example(success)
        if example is not None:
            value, indent = (_shorten_example(example), None) if brief else (example, 2)
            return json.dumps(value, indent=indent, ensure_ascii=False)
        return next(
            (
                str(each["example"])
                for each in success.get("content", {}).values()
                if "example" in each
            ),
            "",
        )


def is_for_people(operation: Mapping[str, Any]) -> bool:
    """Return True if only a person signed in with a browser may call the operation."""
    return operation.get("security") == [{"BrowserSession": []}]


def _shorten_example(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Shorten an example to one item a list, and to 300 characters a text."""
    if isinstance(value, list):
        return [_shorten_example(each) for each in value[:1]]
    if isinstance(value, dict):
        return {name: _shorten_example(each) for name, each in value.items()}
    if isinstance(value, str) and len(value) > MOST_TEXT_CHARACTERS:
        return f"{value[:MOST_TEXT_CHARACTERS]}…"
    return value


@cache
def _load_declared_refusals() -> dict[tuple[int, str], Mapping[str, Any]]:
    """Load every declared refusal in general words; those in the document concern one request."""
    kinds: list[type[errors.Problem]] = [errors.Problem, *errors.list_declared_problems()]
    return {
        (kind.status, kind.code): {
            "status": kind.status,
            "code": kind.code,
            "detail": errors.read_default_detail(kind),
            "hint": kind.hint,
            "retryable": kind.retryable,
        }
        for kind in kinds
    }


def _describe_caller(operation: Mapping[str, Any]) -> str:
    security = operation.get("security")
    if security == []:
        return "Public: no key."
    if is_for_people(operation):
        return "A person signed in with a browser."
    scopes = operation.get("x-required-scopes")
    return f"A key with scope {' or '.join(scopes)}." if scopes else "Any API key."


def _build_mcp_call(operation: Mapping[str, Any], sent: Mapping[str, Any]) -> str:
    """Build a call of the first MCP tool that offers this operation, if any."""
    tools = operation.get("x-mcp", ())
    if not tools:
        return ""
    arguments = {name: value for name, value in sent.items() if name in tools[0]["arguments"]}
    call = {"name": tools[0]["name"], "arguments": arguments}
    return json.dumps({"method": "tools/call", "params": call}, indent=2, ensure_ascii=False)
