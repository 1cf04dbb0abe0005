"""The messages that we send to webhooks of customers, in the document."""

from inspect import getdoc
from typing import Literal

from pydantic import Field

from gateway.kit.telemetry.tracing import TRACE_ID_HEADER
from gateway.kit.wire.field_types import Instant
from gateway.kit.wire.json_schema import JsonSchema
from gateway.kit.wire.models import WireModel
from gateway.media.jobs.job_schemas import Job
from gateway.recorded import load_webhooks


class PingData(WireModel):
    """The data of a ping."""

    livemode: bool = Field(description="True for real money, false for play money.")


class JobStarted(WireModel):
    """A job began to run for the first time."""

    type: Literal["job.started"] = Field(description="Which event it is.")
    timestamp: Instant = Field(description="When it happened, in UTC.")
    data: Job


class JobCompleted(WireModel):
    """A job ended, with or without success."""

    type: Literal["job.completed"] = Field(description="Which event it is.")
    timestamp: Instant = Field(description="When it happened, in UTC.")
    data: Job


class Ping(WireModel):
    """A message that tests a receiver."""

    type: Literal["test.ping"] = Field(description="Which event it is.")
    timestamp: Instant = Field(description="When it happened, in UTC.")
    data: PingData


PING = "test.ping"
EVENT_MODELS: dict[str, type[WireModel]] = {
    "job.started": JobStarted,
    "job.completed": JobCompleted,
    PING: Ping,
}
HEADER_DESCRIPTIONS = {
    "webhook-id": "The delivery; the same on every attempt. Process each only once.",
    "webhook-timestamp": "Seconds since 1970; reject anything older than 5 minutes.",
    "webhook-signature": (
        "`v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`, several separated by spaces."
    ),
}
# On each message about a job.
JOB_HEADER_DESCRIPTIONS = {
    TRACE_ID_HEADER: "The trace of the job, as in the answer to its submit.",
}


def build_webhooks() -> JsonSchema:
    """Build the `webhooks` of the document; the examples are recorded messages."""
    return {
        event: {
            "post": {
                "operationId": f"on{model.__name__}",
                "tags": ["webhooks"],
                "summary": (getdoc(model) or "").rstrip("."),
                "description": f"{getdoc(model)} Signed following standardwebhooks.com.",
                "security": [],
                "parameters": _build_headers(event),
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {"$ref": f"#/components/schemas/{model.__name__}"}
                        }
                        | _build_examples(event)
                    },
                },
                "responses": {
                    "2XX": {"description": "Accepted; it is not sent again."},
                    "410": {"description": "Nothing more is sent to this URL for this job."},
                    "4XX": {"description": "Not accepted; it is retried for a day."},
                },
            }
        }
        for event, model in EVENT_MODELS.items()
    }


def _build_examples(event: str) -> JsonSchema:
    message = load_webhooks().get(event)
    return {} if message is None else {"examples": {event: {"value": message["body"]}}}


def _build_headers(event: str) -> list[JsonSchema]:
    sent = load_webhooks().get(event, {}).get("headers", {})
    of_job = {} if event == PING else JOB_HEADER_DESCRIPTIONS
    return [
        {
            "name": name,
            "in": "header",
            "required": True,
            "description": words,
            "schema": {"type": "string", "minLength": 1, "maxLength": 1000},
        }
        | ({"example": sent[name]} if name in sent else {})
        for name, words in (HEADER_DESCRIPTIONS | of_job).items()
    ]
