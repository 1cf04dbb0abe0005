"""Webhooks on the wire."""

from typing import Literal

from pydantic import Field

from gateway.kit.wire.field_types import (
    Count,
    CreatedAt,
    HttpStatus,
    Instant,
    Many,
    Milliseconds,
    NextCursor,
    Text,
    Url,
)
from gateway.kit.wire.id_types import DeliveryId, JobId
from gateway.kit.wire.models import RequestModel, WireModel
from gateway.media.schemas import WebhookEvent
from gateway.media.states import DeliveryState

DeliveryStatus = Literal[
    DeliveryState.PENDING, DeliveryState.DELIVERED, DeliveryState.STOPPED, DeliveryState.FAILED
]


class WebhookCounters(WireModel):
    """Deliveries of the last 30 days, counted by state."""

    pending: Count = Field(0, description="Messages still to be sent.")
    delivered: Count = Field(0, description="Messages that a receiver accepted.")
    stopped: Count = Field(0, description="Messages a receiver permanently declined.")
    failed: Count = Field(0, description="How many failed.")


class WebhookSettings(WireModel):
    """Webhook secrets of this account and mode; the previous one signs until its end."""

    secret: Text = Field(description="The secret messages are signed with.")
    previous_secret: Text | None = Field(
        description="The previous secret, which also signs until it expires."
    )
    previous_secret_ends_at: Instant | None = Field(
        description="When the previous secret stops signing, in UTC."
    )
    deliveries: WebhookCounters


class DeliveryQuery(RequestModel):
    """The deliveries to list."""

    job_id: JobId | None = Field(None, description="Only deliveries for this job.")
    status: DeliveryStatus | None = Field(None, description="Only deliveries with this status.")
    limit: int = Field(20, ge=1, le=100, description="Maximum number of deliveries in a page.")
    cursor: DeliveryId | None = Field(None, description="`nextCursor` of the previous page.")


class DeliveryTry(WireModel):
    """One try; without `error` the receiver accepted it."""

    at: Instant = Field(description="When it happened, in UTC.")
    http_status: HttpStatus | None
    duration_ms: Milliseconds
    error: Text | None = Field(description="Why it was not accepted; null if it was.")


class Delivery(WireModel):
    """One message to a receiver; `stopped` is by a 410, `failed` is after the last retry."""

    delivery_id: DeliveryId
    job_id: JobId
    type: WebhookEvent = Field(description="Which event it is.")
    url: Url = Field(description="Without its query string.")
    status: DeliveryStatus = Field(description="Its progress.")
    tries: Many[DeliveryTry] = Field(description="Each attempt to send it.")
    next_try_at: Instant | None = Field(description="When it is sent next, in UTC.")
    created_at: CreatedAt


class DeliveryPage(WireModel):
    """A page of deliveries, newest first."""

    data: Many[Delivery] = Field(description="The deliveries, newest first.")
    next_cursor: NextCursor | None


class RedeliverWebhook(RequestModel):
    """The delivery to send again."""

    delivery_id: DeliveryId = Field(description="A delivery of the last 30 days.")


class TestWebhook(RequestModel):
    """The URL for a `test.ping`."""

    url: str = Field(
        min_length=1,
        max_length=2048,
        description="A public https URL on port 443.",
        examples=["https://example.com/hooks/media"],
    )


class TestedWebhook(WireModel):
    """The result of the ping; without `error` it was accepted."""

    http_status: HttpStatus | None
    duration_ms: Milliseconds
    error: Text | None = Field(description="Why it was not accepted; null if it was.")
