"""The script of a test's model: its turns, one an answer, and the faults that they may have."""

import threading
from dataclasses import dataclass, field
from typing import Any, Literal

Fault = Literal["", "401", "429", "529", "cut", "broken_json", "hang"]


@dataclass(kw_only=True)
class Said:
    """One answer of the model: text, tool calls, stop reason and tokens, or a fault instead."""

    text: str = ""
    calls: list[tuple[str, Any]] = field(default_factory=list)
    stop: str = ""
    output_tokens: int = 100
    input_tokens: int | None = None
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    thinking: str = ""
    fault: Fault = ""

    @property
    def stop_reason(self) -> str:
        return self.stop or ("tool_use" if self.calls else "end_turn")

    def blocks(self, number: int) -> list[dict[str, Any]]:
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

    turns: list[Said] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    sent: list[list[dict[str, Any]]] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def play(self, *turns: Said) -> None:
        """Replace the script by these turns, and forget all requests."""
        with self.lock:
            self.turns, self.asked, self.sent = list(turns), [], []
            self.gate.clear()

    def next(self, asked: dict[str, Any]) -> tuple[int, Said]:
        """Keep a request and return the next turn with its number; past the end it says so."""
        with self.lock:
            self.asked.append(asked)
            turn = self.turns.pop(0) if self.turns else Said(text="(nothing more is scripted)")
            return len(self.asked), turn
