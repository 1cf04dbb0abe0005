"""Operations on webhooks."""

import json
from typing import cast
from urllib.parse import urlsplit, urlunsplit

from sqlalchemy import func, select

from gateway.kit import audit_log
from gateway.kit.audit_log import Actor
from gateway.kit.clock import to_iso
from gateway.kit.database.sessions import Session, Snapshot
from gateway.kit.errors import NotFound
from gateway.kit.operation import Call, Caller, operation
from gateway.kit.roles import Role
from gateway.media.errors import WebhookUrlRefused
from gateway.media.schemas import WebhookEvent
from gateway.media.states import DeliveryState
from gateway.media.tables import WebhookDelivery
from gateway.media.webhooks import schemas
from gateway.media.webhooks.deliveries import REQUEUE_DELIVERY
from gateway.media.webhooks.sender import WebhookSender

PATH = "/api/v1/media/webhooks"
# A delivery that is being sent is still pending to its owner.
STATES_OF_STATUS = {DeliveryState.PENDING: (DeliveryState.PENDING, DeliveryState.SENDING)}


@operation("GET", PATH, tag="webhooks", response=schemas.WebhookSettings, scopes=("admin",))
async def get_webhooks(
    caller: Caller, session: Session, webhooks: WebhookSender
) -> schemas.WebhookSettings:
    """Read the webhook secret of this account and mode, and delivery counters."""
    return await _render_settings(caller, session, webhooks)


@operation(
    "POST",
    f"{PATH}/rotate-secret",
    tag="webhooks",
    response=schemas.WebhookSettings,
    scopes=("admin",),
)
async def rotate_webhook_secret(
    call: Call, caller: Caller, session: Session, webhooks: WebhookSender
) -> schemas.WebhookSettings:
    """Create a new secret that signs from now on; the previous one also signs for 24 hours."""
    await webhooks.secrets.rotate(session, caller.ledger_account)
    settings = await _render_settings(caller, session, webhooks)
    values = {"mode": caller.book}
    await audit_log.record(
        session, Actor.from_call(call), "webhook_secret.rotate", caller.account_id, after=values
    )
    return settings


@operation(
    "GET",
    f"{PATH}/deliveries",
    tag="webhooks",
    response=schemas.DeliveryPage,
    scopes=("media",),
    least_role=Role.DEVELOPER,  # an address of a webhook may hold a secret
)
async def list_webhook_deliveries(
    caller: Caller, query: schemas.DeliveryQuery, session: Snapshot
) -> schemas.DeliveryPage:
    """List the deliveries of the last 30 days with their attempts, newest first."""
    statement = select(WebhookDelivery).where(WebhookDelivery.account_id == caller.ledger_account)
    if query.job_id is not None:
        statement = statement.where(WebhookDelivery.job_id == query.job_id)
    if query.status is not None:
        states = STATES_OF_STATUS.get(query.status, (query.status,))
        statement = statement.where(WebhookDelivery.state.in_(states))
    if query.cursor is not None:
        statement = statement.where(WebhookDelivery.id < query.cursor)
    statement = statement.order_by(WebhookDelivery.id.desc()).limit(query.limit + 1)
    rows = (await session.scalars(statement)).all()
    page = rows[: query.limit]
    has_more = len(rows) > query.limit
    return schemas.DeliveryPage(
        data=[_render_delivery(row) for row in page], next_cursor=page[-1].id if has_more else None
    )


@operation(
    "POST",
    f"{PATH}/redeliver",
    tag="webhooks",
    response=schemas.Delivery,
    status=202,
    scopes=("media",),
    problems=(NotFound,),
)
async def redeliver_webhook(
    caller: Caller, body: schemas.RedeliverWebhook, webhooks: WebhookSender
) -> schemas.Delivery:
    """Send a delivery again, at once and under the same `webhook-id`; its retries start over."""
    statement = select(WebhookDelivery).where(
        WebhookDelivery.id == body.delivery_id,
        WebhookDelivery.account_id == caller.ledger_account,
    )
    turn = webhooks.turns.take(str(caller.ledger_account))
    async with turn, webhooks.database.write() as session:
        row = await session.scalar(statement)
        if row is None:
            raise NotFound
        await session.change(REQUEUE_DELIVERY, [(row.id,)])
        await session.refresh(row)
        return _render_delivery(row)


@operation(
    "POST",
    f"{PATH}/test",
    tag="webhooks",
    response=schemas.TestedWebhook,
    scopes=("media",),
    problems=(WebhookUrlRefused,),
)
async def test_webhook(
    caller: Caller, body: schemas.TestWebhook, webhooks: WebhookSender
) -> schemas.TestedWebhook:
    """Send a signed `test.ping` to a URL now, and report the result; at most 10 a minute."""
    tried = await webhooks.ping(caller, body.url)
    return schemas.TestedWebhook(
        http_status=tried.http_status, duration_ms=tried.duration_ms, error=tried.error
    )


async def _render_settings(
    caller: Caller, session: Session, webhooks: WebhookSender
) -> schemas.WebhookSettings:
    current, *older = await webhooks.secrets.get_or_create(
        session, caller.ledger_account, caller.book
    )
    previous = older[0] if older else None
    counted = await session.execute(
        select(WebhookDelivery.state, func.count())
        .where(WebhookDelivery.account_id == caller.ledger_account)
        .group_by(WebhookDelivery.state)
    )
    counts = {row[0]: row[1] for row in counted}
    counts[DeliveryState.PENDING] = counts.get(DeliveryState.PENDING, 0) + counts.pop(
        DeliveryState.SENDING, 0
    )
    ends_at = None if previous is None else previous.ends_at
    return schemas.WebhookSettings(
        secret=current.text,
        previous_secret=None if previous is None else previous.text,
        previous_secret_ends_at=None if ends_at is None else to_iso(ends_at),
        deliveries=schemas.WebhookCounters(**counts),
    )


def _render_delivery(row: WebhookDelivery) -> schemas.Delivery:
    scheme, host, path, _, _ = urlsplit(row.url)
    return schemas.Delivery(
        delivery_id=row.id,
        job_id=row.job_id,
        type=cast("WebhookEvent", row.type),
        url=urlunsplit((scheme, host, path, "", "")),
        status=DeliveryState.PENDING if row.state == DeliveryState.SENDING else row.state,
        tries=json.loads(row.tries_json),
        next_try_at=None if row.next_try_at is None else to_iso(row.next_try_at),
        created_at=to_iso(row.created_at),
    )
