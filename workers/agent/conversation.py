"""The conversation of one request: turns until there is an answer, or the money is used up.

Before each turn the rest of the hold decides how many tokens the model may write, so a request
never costs more than was held. While a turn streams, its use is written to the row as an estimate,
which the true number replaces when it has ended: a request that is canceled within a turn is
charged for what it had used, and one that fails is free.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from anthropic.types import ToolResultBlockParam, ToolUseBlockParam

from gateway.kit.database.sessions import Database
from gateway.kit.ids import Ids
from gateway.studio.agent import requests as agent_requests
from gateway.studio.agent.prices import (
    MOST_TURNS,
    Tokens,
    compute_output_left,
    estimate_output_tokens,
)
from gateway.studio.agent.requests import AgentRequest, build_notice, rates_from_request
from gateway.studio.agent.states import RequestState, ToolState
from gateway.studio.threads.schemas import Block
from workers.agent.model import AgentFailed, Model, Prompt
from workers.agent.tools import Toolbox

BATCH_SECONDS = 0.25
STOP_NOTICES = {
    "max_tokens": "The answer was cut: it reached the most that one turn may write.",
    "refusal": "The model declined to answer this.",
    "budget_reached": "What this message may cost is used up.",
}
FAILURE_CODES = {"model_context_window_exceeded": "context_exceeded"}
NO_TOKENS = Tokens()
ANSWERED_REASONS = {"end_turn", "stop_sequence"}


class RequestTaken(Exception):  # noqa: N818 - what happened to the request
    """The request was canceled, or ended as lost by the sweeper."""


@dataclass(slots=True)
class Conversation:
    """The conversation of one request with the model."""

    database: Database
    ids: Ids
    model: Model
    request: AgentRequest
    tools: Toolbox
    blocks: list[Block] = field(default_factory=list)
    used_tokens: Tokens = field(default_factory=Tokens)
    _turn_input: Tokens = field(default_factory=Tokens)  # the input of the turn that streams now
    # What of that turn the request's row counts already; its end replaces this by the real sum.
    _recorded_tokens: Tokens = field(default_factory=Tokens)
    _pending_text: str = ""
    _flushed_at: float = 0.0

    async def run(self, prompt: Prompt) -> None:
        """Take turns until the answer is complete, and settle the request.

        Raises:
            AgentFailed: it cannot be answered.
            RequestTaken: the request was ended elsewhere.
        """
        for _ in range(MOST_TURNS):
            counted = await self.model.count_tokens(prompt)
            room = compute_output_left(
                rates_from_request(self.request),
                self.request.price_microusd,
                self.used_tokens,
                counted,
            )
            if room is None:
                break
            stop = await self._take_turn(prompt, room)
            if stop in ANSWERED_REASONS:
                return await self.finish()
            if stop in STOP_NOTICES:
                return await self.finish(stop)
        return await self.finish("budget_reached")

    async def finish(self, limit: str | None = None) -> None:
        """Settle the request with the blocks so far; `limit` is the limit that cut them short."""
        if limit is not None:
            self.blocks.append(build_notice(limit, STOP_NOTICES[limit]))
        async with self.database.write() as session:
            # A turn that did not end gives no answer, and is not charged.
            if self._recorded_tokens != NO_TOKENS:
                await agent_requests.add_usage(session, self.request.id, -self._recorded_tokens)
            await agent_requests.finish_request(session, self.ids, self.request.id, self.blocks)

    async def _take_turn(self, prompt: Prompt, room: int) -> str:
        """Take one turn, run the tools that it asks for, and return why it stopped."""
        turn = await self.model.take_turn(
            prompt,
            room,
            on_begin=self._keep_turn_input,
            on_text=self._add_text,
            on_restart=self._note_restart,
        )
        await self._flush_text()
        self.used_tokens += turn.used_tokens
        rest, self._recorded_tokens = turn.used_tokens + -self._recorded_tokens, NO_TOKENS
        if turn.text:
            self.blocks.append({"type": "text", "markdown": turn.text})
        async with self.database.write() as session:
            if not await agent_requests.add_turn(session, self.request.id, rest, self.blocks):
                raise RequestTaken
        prompt.messages.append({"role": "assistant", "content": turn.content})
        if turn.stop_reason == "tool_use":
            results = [await self._run_tool(each) for each in turn.calls]
            prompt.messages.append({"role": "user", "content": results})
        elif turn.stop_reason not in ANSWERED_REASONS | STOP_NOTICES.keys() | {"pause_turn"}:
            raise AgentFailed(FAILURE_CODES.get(turn.stop_reason, "agent_failed"))
        return turn.stop_reason

    async def _run_tool(self, call: ToolUseBlockParam) -> ToolResultBlockParam:
        """Run one tool; its events are seen by all who follow the request."""
        await self._note_event("tool", {"name": call["name"], "state": ToolState.RUNNING})
        content, failed = await self.tools.call(call["name"], call["input"])
        if (proposed := self.tools.proposed_plan) is not None:
            self.tools.proposed_plan = None
            self.blocks.append({"type": "plan", "planId": proposed["planId"]})
            async with self.database.write() as session:
                await agent_requests.add_plans(
                    session, self.request.id, self.tools.plan_ids, self.blocks, proposed
                )
        await self._note_event(
            "tool", {"name": call["name"], "state": ToolState.FAILED if failed else ToolState.DONE}
        )
        return {
            "type": "tool_result",
            "tool_use_id": call["id"],
            "content": content,
            "is_error": failed,
        }

    def _keep_turn_input(self, used: Tokens) -> None:
        self._turn_input = used

    async def _add_text(self, text: str) -> None:
        """Write text in batches, the end of a block at once: nothing may follow it for long."""
        self._pending_text += text
        if not text or time.monotonic() - self._flushed_at >= BATCH_SECONDS:
            await self._flush_text()

    async def _flush_text(self) -> None:
        if self._pending_text:
            text, self._pending_text = self._pending_text, ""
            # The input of the turn is added with its first text; of a turn without text the end
            # of the turn adds all at once.
            first = self._turn_input if self._recorded_tokens == NO_TOKENS else NO_TOKENS
            await self._note_event(
                "text", {"delta": text}, first + Tokens(output=estimate_output_tokens(text))
            )
            self._flushed_at = time.monotonic()

    async def _note_restart(self) -> None:
        self._pending_text = ""
        await self._note_event(
            "status", {"status": RequestState.RUNNING, "restarted": True}, -self._recorded_tokens
        )

    async def _note_event(
        self, kind: str, data: Mapping[str, object], used: Tokens = NO_TOKENS
    ) -> None:
        async with self.database.write() as session:
            if not await agent_requests.add_event(session, self.request.id, kind, data):
                raise RequestTaken
            if used != NO_TOKENS:
                await agent_requests.add_usage(session, self.request.id, used)
        self._recorded_tokens += used
