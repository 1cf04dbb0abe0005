"""Fields of requests: read from JSON or a form, and refused by name if unknown.

Nothing is ignored in silence. Each field is known and has an effect, or is named in `IGNORED` and
then listed in the answer, or is refused with the name that may have been meant.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request

from gateway.doors.openai.errors import UnknownParameter
from gateway.kit.errors import (
    ConflictingInput,
    InvalidInput,
    InvalidJson,
    PayloadTooLarge,
    UnsupportedContentType,
)
from gateway.kit.wire import request_reader
from gateway.kit.wire.json_text import JsonObject
from gateway.kit.wire.misspellings import build_suggestion, find_hint
from gateway.kit.wire.validation import problem_from_validation, to_printable_name

BRACKETED = re.compile(r"([A-Za-z_]+)\[([^\[\]]*)\](\[\])?")
PRICE_HEADER = "x-max-price-usd"
JSON_BYTES, INLINE_BYTES = 15 * 2**20, 2**18


class DoorFields(BaseModel):
    """The fields of one address of this door, in its own snake_case names.

    `field_hints` has hints for unknown names that clients do send. `IGNORED` are accepted without
    effect. Fields in `MAPPINGS` are objects, which forms send as `name[key]`. Those in
    `WITHOUT_DEFAULT` have another meaning than elsewhere if they are not sent.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    field_hints: ClassVar[dict[str, str]] = {
        "idempotency_key": "Send it as the header Idempotency-Key.",
        "dry_run": "Ask POST /api/v1/media/jobs?dryRun=1 for a price.",
    }
    IGNORED: ClassVar[tuple[str, ...]] = ()
    WITHOUT_DEFAULT: ClassVar[tuple[str, ...]] = ()
    MAPPINGS: ClassVar[tuple[str, ...]] = ("metadata", "webhook")

    def list_ignored(self) -> list[str]:
        """Return the fields that were sent and have no effect."""
        return [name for name in self.IGNORED if getattr(self, name) is not None]

    def with_defaults(self, defaults: Mapping[str, object]) -> Self:
        """Return these fields, with the defaults of a model where nothing was sent."""
        known = type(self).model_fields.keys() - {*self.WITHOUT_DEFAULT}
        lacking = {
            name: value
            for name, value in defaults.items()
            if name in known and getattr(self, name) is None
        }
        return self.model_copy(update=lacking) if lacking else self


F = TypeVar("F", bound=DoorFields)


async def receive_json(model: type[F], request: Request) -> F:
    """Receive a JSON body, up to 15 MiB, and return its fields; a thread reads a large one.

    Raises:
        PayloadTooLarge: it is larger.
        Problem: as `read_json`.
    """
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > JSON_BYTES:
            raise PayloadTooLarge(
                "The JSON body is larger than 15 MiB.", hint="Send pictures as files of a form."
            )
    content_type = request.headers.get("content-type")
    if len(body) <= INLINE_BYTES:
        return read_json(model, bytes(body), content_type)
    return await asyncio.to_thread(read_json, model, bytes(body), content_type)


def read_json(model: type[F], body: bytes, content_type: str | None) -> F:
    """Return the fields of a JSON body.

    Raises:
        UnsupportedContentType, InvalidJson: the body is no JSON object.
        UnknownParameter: a field is not known.
        InvalidInput: a value is outside the model.
    """
    if not request_reader.JSON_CONTENT_TYPE.fullmatch((content_type or "").strip()):
        raise UnsupportedContentType
    if not request_reader.has_more_values(body, request_reader.DEFAULT_MAX_VALUES):
        _refuse_unknown(model, request_reader.parse_json_object(body))
    return request_reader.read_body(model, body, content_type=content_type)


def read_form(model: type[F], fields: Sequence[tuple[str, str]]) -> F:
    """Return the fields of a form, whose values are all text.

    Raises:
        UnknownParameter: a field is not known.
        InvalidInput: a value is outside the model, or a field comes twice.
    """
    values = _nest_fields(model, fields)
    _refuse_unknown(model, values)
    try:
        return model.model_validate_strings(values)
    except ValidationError as error:
        raise problem_from_validation(error, model) from None


def _nest_fields(model: type[F], fields: Sequence[tuple[str, str]]) -> JsonObject:
    """Return the fields by name; `name[key]` is a part of an object, `name[key][]` of a list."""
    values: JsonObject = {}
    for name, value in fields:
        match = BRACKETED.fullmatch(name)
        if match is not None and match[1] in model.MAPPINGS and match[2]:
            holder: Any = values.setdefault(match[1], {})
            if not isinstance(holder, dict) or (match[2] in holder and not match[3]):
                raise InvalidInput(f"`{match[1]}` is given twice; give it once.", field=match[1])
            if match[3]:
                parts = holder.setdefault(match[2], [])
                if not isinstance(parts, list):
                    raise InvalidInput(
                        f"`{match[1]}` is given twice; give it once.", field=match[1]
                    )
                parts.append(value)
            else:
                holder[match[2]] = value
            continue
        if name in values:
            raise InvalidInput(f"`{name}` is given twice; give it once.", field=name)
        values[name] = _parse_object(name, value) if name in model.MAPPINGS else value
    return values


def _parse_object(name: str, text: str) -> JsonObject:
    """Parse an object that a form sends as JSON text."""
    try:
        return request_reader.parse_json_object(text.encode())
    except InvalidJson:
        raise InvalidInput(
            f"`{name}` must be an object.", field=name, hint=f"Send `{name}[key]`, or JSON text."
        ) from None


def _refuse_unknown(model: type[DoorFields], values: Mapping[str, object]) -> None:
    for name in values:
        if name not in model.model_fields:
            shown = to_printable_name(name)
            hint = find_hint(name, model.field_hints) or build_suggestion(
                name, list(model.model_fields), otherwise="Known fields"
            )
            raise UnknownParameter(f"`{shown}` is not a known field.", field=shown, hint=hint)


def read_most_price(request: Request, sent: str | None, default: str | None) -> str | None:
    """Return the highest price of the header `X-Max-Price-Usd` or the field `max_price_usd`.

    Raises:
        ConflictingInput: both were sent, and differ.
    """
    header = request.headers.get(PRICE_HEADER)
    if header is not None and sent is not None and header != sent:
        raise ConflictingInput(
            "`max_price_usd` and the header X-Max-Price-Usd have different values.",
            field="max_price_usd",
        )
    return default if header is None else header
