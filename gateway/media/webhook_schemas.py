"""Webhooks on the wire."""

from typing import Literal

from pydantic import Field

from gateway.kit.id_types import DeliveryId, JobId
from gateway.kit.models import Request, Wire
from gateway.media.schemas import WebhookEvent

DeliveryStatus = Literal["pending", "delivered", "stopped", "failed"]


class WebhookCounters(Wire):
    """How many deliveries of the last 30 days are in each state."""

    pending: int = 0
    delivered: int = 0
    stopped: int = 0
    failed: int = 0


class WebhookSettings(Wire):
    """What signs the webhooks of this account and mode; the previous secret signs until its end."""

    secret: str
    previous_secret: str | None
    previous_secret_ends_at: str | None
    deliveries: WebhookCounters


class DeliveryQuery(Request):
    """Which deliveries to list."""

    job_id: JobId | None = Field(None, description="Only deliveries for this job.")
    status: DeliveryStatus | None = Field(None, description="Only deliveries with this status.")
    limit: int = Field(20, ge=1, le=100, description="Maximum number of deliveries in a page.")
    cursor: DeliveryId | None = Field(None, description="`nextCursor` of the previous page.")


class DeliveryTry(Wire):
    """One try; without `error` the receiver accepted it."""

    at: str
    http_status: int | None
    duration_ms: int
    error: str | None


class Delivery(Wire):
    """One message to a receiver; `stopped` is by a 410, `failed` is after the last retry."""

    delivery_id: str
    job_id: str
    type: WebhookEvent
    url: str = Field(description="Without its query string.")
    status: DeliveryStatus
    tries: list[DeliveryTry]
    next_try_at: str | None
    created_at: str


class DeliveryPage(Wire):
    """A page of deliveries, newest first."""

    data: list[Delivery]
    next_cursor: str | None


class RedeliverWebhook(Request):
    """The delivery to send again."""

    delivery_id: DeliveryId = Field(description="A delivery of the last 30 days.")


class TestWebhook(Request):
    """Where to send a `test.ping`."""

    url: str = Field(
        min_length=1,
        max_length=2048,
        description="A public https URL on port 443.",
        examples=["https://example.com/hooks/media"],
    )


class TestedWebhook(Wire):
    """The result of the ping; without `error` it was accepted."""

    http_status: int | None
    duration_ms: int
    error: str | None
