"""Holds every good answer to the models that its operation declares: not a field more."""

import re
from functools import cache

import httpx2
from pydantic import TypeAdapter, ValidationError

from gateway.catalogue import list_operations
from gateway.kit.operation import JSON_MEDIA_TYPE, Operation


def hold_to_model(answer: httpx2.Response) -> None:
    """Fail if a 2xx of an operation is not what the operation declares.

    Raises:
        AssertionError: it has a field that no model declares, or lacks or mistypes one.
    """
    if not answer.is_success or answer.headers.get("content-type") != JSON_MEDIA_TYPE:
        return
    found = operation_of(answer.request.method, answer.request.url.path)
    if found is None:
        return
    try:
        adapter_of(found).validate_json(answer.read(), extra="forbid", by_name=False, by_alias=True)
    except ValidationError as error:
        raise AssertionError(f"{found.id} answers other than it declares: {error}") from None


@cache
def operation_of(method: str, path: str) -> Operation | None:
    """Return the operation at a place, None if there is a page or nothing."""
    for each in list_operations():
        if each.method == method and pattern_of(each.path).fullmatch(path):
            return each
    return None


@cache
def pattern_of(path: str) -> re.Pattern[str]:
    """Return what a path with its parameters matches."""
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)))


@cache
def adapter_of(operation: Operation) -> TypeAdapter[object]:
    """Return what reads a good answer of an operation."""
    kinds = operation.response
    for alternative in operation.alternatives:
        kinds |= alternative  # type: ignore[assignment]  # a union of models is a type too
    return TypeAdapter(kinds)
