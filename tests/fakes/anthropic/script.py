"""What the model of a test says, turn after turn, and how it may go wrong."""

import threading
from dataclasses import dataclass, field
from typing import Any, Literal

Fault = Literal["", "401", "429", "529", "cut", "broken_json", "hang"]


@dataclass(kw_only=True)
class Said:
    """One turn: text, tools it calls, why it stops, and what it used; or a fault instead."""

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
        """Return the content; ids and signatures are told apart by the number of the turn."""
        made: list[dict[str, Any]] = []
        if self.thinking:
            made.append(
                {"type": "thinking", "thinking": self.thinking, "signature": f"sig-{number}"}
            )
        if self.text:
            made.append({"type": "text", "text": self.text})
        made += [
            {"type": "tool_use", "id": f"toolu_{number}_{place}", "name": name, "input": given}
            for place, (name, given) in enumerate(self.calls)
        ]
        return made


@dataclass
class Script:
    """The turns to come, and what was asked; `gate` lets go of a turn that hangs."""

    turns: list[Said] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    sent: list[list[dict[str, Any]]] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def play(self, *turns: Said) -> None:
        """Begin anew with these turns."""
        with self.lock:
            self.turns, self.asked, self.sent = list(turns), [], []
            self.gate.clear()

    def next(self, asked: dict[str, Any]) -> tuple[int, Said]:
        """Return the next turn and its number; whoever asks more than was scripted is told so."""
        with self.lock:
            self.asked.append(asked)
            said = self.turns.pop(0) if self.turns else Said(text="(nothing more is scripted)")
            return len(self.asked), said
