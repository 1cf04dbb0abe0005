"""Recorded requests and answers of a real gateway: every example in our documents.

There is one file for each operation, written by `python -m tests.examples.record`. Each is read
once, when the first document is built.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedAnswer:
    """An answer of the gateway; `body` is JSON or text, None where there is none to show."""

    status: int
    headers: Mapping[str, str]
    type: str = ""
    body: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCall:
    """One call of an operation: its name as an example, the request and the answer."""

    name: str
    answer: RecordedAnswer
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


@cache
def list_calls(operation_id: str) -> Sequence[RecordedCall]:
    """List the calls of an operation, the usual one first; none if it was not recorded yet."""
    calls = _load(operation_id) or []
    return [RecordedCall(**{**call, "answer": RecordedAnswer(**call["answer"])}) for call in calls]


def find_header(name: str, operation_id: str) -> str | None:
    """Return the first value of a header that the answers of an operation have."""
    values = (call.answer.headers.get(name) for call in list_calls(operation_id))
    return next((value for value in values if value is not None), None)


def find_sent_header(name: str, operation_id: str) -> str | None:
    """Return the first value of a header that the requests of an operation have."""
    values = (call.headers.get(name) for call in list_calls(operation_id))
    return next((value for value in values if value is not None), None)


def list_query_values(operation_id: str, name: str) -> Iterator[Any]:
    """Yield the values that were sent as a parameter of the query."""
    return (call.query[name] for call in list_calls(operation_id) if name in call.query)


@cache
def load_problems() -> Mapping[str, Any]:
    """Load the recorded refusals by their codes."""
    return _load("problems") or {}


@cache
def load_webhooks() -> Mapping[str, Any]:
    """Load the webhook messages that a receiver got, by type: `headers` and `body`."""
    return _load("webhooks") or {}


def _load(name: str) -> Any:  # noqa: ANN401 - JSON
    path = FOLDER / f"{name}.json"
    return json.loads(path.read_bytes()) if path.is_file() else None
