"""The free text of an input: what the client wrote, in any field."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal, get_args, get_origin

from gateway.media.tasks.base import Reference, TaskInput


def collect_free_texts(task_input: TaskInput, references: Sequence[Reference]) -> dict[str, str]:
    """Return every text of an input that is neither media nor a choice, by its path below `input`.

    A string counts as text unless it is known to be something else. Otherwise a field that a task
    gets later would pass the content rules unseen.
    """
    media = {reference.path for reference in references}
    return {path: text for path, text in _list_strings(task_input, "", media) if text}


def _list_strings(part: TaskInput, above: str, media: set[str]) -> Iterator[tuple[str, str]]:
    for name, field in type(part).model_fields.items():
        if not _is_choice(field.annotation):
            yield from _list_strings_of_value(getattr(part, name), f"{above}{field.alias}", media)


def _list_strings_of_value(value: object, path: str, media: set[str]) -> Iterator[tuple[str, str]]:
    if path in media:
        return
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, TaskInput):
        yield from _list_strings(value, f"{path}.", media)
    elif isinstance(value, tuple):
        for index, each in enumerate(value):
            yield from _list_strings_of_value(each, f"{path}.{index}", media)


def _is_choice(annotation: Any) -> bool:  # noqa: ANN401 - whatever a field is annotated with
    """Return True if a field takes only words that we defined (`Literal`), or nothing."""
    if get_origin(annotation) is Literal:
        return True
    members = [each for each in get_args(annotation) if each is not type(None)]
    return bool(members) and all(get_origin(each) is Literal for each in members)
