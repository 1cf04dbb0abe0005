"""Checks of answers against the OpenAPI document, as strict as a generated client may be."""

import copy
from collections.abc import Mapping
from typing import Any

from jsonschema_rs import Draft202012Validator


def assert_matches_schema(document: Mapping[str, Any], name: str, answer: object) -> None:
    """Validate an answer against a schema of the document, without undeclared fields.

    An object without declared fields, such as a task's input, may hold anything.
    """
    components = copy.deepcopy(document["components"])
    for schema in components["schemas"].values():
        _forbid_other_fields(schema)
    reference = {"$ref": f"#/components/schemas/{name}", "components": components}
    Draft202012Validator(reference).validate(answer)


def _forbid_other_fields(schema: Any) -> None:  # noqa: ANN401 - JSON
    """Set `additionalProperties` to false in every schema that declares properties."""
    if isinstance(schema, list):
        for each in schema:
            _forbid_other_fields(each)
    elif isinstance(schema, dict):
        if "properties" in schema:
            schema["additionalProperties"] = False
        for each in schema.values():
            _forbid_other_fields(each)
