"""The base classes of wire models: camelCase names outside, snake_case inside.

A dump has the wire names, always: compared by Python names with a client's JSON, each field of two
words would be missed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, ClassVar, Self

from pydantic import (
    MISSING,
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from gateway.kit.money import USD_PATTERN, parse_usd

DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
DATETIME_ADAPTER = TypeAdapter(datetime)


def _check_usd(text: str) -> str:
    parse_usd(text)
    return text


Usd = Annotated[
    str,
    Field(
        pattern=USD_PATTERN,
        max_length=17,
        description="Dollars as a decimal string with at most 6 places.",
        examples=["0.30"],
    ),
    AfterValidator(_check_usd),
]


class RequestModel(BaseModel):
    """A request body or query: unknown fields are refused.

    `field_hints` maps unknown names that clients do send to a hint. `whole_example` is a small,
    valid document of which the model is a part: refusals inside the model show it.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        serialize_by_alias=True,
        validate_by_name=False,
        validate_by_alias=True,
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
    )
    field_hints: ClassVar[dict[str, str]] = {
        "idempotencyKey": "Send it as the header X-Idempotency-Key; the body has no key."
    }
    whole_example: ClassVar[JsonDict] = {}


@dataclass(frozen=True, slots=True)
class Since:
    """The mark of a field that answers before `release` lack, also stored ones that are replayed.

    Our client then takes `otherwise`, a Python expression.
    """

    release: str
    otherwise: str = "None"


def _describe_answer(schema: JsonDict, model: type[BaseModel]) -> None:
    """Describe an answer: open for fields of later versions, each field always sent is required."""
    schema.pop("additionalProperties", None)
    always = [
        field.serialization_alias or name
        for name, field in model.model_fields.items()
        if field.default is not MISSING
    ]
    if always:
        schema["required"] = list(always)


class WireModel(BaseModel):
    """A part of an answer; it cannot be made with a field that it does not declare.

    Its schema leaves room for fields of later versions: clients must not refuse those. A field that
    only some answers have is `MISSING`; `None` is sent as null.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        serialize_by_alias=True,
        validate_by_name=True,
        validate_by_alias=True,
        extra="forbid",
        frozen=True,
        json_schema_extra=_describe_answer,
    )


def _refuse_unix_time(text: object) -> object:
    """Refuse a number, also one in a text: pydantic would read it as seconds since 1970."""
    if not isinstance(text, date) and (not isinstance(text, str) or DATE.match(text) is None):
        raise ValueError("must be written as in ISO 8601, like 2026-11-25 or 2026-11-25T14:00:00Z")
    return text


Cursor = Annotated[
    str,
    Field(
        pattern=r"^[a-z]{2,8}_[0-9A-Z]{26}$",
        description="`nextCursor` of the previous page.",
        examples=["com_01J8ZQ4V8Y6T3N5R7W9XABCDEF"],
    ),
]
"""The id that a page ended with, where its items have ids of several kinds."""


def _read_moment(text: object) -> object:
    """Read a text: behind a validator, a strict `AwareDatetime` takes none."""
    if not isinstance(_refuse_unix_time(text), str):
        return text
    try:
        return DATETIME_ADAPTER.validate_python(text)
    except ValidationError as error:
        raise ValueError(error.errors()[0]["msg"]) from None


Moment = Annotated[AwareDatetime, BeforeValidator(_read_moment)]
Day = Annotated[date, BeforeValidator(_refuse_unix_time)]


def _describe_forms(schema: JsonDict, model: "type[OneOf]") -> None:
    """Describe each form in the JSON Schema; in one form, the fields of the others are null.

    No value fits two of them. Where there are more than two, tools that check `oneOf` miss that.
    """
    nothing: JsonDict = {name: {"type": "null"} for form in model.forms for name in form}
    _, _, *more = model.forms
    schema["anyOf" if more else "oneOf"] = [
        {"required": [*form], "properties": nothing | dict(form)} for form in model.forms
    ]


class OneOf(RequestModel):
    """A request that comes in exactly one of some forms.

    Each of `forms` maps the wire names of its fields to the schema of a value that is not null.
    """

    model_config = RequestModel.model_config | ConfigDict(json_schema_extra=_describe_forms)
    forms: ClassVar[tuple[Mapping[str, JsonDict], ...]]

    @model_validator(mode="after")
    def _in_one_form(self) -> Self:
        fields = {field.alias: name for name, field in type(self).model_fields.items()}
        names = {name for form in self.forms for name in form}
        present = {name for name in names if getattr(self, fields[name]) is not None}
        if not any(present == set(form) for form in self.forms):
            forms = ", or ".join(" and ".join(f"`{name}`" for name in form) for form in self.forms)
            context = {"forms": forms, "hint": "Send exactly one of these."}
            raise PydanticCustomError("one_of", "needs either {forms}", context)
        return self
