"""The reserved words of the sandbox: faults that a prompt can ask for."""

import re
from dataclasses import dataclass
from typing import Any, Literal, Self

Fault = Literal[
    "reject",
    "fail",
    "fail-once",
    "oom",
    "lost",
    "stall",
    "bad-output",
    "audio-fail",
    "content",
]
FIRST_ATTEMPT_ONLY = frozenset({"fail-once", "lost"})

_WORD = re.compile(
    r"\[sandbox:(reject|fail|fail-once|oom|lost|stall|bad-output|audio-fail|content)\]"
)
_SLOW = re.compile(r"\[sandbox:slow=(\d{1,6})\]")
_SLOWEST = 120


@dataclass(frozen=True, slots=True)
class ReservedWords:
    """The faults that a prompt asks for, and the seconds that it wants the work to take."""

    faults: frozenset[str]
    slow_seconds: int | None

    @classmethod
    def from_prompt(cls, prompt: Any) -> Self:  # noqa: ANN401 - a JSON value
        """Find the reserved words in a prompt; a value that is no text has none."""
        text = prompt if isinstance(prompt, str) else ""
        slow = _SLOW.search(text)
        seconds = None if slow is None else min(max(int(slow[1]), 1), _SLOWEST)
        return cls(frozenset(_WORD.findall(text)), seconds)
