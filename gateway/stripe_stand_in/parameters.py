"""Parameters of a call, read and refused by the shapes of the installed SDK, which are Stripe's.

A form has only texts. The SDK's typed dictionaries say what each parameter is, so an unknown name,
a word that is not listed, or a text in the place of a number is refused as Stripe does.
"""

import types
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from stripe import RequestOptions

from gateway.stripe_stand_in.store import Object, StripeRefusal

TRUTHS = {"true": True, "false": False}
# The SDK imports these for type checkers only, for `RequestOptions`, which are no parameters.
SDK_NAMES = {"StripeContext": object, "Mapping": Mapping}


def read_parameters(given: Object, shape: Any, path: str = "") -> Object:  # noqa: ANN401 - a TypedDict
    """Return the parameters with the types of a shape; None stands for a value to unset.

    Raises:
        StripeRefusal: a parameter is unknown, missing or malformed.
    """
    fields = list_fields(shape)
    values = {}
    for name, value in given.items():
        place = f"{path}[{name}]" if path else name
        if name not in fields:
            raise StripeRefusal(
                f"Received unknown parameter: {place}", code="parameter_unknown", param=place
            )
        values[name] = read_value(value, fields[name], place)
    for name in sorted(shape.__required_keys__ - given.keys()):
        place = f"{path}[{name}]" if path else name
        raise StripeRefusal(
            f"Missing required param: {place}.", code="parameter_missing", param=place
        )
    return values


@cache
def list_fields(shape: Any) -> Object:  # noqa: ANN401 - a TypedDict
    """Return the type of each parameter of a shape."""
    hints = get_type_hints(shape, localns=SDK_NAMES)
    options = getattr(RequestOptions, "__annotations__", {})
    return {name: kind for name, kind in hints.items() if name not in options}


def read_value(value: Any, kind: Any, place: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return one value as its type.

    Raises:
        StripeRefusal: it is not of this type.
    """
    origin = get_origin(kind)
    if origin in {Union, types.UnionType}:
        return read_union(value, get_args(kind), place)
    if origin is Literal:
        return read_word(value, get_args(kind), place)
    if origin is list:
        if not isinstance(value, list):
            raise build_refusal("array", value, place)
        inner = get_args(kind)[0]
        return [read_value(each, inner, f"{place}[{n}]") for n, each in enumerate(value)]
    if origin is dict:
        return read_mapping(value, get_args(kind)[1], place)
    if hasattr(kind, "__required_keys__"):
        if not isinstance(value, dict):
            raise build_refusal("object", value, place)
        return read_parameters(value, kind, place)
    return read_plain(value, kind, place)


def read_plain(value: Any, kind: Any, place: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return a text, number or truth.

    Raises:
        StripeRefusal: the text cannot be read as this type.
    """
    if not isinstance(value, str):
        raise build_refusal("string", value, place)
    if not value:
        raise StripeRefusal(
            f"You passed an empty string for '{place}'. We assume empty values are an attempt to"
            f" unset a parameter; however '{place}' cannot be unset.",
            code="parameter_invalid_empty",
            param=place,
        )
    try:
        if kind is bool:
            return TRUTHS[value]
        return value if kind is str else kind(Decimal(value) if kind is float else value)
    except (ValueError, KeyError, InvalidOperation):
        word = {bool: "boolean", int: "integer"}.get(kind, "decimal")
        raise build_refusal(word, value, place) from None


def read_union(value: Any, kinds: tuple[Any, ...], place: str) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value that may have several types.

    Raises:
        StripeRefusal: it has none of them.
    """
    words = [word for kind in kinds if get_origin(kind) is Literal for word in get_args(kind)]
    if value in words if isinstance(value, str) else False:
        return value or None
    # `Literal[…] | str` is an open list of words for type checkers: Stripe refuses other words.
    open_words = any(words)
    others = [
        kind
        for kind in kinds
        if get_origin(kind) is not Literal
        and (get_origin(kind) in {list, dict} or isinstance(kind, type))
        and not (kind is str and open_words)
    ]
    problem = None
    for kind in others:
        try:
            return read_value(value, kind, place)
        except StripeRefusal as refused:
            problem = problem or refused
    raise problem or build_refusal(f"{place}: must be one of {', '.join(words)}", value, place)


def read_word(value: Any, words: tuple[str, ...], place: str) -> str | None:  # noqa: ANN401 - any JSON value
    """Return one of the listed words, or None for the empty one.

    Raises:
        StripeRefusal: it is another word.
    """
    if not isinstance(value, str) or value not in words:
        raise build_refusal(f"{place}: must be one of {', '.join(words)}", value, place)
    return value or None


def read_mapping(value: Any, kind: Any, place: str) -> Object:  # noqa: ANN401 - any JSON value
    """Return a mapping of any names; an empty text removes its name.

    Raises:
        StripeRefusal: it is no mapping, or a value is malformed.
    """
    if not isinstance(value, dict):
        raise build_refusal("object", value, place)
    return {
        name: each if each == "" else read_value(each, kind, f"{place}[{name}]")
        for name, each in value.items()
    }


def build_refusal(kind: str, value: object, place: str) -> StripeRefusal:
    """Build Stripe's refusal of a malformed value."""
    text = f"Invalid {kind}" if ":" in kind else f"Invalid {kind}: {value}"
    return StripeRefusal(text, code=f"parameter_invalid_{kind}" if kind == "integer" else None,
                         param=place)  # fmt: skip
