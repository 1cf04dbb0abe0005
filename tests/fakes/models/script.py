"""The scripted model of an MCP host: it calls tools and decides by the results it is given."""

import json
import threading
from collections.abc import Collection, Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of a tool by the name that the MCP server gives it."""

    tool: str
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToolResult:
    """The result of one call as the host gave it to its model: text, pictures and size."""

    text: str
    pictures: int
    total_bytes: int

    def find_object(self, name: str) -> dict[str, Any]:
        """Return the first JSON object in the text with a member of this name; fail if none has."""
        for each in _list_objects(self.text):
            if name in each:
                return each
        raise AssertionError(f"the host passes on no {name}: {self.text}")


def _list_objects(value: object) -> Iterator[dict[str, Any]]:
    """Yield the JSON objects in a value, those written within its strings too."""
    if isinstance(value, dict):
        yield value
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _list_objects(each)
    if isinstance(value, str):
        start = value.find("{")
        while start >= 0:
            try:
                parsed, end = json.JSONDecoder().raw_decode(value, start)
            except json.JSONDecodeError:
                end = start + 1
            else:
                yield from _list_objects(parsed)
            start = value.find("{", end)


ModelPlay = Generator[ToolCall, ToolResult, str]
"""A generator that yields calls, is sent the result of each, and returns the last words."""


@dataclass(frozen=True, slots=True)
class HostRequest:
    """One request of a host, on any wire.

    `tools` are the declarations of the server's tools by the server's own names; `results` are
    those of calls by their ids; `searched` are the ids of calls whose tool was searched for, None
    where the host declares all tools at once.
    """

    tools: Mapping[str, Any]
    results: Mapping[str, ToolResult]
    searched: Collection[str] | None
    total_bytes: int


@dataclass(frozen=True, slots=True)
class ModelTurn:
    """One turn of the model: a call, a search for its tool, or the last words."""

    number: int
    call: ToolCall | None = None
    words: str = ""
    search: bool = False

    @property
    def call_id(self) -> str:
        """Return the id of its call."""
        return f"call_{self.number}"


@dataclass
class ScriptedModel:
    """A model that plays a script, and repeats a turn when the host repeats a request.

    It answers in the server's thread. A script that fails there ends the conversation, and `check`
    raises its error in the test.
    """

    play: ModelPlay
    tools: dict[str, Any] = field(default_factory=dict)
    exchanges: list[tuple[ToolCall, ToolResult]] = field(default_factory=list)
    largest_request_bytes: int = 0
    ended: bool = False
    _turns: list[ModelTurn] = field(default_factory=list)
    _failure: Exception | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer_request(self, asked: HostRequest) -> ModelTurn:
        """Return the turn that follows the tool results in a request."""
        with self._lock:
            return self._answer_request(asked)

    def _answer_request(self, asked: HostRequest) -> ModelTurn:
        self.tools |= asked.tools
        self.largest_request_bytes = max(self.largest_request_bytes, asked.total_bytes)
        calls = [turn for turn in self._turns if turn.call is not None]
        number = sum(turn.call_id in asked.results for turn in calls)
        if number == len(self._turns):
            told = asked.results[self._turns[-1].call_id] if self._turns else None
            self._turns.append(self._play_on(number, told))
        turn = self._turns[number]
        if turn.call is None or turn.call.tool in asked.tools:
            return turn
        if asked.searched is not None and turn.call_id not in asked.searched:
            return replace(turn, search=True)
        names = sorted(asked.tools)
        return self._fail(number, AssertionError(f"no {turn.call.tool} is found, only {names}"))

    def check(self) -> None:
        """Raise the error of the script, or fail if the host did not play it to its end."""
        if self._failure is not None:
            raise self._failure
        told = [f"{call.tool}: {told.text}" for call, told in self.exchanges]
        assert self.ended, f"the host did not play it to its end, only {told}"

    def _play_on(self, number: int, told: ToolResult | None) -> ModelTurn:
        try:
            if told is None:
                call = next(self.play)
            else:
                last = self._turns[-1].call
                assert last is not None
                self.exchanges.append((last, told))
                call = self.play.send(told)
        except StopIteration as stop:
            self.ended = True
            return ModelTurn(number, words=stop.value)
        except Exception as error:  # noqa: BLE001 - told where the test sees it
            return self._fail(number, error)
        return ModelTurn(number, call)

    def _fail(self, number: int, error: Exception) -> ModelTurn:
        self._failure = error
        return ModelTurn(number, words="The script failed.")


def strip_prefix(prefix: str, names: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries that a host names with its prefix, by the server's own names."""
    return {
        name.removeprefix(prefix): value for name, value in names.items() if name.startswith(prefix)
    }
