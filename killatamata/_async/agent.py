"""The agent of the studio, and the threads of the conversations with it."""

from collections.abc import AsyncIterator
from typing import Unpack

from killatamata._async.paging import AsyncPage, Resource
from killatamata._async.waits import OnMessage, wait_for_end
from killatamata.fields import ChangeThread
from killatamata.many import Many
from killatamata.timeouts import Timeout
from killatamata.types import (
    AgentRequest,
    Message,
    MessageQuote,
    MessageSent,
    StudioSettings,
    Thread,
    ThreadDetail,
)
from killatamata.wire import build_query, build_wire_fields, to_wire_names

STUDIO_PATH = "/api/v1/studio"


class Threads(Resource):
    """Conversations with the agent."""

    async def create(
        self, project_id: str, *, title: str | None = None, timeout: Timeout | None = None
    ) -> Thread:
        """Create a thread."""
        body = build_wire_fields(project_id=project_id, title=title)
        return await self._transport.request_model(
            Thread, "POST", f"{STUDIO_PATH}/threads", json=body, timeout=timeout
        )

    async def get(
        self,
        thread_id: str,
        *,
        before: str | None = None,
        limit: int = 30,
        timeout: Timeout | None = None,
    ) -> ThreadDetail:
        """Return a thread with its newest messages, or those before a message."""
        query = build_query(thread_id=thread_id, before=before, limit=limit)
        return await self._transport.request_model(
            ThreadDetail, "GET", f"{STUDIO_PATH}/threads/detail", params=query, timeout=timeout
        )

    async def messages(
        self, thread_id: str, *, limit: int = 30, timeout: Timeout | None = None
    ) -> AsyncIterator[Message]:
        """Yield all messages of a thread, the newest first; `limit` is the size of a page."""
        before: str | None = None
        while True:
            page = await self.get(thread_id, before=before, limit=limit, timeout=timeout)
            for each in reversed(page.messages):
                yield each
            before = page.previous_cursor
            if before is None:
                return

    async def select(self, thread_id: str, *, timeout: Timeout | None = None) -> StudioSettings:
        """Make a thread the selected one."""
        body = {"threadId": thread_id}
        return await self._transport.request_model(
            StudioSettings, "POST", f"{STUDIO_PATH}/threads/select", json=body, timeout=timeout
        )

    async def update(
        self, thread_id: str, *, timeout: Timeout | None = None, **changes: Unpack[ChangeThread]
    ) -> Thread:
        """Change a thread; what is left out stays.

        client.studio.threads.update(thread.thread_id, title="The hatch")
        """
        body = {"threadId": thread_id, **to_wire_names(changes)}
        return await self._transport.request_model(
            Thread, "PATCH", f"{STUDIO_PATH}/threads/update", json=body, timeout=timeout
        )


class Agent(Resource):
    """The agent of the studio: it answers and proposes plans, at a price known in advance."""

    async def prepare(
        self,
        thread_id: str,
        content: str,
        *,
        attachments: Many[str] = (),
        max_price_usd: str | None = None,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
    ) -> MessageQuote:
        """Return the most that a message can cost."""
        body = build_wire_fields(
            thread_id=thread_id,
            content=content,
            attachments=[*attachments],
            max_price_usd=max_price_usd,
        )
        return await self._transport.request_model(
            MessageQuote,
            "POST",
            f"{STUDIO_PATH}/agent/messages/prepare",
            json=body,
            idempotency_key=idempotency_key,
            timeout=timeout,
        )

    async def send(
        self,
        thread_id: str | None = None,
        content: str | None = None,
        *,
        quote_id: str | None = None,
        attachments: Many[str] = (),
        max_price_usd: str | None = None,
        confirmed_in_client: bool = False,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
    ) -> MessageSent:
        """Send a message: a prepared one by `quote_id` alone, or price and send it at once.

        Above the key's `auto_approve_usd` a message is refused with `approval_required`; up to its
        `confirm_up_to_usd`, pass `confirmed_in_client` after the person at the client agreed.
        """
        body = build_wire_fields(
            quote_id=quote_id,
            thread_id=thread_id,
            content=content,
            attachments=[*attachments] or None,
            max_price_usd=max_price_usd,
            confirmed_in_client=confirmed_in_client or None,
        )
        return await self._transport.request_model(
            MessageSent,
            "POST",
            f"{STUDIO_PATH}/agent/messages",
            json=body,
            idempotency_key=idempotency_key,
            timeout=timeout,
        )

    async def get(
        self,
        request_id: str,
        *,
        wait_seconds: int = 0,
        since_version: int | None = None,
        timeout: Timeout | None = None,
    ) -> AgentRequest:
        """Return the state of a message; wait up to 30 seconds for its end or a change."""
        query = build_query(
            request_id=request_id, wait_seconds=wait_seconds, since_version=since_version
        )
        return await self._transport.request_model(
            AgentRequest, "GET", f"{STUDIO_PATH}/agent/requests", params=query, timeout=timeout
        )

    async def wait(
        self,
        request: MessageSent | AgentRequest | str,
        *,
        timeout_seconds: float | None = None,
        on_progress: OnMessage | None = None,
        on_status: OnMessage | None = None,
        timeout: Timeout | None = None,
    ) -> AgentRequest:
        """Wait until the agent has answered a message, or could not, and return its request.

            client.studio.agent.wait(client.studio.agent.send(thread.thread_id, "A fox, please"))

        Raises:
            WaitTimedOut: it has not ended in time; it goes on.
        """
        request_id = request if isinstance(request, str) else request.request_id

        async def fetch(wait_seconds: int, since_version: int) -> AgentRequest:
            return await self.get(
                request_id, wait_seconds=wait_seconds, since_version=since_version, timeout=timeout
            )

        return await wait_for_end(
            await self.get(request_id, timeout=timeout),
            fetch,
            call_seconds=self._transport.to_call_seconds(timeout),
            timeout_seconds=timeout_seconds,
            on_progress=on_progress,
            on_status=on_status,
        )

    def list(
        self, *, thread_id: str | None = None, limit: int = 20, timeout: Timeout | None = None
    ) -> AsyncPage[AgentRequest]:
        """Return the requests to the agent, the newest first."""
        query = build_query(thread_id=thread_id, limit=limit)
        return self._list(AgentRequest, f"{STUDIO_PATH}/agent/requests", query, timeout=timeout)

    async def cancel(self, request_id: str, *, timeout: Timeout | None = None) -> AgentRequest:
        """Cancel a request to the agent; what it has used is charged."""
        body = {"requestId": request_id}
        return await self._transport.request_model(
            AgentRequest, "POST", f"{STUDIO_PATH}/agent/requests/cancel", json=body, timeout=timeout
        )
