"""Waiting for a job, a plan or a request in short long-polls, with progress that only rises."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from mcp_server.api import Api, is_away
from mcp_server.notes import AWAY
from mcp_server.open_json import Facts
from mcp_server.results import Refused
from mcp_server.stopping import Stopping

MOST_SECONDS, USUAL_SECONDS = 50, 25
WHOLE, MOST, LEAST = 100.0, 99.0, 0.001
Report = Callable[[float, float | None, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Awaited:
    """One kind of thing that is waited for.

    `percent` is how far it is, None where nobody knows. One that does not change its version with
    its progress is read again every `poll_seconds`.
    """

    path: str
    id: str
    open: Callable[[Facts], bool]
    percent: Callable[[Facts], float | None]
    stage: Callable[[Facts], str]
    poll_seconds: int = 10


@dataclass(frozen=True, slots=True)
class Waiter:
    """Waits on behalf of calls, until the server stops."""

    api: Api
    stopping: Stopping

    async def wait(self, awaited: Awaited, found: Facts, seconds: float, report: Report) -> Facts:
        """Return it as it is when it ends, after these seconds, or when the server stops.

        If the gateway is away meanwhile it is as it was last read, and `AWAY` says so.

        Raises:
            Refused: it cannot be read.
        """
        progress = _Rising(report)
        deadline = time.monotonic() + seconds
        while awaited.open(found):
            await progress.tell(awaited.percent(found), awaited.stage(found))
            asked = time.monotonic()
            seconds_left = min(int(deadline - asked), awaited.poll_seconds)
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
            known, found = found.get("version"), latest
            if found.get("version") == known and time.monotonic() - asked < seconds_left / 2:
                return found  # a gateway elsewhere that stops keeps nobody waiting
        await progress.end(awaited.percent(found), awaited.stage(found))
        return found

    async def _poll(self, awaited: Awaited, found: Facts, seconds: int) -> Facts | None:
        """Return it when it has changed, or after these seconds; None: the server stops."""
        query = {awaited.id: found[awaited.id], "waitSeconds": str(seconds)}
        if (known := found.get("version")) is not None:
            query["sinceVersion"] = str(known)
        with self.stopping.interrupts():
            return await self.api.get(awaited.path, **query)
        return None


class _Rising:
    """Progress for one call: every message is above the one before, and only the end is 100."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._began = time.monotonic()
        self._last: float | None = None

    async def tell(self, percent: float | None, stage: str) -> None:
        """Report where it is, or at least that it goes on; without a percentage, the seconds."""
        if percent is None:
            seconds = time.monotonic() - self._began
            await self._report(self._above(seconds, LEAST), None, stage)
        else:
            left = WHOLE - (self._last or 0.0)
            await self._report(self._above(min(percent, MOST), left * LEAST), WHOLE, stage)

    async def end(self, percent: float | None, stage: str) -> None:
        """Report that all is done, to whoever heard how far it was."""
        if percent is not None and self._last is not None:
            await self._report(WHOLE, WHOLE, stage)

    def _above(self, value: float, least: float) -> float:
        """Return the value, or what is at least so much above the last one."""
        self._last = round(value if self._last is None else max(value, self._last + least), 6)
        return self._last


def _job_percent(job: Facts) -> float:
    return float((job.get("progress") or {}).get("percent") or 0)


def _job_stage(job: Facts) -> str:
    return str((job.get("progress") or {}).get("stage") or job["status"])


def _plan_percent(plan: Facts) -> float:
    """Return the average of the steps that are run."""
    told = (step.get("percent") for step in plan["steps"])  # older gateways tell none
    percents = [percent for percent in told if percent is not None]
    return sum(percents) / len(percents) if plan["state"] == "executed" and percents else 0.0


def _plan_open(plan: Facts) -> bool:
    """Return True if the plan may change without its caller."""
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
