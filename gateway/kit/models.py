"""What every wire model shares: camelCase names outside, snake_case inside."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
)
from pydantic.alias_generators import to_camel
from pydantic.config import JsonDict

from gateway.kit.money import USD_PATTERN, microusd

DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


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


def _written_out(text: object) -> object:
    if isinstance(text, str) and DATE.match(text) is None:
        raise ValueError("must be written as in ISO 8601, like 2026-11-25 or 2026-11-25T14:00:00Z")
    return text


# Without the check a number in a query would be a time too: seconds since 1970.
Moment = Annotated[AwareDatetime, BeforeValidator(_written_out)]
Day = Annotated[date, BeforeValidator(_written_out)]


def either(fields: Mapping[str, JsonDict]) -> ConfigDict:
    """Return what to add to a model's config so that its JSON Schema asks for just one of these.

    `fields` maps each wire name to a schema of the value it has when it is given.
    """
    forms: list[JsonDict] = []
    for name, given in fields.items():
        properties: JsonDict = {other: {"type": "null"} for other in fields}
        forms.append({"required": [name], "properties": properties | {name: given}})
    return ConfigDict(json_schema_extra={"oneOf": [*forms]})
