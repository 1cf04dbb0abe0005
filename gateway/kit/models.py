"""What every wire model shares: camelCase names outside, snake_case inside."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from gateway.kit.money import microusd

USD_PATTERN = r"^(0|[1-9][0-9]{0,9})(\.[0-9]{1,6})?$"


def _affordable(text: str) -> str:
    microusd(text)
    return text


Usd = Annotated[
    str,
    Field(
        pattern=USD_PATTERN,
        max_length=17,
        description="Dollars as a decimal string with at most 6 places.",
        examples=["0.30"],
    ),
    AfterValidator(_affordable),
]


class Request(BaseModel):
    """A request body or query: unknown fields are refused."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=False,
        validate_by_alias=True,
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
    )


class Wire(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, frozen=True
    )
