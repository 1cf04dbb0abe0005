"""Margins of the families on servers, as operators see them."""

from typing import TypedDict

from gateway.kit.money import render_usd
from gateway.media.oversight.margins import load_margins
from gateway.operator.gateway_location import GatewayLocation, open_database_at

USUAL_DAYS, MOST_DAYS = 30, 3650


class MarginFields(TypedDict):
    """A family's margin: dollars charged, less what its servers cost; `possible` is apart."""

    family: str
    jobs: int
    capturedUsd: str
    costUsd: str
    marginUsd: str
    possibleCostUsd: str


async def list_margins(where: GatewayLocation, days: int = USUAL_DAYS) -> list[MarginFields]:
    """List the margin of each family on servers over the last days.

    Raises:
        ValueError: `days` is not between 1 and ten years.
    """
    if not 1 <= days <= MOST_DAYS:
        raise ValueError(f"--days must be from 1 to {MOST_DAYS}")
    async with open_database_at(where) as database, database.read() as snapshot:
        return [
            {
                "family": one.family,
                "jobs": one.jobs,
                "capturedUsd": render_usd(one.captured_microusd),
                "costUsd": render_usd(one.cost_microusd),
                "marginUsd": render_usd(one.margin_microusd),
                "possibleCostUsd": render_usd(one.possible_microusd),
            }
            for one in await load_margins(snapshot, days)
        ]
