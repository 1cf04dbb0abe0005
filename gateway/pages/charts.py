"""Bar charts of money or numbers over time: the place of each bar in a box 100 units high."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

HEIGHT, STEP, GAP = 100, 10, 2
LEAST_TOP_MICROUSD = 10_000
LEAST_TOP_NUMBER = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar; `x`, `y`, `width` and `height` are units of the box."""

    name: str
    amount: int
    x: int
    y: float
    width: int
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Bars above a zero line, and the amounts at its axis from the top down."""

    bars: Sequence[Bar]
    width: int
    ticks: Sequence[int]


def build_chart(amounts: Sequence[tuple[str, int]], least_top: int = LEAST_TOP_MICROUSD) -> Chart:
    """Build a chart from named amounts, by default in micro-USD."""
    top = round_top(max((amount for _, amount in amounts), default=0), least_top)
    bars = []
    for number, (name, amount) in enumerate(amounts):
        height = round(HEIGHT * amount / top, 2)
        bars.append(
            Bar(
                name=name,
                amount=amount,
                x=number * STEP + GAP // 2,
                y=round(HEIGHT - height, 2),
                width=STEP - GAP,
                height=height,
            )
        )
    return Chart(bars=bars, width=max(1, len(bars)) * STEP, ticks=(top, top // 2, 0))


def round_top(most: int, least_top: int) -> int:
    """Round up to 1, 2, 5, 10, 20, … times `least_top`: the axis can name its half exactly."""
    top = least_top
    while top < most:
        top = top * 5 // 2 if str(top).startswith("2") else top * 2
    return top


def fill_days(first: date, last: date, charged_microusd: dict[str, int]) -> list[tuple[str, int]]:
    """Return the amount of each day from `first` to `last`, 0 where there is none."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [(str(day), charged_microusd.get(str(day), 0)) for day in days]
