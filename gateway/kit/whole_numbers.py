"""A number without a fraction is an integer, however it is written.

JSON has one kind of number and JSON Schema calls 121.0 an integer, but a strict model refuses it.
Some clients write every number so.
"""

import types
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, model_validator


class WholeNumbers(BaseModel):
    """A model whose integer fields take 121.0 for 121."""

    @model_validator(mode="before")
    @classmethod
    def _read_whole_numbers(cls, given: Any) -> Any:  # noqa: ANN401 - whatever the client sent
        if not isinstance(given, dict):
            return given
        whole = {
            name: int(value)
            for name, value in given.items()
            if isinstance(value, float) and value.is_integer() and name in _integer_fields(cls)
        }
        return given | whole if whole else given


@cache
def _integer_fields(model: type[BaseModel]) -> frozenset[str]:
    return frozenset(
        field.alias or name
        for name, field in model.model_fields.items()
        if _takes_integers(field.annotation)
    )


def _takes_integers(annotation: Any) -> bool:  # noqa: ANN401 - annotations have no common type
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _takes_integers(arguments[0])
    if origin in (Union, types.UnionType):
        return float not in arguments and any(_takes_integers(each) for each in arguments)
    if origin is Literal:
        return any(type(each) is int for each in arguments)
    return annotation is int
