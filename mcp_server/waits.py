"""Waiting for a job, a plan or a request in short long-polls, with progress that only rises."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from mcp_server.api import Api, is_away
from mcp_server.notes import AWAY
from mcp_server.results import Refused
from mcp_server.stopping import Stopping

MOST_SECONDS, USUAL_SECONDS, POLL_SECONDS = 50, 25, 10
WHOLE, STEP = 100.0, 0.1
Report = Callable[[float, float, str], Awaitable[None]]
Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Awaited:
    """One kind of thing that is waited for."""

    path: str
    id: str
    open: Callable[[Facts], bool]
    percent: Callable[[Facts], float]
    stage: Callable[[Facts], str]


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
            seconds_left = min(int(deadline - asked), POLL_SECONDS)
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
            if found["version"] == known and time.monotonic() - asked < seconds_left / 2:
                return found  # a gateway elsewhere that stops keeps nobody waiting
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
    """Progress for one call: every message is above the one before."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._last = -STEP

    async def tell(self, percent: float, stage: str) -> None:
        """Report where it is, or at least that it goes on."""
        self._last = max(self._last + STEP, min(percent, WHOLE - STEP))
        if self._last < WHOLE:
            await self._report(round(self._last, 1), WHOLE, stage)


def _job_percent(job: Facts) -> float:
    return float((job.get("progress") or {}).get("percent") or 0)


def _job_stage(job: Facts) -> str:
    return str((job.get("progress") or {}).get("stage") or job["status"])


def _plan_percent(plan: Facts) -> float:
    ended = [step for step in plan["steps"] if step["state"] not in {"waiting", "submitted"}]
    return WHOLE * len(ended) / len(plan["steps"]) if plan["state"] == "executed" else 0.0


def _plan_open(plan: Facts) -> bool:
    """Say whether the plan may change without its caller."""
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
    ),
    "request": Awaited(
        "/api/v1/studio/agent/requests",
        "requestId",
        lambda request: request["status"] in OPEN,
        lambda _request: 0.0,
        lambda request: str(request["status"]),
    ),
}
