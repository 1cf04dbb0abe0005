"""Answers of a gateway that is newer than the client: more fields, and words it does not know."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Union, get_args

import pytest
from pydantic import TypeAdapter

from gateway import recorded
from gateway.catalogue import list_operations
from killatamata import types
from killatamata.model import Model, Word

NEW_FIELD, NEW_WORD = "fieldOfTomorrow", "word_of_tomorrow"


def list_known_answers() -> Iterator[tuple[str, Model]]:
    """Yield each recorded answer that the client has a model for, as it reads it."""
    for operation in list_operations():
        names = [each.__name__ for each in (operation.response, *operation.alternatives)]
        kinds = [getattr(types, name) for name in names if hasattr(types, name)]
        for call in recorded.list_calls(operation.id):
            is_answer = call.answer.status < HTTPStatus.MULTIPLE_CHOICES
            if kinds and is_answer and isinstance(call.answer.body, dict):
                adapter: TypeAdapter[Model] = TypeAdapter(Union[*kinds])  # type: ignore[arg-type]  # known at run time
                yield f"{operation.id}: {call.name}", adapter.validate_python(call.answer.body)


def is_choice(annotation: object) -> bool:
    """Return True if a field is a choice of words, or holds such choices."""
    parts = (*getattr(annotation, "__metadata__", ()), *get_args(annotation))
    return Word in parts or any(is_choice(each) for each in parts)


def age(body: Any, parsed: object) -> Any:  # noqa: ANN401 - JSON
    """Return this answer as a newer gateway would give it."""
    if isinstance(parsed, Model):
        fields = {
            field.alias: (is_choice(field.annotation) or Word in field.metadata, name)
            for name, field in type(parsed).model_fields.items()
        }
        newer = {NEW_FIELD: {"inside": [1]}}
        for key, value in body.items():
            chosen, name = fields.get(key, (False, ""))
            newer[key] = change_words(value) if chosen else age(value, getattr(parsed, name, None))
        return newer
    if isinstance(parsed, list):
        return [age(*pair) for pair in zip(body, parsed, strict=True)]
    if isinstance(parsed, dict):
        return {key: age(body[key], parsed[key]) for key in body}
    return body


def change_words(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, list):
        return [change_words(each) for each in value]
    return NEW_WORD if isinstance(value, str) else value


@pytest.mark.promise("client: newer-gateway")
def test_no_answer_of_a_newer_gateway_breaks_the_client() -> None:
    seen = 0
    for name, answer in list_known_answers():
        newer = age(answer.model_dump(mode="json", exclude_unset=True), answer)
        kept = type(answer).model_validate(newer).model_dump(mode="json", exclude_unset=True)
        assert kept == newer, name
        seen += NEW_WORD in str(newer)
    assert seen > 30
