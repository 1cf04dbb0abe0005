"""The pool of agent requests that one worker answers at a time, each under a lease.

They wait for the model nearly all the time, so they need no thread of their own. A request is
claimed once: if it fails or is lost it is free of charge, and a person asks again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from gateway.kit.database.sessions import ConnectionLost, Database, TransactionConflict
from gateway.kit.errors import Unavailable
from gateway.kit.ids import Ids
from gateway.studio.agent import requests as agent_requests
from gateway.studio.agent.requests import AgentRequest
from workers.agent.conversation import RequestTaken
from workers.agent.model import AgentFailed
from workers.agent.prompt import PromptBuilder

MOST_REQUESTS_AT_ONCE, REQUEST_SECONDS = 16, 180.0  # requests at once, and the time of one in all
POLL_SECONDS, POLLS_PER_RENEWAL = 1.0, 10
log = logging.getLogger("workers.agent")


@dataclass(slots=True)
class AgentPool:
    """The pool, which claims requests and answers them until it is closed."""

    database: Database
    ids: Ids
    prompts: PromptBuilder
    close_model: Callable[[], Awaitable[None]]
    is_closed: bool = False
    running: set[asyncio.Task[None]] = field(default_factory=set)

    async def begin_due_requests(self) -> None:
        """Begin to answer each request that waits, as far as there is room."""
        while not self.is_closed and len(self.running) < MOST_REQUESTS_AT_ONCE:
            async with self.database.write() as session:
                request = await agent_requests.claim_next_request(session)
            if request is None:
                return
            task = asyncio.create_task(self._answer_request(request))
            self.running.add(task)
            task.add_done_callback(self.running.discard)

    async def close(self) -> None:
        """Take no more requests, and fail those that run."""
        self.is_closed = True
        for task in self.running:
            task.cancel()
        await asyncio.gather(*self.running, return_exceptions=True)
        await self.close_model()

    async def _answer_request(self, request: AgentRequest) -> None:
        try:
            await self._hold_conversation(request)
        except AgentFailed as failure:
            await self._fail_request(request, failure.code)
        except RequestTaken:
            log.info("request %s was ended by somebody else", request.id)
        except asyncio.CancelledError:
            await self._fail_request(request, "agent_interrupted")
            raise
        except Exception:
            log.exception("request %s broke", request.id)
            await self._fail_request(request, "agent_failed")

    async def _hold_conversation(self, request: AgentRequest) -> None:
        """Hold the conversation until its end, its time is up, or the request is not ours."""
        conversation, prompt = await self.prompts.start_conversation(request)
        conversation_task = asyncio.create_task(conversation.run(prompt))
        lease_task = asyncio.create_task(self._keep_lease(request.id))
        try:
            done, _ = await asyncio.wait(
                {conversation_task, lease_task},
                timeout=REQUEST_SECONDS,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if conversation_task in done:
                return await conversation_task
            if not done:  # out of time: end the turns first, then settle what there is
                await _cancel_and_wait(conversation_task)
                await conversation.finish("budget_reached")
        finally:
            await _cancel_and_wait(conversation_task)
            await _cancel_and_wait(lease_task)

    async def _keep_lease(self, request_id: str) -> None:
        """Renew the lease for as long as the request is ours."""
        polls = 0
        while True:
            await asyncio.sleep(POLL_SECONDS)
            polls += 1
            try:
                if not await self._is_ours(request_id, renew=polls % POLLS_PER_RENEWAL == 0):
                    return
            except (TransactionConflict, ConnectionLost, Unavailable) as error:
                log.warning("request %s not renewed: %s", request_id, type(error).__name__)

    async def _is_ours(self, request_id: str, *, renew: bool) -> bool:
        if renew:
            async with self.database.write() as session:
                return await agent_requests.renew_lease(session, request_id)
        async with self.database.read() as snapshot:
            return await agent_requests.is_running(snapshot, request_id)

    async def _fail_request(self, request: AgentRequest, code: str) -> None:
        async with self.database.write() as session:
            await agent_requests.fail_request(session, self.ids, request.id, code)


async def _cancel_and_wait(task: asyncio.Task[None]) -> None:
    """Cancel a task and wait until it has ended."""
    task.cancel()
    await asyncio.wait([task])
