"""The OpenAPI document as the reference shows it: whole operations, examples in three forms."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from gateway.kit import errors
from gateway.kit.json_schema import describe_kind, describe_limits, drop_null
from gateway.recorded import RecordedAnswer, RecordedCall, list_calls, samples

JSON, PROBLEM_JSON = "application/json", "application/problem+json"
SPENDS = "Spends credit, at a price you can get first from a quote or `dryRun=1`."
FREE = "Free."
# Fields of a submit that differ from task to task.
OF_THE_TASK = ("task", "input")
NO_DEFAULT: Sequence[Any] = (None, "", [])
DEEPEST, LONGEST_TEXT = 4, 300
NOTHING_RECORDED = RecordedCall(name="", answer=RecordedAnswer(status=200, headers={}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A parameter, or a field of a body."""

    name: str
    where: str
    kind: str
    required: bool
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A status of an answer, with its problem codes."""

    status: str
    words: str
    codes: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An operation, ready for a template; `all_fields` includes the fields inside fields."""

    id: str
    method: str
    path: str
    summary: str
    words: Sequence[str]
    deprecated: bool
    who: str
    price: str
    fields: Sequence[Field]
    all_fields: Sequence[Field]
    answers: Sequence[Answer]
    refusals: Sequence[Mapping[str, Any]]
    linked: Sequence[str]
    tools: Sequence[str]
    curl: str
    python: str
    mcp: str
    response: str
    brief_response: str


class Reader:
    """Reads operations from one OpenAPI document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._schemas: Mapping[str, Any] = document["components"]["schemas"]
        self._base: str = document["servers"][0]["url"]

    def by_tag(self) -> list[tuple[Mapping[str, str], list[Shown]]]:
        """List the operations under each tag, in the order of the document."""
        return [
            (
                tag,
                [
                    self._shown(method.upper(), path, operation)
                    for path, methods in self._document["paths"].items()
                    for method, operation in methods.items()
                    if tag["name"] in operation["tags"]
                ],
            )
            for tag in self._document["tags"]
        ]

    def codes(self) -> list[Mapping[str, Any]]:
        """List every declared refusal, sorted by status and code."""
        return sorted(_declared().values(), key=lambda each: (each["status"], each["code"]))

    def input_fields(self, task: str) -> list[Field]:
        """List the fields of a task's input, and the fields inside them."""
        variant = self._schemas["SubmitJob"]["discriminator"]["mapping"][task]
        input_schema = self._resolved({"$ref": variant})["properties"]["input"]
        return list(self._fields(input_schema, deep=True))

    def _resolved(self, part: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in part:
            target: Any = self._document
            for step in part["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            part = target
        return part

    def _shown(self, method: str, path: str, operation: Mapping[str, Any]) -> Shown:
        name = operation["operationId"]
        call = next(iter(list_calls(name)), NOTHING_RECORDED)
        return Shown(
            id=name,
            method=method,
            path=path,
            summary=operation["summary"],
            words=[each for each in operation["description"].split("\n\n") if each],
            deprecated=operation.get("deprecated", False),
            who=_who(operation),
            price=SPENDS if "insufficient_credits" in operation["x-problem-codes"] else FREE,
            fields=[*self._parameters(operation), *self._body(operation, deep=False)],
            all_fields=[*self._parameters(operation), *self._body(operation, deep=True)],
            answers=list(self._answers(operation)),
            refusals=list(self._refusals(operation)),
            linked=list(dict.fromkeys(self._linked(operation))),
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
            mcp=_mcp(operation, {**call.query, **(call.body or {})}),
            response=self._response(operation),
            brief_response=self._response(operation, brief=True),
        )

    def _parameters(self, operation: Mapping[str, Any]) -> Iterator[Field]:
        for each in map(self._resolved, operation["parameters"]):
            yield self._field(
                each["name"], each["in"], each["schema"], each["description"], each["required"]
            )

    def _field(
        self,
        name: str,
        where: str,
        schema: Mapping[str, Any],
        words: str,
        required: bool,  # noqa: FBT001 - a cell of a table
    ) -> Field:
        default, form = schema.get("default"), drop_null(schema).get("format", "")
        parts = [describe_kind(schema, self._schemas), form, describe_limits(schema)]
        parts += [f"default {json.dumps(default)}"] * (default not in NO_DEFAULT)
        kind = ", ".join(filter(None, parts))
        return Field(name=name, where=where, kind=kind, required=required, words=words)

    def _body(self, operation: Mapping[str, Any], *, deep: bool) -> Iterator[Field]:
        content = operation.get("requestBody", {}).get("content", {}).get(JSON)
        if content is not None:
            yield from self._fields(content["schema"], deep=deep)

    def _fields(
        self, schema: Mapping[str, Any], prefix: str = "", *, deep: bool
    ) -> Iterator[Field]:
        """Yield the fields of an object; if `deep`, each followed by the fields inside it."""
        schema = self._resolved(schema)
        tasks: Mapping[str, Any] = schema.get("discriminator", {}).get("mapping", {})
        if tasks:
            schema = self._resolved(schema["oneOf"][0])
        required = schema.get("required", ())
        for name, each in schema.get("properties", {}).items():
            words = each.get("description") or self._resolved(each).get("description", "")
            kind = each
            if tasks and name in OF_THE_TASK:
                kind = {"enum": list(tasks)} if name == "task" else {"type": "object"}
            yield self._field(f"{prefix}{name}", "body", kind, words, name in required)
            if deep and prefix.count(".") < DEEPEST:
                inner, mark = self._within(kind)
                yield from self._fields(inner, f"{prefix}{name}{mark}.", deep=True)

    def _within(self, field: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
        """Return the schema inside a field, and `[]` if the field is a list."""
        schema = self._resolved(drop_null(self._resolved(drop_null(field))))
        if schema.get("type") == "array":
            return schema.get("items", {}), "[]"
        return schema, ""

    def _answers(self, operation: Mapping[str, Any]) -> Iterator[Answer]:
        for status, each in operation["responses"].items():
            answer = self._resolved(each)
            content = answer.get("content", {}).get(PROBLEM_JSON, {})
            yield Answer(
                status=status,
                words="" if content else answer["description"],
                codes=list(content.get("examples", ())),
            )

    def _refusals(self, operation: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        for each in map(self._resolved, operation["responses"].values()):
            examples = each.get("content", {}).get(PROBLEM_JSON, {}).get("examples", {})
            for example in map(self._resolved, examples.values()):
                refusal = example["value"]
                yield _declared().get((refusal["status"], refusal["code"]), refusal)

    def _linked(self, operation: Mapping[str, Any]) -> Iterator[str]:
        for each in map(self._resolved, operation["responses"].values()):
            yield from (link["operationId"] for link in each.get("links", {}).values())

    def _example(self, part: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
        examples = part.get("content", {}).get(JSON, {}).get("examples", {})
        return next((self._resolved(each)["value"] for each in examples.values()), None)

    def _response(self, operation: Mapping[str, Any], *, brief: bool = False) -> str:
        success = self._resolved(next(iter(operation["responses"].values())))
        example = self._example(success)
        if example is not None:
            value, indent = (_brief(example), None) if brief else (example, 2)
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


def _brief(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Shorten an example to one item a list, and to 300 characters a text."""
    if isinstance(value, list):
        return [_brief(each) for each in value[:1]]
    if isinstance(value, dict):
        return {name: _brief(each) for name, each in value.items()}
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return f"{value[:LONGEST_TEXT]}…"
    return value


@cache
def _declared() -> dict[tuple[int, str], Mapping[str, Any]]:
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


def _who(operation: Mapping[str, Any]) -> str:
    security = operation.get("security")
    if security == []:
        return "Public: no key."
    if is_for_people(operation):
        return "A person signed in with a browser."
    scopes = operation.get("x-required-scopes")
    return f"A key with scope {' or '.join(scopes)}." if scopes else "Any API key."


def _mcp(operation: Mapping[str, Any], sent: Mapping[str, Any]) -> str:
    """Build a call of the first MCP tool that offers this operation, if any."""
    tools = operation.get("x-mcp", ())
    if not tools:
        return ""
    arguments = {name: value for name, value in sent.items() if name in tools[0]["arguments"]}
    call = {"name": tools[0]["name"], "arguments": arguments}
    return json.dumps({"method": "tools/call", "params": call}, indent=2, ensure_ascii=False)
