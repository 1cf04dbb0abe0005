"""Hostile bytes and strings become models here, or a refusal that says what is wrong.

`json.loads` takes NaN, duplicate keys and lone surrogates; it is banned on request bodies.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, TypeVar

import jiter
from pydantic import BaseModel, ValidationError

from gateway.kit.errors import InvalidInput, InvalidJson, UnsupportedContentType
from gateway.kit.validation import problem_from

M = TypeVar("M", bound=BaseModel)

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# Raw control characters are refused by the parser, so a string has one only if the bytes show this.
CONTROL_MARKS = (b"\\u00", b"\\b", b"\\f", b"\x7f", b"\xc2")
INT64 = range(-(2**63), 2**63)
JSON_TYPE = re.compile(
    r"application/(?:[\w.+-]+\+)?json\s*(?:;\s*charset=\"?utf-?8\"?\s*)?", re.IGNORECASE | re.ASCII
)


def read(model: type[M], body: bytes, *, content_type: str | None) -> M:
    """Return the model that this request body holds; strict, without unknown fields.

    A model that sets `extra` or `strict` itself keeps its word. An empty body is `{}` where every
    field may be left out.

    Raises:
        UnsupportedContentType: the body is not declared as JSON in UTF-8.
        InvalidJson: not one JSON object, or with duplicate keys, NaN, Infinity, bad UTF-8.
        InvalidInput: a value is outside the model, or holds control characters.
    """
    if not body:
        body = _empty(model)
    elif not JSON_TYPE.fullmatch((content_type or "").strip()):
        raise UnsupportedContentType
    _refuse_odd_values(parse(body), skip_text=not any(mark in body for mark in CONTROL_MARKS))
    config = model.model_config
    try:
        return model.model_validate_json(
            body,
            strict=None if "strict" in config else True,
            extra=None if "extra" in config else "forbid",
        )
    except ValidationError as error:
        raise problem_from(error, model) from None


def parse(body: bytes) -> dict[str, Any]:
    """Return the JSON object in these bytes, strictly read.

    Raises:
        InvalidJson: not one JSON object in UTF-8, or with duplicate keys or NaN.
    """
    try:
        value = jiter.from_json(
            body, catch_duplicate_keys=True, allow_inf_nan=False, cache_mode="keys"
        )
    except ValueError as error:
        raise InvalidJson(f"The body is not valid JSON: {error}.") from None
    if not isinstance(value, dict):
        raise InvalidJson(f"The body must be a JSON object, not {_name(value)}.")
    return value


def read_query(model: type[M], items: list[tuple[str, str]]) -> M:
    """Return the model that these query parameters hold; numbers and booleans come as text.

    Raises:
        InvalidInput: a parameter is unknown, repeated, outside the model, or not plain text.
    """
    for name, value in items:
        refuse_control(name, "query")
        refuse_control(value, name)
    for name, times in Counter(name for name, _ in items).items():
        if times > 1:
            raise InvalidInput(f"`{name}` is given {times} times; give it once.", field=name)
    try:
        read_model = model.model_validate_strings(dict(items), strict=False, extra="forbid")
    except ValidationError as error:
        raise problem_from(error, model) from None
    for name, value in read_model:
        if isinstance(value, float) and not math.isfinite(value):
            raise InvalidInput(f"`{name}` must be a finite number.", field=name)
    return read_model


def refuse_control(text: str, field: str) -> None:
    """Let tab, line feed and carriage return pass, and no other control character.

    Raises:
        InvalidInput: the text holds one; PostgreSQL would not take NUL.
    """
    if found := CONTROL.search(text):
        code = f"U+{ord(found.group()):04X}"
        raise InvalidInput(f"`{field}` contains the control character {code}.", field=field)


def may_be_empty(model: type[BaseModel]) -> bool:
    """Say whether a request without a body is as good as one with `{}`."""
    try:
        model.model_validate({})
    except ValidationError:
        return False
    return True


def _empty(model: type[BaseModel]) -> bytes:
    """Let an empty body stand for `{}` where nothing is required."""
    required = [
        field.alias or name for name, field in model.model_fields.items() if field.is_required()
    ]
    if required:
        names = ", ".join(f"`{name}`" for name in required)
        raise InvalidJson(f"The body is empty; send a JSON object with {names}.")
    return b"{}"


def _name(value: object) -> str:
    """Say what this JSON value is, in the words of JSON."""
    names = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def _refuse_odd_values(value: dict[str, Any], *, skip_text: bool) -> None:
    """Refuse what parses and would hurt later: infinity, huge integers, control characters."""
    for path, leaf in _leaves(value, ""):
        if isinstance(leaf, str):
            if not skip_text:
                refuse_control(leaf, path)
        elif isinstance(leaf, float) and not math.isfinite(leaf):
            raise InvalidJson(f"The number at `{path}` is out of range.", field=path)
        elif isinstance(leaf, int) and leaf not in INT64:
            raise InvalidInput(f"The integer at `{path}` is out of range.", field=path)


def _leaves(value: object, path: str) -> Iterator[tuple[str, object]]:
    """Walk all keys and values; the parser has bounded the depth to about 200."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield path or "body", key
            yield from _leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _leaves(inner, f"{path}.{index}")
    else:
        yield path, value
