"""The schemas of bodies and answers in the document: pydantic's, with one for each task's input."""

import copy
import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from gateway.kit.operation import Operation
from gateway.kit.wire.json_schema import NULL_SCHEMA, JsonSchema
from gateway.kit.wire.plain_text import PLAIN_TEXT_PATTERN
from gateway.media.tasks.catalogue import TASKS
from gateway.openapi.portable_schemas import allow_null, make_portable
from gateway.openapi.problems import build_problem_schema
from gateway.openapi.webhook_messages import EVENT_MODELS

SCHEMA_REF_PREFIX = "#/components/schemas/"
SCHEMAS_WITH_TASK = ("SubmitJob", "TaskRequest")


def refer_to_schema(model: type[BaseModel] | str) -> dict[str, str]:
    """Return a reference to a schema."""
    return {"$ref": SCHEMA_REF_PREFIX + (model if isinstance(model, str) else model.__name__)}


def build_schemas(operations: Sequence[Operation]) -> JsonSchema:
    """Build all schemas of the operations, by their names."""
    answers = [model for each in operations for model in (each.response, *each.alternatives)]
    models: dict[type[BaseModel], str] = dict.fromkeys(
        [*answers, *EVENT_MODELS.values()], "serialization"
    )
    models |= {each.body: "validation" for each in operations if each.body is not None}
    models |= {task.model: "validation" for task in TASKS.values()}
    schemas: JsonSchema = json.loads(_build_definitions(tuple(models.items())))
    requested = _list_reachable({each.body.__name__ for each in operations if each.body}, schemas)
    for each in operations:
        if each.body is not None:
            add_text_patterns(schemas[each.body.__name__], schemas)
    for name in SCHEMAS_WITH_TASK:
        if name in schemas:
            _split_by_task(name, schemas)
    make_portable([*schemas.values()])
    for name, schema in schemas.items():
        _move_defaults(schema, is_request=name in requested)
    _make_nullable(schemas, {model.__name__ for model in models})
    schemas["Problem"] = build_problem_schema()
    return {name: schemas[name] for name in sorted(schemas) if name[0].isupper()}


def _move_defaults(schema: Any, *, is_request: bool) -> None:  # noqa: ANN401 - JSON
    """Move the default of each field that can be sent into its description.

    With a `default` generators for TypeScript would require the field.
    """
    if isinstance(schema, list):
        for each in schema:
            _move_defaults(each, is_request=is_request)
    if not isinstance(schema, dict):
        return
    for field in schema.get("properties", {}).values():
        value, words = field.pop("default", None), field.get("description", "")
        if is_request and value and isinstance(value, str | int | float) and "efault" not in words:
            text = value if isinstance(value, str) else json.dumps(value)
            field["description"] = f"{words} Default: {text}.".strip()
    for each in schema.values():
        _move_defaults(each, is_request=is_request)


@cache
def _build_definitions(models: tuple[tuple[type[BaseModel], str], ...]) -> str:
    """Return pydantic's schemas as JSON text: slow to make, and callers change their own copies."""
    _, definitions = models_json_schema(
        models,  # type: ignore[arg-type]
        by_alias=True,
        ref_template=SCHEMA_REF_PREFIX + "{model}",
    )
    return json.dumps(definitions["$defs"])


def _make_nullable(schemas: JsonSchema, whole: set[str]) -> None:
    """Make an object or a word nullable itself if every use of it is; `whole` are bodies."""
    always: dict[str, bool] = dict.fromkeys(whole, False)
    places: list[JsonSchema] = []

    def collect_places(schema: Any) -> None:  # noqa: ANN401 - JSON
        if isinstance(schema, list):
            for each in schema:
                collect_places(each)
        elif isinstance(schema, dict):
            kinds = schema.get("anyOf", ())
            if NULL_SCHEMA in kinds and "$ref" in kinds[0]:
                places.append(schema)
                always.setdefault(kinds[0]["$ref"].removeprefix(SCHEMA_REF_PREFIX), True)
                return
            for name in _list_own_reference(schema):
                always[name] = False
            for each in schema.values():
                collect_places(each)

    collect_places(list(schemas.values()))
    for schema in places:
        name = schema["anyOf"][0]["$ref"].removeprefix(SCHEMA_REF_PREFIX)
        if always[name] and "type" in schemas[name]:
            allow_null(schemas[name])
            del schema["anyOf"]
            schema["$ref"] = SCHEMA_REF_PREFIX + name


def _list_reachable(names: set[str], schemas: Mapping[str, Any]) -> set[str]:
    """Return the names of these schemas, and of all that they refer to."""
    reached: set[str] = set()
    waiting = set(names)
    while waiting:
        name = waiting.pop()
        reached.add(name)
        waiting |= set(_list_references(schemas[name])) - reached
    return reached


def _list_references(schema: Any) -> list[str]:  # noqa: ANN401 - JSON
    if isinstance(schema, list):
        return [name for each in schema for name in _list_references(each)]
    if not isinstance(schema, dict):
        return []
    return _list_own_reference(schema) + [
        name for each in schema.values() for name in _list_references(each)
    ]


def _list_own_reference(schema: JsonSchema) -> list[str]:
    return (
        [schema["$ref"].removeprefix(SCHEMA_REF_PREFIX)]
        if isinstance(schema.get("$ref"), str)
        else []
    )


def _split_by_task(name: str, schemas: JsonSchema) -> None:
    """Split a request into one schema for each task, so that `task` decides the type of `input`."""
    whole = schemas[name]
    mapping = {
        task.name: SCHEMA_REF_PREFIX + name + _to_camel_case(task.name) for task in TASKS.values()
    }
    for task in TASKS.values():
        one = copy.deepcopy(whole)
        one["title"] = name + _to_camel_case(task.name)
        one["description"] = f"{task.title}: {task.description}"
        one["properties"]["task"] = {
            "type": "string",
            "const": task.name,
            "description": whole["properties"]["task"]["description"],
        }
        one["properties"]["input"] = refer_to_schema(task.model) | {
            "description": "The input of the task."
        }
        schemas[one["title"]] = one
    schemas[name] = {
        "title": name,
        "description": whole["description"],
        "oneOf": [{"$ref": each} for each in mapping.values()],
        "discriminator": {"propertyName": "task", "mapping": mapping},
    }


def _to_camel_case(task: str) -> str:
    return "".join(part.capitalize() for part in task.split("."))


def add_text_patterns(schema: Any, schemas: Mapping[str, Any]) -> None:  # noqa: ANN401 - JSON
    """Add the pattern that `kit.wire` requires to each free text of a request, however deep."""
    if isinstance(schema, list):
        for each in schema:
            add_text_patterns(each, schemas)
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "string" and not {"enum", "const", "format"} & schema.keys():
        schema.setdefault("pattern", PLAIN_TEXT_PATTERN)
    for name, each in schema.items():
        if name == "propertyNames":
            each.setdefault("pattern", PLAIN_TEXT_PATTERN)
        elif name == "$ref":
            add_text_patterns(schemas[each.rpartition("/")[2]], schemas)
        elif name not in {"default", "examples"}:
            add_text_patterns(each, schemas)
