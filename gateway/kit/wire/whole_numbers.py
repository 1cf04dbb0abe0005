"""Whole numbers: 121.0 in JSON counts as the integer 121.

JSON has one kind of number and JSON Schema calls 121.0 an integer, but a strict model refuses it,
and some clients write every number so. So a value that a model refused for this alone is corrected
and validated again. A validator before each model would not do: with it pydantic reads JSON lists
as Python lists, which strict tuples do not take.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

R = TypeVar("R")
M = TypeVar("M", bound=BaseModel)
INTEGER_ERROR_KINDS = frozenset({"int_type", "int_from_float", "literal_error"})


def validate_whole_numbers(value: Any, validate: Callable[[Any], R]) -> R:  # noqa: ANN401 - JSON
    """Return what `validate` makes of this JSON value; 121.0 will do where 121 is needed.

    Raises:
        ValidationError: the value is not valid.
    """
    try:
        return validate(value)
    except ValidationError as error:
        whole = with_whole_numbers(value, error)
        if whole is None:
            raise
    return validate(whole)


def validate_json_value(model: type[M], value: Any) -> M:  # noqa: ANN401 - JSON
    """Validate a JSON value as a model, as strictly as a request body.

    Raises:
        ValidationError: the value is not valid.
    """
    return validate_whole_numbers(
        value, lambda each: model.model_validate_json(to_json(each), strict=True)
    )


def with_whole_numbers(value: Any, error: ValidationError) -> Any | None:  # noqa: ANN401 - JSON
    """Return a copy with integers where `error` refused 121.0 for 121; None if it did nowhere."""
    places = [
        details["loc"]
        for details in error.errors(include_url=False)
        if details["type"] in INTEGER_ERROR_KINDS
        and isinstance(details["input"], float)
        and details["input"].is_integer()
    ]
    if not places:
        return None
    whole = deepcopy(value)
    for place in places:
        _replace_with_integer(whole, place)
    return whole


def _replace_with_integer(here: Any, place: tuple[int | str, ...]) -> None:  # noqa: ANN401 - JSON
    """Replace the float at this place of `here` by an integer.

    Pydantic puts the names of union members into a place; the JSON has no such step: skip it.
    """
    for step in place:
        try:
            inner = here[step]
        except (LookupError, TypeError):
            continue
        if isinstance(inner, float):
            here[step] = int(inner)
        here = inner
