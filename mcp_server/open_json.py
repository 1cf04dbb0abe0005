"""The JSON whose keys this server cannot know: others write it, and validate it."""

from collections.abc import Mapping
from typing import Any, TypeAlias

Facts: TypeAlias = dict[str, Any]
"""What REST answers: open, for the gateway may be older or newer than this server."""

Problem: TypeAlias = Mapping[str, Any]
"""A refusal: it has a code, a message, a hint and `retryable`, and whatever REST adds to them."""

Arguments: TypeAlias = dict[str, Any]
"""What a model passes to a tool, or the body that REST gets of it: open, for REST validates it."""

Schema: TypeAlias = dict[str, Any]
"""A JSON Schema or a part of an OpenAPI document: open, their specifications say its shape."""
