"""Usage of an account: its ended jobs and their cost, by day, task, key, project or member.

A job counts on the UTC day it ended, which is when it was charged: the sums are the ledger's.
"""

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, select

from gateway.kit.caller import Caller, parse_member_id
from gateway.kit.clock import DAY, SECOND
from gateway.kit.database.sessions import Session
from gateway.kit.errors import InvalidInput
from gateway.kit.money import to_amount_fields
from gateway.kit.roles import Role, has_role
from gateway.kit.wire.csv_text import render_rows, to_text_cell
from gateway.ledger.policies import find_members, list_member_spenders
from gateway.media.states import JobState
from gateway.media.tables import Job
from gateway.media.usage_schemas import GroupBy, Usage, UsageLine

MOST_DAYS, DEFAULT_DAYS = 92, 30
EPOCH = date(1970, 1, 1)
Line = tuple[Any, ...]  # the group, its jobs, those that succeeded, and the charge in micro-USD
GROUP_FIELDS: dict[GroupBy, str] = {
    "day": "day",
    "task": "task",
    "key": "keyId",
    "project": "projectId",
    "member": "memberId",
}
GROUP_COLUMNS: dict[GroupBy, ColumnElement[Any]] = {
    "day": Job.finished_at // DAY,
    "task": Job.task.expression,
    "key": Job.key_id.expression,
    "project": Job.project_id.expression,
    "member": Job.key_id.expression,  # the ledger knows the member of each spender
}


@dataclass(frozen=True, slots=True)
class Period:
    """A range of UTC days; `first` and `last` are included."""

    first: date
    last: date

    @property
    def bounds(self) -> tuple[int, int]:
        """Return the start and the end (exclusive), in microseconds since 1970."""
        return (self.first - EPOCH).days * DAY, ((self.last - EPOCH).days + 1) * DAY


def build_period(
    first: date | None, last: date | None, now: int, *, most_days: int = MOST_DAYS
) -> Period:
    """Return the period between two days; by default the 30 days up to today.

    Raises:
        InvalidInput: the days are in the wrong order, or too many.
    """
    last = last or datetime.fromtimestamp(now // SECOND, UTC).date()
    try:
        first = first or last - timedelta(days=DEFAULT_DAYS - 1)
    except OverflowError:  # `last` is one of the first days of the calendar
        first = date.min
    if first > last:
        raise InvalidInput("`from` must not be after `to`.", field="from")
    if (last - first).days >= most_days:
        raise InvalidInput(
            f"The range from `from` to `to` must be at most {most_days} days.", field="from"
        )
    return Period(first, last)


async def load_usage(session: Session, caller: Caller, days: Period, by: GroupBy) -> Usage:
    """Return an account's jobs and charges in these days, by group, and the total.

    Owners and admins of a team see those of everybody, other members their own.
    """
    rows = await _load_lines(session, caller, days, by)
    if by in {"key", "member"}:
        rows = await _merge_spenders(session, rows, by)
    data = [
        UsageLine.model_validate(
            {
                GROUP_FIELDS[by]: str(EPOCH + timedelta(days=name)) if by == "day" else name,
                "jobs": jobs,
                "succeeded": int(succeeded),
                **to_amount_fields("charged", int(microusd)),
            }
        )
        for name, jobs, succeeded, microusd in rows
    ]
    total = to_amount_fields("total", sum(int(row[3]) for row in rows))
    return Usage(first=str(days.first), last=str(days.last), group_by=by, data=data, **total)


async def _load_lines(
    session: Session, caller: Caller, days: Period, by: GroupBy
) -> Sequence[Line]:
    start, end = days.bounds
    own = [Job.account_id == caller.ledger_account]
    if caller.member_policy_id is not None and not has_role(caller.role, Role.ADMIN):
        own.append(Job.key_id.in_(await list_member_spenders(session, caller.member_policy_id)))
    group = GROUP_COLUMNS[by].label("grouped")
    charged = func.coalesce(func.sum(Job.captured_microusd), 0)
    statement = (
        select(
            group,
            func.count(),
            func.sum(case((Job.state == JobState.SUCCEEDED, 1), else_=0)),
            charged,
        )
        .where(*own, Job.finished_at >= start, Job.finished_at < end)
        .group_by("grouped")
        .order_by("grouped")
    )
    return [tuple(row) for row in (await session.execute(statement)).all()]


async def _merge_spenders(session: Session, rows: Sequence[Line], by: GroupBy) -> Sequence[Line]:
    """Return one line for each key or member; whoever spent in person has no key."""
    members = await find_members(session, [row[0] for row in rows if row[0] is not None])
    merged: dict[str | None, Line] = {}
    for spender_id, *amounts in rows:
        member_id = members.get(spender_id)
        if by == "member":
            name = member_id
        else:
            is_person = member_id is not None and parse_member_id(spender_id) == member_id
            name = None if is_person else spender_id
        before = merged.get(name, (name, 0, 0, 0))
        merged[name] = (name, *map(operator.add, before[1:], amounts))
    return list(merged.values())


def render_csv(totals: Usage) -> str:
    """Render usage as CSV (RFC 4180), one line per group."""
    names = [GROUP_FIELDS[totals.group_by], "jobs", "succeeded", "chargedUsd", "chargedMicrousd"]
    lines = [line.model_dump() for line in totals.data]
    return render_rows([names, *([to_text_cell(line[name]) for name in names] for line in lines)])
