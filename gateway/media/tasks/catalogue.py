"""All tasks: found by name, read from a request, and described for people and agents."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any, TypedDict

from pydantic import BaseModel, ValidationError
from pydantic.json_schema import GenerateJsonSchema

from gateway.kit import money
from gateway.kit.wire.json_schema import JsonSchema
from gateway.kit.wire.misspellings import build_suggestion
from gateway.kit.wire.validation import problem_from_validation
from gateway.kit.wire.whole_numbers import validate_whole_numbers
from gateway.media.errors import TaskNotEnabled, UnknownTask
from gateway.media.tasks import (
    audio_generate,
    guidance,
    image_edit,
    image_generate,
    image_upscale,
    video_combine,
    video_extend,
    video_generate,
    video_upscale,
)
from gateway.media.tasks.base import INPUT, In, Limit, Task
from gateway.media.tasks.input_json import InputJson
from gateway.media.tasks.prices import PriceRule, PriceTable

JSON_SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"
TASKS: Mapping[str, Task[Any]] = {
    task.name: task
    for task in (
        image_generate.TASK,
        image_edit.TASK,
        image_upscale.TASK,
        video_generate.TASK,
        video_extend.TASK,
        video_upscale.TASK,
        video_combine.TASK,
        audio_generate.TASK,
    )
}
ENABLED_TASKS = frozenset(name for name, task in TASKS.items() if task.enabled)


# Names that clients try, and the task that does just that.
TASK_SYNONYMS = {
    "video.merge": "video.combine",
    "video.concat": "video.combine",
    "video.join": "video.combine",
    "video.stitch": "video.combine",
    "video.create": "video.generate",
    "image.create": "image.generate",
}


class _PlainSchema(GenerateJsonSchema):
    """JSON Schema without a title on every field: the names say it."""

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002
        """Return False for every field."""
        return False


def get_task(name: str, enabled: Collection[str] = ENABLED_TASKS) -> Task[Any]:
    """Return the task of this name.

    Raises:
        UnknownTask: there is none.
        TaskNotEnabled: it is not among the enabled ones.
    """
    if name in TASKS and name in enabled:
        return TASKS[name]
    usable = [each for each in TASKS if each in enabled]
    if name not in TASKS:
        # Tasks that are still to come are not suggested.
        suggestions = [each for each in usable if each in ENABLED_TASKS]
        hint = suggest_task(name, suggestions)
        raise UnknownTask(field="task", hint=hint)
    hint = f"Enabled tasks: {', '.join(usable)}."
    raise TaskNotEnabled(f"`{name}` is not enabled here.", field="task", hint=hint)


def suggest_task(name: str, known_tasks: Sequence[str], *, otherwise: str = "Enabled tasks") -> str:
    """Return a hint that names the known task which is meant, or else all of them."""
    return build_suggestion(TASK_SYNONYMS.get(name, name), known_tasks, otherwise=otherwise)


def read_input(task: Task[In], value: Mapping[str, Any]) -> In:
    """Return the input model that a JSON object holds, checked.

    Raises:
        InvalidInput: an unknown field, a value outside its limits, half a size, no source.
        ConflictingInput: fields that exclude each other.
        MissingAnchor: reference audio without a frame to start from.
    """
    try:
        task_input = validate_whole_numbers(value, task.model.model_validate)
    except ValidationError as error:
        raise problem_from_validation(error, task.model, INPUT) from None
    task.check_input(task_input)
    return task_input


def list_input_fields() -> list[str]:
    """Return the wire names of all fields of all inputs."""
    models: list[type[BaseModel]] = [task.model for task in TASKS.values()]
    names = (field.alias or name for each in models for name, field in each.model_fields.items())
    return list(dict.fromkeys(names))


def build_input_schema(task: Task[Any]) -> JsonSchema:
    """Return the JSON Schema 2020-12 of a task's input."""
    model: type[BaseModel] = task.model
    return {"$schema": JSON_SCHEMA_DIALECT, **_build_model_schema(model)}


@cache
def _build_model_schema(model: type[BaseModel]) -> JsonSchema:
    return model.model_json_schema(by_alias=True, schema_generator=_PlainSchema)


def get_example_input(task: Task[Any]) -> InputJson:
    """Return a valid input of a task, in wire names."""
    extra: Any = task.model.model_config["json_schema_extra"]
    first: InputJson = extra["examples"][0]
    return first


class TaskEntry(TypedDict):
    """A task as the catalogue shows it."""

    task: str
    title: str
    description: str
    enabled: bool
    inputSchema: JsonSchema
    price: PriceRule
    limits: dict[str, Limit]
    guidance: list[str]
    example: InputJson
    runLimitSeconds: int


def build_task_entry(
    task: Task[Any], prices: PriceTable, enabled: Collection[str] = ENABLED_TASKS
) -> TaskEntry:
    """Return the catalogue entry of a task, without its capacity."""
    rates = prices.video_combine
    amounts = {
        "clip": f"${money.render_usd(rates.clip_microusd)}",
        "minimum": f"${money.render_usd(rates.minimum_microusd)}",
    }
    return {
        "task": task.name,
        "title": task.title,
        "description": task.description,
        "enabled": task.name in enabled,
        "inputSchema": build_input_schema(task),
        "price": task.build_price_rule(prices),
        "limits": dict(task.limits),
        "guidance": [text.format(**amounts) for text in (*task.guidance, guidance.OUTPUTS)],
        "example": get_example_input(task),
        "runLimitSeconds": task.run_limit_seconds,
    }
