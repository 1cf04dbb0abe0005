"""Prices of the model: pure functions of tokens and rates, in whole micro-USD, rounded up once."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

MILLION = 1_000_000
MOST_TURNS = 12
TURN_INPUT_TOKENS, TURN_OUTPUT_TOKENS, LEAST_OUTPUT_TOKENS = 60_000, 4_096, 512
# the provider counts a request a little differently from how it bills it
SPARE_PERCENT, SPARE_TOKENS = 105, 500
CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Rates:
    """What a million tokens of each kind cost, in micro-USD."""

    input: int
    output: int
    cache_write: int
    cache_read: int

    @property
    def dearest_input(self) -> int:
        """Return the most that a million tokens of input can cost."""
        return max(self.input, self.cache_write, self.cache_read)


USUAL: Mapping[str, Rates] = {
    "claude-sonnet-5-5": Rates(
        input=4_000_000, output=20_000_000, cache_write=5_000_000, cache_read=400_000
    )
}
WIRE = {
    "input": "input", "output": "output", "cacheWrite": "cache_write", "cacheRead": "cache_read",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tokens:
    """How many tokens of each kind were used."""

    input: int = 0
    output: int = 0
    cache_write: int = 0
    cache_read: int = 0

    def __add__(self, other: "Tokens") -> "Tokens":
        """Return both together."""
        pairs = {each.name: each.name for each in fields(self)}
        return Tokens(**{name: getattr(self, name) + getattr(other, name) for name in pairs})

    def __neg__(self) -> "Tokens":
        """Return as many less."""
        return Tokens(-self.input, -self.output, -self.cache_write, -self.cache_read)

    def cost(self, rates: Rates) -> int:
        """Return what they cost in millionths of a micro-USD: exact, not yet rounded."""
        return sum(count * getattr(rates, kind) for kind, count in asdict(self).items())


def told(text: str) -> int:
    """Return about how many tokens of output a text is; of English it is seldom too many."""
    return len(text) // CHARACTERS_PER_TOKEN


def charge(used: Tokens, rates: Rates, held_microusd: int) -> int:
    """Return what to capture in micro-USD: the real usage rounded up once, never above the hold."""
    return min(held_microusd, -(-used.cost(rates) // MILLION))


def worst_case(rates: Rates) -> int:
    """Return the most that one message could cost in micro-USD, if nothing else bounded it."""
    turn = TURN_INPUT_TOKENS * rates.dearest_input + TURN_OUTPUT_TOKENS * rates.output
    return -(-MOST_TURNS * turn // MILLION)


def output_left(rates: Rates, held_microusd: int, used: Tokens, counted: int) -> int | None:
    """Return how many tokens the next turn may answer, after an input counted as `counted`.

    None: what is left of the hold, or of the room for input, does not carry another turn.
    """
    if counted > TURN_INPUT_TOKENS:
        return None
    expected = -(-SPARE_PERCENT * counted // 100) + SPARE_TOKENS
    left = held_microusd * MILLION - used.cost(rates) - expected * rates.dearest_input
    if left < LEAST_OUTPUT_TOKENS * rates.output:
        return None
    return min(TURN_OUTPUT_TOKENS, left // rates.output) if rates.output else TURN_OUTPUT_TOKENS


def read_rates(text: str) -> dict[str, Rates]:
    """Return the rates of each model: the usual ones, and what the operator's JSON says.

    Raises:
        ValueError: it is no object of models with four whole numbers each.
    """
    try:
        given = json.loads(text) if text else {}
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise ValueError("KT_AGENT_PRICES must be a JSON object of models")  # noqa: TRY004 - a setting
    return dict(USUAL) | {model: _row(model, row) for model, row in given.items()}


def _row(model: str, row: Any) -> Rates:  # noqa: ANN401 - any JSON value
    whole = isinstance(row, dict) and set(row) == set(WIRE)
    if not whole or not all(type(row[name]) is int and row[name] >= 0 for name in WIRE):
        names = ", ".join(WIRE)
        raise ValueError(
            f"KT_AGENT_PRICES: {model} needs {names}, whole micro-USD a million tokens"
        )
    return Rates(**{field: row[name] for name, field in WIRE.items()})
