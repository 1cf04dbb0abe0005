"""The fields that every job of this door may have, and the submit that they become."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from gateway.doors.openai.reading import DoorFields
from gateway.kit.errors import ConflictingInput
from gateway.kit.wire.json_text import JsonObject

PERSON_FIELDS = ("user", "safety_identifier")


class JobFields(DoorFields):
    """The fields of pictures and clips alike; most are ours, and mean what they do at `/api/v1`."""

    model: str | None = Field(None, max_length=200)
    prompt: str
    seed: int | None = None
    negative_prompt: str | None = None
    strict: bool | None = None
    max_price_usd: str | None = Field(None, description="Dollars as a string, as 0.30.")
    project_id: str | None = None
    metadata: dict[str, str] | None = None
    webhook: dict[str, Any] | None = None
    user: str | None = None
    safety_identifier: str | None = None


def build_submit_body(
    task: str, task_input: Mapping[str, object], fields: JobFields, most_price: str | None
) -> JsonObject:
    """Return the body of a submit, without what was not sent.

    Raises:
        ConflictingInput: two fields give the metadata `user` or `safety_identifier`.
    """
    body = {
        "task": task,
        "input": drop_absent(task_input),
        "strict": fields.strict,
        "maxPriceUsd": most_price,
        "projectId": fields.project_id,
        "metadata": _build_metadata(fields),
        "webhook": fields.webhook,
    }
    return drop_absent(body)


def drop_absent(values: Mapping[str, object]) -> JsonObject:
    """Return the values that are there."""
    return {name: value for name, value in values.items() if value is not None}


def _build_metadata(fields: JobFields) -> dict[str, str] | None:
    """Return the metadata of a job: what was sent as such, and who the client says it is for."""
    people = drop_absent({name: getattr(fields, name) for name in PERSON_FIELDS})
    metadata: dict[str, str] = fields.metadata or {}
    for name in people.keys() & metadata.keys():
        raise ConflictingInput(
            f"`{name}` and `metadata` both give `{name}`.", field=name, hint="Give it once."
        )
    return (metadata | people) or None
