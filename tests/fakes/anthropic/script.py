"""The script of a test's model: its turns, one an answer, and the faults that they may have."""

import threading
from dataclasses import dataclass, field
from typing import Any, Literal

ScriptedFault = Literal["", "401", "429", "529", "cut", "broken_json", "hang"]


@dataclass(kw_only=True)
class ScriptedTurn:
    """One answer of the model: text, tool calls, stop reason and tokens, or a fault instead."""

    text: str = ""
    calls: list[tuple[str, Any]] = field(default_factory=list)
    stop: str = ""
    output_tokens: int = 100
    input_tokens: int | None = None
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    thinking: str = ""
    fault: ScriptedFault = ""

    @property
    def stop_reason(self) -> str:
        return self.stop or ("tool_use" if self.calls else "end_turn")

    def build_blocks(self, number: int) -> list[dict[str, Any]]:
        """Return the content blocks; their ids and signatures hold the number of the turn."""
        blocks: list[dict[str, Any]] = []
        if self.thinking:
            blocks.append(
                {"type": "thinking", "thinking": self.thinking, "signature": f"sig-{number}"}
            )
        if self.text:
            blocks.append({"type": "text", "text": self.text})
        blocks += [
            {"type": "tool_use", "id": f"toolu_{number}_{place}", "name": name, "input": arguments}
            for place, (name, arguments) in enumerate(self.calls)
        ]
        return blocks


@dataclass
class Script:
    """The turns to come and the requests so far; setting `gate` ends a turn that hangs."""

    turns: list[ScriptedTurn] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    sent_contents: list[list[dict[str, Any]]] = field(default_factory=list)
    cached_prefixes: set[str] = field(default_factory=set)
    gate: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def play(self, *turns: ScriptedTurn) -> None:
        """Replace the script by these turns, and forget all requests."""
        with self.lock:
            self.turns, self.requests, self.sent_contents = list(turns), [], []
            self.cached_prefixes.clear()
            self.gate.clear()

    def take_turn(self, asked: dict[str, Any]) -> tuple[int, ScriptedTurn]:
        """Keep a request and return the next turn with its number; past the end it says so."""
        with self.lock:
            self.requests.append(asked)
            turn = (
                self.turns.pop(0) if self.turns else ScriptedTurn(text="(nothing more is scripted)")
            )
            return len(self.requests), turn
