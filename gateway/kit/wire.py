"""Hostile bytes and strings become models here, or a refusal that says what is wrong.

`json.loads` takes NaN, duplicate keys and lone surrogates; it is banned on request bodies.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import TypeVar

import jiter
from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

from gateway.kit.errors import InvalidInput, InvalidJson, UnsupportedContentType
from gateway.kit.json_text import JsonObject
from gateway.kit.plain_text import CONTROL
from gateway.kit.validation import problem_from, shown
from gateway.kit.whole_numbers import with_whole_numbers

M = TypeVar("M", bound=BaseModel)

# Raw control characters are refused by the parser, so a string has one only if the bytes show this.
CONTROL_MARKS = (b"\\u00", b"\\b", b"\\f", b"\x7f", b"\xc2")
INT64 = range(-(2**63), 2**63)
FEW_VALUES, MOST_VALUES = 10_000, 100_000
BYTES_A_VALUE = 100
MARKS = (b",", b"[", b"{")
MOST_KEYS = 1_000
SMALLER = "Send less at a time, and only documented fields."
JSON_TYPE = re.compile(
    r"application/(?:[\w.+-]+\+)?json\s*(?:;\s*charset=\"?utf-?8\"?\s*)?", re.IGNORECASE | re.ASCII
)


def read(
    model: type[M], body: bytes, *, content_type: str | None, most_values: int = FEW_VALUES
) -> M:
    """Return the model that this request body holds; strict, without unknown fields.

    A model that sets `extra` or `strict` itself keeps its word. An empty body is `{}` where every
    field may be left out. What it costs is bounded before it is read: nobody else is served
    meanwhile.

    Raises:
        UnsupportedContentType: the body is not declared as JSON in UTF-8.
        InvalidJson: not one JSON object, or with duplicate keys, NaN, Infinity, bad UTF-8.
        InvalidInput: a value is outside the model, or holds control characters; more values than
            `most_values`, or more keys in an object than any has.
    """
    if not body:
        body = _empty(model)
    elif not JSON_TYPE.fullmatch((content_type or "").strip()):
        raise UnsupportedContentType
    if holds_more(body, most_values):
        raise InvalidInput(f"The body contains more than {most_values} values.", hint=SMALLER)
    value = parse(body)
    _refuse_odd_values(value, skip_text=not any(mark in body for mark in CONTROL_MARKS))
    config = model.model_config
    validate = partial(
        model.model_validate_json,
        strict=None if "strict" in config else True,
        extra=None if "extra" in config else "forbid",
    )
    try:
        try:
            return validate(body)
        except ValidationError as error:
            whole = with_whole_numbers(value, error)
            if whole is None:
                raise
        return validate(to_json(whole))
    except ValidationError as error:
        raise problem_from(error, model) from None


def parse(body: bytes) -> JsonObject:
    """Return the JSON object in these bytes, strictly read.

    Raises:
        InvalidJson: not one JSON object in UTF-8, or with duplicate keys or NaN.
    """
    try:
        value = jiter.from_json(
            body, catch_duplicate_keys=True, allow_inf_nan=False, cache_mode="keys"
        )
    except ValueError as error:
        raise InvalidJson(f"The body is not valid JSON: {_fault(str(error))}.") from None
    if not isinstance(value, dict):
        raise InvalidJson(f"The body must be a JSON object, not {_name(value)}.")
    return value


def most_values(body_bytes: int) -> int:
    """Return how many values a body may hold where one may have this size."""
    return min(body_bytes // BYTES_A_VALUE, MOST_VALUES)


def holds_more(body: bytes, most: int) -> bool:
    """Return True if these bytes, read as JSON, hold more values than that; at memory's speed.

    Each value comes after a comma or first in what was opened, a field counts as one.
    """
    if sum(body.count(mark) for mark in MARKS) <= most:
        return False
    plain = body.replace(rb"\\", b"").replace(rb"\"", b"")
    if plain.count(b'"') > 4 * most:  # a field has two strings at most
        return True
    outside = b"".join(plain.split(b'"')[::2])
    return sum(outside.count(mark) for mark in MARKS) > most


def read_query(model: type[M], items: list[tuple[str, str]]) -> M:
    """Return the model that these query parameters hold; numbers and booleans come as text.

    A model that ignores extra fields never sees them: others append to a link what they like.

    Raises:
        InvalidInput: a parameter is unknown, repeated, outside the model, or not plain text.
    """
    if model.model_config.get("extra") == "ignore":
        known = {field.alias or name for name, field in model.model_fields.items()}
        items = [each for each in items if each[0] in known]
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
    """Return True if a request without a body counts as one with `{}`."""
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


def _fault(parsers: str) -> str:
    """Describe the parser's finding; for two faults it only reports how it stumbled over them."""
    if parsers.startswith("recursion limit exceeded"):
        return parsers.replace("recursion limit exceeded", "values are nested too deeply")
    if "hex escape" in parsers:
        return f"a \\u escape is cut off, or half of a surrogate pair ({parsers})"
    return parsers


def _name(value: object) -> str:
    """Name the type of a JSON value in the words of JSON."""
    names = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def _refuse_odd_values(value: JsonObject, *, skip_text: bool) -> None:
    """Refuse what parses and would hurt later: infinity, huge integers, control characters."""
    for place, leaf in _leaves(value):
        if isinstance(leaf, str):
            if not skip_text and CONTROL.search(leaf):
                refuse_control(leaf, _path(place))
        elif isinstance(leaf, float) and not math.isfinite(leaf):
            path = _path(place)
            raise InvalidJson(f"The number at `{path}` is out of range.", field=path)
        elif isinstance(leaf, int) and leaf not in INT64:
            path = _path(place)
            raise InvalidInput(f"The integer at `{path}` is out of range.", field=path)
        elif isinstance(leaf, dict):  # one that was not walked
            path = _path(place)
            raise InvalidInput(
                f"`{path}` has more than {MOST_KEYS} keys.", field=path, hint=SMALLER
            )


Place = tuple["Place", str | int] | None
"""Where a value stands: the place around it, and its key or number there."""


def _leaves(whole: JsonObject) -> Iterator[tuple[Place, object]]:
    """Walk all keys and values that hold no others, and objects with too many keys."""
    ahead: list[tuple[Place, object]] = [(None, whole)]
    while ahead:
        place, value = ahead.pop()
        if isinstance(value, dict) and len(value) <= MOST_KEYS:
            for key in value:
                yield place, key
            ahead += [((place, key), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            ahead += [((place, number), inner) for number, inner in enumerate(value)]
        else:
            yield place, value


def _path(place: Place) -> str:
    """Return the path to a place, with names as short as answers show them."""
    steps: list[str] = []
    while place is not None:
        place, step = place
        steps.append(shown(step) if isinstance(step, str) else str(step))
    return ".".join(reversed(steps)) or "body"
