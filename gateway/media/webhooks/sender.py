"""The sender of signed webhook messages, after standardwebhooks.com.

Receivers are not trusted: every address passes the guard when it is saved and each time it is
dialled, no redirect is followed, and of an answer only the status is stored or shown. Otherwise a
webhook could read our private network.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypedDict

from gateway.kit.clock import SECOND, to_iso
from gateway.kit.database.sessions import Database
from gateway.kit.operation import Caller
from gateway.kit.outgoing.fetch_turns import FetchTurns
from gateway.kit.outgoing.guarded_transport import FetchRefused
from gateway.kit.outgoing.safe_fetch import SafeFetch
from gateway.kit.telemetry.tracing import build_trace_headers
from gateway.kit.wire.json_text import write_json
from gateway.media.errors import WebhookUrlRefused
from gateway.media.webhooks.signing_secrets import SigningSecret, WebhookSecrets

SEND_SECONDS = 10
PINGS_PER_MINUTE = 10
NOT_REACHED = "not reached"
NOT_FOLLOWED = "redirect not followed"
REFUSED = "not accepted"


class TryEntry(TypedDict):
    """One try to send, as the delivery's row and the wire have it."""

    at: str
    httpStatus: int | None
    durationMs: int
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryTry:
    """One try to send: its time (microseconds since 1970), status and duration.

    `error` is None if it was accepted; `retry_after` is the receiver's wish in seconds.
    """

    at: int
    http_status: int | None
    duration_ms: int
    error: str | None
    retry_after: int | None = None

    def describe(self) -> TryEntry:
        """Return the wire form."""
        return {
            "at": to_iso(self.at),
            "httpStatus": self.http_status,
            "durationMs": self.duration_ms,
            "error": self.error,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSender:
    """Signs and sends messages; `turns` limits the pings and redeliveries that accounts ask for."""

    database: Database
    secrets: WebhookSecrets
    fetcher: SafeFetch
    turns: FetchTurns = field(default_factory=lambda: FetchTurns(max_per_minute=PINGS_PER_MINUTE))

    async def check_url(self, url: str, name: str) -> None:
        """Check that a URL may be dialled now; nothing is dialled.

        Raises:
            WebhookUrlRefused: at the field of this name, without the reason.
        """
        try:
            await self.fetcher.check_url(url)
        except FetchRefused:
            raise WebhookUrlRefused(field=name) from None

    async def ping(self, caller: Caller, url: str) -> DeliveryTry:
        """Send a `test.ping` to a URL, once.

        Raises:
            RateLimited: the account asked for too many in the last minute.
            WebhookUrlRefused: this URL is never dialled.
        """
        # Before the turn, which may be a long wait: no transaction is open meanwhile.
        async with self.database.write() as session:
            secrets = await self.secrets.get_or_create(session, caller.ledger_account, caller.book)
        async with self.turns.take(str(caller.ledger_account)):
            await self.check_url(url, "url")
            now = self.database.clock.now()
            body = build_message("test.ping", now, {"livemode": caller.livemode})
            return await self.send(self.secrets.ids.new("whd"), url, body, secrets)

    async def send(
        self,
        delivery_id: str,
        url: str,
        body: bytes,
        secrets: Sequence[SigningSecret],
        *,
        job_id: str = "",
    ) -> DeliveryTry:
        """Send a message once, signed with each of these secrets, and return the try.

        The trace of the job is named in a header of ours. `traceparent` would make the receiver's
        own tracer go on with our trace, and keep or drop the span as we did.
        """
        at, started = self.database.clock.now(), time.monotonic()
        timestamp = at // SECOND
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "KillaTamata-Webhooks/1",
            "webhook-id": delivery_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": " ".join(
                secret.sign(delivery_id, timestamp, body) for secret in secrets
            ),
            **build_trace_headers(job_id),
        }
        status = wish = None
        try:
            posted = await self.fetcher.post(
                url, content=body, headers=headers, seconds=SEND_SECONDS
            )
            status, wish = posted.status, parse_retry_after(posted.retry_after, at)
        except FetchRefused:
            pass  # the reason stays in the log: shown, it would let accounts probe our network
        return DeliveryTry(
            at=at,
            http_status=status,
            duration_ms=round((time.monotonic() - started) * 1_000),
            error=error_from_status(status),
            retry_after=wish,
        )


def build_message(kind: str, at: int, data: object) -> bytes:
    """Return the body of a message; `at` is its time in microseconds since 1970."""
    body = {"type": kind, "timestamp": to_iso(at), "data": data}
    return write_json(body).encode()


def error_from_status(status: int | None) -> str | None:
    """Return the error of a status, None for success; without a status nothing answered."""
    match status:
        case None:
            return NOT_REACHED
        case _ if 200 <= status < 300:  # noqa: PLR2004 - the class of success
            return None
        case _ if 300 <= status < 400:  # noqa: PLR2004 - the class of redirects
            return NOT_FOLLOWED
    return REFUSED


def parse_retry_after(header: str | None, now: int) -> int | None:
    """Read `Retry-After`, seconds or a date, as seconds from `now`; None if it is neither."""
    if header is None:
        return None
    if header.isascii() and header.isdigit():
        return int(header[:9])  # the caller caps it at an hour; a longer number need not be read
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0, round((moment - datetime.fromtimestamp(now / SECOND, UTC)).total_seconds()))
