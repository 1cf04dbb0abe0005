"""The examples of the document, taken from what was recorded."""

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.kit.json_schema import JsonSchema
from gateway.kit.operation import Operation
from gateway.media.tasks.catalogue import TASKS
from gateway.recorded import RecordedCall, list_calls, list_query_values


def request_examples(each: Operation) -> JsonSchema:
    """Return each different body that was sent, by the name of its call."""
    found: JsonSchema = {}
    for call in list_calls(each.id):
        known = [shown["value"] for shown in found.values()]
        if call.body is not None and call.body not in known:
            title = {"summary": TASKS[call.name].title} if call.name in TASKS else {}
            found[call.name] = title | {"value": call.body}
    return found


def answer_examples(each: Operation, status: int, media_type: str) -> JsonSchema:
    """Return an answer of each shape that came with this status, by the name of its call."""
    found: JsonSchema = {}
    shapes: list[frozenset[str]] = []
    for call in _answered(each, status, media_type):
        shape = frozenset(call.answer.body)
        if shape not in shapes:
            shapes.append(shape)
            found[call.name] = {"value": call.answer.body}
    return found


def find_text(each: Operation, status: int, media_type: str) -> str | None:
    """Return an answer that is not JSON, None where none was recorded."""
    return next((call.answer.body for call in _answered(each, status, media_type)), None)


def query_example(operation_id: str, name: str) -> Mapping[str, Any]:
    """Return the `example` of a parameter as it was sent; nothing if it never was."""
    value = next(list_query_values(operation_id, name), None)
    return {} if value is None else {"example": value}


def _answered(each: Operation, status: int, media_type: str) -> Iterator[RecordedCall]:
    for call in list_calls(each.id):
        answer = call.answer
        if (answer.status, answer.type) == (status, media_type) and answer.body is not None:
            yield call
