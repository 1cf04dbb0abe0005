"""The base of every answer: snake_case attributes, camelCase on the wire, nothing thrown away."""

from typing import Any

from pydantic import BaseModel, ConfigDict, ValidatorFunctionWrapHandler, WrapValidator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError, ValidationError


class Model(BaseModel):
    """A part of an answer; fields that this version does not know are kept as they came."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        extra="allow",
        defer_build=True,  # there are many, and a program uses few
        frozen=True,
    )


def _validate_or_keep_word(
    value: Any,  # noqa: ANN401 - any JSON value
    validate: ValidatorFunctionWrapHandler,
) -> Any:  # noqa: ANN401 - as it came
    """Validate a choice of words or numbers, or keep one that only a newer gateway knows.

    Without it every installed client would fail on the day a state is added.
    """
    try:
        return validate(value)
    except (ValidationError, PydanticCustomError):
        if isinstance(value, str | int):
            return value
        raise


Word = WrapValidator(_validate_or_keep_word)
"""On a `Literal` of an answer: a newer gateway may know more words, or more numbers."""
