"""Trends for operators: jobs by hour, money by day, and what each node does now."""

from dataclasses import dataclass

from gateway.kit.database.sql import get_database_time
from gateway.ledger.reports.daily import Flow, load_daily_flows
from gateway.media.nodes import node_pool
from gateway.media.oversight.hourly import JobHour, load_job_hours, load_node_jobs
from gateway.operator.gateway_location import GatewayLocation, open_database_at
from gateway.operator.nodes import NodeDetails, render_node


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCard:
    """A node and what it does now: its jobs, its memory, and for how long it still rests."""

    details: NodeDetails
    job_ids: list[str]
    vram_bytes: int | None
    rest_microseconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trends:
    """The last 24 hours of jobs, 30 days of money in one book, and the nodes."""

    hours: list[JobHour]
    flows: dict[Flow, list[tuple[str, int]]]
    nodes: list[NodeCard]


async def get_trends(where: GatewayLocation, book: str) -> Trends:
    """Return the trends of a gateway; the money is that of one book."""
    async with open_database_at(where) as database, database.read() as snapshot:
        now = await get_database_time(snapshot)
        job_ids = await load_node_jobs(snapshot)
        return Trends(
            hours=await load_job_hours(snapshot, now),
            flows=await load_daily_flows(snapshot, book, now),
            nodes=[
                NodeCard(
                    details=render_node(node),
                    job_ids=job_ids.get(node.name, []),
                    vram_bytes=node.vram_bytes,
                    rest_microseconds=max(0, node.breaker_until - now),
                )
                for node in await node_pool.list_nodes(snapshot)
            ],
        )
