"""Validation: pydantic's errors become one refusal with the field, the fault and a hint.

The field is named as the client wrote it, and the hint says what would be valid. Values are never
repeated, for they may be keys; names of unknown fields are, cut to 64 characters.
"""

import re
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError
from pydantic.config import JsonDict
from pydantic_core import ErrorDetails
from pydantic_core.core_schema import ErrorType

from gateway.kit.errors import InvalidInput, Problem, ProblemMembers
from gateway.kit.money import USD_PATTERN, USD_RULE
from gateway.kit.wire.misspellings import (
    MAX_NAME_CHARACTERS,
    build_suggestion,
    find_hint,
    find_nearest_name,
)
from gateway.kit.wire.plain_text import NOT_BLANK_PATTERN

P = TypeVar("P", bound=Problem)

BODY = "body"
MAX_ERRORS = 20
MAX_READ_ERRORS = 100  # a hostile body has as many errors as it has bytes
# For types that are left out, pydantic's own message may repeat the value; `is not valid` replaces
# it, see `_build_message`.
MESSAGES = {
    "missing": "is required",
    "extra_forbidden": "is not a known field",
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be above {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be below {lt}",
    "multiple_of": "must be a multiple of {multiple_of}",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "is not in the right form",
    "too_short": "must have at least {min_length} items",
    "too_long": "must have at most {max_length} items",
    "literal_error": "must be one of {expected}",
    "enum": "must be one of {expected}",
    "union_tag_invalid": "must be one of {expected_tags}",
    "string_type": "must be a string",
    "string_unicode": "must be valid Unicode text",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "finite_number": "must be a finite number",
} | {
    kind: message
    for message, kinds in {
        "must be a whole number": ("int_type", "int_parsing", "int_from_float"),
        "must be a number": ("float_type", "float_parsing"),
        "must be a list": ("list_type", "tuple_type", "set_type"),
        "must be an object": ("dict_type", "model_type", "model_attributes_type"),
    }.items()
    for kind in kinds
}
SHAPE_MESSAGES = frozenset({"must be an object", "must be a list"})
LENGTH_HINTS = {
    "string_too_short": "It has {}: add some.",
    "string_too_long": "It has {}: shorten it.",
    "too_short": "It has {}: add some.",
    "too_long": "It has {}: leave some out.",
}
ID_PATTERN = re.compile(r"\^([a-z]+_)\[0-9A-Z\]\{26\}\$")
PYDANTIC_ERROR_KINDS = frozenset(get_args(ErrorType)) - {"value_error", "assertion_error"}


def problem_from_validation(
    error: ValidationError, model: type[BaseModel], prefix: str = ""
) -> InvalidInput:
    """Return the refusal for pydantic's errors in a value for `model`.

    `prefix` is the place of that value in the request, such as `input` or `items.3.input`. One
    error gives `field`, several give `errors[]` of `{field, message, hint}`.
    """
    located = _locate_errors(error, model, prefix)
    errors = [_build_entry(details, place) for details, place in located[:MAX_ERRORS]]
    example = next((place.whole_example for _, place in located if place.whole_example), None)
    members: ProblemMembers = {"example": example} if example else {}
    if len(located) == 1:
        only = errors[0]
        # A validator of the whole model found the fault: no single field has it.
        if only["field"] == BODY and located[0][0]["type"] not in MESSAGES:
            return InvalidInput(f"The request {only['message']}.", hint=only["hint"])
        detail = f"`{only['field']}` {only['message']}."
        return InvalidInput(detail, field=only["field"], hint=only["hint"], **members)
    at_least = "More than " if error.error_count() > MAX_READ_ERRORS else ""
    return InvalidInput(
        f"{at_least}{len(located)} fields need correction.",
        hint="Correct each field listed in `errors`.",
        errors=errors,
        **members,
    )


def read_first_error(error: ValidationError, model: type[BaseModel]) -> dict[str, str]:
    """Return the first of pydantic's errors in a value for `model`: field, message and hint."""
    return _build_entry(*_locate_errors(error, model, "")[0])


def prefix_fields(problem: P, prefix: str) -> P:
    """Move the fields of a problem below `prefix`, such as `items.3`; return the problem.

    A problem without a field is about the whole part at `prefix`.
    """
    if problem.field is None and "errors" not in problem.members:
        problem.field = prefix
    elif problem.field is not None:
        field, problem.field = problem.field, f"{prefix}.{problem.field}"
        if problem.detail.startswith(f"`{field}` "):
            problem.detail = f"`{prefix}.{problem.detail[1:]}"
    if "errors" in problem.members:
        problem.members["errors"] = [
            entry | {"field": f"{prefix}.{entry['field']}"} for entry in problem.members["errors"]
        ]
    return problem


def to_printable_name(name: str) -> str:
    """Return a client's name as answers repeat it: cut, with `?` for unprintable characters."""
    return "".join(letter if letter.isprintable() else "?" for letter in name[:MAX_NAME_CHARACTERS])


@dataclass(frozen=True, slots=True)
class _Place:
    """The place of an error: its wire path, the models that could have the field, and the type.

    `expected` is the annotation of the value there. `whole_example` is a valid document of the kind
    that the place is in, if there is one.
    """

    field: str
    owners: list[type[BaseModel]]
    expected: Any
    whole_example: JsonDict | None


def _locate_errors(
    error: ValidationError, model: type[BaseModel], prefix: str
) -> list[tuple[ErrorDetails, _Place]]:
    """Return the first error of each wrong field, with its place."""
    all_details = error.errors(include_url=False)[:MAX_READ_ERRORS]
    places = [_locate_error(details, model, prefix) for details in all_details]
    entries: dict[str, tuple[ErrorDetails, _Place]] = {}
    for details, place in zip(all_details, places, strict=True):
        # Pydantic drops wrong items and then counts too few: the client sent enough, and hears of
        # the wrong ones.
        if details["type"] == "too_short" and any(
            inner.field.startswith(f"{place.field}.") for inner in places
        ):
            continue
        entries.setdefault(place.field, (details, place))
    return list(entries.values())


def _build_entry(details: ErrorDetails, place: _Place) -> dict[str, str]:
    return {
        "field": place.field,
        "message": _build_message(details),
        "hint": _build_hint(details, place),
    }


def _locate_error(details: ErrorDetails, model: type[BaseModel], prefix: str) -> _Place:
    """Follow the location of an error through the annotations of this model, from the outside in.

    Pydantic's location has aliases, indexes, keys of mappings, and tags of union members. The tags
    are not in the client's JSON, so they must not get into the path.
    """
    path = [prefix] if prefix else []
    here: Any = model
    owners: list[type[BaseModel]] = []
    around: list[type[BaseModel]] = []
    unknown = details["type"] == "extra_forbidden"
    for step in details["loc"][:-1] if unknown else details["loc"]:
        owners = _list_models(here)
        around += owners
        if isinstance(step, int):
            path.append(str(step))
            here = _find_item_type(here)
            continue
        name, inner = _find_field(owners, step)
        if name is not None:
            path.append(name)
            here = inner
        elif (values := _find_value_type(here)) is not None:
            path.append(to_printable_name(step))
            here = values
        else:  # a tag that pydantic puts in for the member of a union
            here = _find_union_member(here, step)
    if unknown:
        owners = _list_models(here)
        path.append(to_printable_name(str(details["loc"][-1])))
    wholes = (getattr(each, "whole_example", None) for each in [*around, *_list_models(here)])
    return _Place(".".join(path) or BODY, owners, here, next(filter(None, wholes), None))


def _find_field(owners: list[type[BaseModel]], step: str) -> tuple[str | None, Any]:
    for owner in owners:
        for name, field in owner.model_fields.items():
            if step in (field.alias, name):
                return field.alias or name, field.annotation
    return None, None


def _list_union_members(
    annotation: Any,  # noqa: ANN401 - annotations have no common type
    tags: frozenset[str] = frozenset(),
) -> list[tuple[Any, frozenset[str]]]:
    """Return the members of a union, or the annotation alone, each with its tags."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        own = {mark.tag for mark in arguments[1:] if isinstance(mark, Tag)}
        return _list_union_members(arguments[0], tags | own)
    if origin in (Union, types.UnionType):
        return [each for member in arguments for each in _list_union_members(member, tags)]
    return [(annotation, tags)]


def _list_union_types(annotation: Any) -> list[Any]:  # noqa: ANN401
    return [member for member, _ in _list_union_members(annotation)]


def _list_models(annotation: Any) -> list[type[BaseModel]]:  # noqa: ANN401
    return [
        part
        for part in _list_union_types(annotation)
        if isinstance(part, type) and issubclass(part, BaseModel)
    ]


def _find_item_type(annotation: Any) -> Any:  # noqa: ANN401
    for part in _list_union_types(annotation):
        arguments = get_args(part)
        origin = get_origin(part)
        if arguments and isinstance(origin, type) and issubclass(origin, Sequence):
            return arguments[0]
    return None


def _find_value_type(annotation: Any) -> Any:  # noqa: ANN401
    for part in _list_union_types(annotation):
        origin = get_origin(part)
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return get_args(part)[1]
    return None


def _find_union_member(annotation: Any, tag: str) -> Any:  # noqa: ANN401
    """Return the member of a union that pydantic's tag names; the whole union if none fits."""
    for member, tags in _list_union_members(annotation):
        if tag in tags or tag == getattr(member, "__name__", None) or _has_tag(member, tag):
            return member
    return annotation


def _has_tag(member: Any, tag: str) -> bool:  # noqa: ANN401
    """Return True if a field of this model is a Literal that can be the tag."""
    return any(
        tag in get_args(field.annotation)
        for model in _list_models(member)
        for field in model.model_fields.values()
        if get_origin(field.annotation) is typing.Literal
    )


def _error_kind(details: ErrorDetails) -> str:
    kind: str = details["type"]
    text = kind in {"too_short", "too_long"} and isinstance(details["input"], str)
    return f"string_{kind}" if text else kind


def _build_message(details: ErrorDetails) -> str:
    kind = _error_kind(details)
    if details.get("ctx", {}).get("pattern") == USD_PATTERN:
        return USD_RULE
    if details.get("ctx", {}).get("pattern") == NOT_BLANK_PATTERN:
        return "must not be blank"
    if named := ID_PATTERN.fullmatch(details.get("ctx", {}).get("pattern", "")):
        return f"must be an id: {named[1]} and 26 characters"
    if kind in MESSAGES:
        words = MESSAGES[kind].format(**details.get("ctx", {}))
        return "must be true" if words == "must be one of True" else words
    if kind in PYDANTIC_ERROR_KINDS:
        return "is not valid"
    return details["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ")


def _build_hint(details: ErrorDetails, place: _Place) -> str:
    """Return the next step for the client, where it is more than the message says."""
    kind, context, owners = _error_kind(details), details.get("ctx", {}), place.owners
    if kind == "extra_forbidden":
        return _hint_for_unknown(str(details["loc"][-1]), owners)
    if kind in ("literal_error", "enum"):
        return _hint_for_choice(details, owners)
    if kind in ("greater_than_equal", "less_than_equal"):
        nearest: Any = context.get("ge", context.get("le"))
        whole = isinstance(nearest, float) and nearest.is_integer()
        return f"The nearest valid value is {int(nearest) if whole else nearest}."
    if kind in LENGTH_HINTS:
        return LENGTH_HINTS[kind].format(len(details["input"]))
    if kind == "string_pattern_mismatch":
        return _hint_for_pattern(str(details["loc"][-1]) if details["loc"] else "", context, owners)
    usual = "Add this field." if kind == "missing" else InvalidInput.hint
    if MESSAGES.get(kind) in SHAPE_MESSAGES:
        usual = _hint_for_shape(place.expected) or usual
    return str(context.get("hint", usual))


def _hint_for_unknown(name: str, owners: list[type[BaseModel]]) -> str:
    """Return the model's own hint for this unknown name, else the known name that was meant."""
    for owner in owners:
        if hint := find_hint(name, getattr(owner, "field_hints", {})):
            return hint
    known = [field.alias or name for owner in owners for name, field in owner.model_fields.items()]
    return build_suggestion(name, known, otherwise="Known fields")


def _hint_for_choice(details: ErrorDetails, owners: list[type[BaseModel]]) -> str:
    """Return the choice that was misspelt, else the description of the field."""
    value = details["input"]
    near = isinstance(value, str) and find_nearest_name(
        value, _parse_choices(details["ctx"]["expected"])
    )
    if near:
        return f"Did you mean `{near}`?"
    name = str(details["loc"][-1]) if details["loc"] else ""
    described = [
        field.description
        for owner in owners
        for own, field in owner.model_fields.items()
        if name == (field.alias or own) and field.description
    ]
    return described[0] if described else InvalidInput.hint


def _hint_for_pattern(name: str, context: Mapping[str, Any], owners: list[type[BaseModel]]) -> str:
    """Return the hint for a text in the wrong form: description, pattern and example."""
    if ID_PATTERN.fullmatch(context["pattern"]):
        return "Copy the whole id from an earlier answer."
    if context["pattern"] == NOT_BLANK_PATTERN:
        return "Fill it in."
    form = f"It must match {context['pattern']}"
    fields = [field for owner in owners for field in owner.model_fields.items()]
    for own, field in fields:
        if name == (field.alias or own) and (field.description or field.examples):
            example = f", for example `{field.examples[0]}`" if field.examples else ""
            return f"{field.description or ''} {form}{example}.".strip()
    return f"{form}."


def _hint_for_shape(annotation: Any) -> str:  # noqa: ANN401
    """Describe the expected list or object with its fields; empty if any value would do."""
    items = _find_item_type(annotation)
    for model in _list_models(annotation if items is None else items):
        known = {str(field.alias or name): field for name, field in model.model_fields.items()}
        needed = ", ".join(f"`{name}`" for name, field in known.items() if field.is_required())
        others = ", ".join(f"`{name}`" for name, field in known.items() if not field.is_required())
        optional = f"optionally {others}" if others else ""
        what = "an object" if items is None else "a list of objects"
        return f"Send {what} with {' and '.join(filter(None, [needed, optional]))}."
    return "" if items is None else "Send a list."


def _parse_choices(expected: str) -> list[str]:
    return [choice.strip(" '") for choice in expected.replace(" or ", ", ").split(", ")]
