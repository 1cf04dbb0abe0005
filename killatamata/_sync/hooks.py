"""Webhooks: their secret, their deliveries, and the events in their bodies."""

from killatamata import webhooks
from killatamata._sync.paging import Page, Resource
from killatamata.timeouts import Timeout
from killatamata.types import Delivery, TestedWebhook, WebhookSettings
from killatamata.wire import build_query

WEBHOOKS_PATH = "/api/v1/media/webhooks"


class Webhooks(Resource):
    """The webhooks of this account."""

    unwrap = staticmethod(webhooks.unwrap)

    def get(self, *, timeout: Timeout | None = None) -> WebhookSettings:
        """Return the signing secret, the previous one, and delivery counters."""
        return self._transport.request_model(WebhookSettings, "GET", WEBHOOKS_PATH, timeout=timeout)

    def rotate_secret(self, *, timeout: Timeout | None = None) -> WebhookSettings:
        """Create a new secret; for 24 hours messages carry signatures of both."""
        return self._transport.request_model(
            WebhookSettings, "POST", f"{WEBHOOKS_PATH}/rotate-secret", timeout=timeout
        )

    def deliveries(
        self,
        *,
        job_id: str | None = None,
        status: str | None = None,
        limit: int = 20,
        timeout: Timeout | None = None,
    ) -> Page[Delivery]:
        """Return the deliveries of the last 30 days, the newest first."""
        query = build_query(job_id=job_id, status=status, limit=limit)
        return self._list(Delivery, f"{WEBHOOKS_PATH}/deliveries", query, timeout=timeout)

    def redeliver(self, delivery_id: str, *, timeout: Timeout | None = None) -> Delivery:
        """Send a delivery again, under the same id."""
        body = {"deliveryId": delivery_id}
        return self._transport.request_model(
            Delivery, "POST", f"{WEBHOOKS_PATH}/redeliver", json=body, timeout=timeout
        )

    def test(self, url: str, *, timeout: Timeout | None = None) -> TestedWebhook:
        """Send a `test.ping` to a URL and return its outcome."""
        return self._transport.request_model(
            TestedWebhook, "POST", f"{WEBHOOKS_PATH}/test", json={"url": url}, timeout=timeout
        )
