"""Bar charts of money per day: the place and height of each bar in a box 100 units high."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

HEIGHT, STEP, GAP = 100, 10, 2
LEAST_TOP_MICROUSD = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar; `x`, `y`, `width` and `height` are units of the box."""

    name: str
    microusd: int
    x: int
    y: float
    width: int
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Bars above a zero line, and the amounts at its axis from the top down."""

    bars: Sequence[Bar]
    width: int
    ticks_microusd: Sequence[int]


def build_chart(amounts_microusd: Sequence[tuple[str, int]]) -> Chart:
    """Build a chart from named amounts in micro-USD."""
    top = round_top(max((amount for _, amount in amounts_microusd), default=0))
    bars = []
    for number, (name, amount) in enumerate(amounts_microusd):
        height = round(HEIGHT * amount / top, 2)
        bars.append(
            Bar(
                name=name,
                microusd=amount,
                x=number * STEP + GAP // 2,
                y=round(HEIGHT - height, 2),
                width=STEP - GAP,
                height=height,
            )
        )
    return Chart(bars=bars, width=max(1, len(bars)) * STEP, ticks_microusd=(top, top // 2, 0))


def round_top(most_microusd: int) -> int:
    """Round up to 1, 2, 5, 10, 20, … cents, so that the axis can name its half exactly."""
    top = LEAST_TOP_MICROUSD
    while top < most_microusd:
        top = top * 5 // 2 if str(top).startswith("2") else top * 2
    return top


def fill_days(first: date, last: date, charged_microusd: dict[str, int]) -> list[tuple[str, int]]:
    """Return the amount of each day from `first` to `last`, 0 where there is none."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [(str(day), charged_microusd.get(str(day), 0)) for day in days]
