"""Charts and node cards of the overview of operators, drawn on the server."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.kit.clock import SECOND, to_iso
from gateway.media.states import JobState
from gateway.operator.trends import NodeCard, Trends
from gateway.pages.charts import LEAST_TOP_NUMBER, Chart, build_chart

GIBIBYTE = 2**30
STATE_TITLES = {
    JobState.SUCCEEDED: "Succeeded",
    JobState.FAILED: "Failed",
    JobState.CANCELED: "Canceled",
    JobState.EXPIRED: "Expired",
}
FLOW_TITLES = {
    "credited": "Credit in",
    "captured": "Captured",
    "held": "Held",
    "refunded": "Refunded",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendChart:
    """A small chart: its title and its unit, `money` or the words after a number."""

    title: str
    unit: str
    chart: Chart


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownNode:
    """A node card as words."""

    card: NodeCard
    memory: str
    rest_seconds: int


def build_job_charts(trends: Trends) -> list[TrendChart]:
    """Build a chart of each state that jobs ended in, and one of how long they waited."""
    names = [to_iso(hour.started_at)[11:16] for hour in trends.hours]
    charts = [
        TrendChart(
            title=title,
            unit="",
            chart=build_chart(
                [
                    (name, hour.ended.get(state, 0))
                    for name, hour in zip(names, trends.hours, strict=True)
                ],
                LEAST_TOP_NUMBER,
            ),
        )
        for state, title in STATE_TITLES.items()
    ]
    waits = [(name, hour.mean_wait_seconds) for name, hour in zip(names, trends.hours, strict=True)]
    wait_chart = build_chart(waits, LEAST_TOP_NUMBER)
    return [*charts, TrendChart(title="Mean wait", unit=" s", chart=wait_chart)]


def build_money_charts(trends: Trends, titles: Mapping[str, str] = FLOW_TITLES) -> list[TrendChart]:
    """Build a chart of each flow of money."""
    return [
        TrendChart(title=titles[flow], unit="money", chart=build_chart(days))
        for flow, days in trends.flows.items()
    ]


def build_node_cards(trends: Trends) -> list[ShownNode]:
    """Build the card of each node."""
    return [
        ShownNode(
            card=card,
            memory="unknown"
            if card.vram_bytes is None
            else f"{card.vram_bytes / GIBIBYTE:.0f} GiB",
            rest_seconds=card.rest_microseconds // SECOND,
        )
        for card in trends.nodes
    ]
