"""Waits for a job, a plan or a request of the agent, in short long-polls.

A client gives up on a call after 60 seconds by default, so a wait lasts at most 50. While it lasts,
the client is sent progress, which the protocol wants to rise with every message; 100 percent is
sent only at the end. A wait never fails because time runs out, the server stops or the gateway goes
away: it returns the last state that was read, and the caller asks again later.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from mcp_server.api import Api, is_away
from mcp_server.notes import AWAY
from mcp_server.open_json import Facts
from mcp_server.results import Refused
from mcp_server.stopping import Stopping

MOST_SECONDS, USUAL_SECONDS = 50, 25  # clients give up after 60 by default
WHOLE, MOST, LEAST = 100.0, 99.0, 0.001
Report = Callable[[float, float | None, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Awaited:
    """A kind of thing that can be waited for: a job, a plan, a request.

    `id` names its id in answers and in the query at `path`. `percent` returns its
    progress, or None where there is none to know. A long-poll returns early only when the version
    changes; `poll_seconds` bounds it, so that progress which changes no version is seen too.
    """

    path: str
    id: str
    open: Callable[[Facts], bool]
    percent: Callable[[Facts], float | None]
    stage: Callable[[Facts], str]
    poll_seconds: int = 10


@dataclass(frozen=True, slots=True)
class Waiter:
    """The waits of tool calls, which end when the server stops."""

    api: Api
    stopping: Stopping

    async def wait(self, awaited: Awaited, found: Facts, seconds: float, report: Report) -> Facts:
        """Wait until the thing ends, the seconds pass or the server stops; return its last state.

        If the gateway goes away meanwhile, the state has the reason under `AWAY`.

        Raises:
            Refused: the gateway refused to show it.
        """
        progress = _Rising(report)
        deadline = time.monotonic() + seconds
        while awaited.open(found):
            await progress.tell(awaited.percent(found), awaited.stage(found))
            poll_began = time.monotonic()
            seconds_left = min(int(deadline - poll_began), awaited.poll_seconds)
            if seconds_left <= 0:
                return found
            try:
                latest = await self._poll(awaited, found, seconds_left)
            except Refused as refusal:
                if not is_away(refusal):
                    raise
                return found | {AWAY: refusal.problem["message"]}
            if latest is None:
                return found
            previous_version, found = found.get("version"), latest
            is_early = time.monotonic() - poll_began < seconds_left / 2
            # A gateway that is stopping answers a long-poll at once, without news. Polling on
            # would send it request after request until it is gone.
            if found.get("version") == previous_version and is_early:
                return found
        await progress.end(awaited.percent(found), awaited.stage(found))
        return found

    async def _poll(self, awaited: Awaited, found: Facts, seconds: int) -> Facts | None:
        """Return the state when it has changed, or after these seconds; None: the server stops."""
        query = {awaited.id: found[awaited.id], "waitSeconds": str(seconds)}
        if (version := found.get("version")) is not None:
            query["sinceVersion"] = str(version)
        with self.stopping.interrupts():
            return await self.api.get(awaited.path, **query)
        return None  # the stop left the block above


class _Rising:
    """The progress of one call: each value is above the last, and only the end is 100.

    The protocol demands that values rise, while the percentages of REST may stand still or fall.
    """

    def __init__(self, report: Report) -> None:
        self._report = report
        self._began = time.monotonic()
        self._last: float | None = None

    async def tell(self, percent: float | None, stage: str) -> None:
        """Report the percentage, or a little more than before; without one, the seconds."""
        if percent is None:
            seconds = time.monotonic() - self._began
            await self._report(self._above(seconds, LEAST), None, stage)
        else:
            # A share of what is left, so that even endless small steps never reach 100.
            remaining = WHOLE - (self._last or 0.0)
            await self._report(self._above(min(percent, MOST), remaining * LEAST), WHOLE, stage)

    async def end(self, percent: float | None, stage: str) -> None:
        """Report 100 percent, if percentages were reported before."""
        if percent is not None and self._last is not None:
            await self._report(WHOLE, WHOLE, stage)

    def _above(self, value: float, least: float) -> float:
        """Return the value, raised to at least `least` above the last one."""
        self._last = round(value if self._last is None else max(value, self._last + least), 6)
        return self._last


def _job_percent(job: Facts) -> float:
    return float((job.get("progress") or {}).get("percent") or 0)


def _job_stage(job: Facts) -> str:
    return str((job.get("progress") or {}).get("stage") or job["status"])


def _plan_percent(plan: Facts) -> float:
    """Return the average of the steps that are run; older gateways give no percentages."""
    step_percents = (step.get("percent") for step in plan["steps"])
    percents = [percent for percent in step_percents if percent is not None]
    return sum(percents) / len(percents) if plan["state"] == "executed" and percents else 0.0


def _plan_open(plan: Facts) -> bool:
    """Return True if the plan may change without a call: by a person's decision, or by its jobs."""
    if plan["state"] == "pending":
        return bool(plan["requiresHumanApproval"])
    return bool(plan["outcome"] == "running")


OPEN = {"queued", "running"}
AWAITED = {
    "job": Awaited(
        "/api/v1/media/jobs",
        "jobId",
        lambda job: job["status"] in OPEN,
        _job_percent,
        _job_stage,
    ),
    "plan": Awaited(
        "/api/v1/studio/agent/approval-plans",
        "planId",
        _plan_open,
        _plan_percent,
        lambda plan: str(plan["outcome"] or plan["state"]),
        poll_seconds=2,
    ),
    "request": Awaited(
        "/api/v1/studio/agent/requests",
        "requestId",
        lambda request: request["status"] in OPEN,
        lambda _request: None,
        lambda request: str(request["status"]),
    ),
}
