"""Submits of this door: one intended picture is one job, however often a client asks for it."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.doors.openai.door import Exchange, OpenAiDoor
from gateway.doors.openai.multipart import FormFile
from gateway.kit import idempotency
from gateway.kit.operation import Answer
from gateway.kit.wire.json_text import JsonObject
from gateway.kit.wire.request_reader import parse_json_object
from gateway.media.inputs.workspace import ATTACHED_SCHEME
from gateway.media.operations import submit_job


async def submit_once(
    door: OpenAiDoor, exchange: Exchange, body: JsonObject, files: Sequence[FormFile] = ()
) -> str:
    """Submit a job, or find the one that an earlier request with the same key made; return its id.

    `files` are those that the body names as `attached://`.

    Raises:
        Problem: any refusal; nothing was held.
    """
    key = idempotency.read_key(exchange.request.headers)
    attachments = {file.sha256: file.path for file in files}
    call = replace(exchange.call, idempotency_key=key, attachments=attachments)
    answer: Answer = await door.perform(submit_job, call, body)
    door.admission.forget_credit(exchange.facts)
    exchange.facts.replayed = "Idempotency-Replayed" in answer.headers
    job_id: str = parse_json_object(answer.body)["jobId"]
    return job_id


def to_attached_url(file: FormFile) -> str:
    """Return the reference by which the body of a submit names a file of the form."""
    return f"{ATTACHED_SCHEME}{file.sha256}"
