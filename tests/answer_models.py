"""A check of each successful answer against the model that its operation declares.

Every client of a test gateway runs it, so that an undeclared field fails the test that met it.
"""

import re
from functools import cache

import httpx2
from pydantic import TypeAdapter, ValidationError

from gateway.catalogue import list_operations
from gateway.kit.operation import JSON_MEDIA_TYPE, Operation


def assert_matches_model(answer: httpx2.Response) -> None:
    """Check a successful answer of an operation against its response models.

    Raises:
        AssertionError: A field is undeclared, missing or of another type.
    """
    if not answer.is_success or answer.headers.get("content-type") != JSON_MEDIA_TYPE:
        return
    operation = find_operation(answer.request.method, answer.request.url.path)
    if operation is None:
        return
    adapter = build_answer_adapter(operation)
    try:
        adapter.validate_json(answer.read(), extra="forbid", by_name=False, by_alias=True)
    except ValidationError as error:
        raise AssertionError(f"{operation.id} answers other than it declares: {error}") from None


@cache
def find_operation(method: str, path: str) -> Operation | None:
    """Return the operation that serves this method and path; None for pages and unknown paths."""
    for each in list_operations():
        if each.method == method and build_path_pattern(each.path).fullmatch(path):
            return each
    return None


@cache
def build_path_pattern(path: str) -> re.Pattern[str]:
    """Return a pattern for the paths of an operation, any value for each `{parameter}`."""
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)))


@cache
def build_answer_adapter(operation: Operation) -> TypeAdapter[object]:
    """Return the adapter that validates any successful answer of an operation."""
    kinds = operation.response
    for alternative in operation.alternatives:
        kinds |= alternative  # type: ignore[assignment]  # a union of models is a type too
    return TypeAdapter(kinds)
