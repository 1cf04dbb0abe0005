"""Request bodies and queries: hostile bytes become a model, or a refusal that names the fault.

`json.loads` accepts NaN, duplicate keys and lone surrogates, so it is banned on request bodies.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache, partial
from typing import TypeVar

import jiter
from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

from gateway.kit.errors import InvalidInput, InvalidJson, UnsupportedContentType
from gateway.kit.wire.json_text import JsonObject
from gateway.kit.wire.plain_text import CONTROL_CHARACTER
from gateway.kit.wire.validation import problem_from_validation, to_printable_name
from gateway.kit.wire.whole_numbers import with_whole_numbers

M = TypeVar("M", bound=BaseModel)

# The parser refuses raw control characters up to U+001F, so a string can hold one only if its bytes
# contain an escape or one of these bytes; without them the search of every string is skipped.
CONTROL_MARKS = (b"\\u00", b"\\b", b"\\f", b"\x7f", b"\xc2")
INT64 = range(-(2**63), 2**63)
DEFAULT_MAX_VALUES, MAX_VALUES = 10_000, 100_000
BYTES_PER_VALUE = 100
VALUE_MARKS = (b",", b"[", b"{")
MAX_OBJECT_KEYS = 1_000
SMALLER_BODY_HINT = "Send less at a time, and only documented fields."
JSON_CONTENT_TYPE = re.compile(
    r"application/(?:[\w.+-]+\+)?json\s*(?:;\s*charset=\"?utf-?8\"?\s*)?", re.IGNORECASE | re.ASCII
)


def read_body(
    model: type[M], body: bytes, *, content_type: str | None, max_values: int = DEFAULT_MAX_VALUES
) -> M:
    """Validate a request body as a model, strictly and without unknown fields.

    A model that sets `extra` or `strict` itself keeps its setting. An empty body counts as `{}`
    where every field may be left out. The number of values is bounded before the body is parsed,
    for the event loop serves no other request meanwhile.

    Raises:
        UnsupportedContentType: the body is not declared as JSON in UTF-8.
        InvalidJson: not one JSON object, or with duplicate keys, NaN, Infinity, bad UTF-8.
        InvalidInput: a value is outside the model, or holds control characters; more values than
            `max_values`, or more keys in an object than any has.
    """
    if not body:
        body = _read_empty_body(model)
    elif not JSON_CONTENT_TYPE.fullmatch((content_type or "").strip()):
        raise UnsupportedContentType
    if has_more_values(body, max_values):
        raise InvalidInput(
            f"The body contains more than {max_values} values.", hint=SMALLER_BODY_HINT
        )
    value = parse_json_object(body)
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
        raise problem_from_validation(error, model) from None


def parse_json_object(body: bytes) -> JsonObject:
    """Parse the JSON object in these bytes, strictly.

    Raises:
        InvalidJson: not one JSON object in UTF-8, or with duplicate keys or NaN.
    """
    try:
        value = jiter.from_json(
            body, catch_duplicate_keys=True, allow_inf_nan=False, cache_mode="keys"
        )
    except ValueError as error:
        raise InvalidJson(
            f"The body is not valid JSON: {_describe_parser_error(str(error))}."
        ) from None
    if not isinstance(value, dict):
        raise InvalidJson(f"The body must be a JSON object, not {_name_json_type(value)}.")
    return value


def allowed_value_count(body_bytes: int) -> int:
    """Return the number of values that a body of at most this size may hold."""
    return min(body_bytes // BYTES_PER_VALUE, MAX_VALUES)


def has_more_values(body: bytes, most: int) -> bool:
    """Return True if these bytes, read as JSON, hold more than `most` values.

    Each value follows a comma or an opening bracket, and a field counts as one value. So it counts
    bytes, which is far faster than parsing; commas inside strings are left out only if they matter.
    """
    if sum(body.count(mark) for mark in VALUE_MARKS) <= most:
        return False
    plain = body.replace(rb"\\", b"").replace(rb"\"", b"")
    if plain.count(b'"') > 4 * most:  # a field has two strings at most
        return True
    outside = b"".join(plain.split(b'"')[::2])  # every second part is the inside of a string
    return sum(outside.count(mark) for mark in VALUE_MARKS) > most


def read_query(model: type[M], items: list[tuple[str, str]]) -> M:
    """Validate query parameters as a model; numbers and booleans come as text.

    For a model that ignores extra fields, unknown parameters are dropped first: services that
    forward a link append parameters of their own.

    Raises:
        InvalidInput: a parameter is unknown, repeated, outside the model, or not plain text.
    """
    return _read_parameters(model, items) if items else _read_empty_query(model)


@cache
def _read_empty_query(model: type[M]) -> M:
    """Return the defaults of a query; request models cannot be changed, so one serves all."""
    return _read_parameters(model, [])


def _read_parameters(model: type[M], items: list[tuple[str, str]]) -> M:
    if model.model_config.get("extra") == "ignore":
        known = {field.alias or name for name, field in model.model_fields.items()}
        items = [each for each in items if each[0] in known]
    for name, value in items:
        refuse_control_characters(name, "query")
        refuse_control_characters(value, name)
    for name, times in Counter(name for name, _ in items).items():
        if times > 1:
            raise InvalidInput(f"`{name}` is given {times} times; give it once.", field=name)
    try:
        read_model = model.model_validate_strings(dict(items), strict=False, extra="forbid")
    except ValidationError as error:
        raise problem_from_validation(error, model) from None
    for name, value in read_model:
        if isinstance(value, float) and not math.isfinite(value):
            raise InvalidInput(f"`{name}` must be a finite number.", field=name)
    return read_model


def refuse_control_characters(text: str, field: str) -> None:
    """Refuse a text with a control character other than tab, line feed and carriage return.

    Raises:
        InvalidInput: the text holds one; PostgreSQL, for one, cannot store NUL.
    """
    if match := CONTROL_CHARACTER.search(text):
        code = f"U+{ord(match.group()):04X}"
        raise InvalidInput(f"`{field}` contains the control character {code}.", field=field)


def can_be_empty(model: type[BaseModel]) -> bool:
    """Return True if a request without a body counts as one with `{}`."""
    try:
        model.model_validate({})
    except ValidationError:
        return False
    return True


def _read_empty_body(model: type[BaseModel]) -> bytes:
    """Return `{}` for an empty body, if the model requires no field.

    Raises:
        InvalidJson: naming the required fields.
    """
    required = [
        field.alias or name for name, field in model.model_fields.items() if field.is_required()
    ]
    if required:
        names = ", ".join(f"`{name}`" for name in required)
        raise InvalidJson(f"The body is empty; send a JSON object with {names}.")
    return b"{}"


def _describe_parser_error(parser_message: str) -> str:
    """Describe the parser's error; two of its messages name a symptom instead of the fault."""
    if parser_message.startswith("recursion limit exceeded"):
        return parser_message.replace("recursion limit exceeded", "values are nested too deeply")
    if "hex escape" in parser_message:
        return f"a \\u escape is cut off, or half of a surrogate pair ({parser_message})"
    return parser_message


def _name_json_type(value: object) -> str:
    """Name the type of a JSON value in the words of JSON."""
    names = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def _refuse_odd_values(value: JsonObject, *, skip_text: bool) -> None:
    """Refuse values that parse and would fail later: infinity, huge integers, control characters.

    1e999 parses as infinity, and no column of a database takes more than 64 bits.
    """
    for place, leaf in _walk_leaves(value):
        if isinstance(leaf, str):
            if not skip_text and CONTROL_CHARACTER.search(leaf):
                refuse_control_characters(leaf, _render_path(place))
        elif isinstance(leaf, float) and not math.isfinite(leaf):
            path = _render_path(place)
            raise InvalidJson(f"The number at `{path}` is out of range.", field=path)
        elif isinstance(leaf, int) and leaf not in INT64:
            path = _render_path(place)
            raise InvalidInput(f"The integer at `{path}` is out of range.", field=path)
        elif isinstance(leaf, dict):  # `_walk_leaves` yields an object only if it has too many keys
            path = _render_path(place)
            raise InvalidInput(
                f"`{path}` has more than {MAX_OBJECT_KEYS} keys.",
                field=path,
                hint=SMALLER_BODY_HINT,
            )


JsonPlace = tuple["JsonPlace", str | int] | None
"""The place of a value: the place around it, and its key or index there; None for the whole."""


def _walk_leaves(whole: JsonObject) -> Iterator[tuple[JsonPlace, object]]:
    """Yield each key, each value that holds no others, and each object with too many keys.

    It keeps a list instead of calling itself: hostile nesting must not exhaust the stack.
    """
    ahead: list[tuple[JsonPlace, object]] = [(None, whole)]
    while ahead:
        place, value = ahead.pop()
        if isinstance(value, dict) and len(value) <= MAX_OBJECT_KEYS:
            for key in value:
                yield place, key
            ahead += [((place, key), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            ahead += [((place, number), inner) for number, inner in enumerate(value)]
        else:
            yield place, value


def _render_path(place: JsonPlace) -> str:
    """Return the path to a place, such as `items.3.name`; long names are cut."""
    steps: list[str] = []
    while place is not None:
        place, step = place
        steps.append(to_printable_name(step) if isinstance(step, str) else str(step))
    return ".".join(reversed(steps)) or "body"
