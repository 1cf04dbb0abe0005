"""JSON types whose keys this server cannot know: others write the values, and validate them."""

from collections.abc import Mapping
from typing import Any, TypeAlias

JsonObject: TypeAlias = dict[str, Any]
"""A JSON object that REST answered: open, for the gateway may be older or newer than we are."""

Problem: TypeAlias = Mapping[str, Any]
"""The body of a refusal: code, message, hint and `retryable`, and whatever REST adds to them."""

Arguments: TypeAlias = dict[str, Any]
"""The arguments of a tool call, or the REST body made of them: open, for REST validates it."""

Schema: TypeAlias = dict[str, Any]
"""A JSON Schema or a part of an OpenAPI document: open, its specification gives the shape."""
