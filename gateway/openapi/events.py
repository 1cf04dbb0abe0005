"""The messages we send to webhooks, in the document."""

from typing import Any, Literal

from gateway.kit.models import Wire
from gateway.media.job_schemas import Job


class PingData(Wire):
    """What a test tells."""

    livemode: bool


class JobStarted(Wire):
    """A job began to run for the first time."""

    type: Literal["job.started"]
    timestamp: str
    data: Job


class JobCompleted(Wire):
    """A job ended, whatever its end."""

    type: Literal["job.completed"]
    timestamp: str
    data: Job


class Ping(Wire):
    """A message that somebody asked for, to try a receiver."""

    type: Literal["test.ping"]
    timestamp: str
    data: PingData


EVENTS: dict[str, type[Wire]] = {
    "job.started": JobStarted,
    "job.completed": JobCompleted,
    "test.ping": Ping,
}
HEADERS = {
    "webhook-id": (
        "The delivery; the same on every attempt. Process each only once.",
        "whd_01J8ZQ4V8Y6T3N5R7W9XABCDEF",
    ),
    "webhook-timestamp": (
        "Seconds since 1970; reject anything older than 5 minutes.",
        "1795615200",
    ),
    "webhook-signature": (
        "`v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`, several separated by spaces.",
        "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
    ),
}


def webhooks(examples: dict[str, Any]) -> dict[str, Any]:
    """Return the `webhooks` of the document; `examples` has a body for each model's name."""
    parameters = [
        {
            "name": name,
            "in": "header",
            "required": True,
            "description": words,
            "schema": {"type": "string", "minLength": 1, "maxLength": 1000},
            "example": shown,
        }
        for name, (words, shown) in HEADERS.items()
    ]
    return {
        event: {
            "post": {
                "operationId": f"on{model.__name__}",
                "tags": ["webhooks"],
                "summary": (model.__doc__ or "").rstrip("."),
                "description": f"{model.__doc__} Signed following standardwebhooks.com.",
                "security": [],
                "parameters": parameters,
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {"$ref": f"#/components/schemas/{model.__name__}"},
                            "examples": {event: {"value": examples[model.__name__]}},
                        }
                    },
                },
                "responses": {
                    "2XX": {"description": "Accepted; it is not sent again."},
                    "410": {"description": "Nothing more is sent to this URL for this job."},
                    "4XX": {"description": "Not accepted; it is retried for a day."},
                },
            }
        }
        for event, model in EVENTS.items()
    }
