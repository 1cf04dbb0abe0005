"""Money: integer micro-USD inside, decimal strings with 2 to 6 places on the wire."""

import re
from typing import Any, TypeAlias

MICROUSD_PER_USD = 1_000_000
MAX_MICROUSD = 2**53 - 1
USD_PATTERN = r"^(0|[1-9][0-9]{0,9})(\.[0-9]{1,6})?$"
USD_RULE = "must be dollars as a decimal string with at most 6 places, like 0.30"
AmountFields: TypeAlias = dict[str, Any]
"""The two wire fields of an amount: open, for their names begin with the amount's own name."""
USD_DECIMAL = re.compile(r"(0|[1-9]\d{0,9})(?:\.(\d{1,6}))?")


def render_usd(amount_microusd: int) -> str:
    """Write micro-USD as dollars: 300000 is "0.30", 6667 is "0.006667", -1 is "-0.000001"."""
    sign = "-" if amount_microusd < 0 else ""
    dollars, rest = divmod(abs(amount_microusd), MICROUSD_PER_USD)
    places = f"{rest:06d}".rstrip("0").ljust(2, "0")
    return f"{sign}{dollars}.{places}"


def parse_usd(text: str) -> int:
    """Read dollars, such as "0.30", as micro-USD.

    Raises:
        ValueError: not a plain non-negative decimal with at most 6 places.
    """
    match = USD_DECIMAL.fullmatch(text)
    if match is None:
        raise ValueError(USD_RULE)
    return int(match[1]) * MICROUSD_PER_USD + int((match[2] or "").ljust(6, "0"))


def to_amount_fields(name: str, amount_microusd: int) -> AmountFields:
    """Return the two wire fields of one amount: `nameUsd` and `nameMicrousd`."""
    return {f"{name}Usd": render_usd(amount_microusd), f"{name}Microusd": amount_microusd}
