"""Usage on the wire."""

from typing import Literal

from pydantic import MISSING, Field

from gateway.kit.wire.field_types import Count, Dollars, Many, Microusd, Text
from gateway.kit.wire.id_types import Id, KeyId, ProjectId
from gateway.kit.wire.models import Day, RequestModel, WireModel

GroupBy = Literal["day", "task", "key", "project", "member"]


class UsageQuery(RequestModel):
    """The days, and their grouping."""

    group_by: GroupBy = Field("day", description="The property to group by.")
    first: Day | None = Field(
        None, alias="from", description="First UTC day (default: 30 days up to `to`)."
    )
    last: Day | None = Field(
        None, alias="to", description="Last UTC day, inclusive (default: today); at most 92 days."
    )


class UsageLine(WireModel):
    """One day, task, key, project or member: the jobs that ended, and what they cost."""

    day: Text | MISSING = Field(MISSING, description="The UTC day.")
    task: Text | MISSING = Field(MISSING, description="The media task.")
    key_id: KeyId | MISSING | None = MISSING
    project_id: ProjectId | MISSING | None = MISSING
    member_id: Id | MISSING | None = Field(
        MISSING, description="The member of the team, by id; null: the owner."
    )
    jobs: Count = Field(description="How many jobs ended.")
    succeeded: Count = Field(description="How many succeeded.")
    charged_usd: Dollars = Field(description="The amount charged, in dollars.")
    charged_microusd: Microusd


class Usage(WireModel):
    """The account's usage, by the UTC day on which jobs ended and were charged."""

    first: Text = Field(alias="from", description="First UTC day.")
    last: Text = Field(alias="to", description="Last UTC day, inclusive.")
    group_by: GroupBy = Field(description="The property the lines are grouped by.")
    data: Many[UsageLine] = Field(description="One line per day, task, key, project or member.")
    total_usd: Dollars = Field(description="The total, in dollars.")
    total_microusd: Microusd
