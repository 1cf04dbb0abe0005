"""The model behind the agent, by its provider's SDK; no text of the provider becomes an error."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import cast

import httpx2
from anthropic import (
    APIError,
    AsyncAnthropic,
    AuthenticationError,
    PermissionDeniedError,
)
from anthropic.types import (
    ContentBlockParam,
    MessageParam,
    TextBlockParam,
    ToolParam,
    ToolUseBlockParam,
    Usage,
)

from gateway.kit.outgoing.bounded_client import MIB, AnswerLimits, build_http_client
from gateway.kit.telemetry.metrics import MODEL_FAILURES
from gateway.studio.agent.prices import Tokens

MAX_RETRIES = 2
# For one message in all; each token of a stream is an event of some 100 bytes.
MODEL_ANSWER_LIMITS = AnswerLimits(16 * MIB, seconds=180, silence_seconds=60, connect_seconds=10)
log = logging.getLogger("workers.agent")


class AgentFailed(Exception):  # noqa: N818 - what happened to the request
    """The request cannot be answered; `code` is one of our error codes."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class _StreamBroken(Exception):  # noqa: N818 - what happened to the stream
    """The stream ended before the answer did."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """The prompt of a turn: rules, tools and messages."""

    system: Sequence[TextBlockParam]
    tools: Sequence[ToolParam]
    messages: list[MessageParam]


@dataclass(frozen=True, slots=True)
class ModelTurn:
    """A finished turn of the model: its content as it came, why it stopped, the tokens it used."""

    content: list[ContentBlockParam]
    stop_reason: str
    used_tokens: Tokens

    @property
    def text(self) -> str:
        """Return the text of the turn."""
        return "".join(block["text"] for block in self.content if block["type"] == "text")

    @property
    def calls(self) -> list[ToolUseBlockParam]:
        """Return the calls of tools that the turn asks for."""
        return [block for block in self.content if block["type"] == "tool_use"]


class Model:
    """The client of one worker; the SDK repeats a request that did not begin, at most twice."""

    def __init__(self, name: str, *, api_key: str, base_url: str) -> None:
        self.name = name
        self._client = AsyncAnthropic(
            api_key=api_key,
            base_url=base_url,
            max_retries=MAX_RETRIES,
            http_client=build_http_client(MODEL_ANSWER_LIMITS),
        )

    async def close(self) -> None:
        """Close its connections."""
        await self._client.close()

    async def count_tokens(self, prompt: Prompt) -> int:
        """Count the input tokens that a turn with this prompt would have.

        Raises:
            AgentFailed: the model cannot be asked.
        """
        try:
            counted = await self._client.messages.count_tokens(
                model=self.name,
                system=prompt.system,
                tools=prompt.tools,
                messages=prompt.messages,
            )
        except (APIError, httpx2.HTTPError) as error:
            raise _to_agent_failure(error) from None
        return counted.input_tokens

    async def take_turn(
        self,
        prompt: Prompt,
        max_tokens: int,
        *,
        on_begin: Callable[[Tokens], None],
        on_text: Callable[[str], Awaitable[None]],
        on_restart: Callable[[], Awaitable[None]],
    ) -> ModelTurn:
        """Take the next turn; a stream that breaks is repeated once, after a call of `on_restart`.

        `on_begin` gets the tokens of the input before the first word. `on_text` gets each piece of
        text, and an empty one where a block ends, since a long call of a tool may follow.

        Raises:
            AgentFailed: the model cannot be asked, or its answer broke twice.
        """
        try:
            return await self._stream_turn(prompt, max_tokens, on_begin, on_text)
        except _StreamBroken:
            log.warning("the model's answer broke off; asking once more")
        await on_restart()
        try:
            return await self._stream_turn(prompt, max_tokens, on_begin, on_text)
        except _StreamBroken:
            raise AgentFailed("agent_failed") from None

    async def _stream_turn(
        self,
        prompt: Prompt,
        max_tokens: int,
        on_begin: Callable[[Tokens], None],
        on_text: Callable[[str], Awaitable[None]],
    ) -> ModelTurn:
        request = self._client.messages.stream(
            model=self.name,
            max_tokens=max_tokens,
            system=prompt.system,
            tools=prompt.tools,
            messages=_mark_for_cache(prompt.messages),
        )
        # Not by `async with`: a request that did not begin and a stream that broke off are
        # different failures, and one block would mix them.
        try:
            stream = await request.__aenter__()
        except (APIError, httpx2.HTTPError) as error:
            raise _to_agent_failure(error) from None
        try:
            async for part in stream:
                if part.type == "message_start":
                    on_begin(replace(_to_tokens(part.message.usage), output=0))
                elif part.type == "text":
                    await on_text(part.text)
                elif part.type == "content_block_stop":
                    await on_text("")
            message = await stream.get_final_message()
        except (APIError, httpx2.HTTPError, AssertionError, ValueError) as error:
            raise _StreamBroken from error
        finally:
            await stream.close()
        if message.stop_reason is None:
            raise _StreamBroken
        content = [
            cast(  # of a block the SDK has two types of one shape: as it came, and as it is sent
                "ContentBlockParam",
                block.model_dump(mode="json", exclude_unset=True, exclude={"parsed_output"}),
            )
            for block in message.content
        ]
        return ModelTurn(content, message.stop_reason, _to_tokens(message.usage))


def _mark_for_cache(messages: Sequence[MessageParam]) -> list[MessageParam]:
    """Return the messages with a mark at the end of the two newest of the user.

    The provider keeps what stands before a mark for some minutes: the next turn reads it at a tenth
    of its price, and pays only for what is new. Writing costs a quarter more, which pays as soon as
    a third of the requests take a second turn. The older mark finds what the last turn wrote.
    """
    marked = [message.copy() for message in messages]
    for message in [each for each in marked if each["role"] == "user"][-2:]:
        *before, last = cast("list[dict[str, object]]", message["content"])
        content = [*before, last | {"cache_control": {"type": "ephemeral"}}]
        message["content"] = cast("list[ContentBlockParam]", content)
    return marked


def _to_tokens(usage: Usage) -> Tokens:
    return Tokens(
        input=usage.input_tokens,
        output=usage.output_tokens,
        cache_write=usage.cache_creation_input_tokens or 0,
        cache_read=usage.cache_read_input_tokens or 0,
    )


def _to_agent_failure(error: Exception) -> AgentFailed:
    if isinstance(error, AuthenticationError | PermissionDeniedError):
        MODEL_FAILURES.labels(reason="key_refused").inc()
        log.error("the model's provider refuses KT_ANTHROPIC_API_KEY: %s", type(error).__name__)
        return AgentFailed("agent_unavailable")
    MODEL_FAILURES.labels(reason="failed").inc()
    log.warning("the model could not be asked: %s", type(error).__name__)
    return AgentFailed("agent_failed")
