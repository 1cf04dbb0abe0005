"""Expansion of ids in an answer to the objects that they name, at most four levels deep."""

from typing import Any

from gateway.stripe_stand_in.store import INCLUDABLE_FIELDS, Object, Store, StripeRefusal

MAX_LEVELS = 4


def expand_answer(store: Store, answer: Object, paths: list[str]) -> Object:
    """Return an answer with the named properties expanded.

    Raises:
        StripeRefusal: a path is too deep, or names what cannot be expanded.
    """
    for path in paths:
        names = path.split(".")
        if len(names) > MAX_LEVELS:
            raise StripeRefusal(
                f"You cannot expand more than 4 levels of a property. Property: {path}",
                param="expand",
            )
        answer = expand_property(store, answer, names)
    return answer


def expand_property(store: Store, value: Any, names: list[str]) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value with one property expanded.

    Raises:
        StripeRefusal: there is no such property, or it holds no id.
    """
    if isinstance(value, list):
        return [expand_property(store, each, names) for each in value]
    if value is None:
        return None
    name, *rest = names
    hidden = f"_{name}" if name in INCLUDABLE_FIELDS else name
    if name not in value and hidden not in value:
        raise StripeRefusal(f"This property cannot be expanded ({name}).", param="expand")
    inner = value[name] if name in value else value[hidden]
    if isinstance(inner, str):
        inner = store.find_any(inner)
        if inner is None:
            raise StripeRefusal(f"This property cannot be expanded ({name}).", param="expand")
    return value | {name: expand_property(store, inner, rest) if rest else inner}
