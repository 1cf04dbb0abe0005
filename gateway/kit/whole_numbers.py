"""A number without a fraction is an integer, however it is written.

JSON has one kind of number and JSON Schema calls 121.0 an integer, but a strict model refuses it.
Some clients write every number so. A model refuses first and is asked again: a validator before
each model would make pydantic read JSON lists as Python ones, which strict tuples do not take.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

R = TypeVar("R")
M = TypeVar("M", bound=BaseModel)
WANTED_INTEGERS = frozenset({"int_type", "int_from_float", "literal_error"})


def validate_whole(value: Any, validate: Callable[[Any], R]) -> R:  # noqa: ANN401 - JSON
    """Return what `validate` makes of this JSON value, with 121.0 for 121 where it must be whole.

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
    """Return the model that this JSON value holds, read as strictly as a request body.

    Raises:
        ValidationError: the value is not valid.
    """
    return validate_whole(value, lambda each: model.model_validate_json(to_json(each), strict=True))


def with_whole_numbers(value: Any, error: ValidationError) -> Any | None:  # noqa: ANN401 - JSON
    """Return the value with integers where only their form was refused; None if none was."""
    places = [
        details["loc"]
        for details in error.errors(include_url=False)
        if details["type"] in WANTED_INTEGERS
        and isinstance(details["input"], float)
        and details["input"].is_integer()
    ]
    if not places:
        return None
    whole = deepcopy(value)
    for place in places:
        _make_whole(whole, place)
    return whole


def _make_whole(here: Any, place: tuple[int | str, ...]) -> None:  # noqa: ANN401 - JSON
    """Replace the number at this place; steps that name a member of a union are none of JSON."""
    for step in place:
        try:
            inner = here[step]
        except (LookupError, TypeError):
            continue
        if isinstance(inner, float):
            here[step] = int(inner)
        here = inner
