"""The base of every answer: snake_case attributes, camelCase on the wire, nothing thrown away."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, ValidatorFunctionWrapHandler, WrapValidator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError, ValidationError

from killatamata.raw_response import ATTRIBUTE, RawResponse

LONGEST_SHOWN_TEXT = 60


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
    shown_fields: ClassVar[Sequence[str]] = ()

    @property
    def raw_response(self) -> RawResponse | None:
        """The HTTP answer that this was read from; None for a part of an answer."""
        raw: RawResponse | None = vars(self).get(ATTRIBUTE)
        return raw

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Yield what tells one from another: `shown_fields`, or everything short; no secrets."""
        seen: set[object] = set()
        for name, value in super().__repr_args__():
            if name not in type(self).model_fields:
                continue  # of a newer gateway: nobody can tell if it is a secret
            is_shown = name in self.shown_fields if self.shown_fields else not _is_long(value)
            # A name that is sent twice, such as `id` and `jobId`, is shown once.
            if value is None or not is_shown or (isinstance(value, str) and value in seen):
                continue
            if isinstance(value, str):
                seen.add(value)
            yield name, _to_shown_value(value)


class _Shown(str):
    """A text that stands in a representation without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return the text itself."""
        return str(self)


def _is_long(value: object) -> bool:
    return isinstance(value, BaseModel | dict)


def _to_shown_value(value: object) -> object:
    if isinstance(value, list):
        return _Shown(f"<{len(value)}>")
    if isinstance(value, datetime):
        return _Shown(value.isoformat(timespec="seconds").replace("+00:00", "Z"))
    if not isinstance(value, str):
        return value
    # What follows the question mark signs an address: whoever has it may fetch the file.
    text = value.partition("?")[0] if value.startswith(("https://", "http://")) else value
    cut = text[: LONGEST_SHOWN_TEXT - 1]
    return text if text == value and len(text) <= LONGEST_SHOWN_TEXT else f"{cut}…"


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
