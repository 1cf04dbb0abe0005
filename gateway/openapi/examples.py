"""The examples of the document, taken from the recorded calls."""

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.kit.operation import Operation
from gateway.kit.wire.json_schema import JsonSchema
from gateway.media.tasks.catalogue import TASKS
from gateway.recorded import RecordedCall, list_calls, list_query_values


def build_request_examples(each: Operation) -> JsonSchema:
    """Build the examples of a request body: each different one, by the name of its call."""
    examples: JsonSchema = {}
    for call in list_calls(each.id):
        known_bodies = [example["value"] for example in examples.values()]
        if call.body is not None and call.body not in known_bodies:
            title = {"summary": TASKS[call.name].title} if call.name in TASKS else {}
            examples[call.name] = title | {"value": call.body}
    return examples


def build_answer_examples(each: Operation, status: int, media_type: str) -> JsonSchema:
    """Build the examples of an answer: one for each set of fields, by the name of its call."""
    examples: JsonSchema = {}
    shapes: list[frozenset[str]] = []
    for call in _list_answered_calls(each, status, media_type):
        shape = frozenset(call.answer.body)
        if shape not in shapes:
            shapes.append(shape)
            examples[call.name] = {"value": call.answer.body}
    return examples


def find_text_example(each: Operation, status: int, media_type: str) -> str | None:
    """Return a recorded answer that is not JSON, None if there is none."""
    return next((call.answer.body for call in _list_answered_calls(each, status, media_type)), None)


def build_query_example(operation_id: str, name: str) -> Mapping[str, Any]:
    """Return the `example` of a query parameter, empty if none was recorded."""
    value = next(list_query_values(operation_id, name), None)
    return {} if value is None else {"example": value}


def _list_answered_calls(each: Operation, status: int, media_type: str) -> Iterator[RecordedCall]:
    for call in list_calls(each.id):
        answer = call.answer
        if (answer.status, answer.type) == (status, media_type) and answer.body is not None:
            yield call
