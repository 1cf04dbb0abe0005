"""Recorded requests and answers of a real gateway: every example that we show.

One file for each operation, written by `python -m tests.examples.record`. They are read when the
first document is built, and once.
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
    """What the gateway answered; `body` is JSON or text, None where there is none to show."""

    status: int
    headers: Mapping[str, str]
    type: str = ""
    body: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCall:
    """One call of an operation: what it shows, what was sent, what came back."""

    name: str
    answer: RecordedAnswer
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


@cache
def list_calls(operation_id: str) -> Sequence[RecordedCall]:
    """Return the calls of an operation, the usual one first; none if it was not recorded yet."""
    found = _load(operation_id) or []
    return [RecordedCall(**{**each, "answer": RecordedAnswer(**each["answer"])}) for each in found]


def find_header(name: str, operation_id: str) -> str | None:
    """Return the first value of a header that the answers of an operation have."""
    values = (call.answer.headers.get(name) for call in list_calls(operation_id))
    return next((value for value in values if value is not None), None)


def find_sent_header(name: str, operation_id: str) -> str | None:
    """Return the first value of a header that the requests of an operation have."""
    values = (call.headers.get(name) for call in list_calls(operation_id))
    return next((value for value in values if value is not None), None)


def list_query_values(operation_id: str, name: str) -> Iterator[Any]:
    """Yield what was sent as a parameter of the query."""
    return (call.query[name] for call in list_calls(operation_id) if name in call.query)


@cache
def load_problems() -> Mapping[str, Any]:
    """Return by code the refusals that were provoked."""
    return _load("problems") or {}


@cache
def load_webhooks() -> Mapping[str, Any]:
    """Return by type the messages that a receiver got: `headers` and `body`."""
    return _load("webhooks") or {}


def _load(name: str) -> Any:  # noqa: ANN401 - JSON
    path = FOLDER / f"{name}.json"
    return json.loads(path.read_bytes()) if path.is_file() else None
