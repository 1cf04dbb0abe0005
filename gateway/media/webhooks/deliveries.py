"""The dispatcher of due webhook deliveries: each is claimed with a lease, in a task of its own.

A gateway that dies after sending, but before it recorded the outcome, leaves a lease that runs out:
the delivery is sent again under the same id, by which receivers tell repeats. No transaction is
open while a receiver answers. Slow receivers and busy accounts take only a share of the places, so
they do not hold up the others.
"""

import asyncio
import json
import logging
from collections import Counter
from functools import partial

from gateway.kit import faults
from gateway.kit.clock import DAY, HOUR, MINUTE, SECOND
from gateway.kit.database.sessions import Database, Session
from gateway.kit.database.sql import get_database_time, sql
from gateway.kit.queue import Sweep
from gateway.kit.telemetry import tracing
from gateway.kit.telemetry.metrics import WEBHOOK_DELAY_SECONDS, WEBHOOK_DELIVERIES
from gateway.media.jobs import queries
from gateway.media.jobs.outputs import OutputUrls
from gateway.media.states import DeliveryState
from gateway.media.tables import Job, WebhookDelivery
from gateway.media.webhooks.sender import SEND_SECONDS, DeliveryTry, WebhookSender, build_message

POLL_SECONDS = 0.5
LEASE = (SEND_SECONDS + 10) * SECOND
STOP_SECONDS = 5
GONE_STATUS = 410
MOST_AT_ONCE, MOST_OF_ACCOUNT, MOST_OF_URL = 64, 16, 4
KEPT_TRIES = 20
# Pauses before the second try, the third, and so on; the first is sent at once. About 28 hours.
RETRY_PAUSES = (5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR)
LONGEST_RETRY_AFTER_SECONDS = 3_600

SELECT_WAITING = sql("SELECT id FROM webhook_delivery WHERE next_try_at <= kt_now()")
# Each URL takes a few places of this list, and each account some: neither a slow receiver nor an
# account with many of them fills it.
SELECT_DUE = sql(
    f"""
    WITH due AS (
        SELECT id, account_id, url, fence, next_try_at, row_number() OVER (
            PARTITION BY account_id, url ORDER BY next_try_at, id) AS turn
        FROM webhook_delivery WHERE next_try_at <= kt_now()
    ), fair AS (
        SELECT id, account_id, url, fence, next_try_at, row_number() OVER (
            PARTITION BY account_id ORDER BY turn, next_try_at, id) AS place
        FROM due WHERE turn <= {MOST_OF_URL}
    )
    SELECT id, account_id, url, fence FROM fair WHERE place <= {MOST_OF_ACCOUNT}
    ORDER BY place, next_try_at LIMIT 500
    """  # noqa: S608 - constant
)
CLAIM_DELIVERY = sql(
    f"""
    UPDATE webhook_delivery SET state = 'sending', fence = webhook_delivery.fence + 1,
        next_try_at = kt_now() + {LEASE}
    FROM {{rows}} WHERE webhook_delivery.id = given.id
      AND webhook_delivery.fence = given.fence AND webhook_delivery.next_try_at <= kt_now()
    """,  # noqa: S608 - constant
    id="text",
    fence="int",
)
RECORD_TRY = sql(
    """
    UPDATE webhook_delivery SET state = given.state, retries = webhook_delivery.retries + 1,
        tries_json = given.tries, next_try_at = kt_now() + given.pause
    FROM {rows} WHERE webhook_delivery.id = given.id AND webhook_delivery.fence = given.fence
      AND webhook_delivery.state = 'sending'
    """,
    id="text",
    fence="int",
    state="text",
    tries="text",
    pause="int",
)
REQUEUE_DELIVERY = sql(
    """
    UPDATE webhook_delivery SET state = 'pending', retries = 0, next_try_at = kt_now()
    FROM {rows} WHERE webhook_delivery.id = given.id AND webhook_delivery.state <> 'sending'
    """,
    id="text",
)
PURGE_DELIVERIES = sql(
    f"""
    DELETE FROM webhook_delivery
    WHERE created_at < kt_now() - {30 * DAY} AND next_try_at IS NULL
    """  # noqa: S608 - constant
)
PURGE_SECRETS = sql("DELETE FROM webhook_secret WHERE ends_at < kt_now()")

log = logging.getLogger("gateway.webhooks")


def decide_outcome(
    tried: DeliveryTry, retries: int, chance: float
) -> tuple[DeliveryState, int | None]:
    """Return the state after a try, and the pause before the next one in microseconds.

    `retries` counts the tries before this one. `chance`, from 0 to 1, spreads the pause by a tenth
    to either side, so that the retries of an outage do not all come at once.
    """
    if tried.error is None:
        return DeliveryState.DELIVERED, None
    if tried.http_status == GONE_STATUS:
        return DeliveryState.STOPPED, None
    if retries >= len(RETRY_PAUSES):
        return DeliveryState.FAILED, None
    pause = RETRY_PAUSES[retries] * (900 + round(200 * chance)) // 1_000
    return DeliveryState.PENDING, max(
        pause, min(tried.retry_after or 0, LONGEST_RETRY_AFTER_SECONDS) * SECOND
    )


class DeliveryDispatcher:
    """The dispatcher of one gateway process; it is safe beside those of other processes."""

    def __init__(self, database: Database, webhooks: WebhookSender, files: OutputUrls) -> None:
        self._database = database
        self._webhooks = webhooks
        self._files = files
        self._sending: dict[asyncio.Task[None], tuple[int, str]] = {}

    def list_sweeps(self) -> list[Sweep]:
        """Return the sweeps that send deliveries and purge old ones."""
        return [
            Sweep("webhooks", POLL_SECONDS, self.send_due, SELECT_WAITING),
            Sweep("webhook log", HOUR // SECOND, self.purge),
        ]

    async def send_due(self) -> None:
        """Start to send the deliveries that are due, as far as there is room; wait for none."""
        if len(self._sending) >= MOST_AT_ONCE:
            return
        async with self._database.read() as snapshot:
            due = await snapshot.read(SELECT_DUE)
        accounts = Counter(account for account, _ in self._sending.values())
        urls = Counter(self._sending.values())
        for delivery_id, account, url, fence in due:
            is_busy = accounts[account] >= MOST_OF_ACCOUNT or urls[account, url] >= MOST_OF_URL
            if is_busy or len(self._sending) >= MOST_AT_ONCE:
                continue
            accounts[account] += 1
            urls[account, url] += 1
            task = asyncio.create_task(self._deliver(delivery_id, fence))
            self._sending[task] = account, url
            task.add_done_callback(self._forget_task)

    async def purge(self) -> None:
        """Purge deliveries after 30 days, and secrets that no longer sign."""
        async with self._database.write() as session:
            await session.change(PURGE_DELIVERIES)
            await session.change(PURGE_SECRETS)

    async def drain(self) -> None:
        """Wait until no delivery is being sent."""
        if self._sending:
            await asyncio.wait(list(self._sending))

    async def close(self) -> None:
        """Wait 5 seconds for deliveries in flight; those cut off are sent again under their id."""
        tasks = list(self._sending)
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _forget_task(self, task: asyncio.Task[None]) -> None:
        del self._sending[task]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a delivery was not noted", exc_info=error)

    async def _deliver(self, delivery_id: str, fence: int) -> None:
        """Claim a delivery, send it, and record the outcome, unless another sender was faster."""
        async with self._database.write() as session:
            if not await session.change(CLAIM_DELIVERY, [(delivery_id, fence)]):
                return
            delivery = await session.get_one(WebhookDelivery, delivery_id)
            if not json.loads(delivery.tries_json):
                await _observe_delay(session, delivery)
            job = await session.get_one(Job, delivery.job_id)
            secrets = await self._webhooks.secrets.get_or_create(session, job.account_id, job.book)
            now = self._database.clock.now()
            data = await queries.render_stored_job(session, self._files, job, now=now)
        body = build_message(delivery.type, delivery.created_at, data)
        with tracing.open_span(
            "webhook",
            job_id=job.id,
            kind=tracing.SpanKind.CLIENT,
            attributes={
                "killatamata.delivery_id": delivery_id,
                "killatamata.event": delivery.type,
                "killatamata.try": delivery.retries + 1,
            },
        ) as mark_failed:
            tried = await self._webhooks.send(
                delivery_id, delivery.url, body, secrets, job_id=job.id
            )
            if tried.error is not None:
                mark_failed(tried.error)
        await faults.reach("delivery.sent")
        chance = self._webhooks.secrets.ids.seed() / 2**53
        state, pause = decide_outcome(tried, delivery.retries, chance)
        WEBHOOK_DELIVERIES.labels(result=state).inc()
        tries = [*json.loads(delivery.tries_json), tried.describe()][-KEPT_TRIES:]
        values = (delivery_id, delivery.fence, state, json.dumps(tries), pause)
        # Under our fence only: if the lease ran out, another sender owns the row now.
        async with self._database.write() as session:
            await session.change(RECORD_TRY, [values])


async def _observe_delay(session: Session, delivery: WebhookDelivery) -> None:
    """Measure how long an event waited for its first try, by the clock that dated it."""
    waited = (await get_database_time(session) - delivery.created_at) / SECOND
    session.run_after_commit(partial(WEBHOOK_DELAY_SECONDS.observe, waited))
