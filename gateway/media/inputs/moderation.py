"""The operator's content rules: their own service allows or refuses a request by HTTP.

Its refusal is final. While it does not answer, every request is refused: nothing is made that it
has not seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
import structlog

from gateway.kit.errors import Unavailable
from gateway.kit.operation import Caller
from gateway.kit.outgoing.bounded_client import MIB, AnswerLimits, build_http_client
from gateway.media.errors import ContentRejected
from gateway.media.tasks.base import Media

ANSWER_LIMITS = AnswerLimits(max_bytes=MIB, seconds=10)
RETRY_SECONDS = 5
log = structlog.stdlib.get_logger("gateway.moderation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moderation:
    """The client of the operator's moderation service at `url`; without one everything passes."""

    url: str = ""
    token: str = ""

    @property
    def is_enabled(self) -> bool:
        """Return True if there is a service to ask."""
        return bool(self.url)

    async def check(
        self, caller: Caller, task: str, texts: Mapping[str, str], media: Media
    ) -> None:
        """Check that a task may run with these texts (by field) and media.

        Raises:
            ContentRejected: the service refuses it.
            Unavailable: the service gives no verdict.
        """
        question = {
            "accountId": caller.account_id,
            "livemode": caller.livemode,
            "task": task,
            "text": dict(texts),
            "media": [
                {"field": name, "sha256": one.facts.sha256, "mimeType": one.facts.mime_type}
                for name, many in media.items()
                for one in many
                if one.facts.sha256  # an output that is only promised has no hash yet
            ],
        }
        if not await self._ask_service(question):
            log.info("content_rejected", account_id=caller.account_id, task=task)
            raise ContentRejected

    async def _ask_service(self, question: Mapping[str, Any]) -> bool:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            async with build_http_client(ANSWER_LIMITS) as client:
                answer = await client.post(self.url, json=question, headers=headers)
            allow = answer.raise_for_status().json()["allow"]
        except (httpx2.HTTPError, ValueError, LookupError, TypeError) as error:
            log.warning("moderation_unavailable", error=type(error).__name__)
            raise Unavailable(retry_after_seconds=RETRY_SECONDS) from None
        if not isinstance(allow, bool):
            log.warning("moderation_unavailable", error="no verdict")
            raise Unavailable(retry_after_seconds=RETRY_SECONDS)
        return allow
