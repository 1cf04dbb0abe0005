"""Usage on the wire."""

from typing import Literal

from pydantic import Field

from gateway.kit.models import Day, Request
from gateway.media.schemas import Open


class UsageQuery(Request):
    """Which days, and how to group them."""

    group_by: Literal["day", "task", "key", "project"] = Field(
        "day", description="What to group by."
    )
    first: Day | None = Field(
        None, alias="from", description="First UTC day (default: 30 days up to `to`)."
    )
    last: Day | None = Field(
        None, alias="to", description="Last UTC day, inclusive (default: today); at most 92 days."
    )


class UsageLine(Open):
    """One day, task, key or project: the jobs that ended, and what they cost."""

    day: str | None = None
    task: str | None = None
    key_id: str | None = None
    project_id: str | None = None
    jobs: int
    succeeded: int
    charged_usd: str
    charged_microusd: int


class Usage(Open):
    """What the account used, by the UTC day on which jobs ended and were charged."""

    data: list[UsageLine]
    total_usd: str
    total_microusd: int
