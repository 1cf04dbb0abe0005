"""Prices of the agent's model: pure functions of tokens and rates, in micro-USD.

A request may not cost more than its hold, and the provider bills a turn only after it was made. So
before each turn the worker asks how much output is left: what the hold still covers after the most
that the input can cost. Costs are summed exactly, in millionths of a micro-USD, and rounded up once
at the charge.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

MILLION = 1_000_000
MOST_TURNS = 12
TURN_INPUT_TOKENS, TURN_OUTPUT_TOKENS, LEAST_OUTPUT_TOKENS = 60_000, 4_096, 512
# The provider counts a request a little differently from how it bills it: without this margin the
# input of a turn could cost more than was left for it.
SPARE_PERCENT, SPARE_TOKENS = 105, 500
CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Rates:
    """The prices of a million tokens of each kind, in micro-USD."""

    input: int
    output: int
    cache_write: int
    cache_read: int

    @property
    def dearest_input(self) -> int:
        """Return the highest price of a million tokens of input, cached or not."""
        return max(self.input, self.cache_write, self.cache_read)


DEFAULT_RATES: Mapping[str, Rates] = {
    "claude-sonnet-5-5": Rates(
        input=4_000_000, output=20_000_000, cache_write=5_000_000, cache_read=400_000
    )
}
RATE_FIELDS = {
    "input": "input", "output": "output", "cacheWrite": "cache_write", "cacheRead": "cache_read",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tokens:
    """Numbers of tokens of each kind."""

    input: int = 0
    output: int = 0
    cache_write: int = 0
    cache_read: int = 0

    def __add__(self, other: "Tokens") -> "Tokens":
        """Return the sum, kind by kind."""
        pairs = {each.name: each.name for each in fields(self)}
        return Tokens(**{name: getattr(self, name) + getattr(other, name) for name in pairs})

    def __neg__(self) -> "Tokens":
        """Return the negative of each number, to take a count back."""
        return Tokens(-self.input, -self.output, -self.cache_write, -self.cache_read)

    def cost(self, rates: Rates) -> int:
        """Return the exact cost in millionths of a micro-USD."""
        return sum(count * getattr(rates, kind) for kind, count in asdict(self).items())


def estimate_output_tokens(text: str) -> int:
    """Estimate the number of output tokens of a text; for English it is seldom too high."""
    return len(text) // CHARACTERS_PER_TOKEN


def compute_charge(used_tokens: Tokens, rates: Rates, held_microusd: int) -> int:
    """Return the charge in micro-USD: the cost of the usage, rounded up, at most the hold."""
    return min(held_microusd, -(-used_tokens.cost(rates) // MILLION))


def compute_worst_case(rates: Rates) -> int:
    """Return the highest possible cost of one message in micro-USD, if no limit is lower."""
    turn = TURN_INPUT_TOKENS * rates.dearest_input + TURN_OUTPUT_TOKENS * rates.output
    return -(-MOST_TURNS * turn // MILLION)


def compute_output_left(
    rates: Rates, held_microusd: int, used_tokens: Tokens, input_tokens: int
) -> int | None:
    """Return the most output tokens of the next turn, whose input has `input_tokens` tokens.

    None: the input is too long, or what is left of the hold does not pay for another turn.
    """
    if input_tokens > TURN_INPUT_TOKENS:
        return None
    expected = -(-SPARE_PERCENT * input_tokens // 100) + SPARE_TOKENS
    left = held_microusd * MILLION - used_tokens.cost(rates) - expected * rates.dearest_input
    if left < LEAST_OUTPUT_TOKENS * rates.output:
        return None
    return min(TURN_OUTPUT_TOKENS, left // rates.output) if rates.output else TURN_OUTPUT_TOKENS


def parse_rates(text: str) -> dict[str, Rates]:
    """Return the rates by model: the default ones, replaced and extended by the operator's JSON.

    Raises:
        ValueError: the text is no JSON object of models with four whole numbers each.
    """
    try:
        rates = json.loads(text) if text else {}
    except ValueError:
        rates = None
    if not isinstance(rates, dict):
        raise ValueError("KT_AGENT_PRICES must be a JSON object of models")  # noqa: TRY004 - a setting
    return dict(DEFAULT_RATES) | {
        model: _parse_model_rates(model, row) for model, row in rates.items()
    }


def _parse_model_rates(model: str, row: Any) -> Rates:  # noqa: ANN401 - any JSON value
    # `type(…) is int`: a bool is an int for Python, and a price of `true` must be refused.
    has_all = isinstance(row, dict) and set(row) == set(RATE_FIELDS)
    if not has_all or not all(type(row[name]) is int and row[name] >= 0 for name in RATE_FIELDS):
        names = ", ".join(RATE_FIELDS)
        raise ValueError(
            f"KT_AGENT_PRICES: {model} needs {names}, whole micro-USD a million tokens"
        )
    return Rates(**{field: row[name] for name, field in RATE_FIELDS.items()})
