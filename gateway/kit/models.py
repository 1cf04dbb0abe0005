"""The base of every wire model: camelCase names outside, snake_case inside.

A dump has the wire names. Whoever compared one by Python names with what a client wrote would miss
every field of two words.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar, Self

from pydantic import (
    MISSING,
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

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
    """A request body or query: unknown fields are refused.

    `field_hints` says of unknown names that clients do send what to do instead. `whole_example` is
    the document that the model is a part of, valid and small: refusals inside the model show it.
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
    """Marks a field that answers before this release lack, stored ones that are replayed too.

    Our client takes `otherwise` instead, as Python writes it.
    """

    release: str
    otherwise: str = "None"


def _describe_answer(schema: JsonDict, model: type[BaseModel]) -> None:
    """Leave room for fields of later versions, and require each field that is always sent."""
    schema.pop("additionalProperties", None)
    always = [
        field.serialization_alias or name
        for name, field in model.model_fields.items()
        if field.default is not MISSING
    ]
    if always:
        schema["required"] = list(always)


class Wire(BaseModel):
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


def _written_out(text: object) -> object:
    if isinstance(text, str) and DATE.match(text) is None:
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


# Without the check a number in a query would be a time too: seconds since 1970.
Moment = Annotated[AwareDatetime, BeforeValidator(_written_out)]
Day = Annotated[date, BeforeValidator(_written_out)]


def _as_one_of(schema: JsonDict, model: "type[OneOf]") -> None:
    """Let a JSON Schema ask for one of the forms; what belongs to the others is null."""
    nothing: JsonDict = {name: {"type": "null"} for form in model.forms for name in form}
    schema["oneOf"] = [
        {"required": [*form], "properties": nothing | dict(form)} for form in model.forms
    ]


class OneOf(Request):
    """A request that comes in just one of some forms.

    `forms` says which: each is the wire names of its fields, with a schema of the value that a
    field has when it is given.
    """

    model_config = Request.model_config | ConfigDict(json_schema_extra=_as_one_of)
    forms: ClassVar[tuple[Mapping[str, JsonDict], ...]]

    @model_validator(mode="after")
    def _in_one_form(self) -> Self:
        fields = {field.alias: name for name, field in type(self).model_fields.items()}
        names = {name for form in self.forms for name in form}
        given = {name for name in names if getattr(self, fields[name]) is not None}
        if not any(given == set(form) for form in self.forms):
            forms = ", or ".join(" and ".join(f"`{name}`" for name in form) for form in self.forms)
            told = {"forms": forms, "hint": "Send exactly one of these."}
            raise PydanticCustomError("one_of", "needs either {forms}", told)
        return self
