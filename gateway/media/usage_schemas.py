"""Usage on the wire."""

from typing import Literal

from pydantic import MISSING, Field

from gateway.kit.models import Day, Request, Wire

GroupBy = Literal["day", "task", "key", "project"]


class UsageQuery(Request):
    """Which days, and how to group them."""

    group_by: GroupBy = Field("day", description="What to group by.")
    first: Day | None = Field(
        None, alias="from", description="First UTC day (default: 30 days up to `to`)."
    )
    last: Day | None = Field(
        None, alias="to", description="Last UTC day, inclusive (default: today); at most 92 days."
    )


class UsageLine(Wire):
    """One day, task, key or project: the jobs that ended, and what they cost."""

    day: str | MISSING = MISSING
    task: str | MISSING = MISSING
    key_id: str | MISSING | None = MISSING
    project_id: str | MISSING | None = MISSING
    jobs: int
    succeeded: int
    charged_usd: str
    charged_microusd: int


class Usage(Wire):
    """What the account used, by the UTC day on which jobs ended and were charged."""

    first: str = Field(alias="from", description="First UTC day.")
    last: str = Field(alias="to", description="Last UTC day, inclusive.")
    group_by: GroupBy
    data: list[UsageLine]
    total_usd: str
    total_microusd: int
