"""The parameters of an operation in the document: query and headers, each with an example."""

from pydantic import BaseModel

from gateway.kit.operation import Operation
from gateway.kit.wire.json_schema import NULL_SCHEMA, JsonSchema
from gateway.openapi.examples import build_query_example
from gateway.openapi.portable_schemas import make_portable
from gateway.openapi.problems import takes_idempotency_key
from gateway.openapi.schemas import SCHEMA_REF_PREFIX, add_text_patterns
from gateway.recorded import find_sent_header, list_query_values

OPTIONAL_HEADER: JsonSchema = {"in": "header", "required": False}
# No value of these headers is refused.
FREE_TEXT_SCHEMA = {"type": "string"}
SHARED_PARAMETERS: dict[str, JsonSchema] = {
    "IdempotencyKey": {
        "name": "X-Idempotency-Key",
        **OPTIONAL_HEADER,
        "description": "One key per intended operation. Send the SAME key when you retry. "
        "`Idempotency-Key` is an alias.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    },
    "Prefer": {
        "name": "Prefer",
        **OPTIONAL_HEADER,
        "description": "`wait=N`: answer 200 with the job if it ends within N seconds (0 to 60). "
        "Anything else is ignored.",
        "schema": FREE_TEXT_SCHEMA,
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        **OPTIONAL_HEADER,
        "description": "The `ETag` of the answer you have: 304 without a body if it is current.",
        "schema": FREE_TEXT_SCHEMA,
    },
    "IfMatch": {
        "name": "If-Match",
        **OPTIONAL_HEADER,
        "description": "The `etag` of the version you read; without it, replacing a "
        "version is 428.",
        "schema": FREE_TEXT_SCHEMA,
    },
    "Limit": {
        "name": "limit",
        "in": "query",
        "required": False,
        "description": "Maximum number to return in a page.",
        "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
    },
    "Limit50": {
        "name": "limit",
        "in": "query",
        "required": False,
        "description": "Maximum number to return in a page.",
        "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 50},
    },
}

# The operations whose recorded requests show them.
HEADER_EXAMPLE_OPERATIONS = {
    "IdempotencyKey": "submitJob",
    "Prefer": "submitJob",
    "IfNoneMatch": "getJob",
    "IfMatch": "saveText",
}
LIMIT_EXAMPLE_OPERATIONS = {"Limit": "listPurchases", "Limit50": "listKeys"}


def build_parameters(each: Operation) -> list[JsonSchema]:
    """Build the parameters of an operation; those that several share are references."""
    parameters = [] if each.query is None else _build_query_parameters(each.id, each.query)
    names = ["IdempotencyKey"] * takes_idempotency_key(each) + ["IfNoneMatch"] * each.conditional
    names += ["IfMatch"] * each.if_match
    names += ["Prefer"] * (each.id == "submitJob")
    return parameters + [{"$ref": f"#/components/parameters/{name}"} for name in names]


def build_shared_parameters() -> dict[str, JsonSchema]:
    """Build the parameters that several operations share, each with a recorded example."""
    examples = {
        name: find_sent_header(SHARED_PARAMETERS[name]["name"], operation_id)
        for name, operation_id in HEADER_EXAMPLE_OPERATIONS.items()
    } | {
        name: next(list_query_values(operation_id, "limit"), None)
        for name, operation_id in LIMIT_EXAMPLE_OPERATIONS.items()
    }
    return {
        name: part | ({} if examples[name] is None else {"example": examples[name]})
        for name, part in SHARED_PARAMETERS.items()
    }


def _build_query_parameters(operation_id: str, model: type[BaseModel]) -> list[JsonSchema]:
    schema = model.model_json_schema(by_alias=True, ref_template=SCHEMA_REF_PREFIX + "{model}")
    required = schema.get("required", [])
    parameters: list[JsonSchema] = []
    for name, field in schema["properties"].items():
        add_text_patterns(field, schema.get("$defs", {}))
        make_portable(field)
        field.pop("title", None)  # pydantic's, which only spells the name
        description = field.pop("description", "")
        _remove_null(field)
        if (shared := _find_shared_name(name, field)) is not None:
            parameters.append({"$ref": f"#/components/parameters/{shared}"})
            continue
        parameters.append(
            {
                "name": name,
                "in": "query",
                "required": name in required,
                "description": description,
                "schema": field,
                **build_query_example(operation_id, name),
            }
        )
    return parameters


def _remove_null(field: JsonSchema) -> None:
    """Remove null from a field: a query leaves a value out instead."""
    if NULL_SCHEMA in field.get("anyOf", ()):
        (only,) = (each for each in field.pop("anyOf") if each != NULL_SCHEMA)
        field.update(only)
    if isinstance(field.get("type"), list):
        field["type"] = field["type"][0]
    if field.get("default", "") is None:
        del field["default"]
    if "enum" in field:
        field["enum"] = [each for each in field["enum"] if each is not None]


def _find_shared_name(name: str, field: JsonSchema) -> str | None:
    """Return the name of the shared parameter that is equal to this one, None if there is none."""
    return next(
        (
            key
            for key, each in SHARED_PARAMETERS.items()
            if each["name"] == name and each["schema"] == field
        ),
        None,
    )
