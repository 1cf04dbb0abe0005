"""Answers held against the OpenAPI document, as strictly as a generated client may."""

import copy
from collections.abc import Mapping
from typing import Any

from jsonschema_rs import Draft202012Validator


def hold_to_schema(document: Mapping[str, Any], name: str, answer: object) -> None:
    """Fail if an answer is not of a schema of the document, or has a field that it does not name.

    An object without declared fields, such as an input, may hold anything.
    """
    components = copy.deepcopy(document["components"])
    for schema in components["schemas"].values():
        _close(schema)
    reference = {"$ref": f"#/components/schemas/{name}", "components": components}
    Draft202012Validator(reference).validate(answer)


def _close(schema: Any) -> None:  # noqa: ANN401 - JSON
    if isinstance(schema, list):
        for each in schema:
            _close(each)
    elif isinstance(schema, dict):
        if "properties" in schema:
            schema["additionalProperties"] = False
        for each in schema.values():
            _close(each)
