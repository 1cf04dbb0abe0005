"""Waits for a job, a plan or a request of the agent, in short long-polls.

A client gives up on a call after 60 seconds by default, so a wait lasts at most 50. While it lasts,
the client is sent progress, which the protocol wants to rise with every message; 100 percent is
sent only at the end. A wait never fails because time runs out, the server stops or the gateway goes
away: it returns the last state that was read, and the caller asks again later.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from mcp_server.json_types import JsonObject
from mcp_server.rest.api import RestApi, is_away
from mcp_server.results import Refusal
from mcp_server.shutdown import Shutdown
from mcp_server.tools.notes import AWAY_KEY

MAX_WAIT_SECONDS, DEFAULT_WAIT_SECONDS = 50, 25  # clients give up after 60 by default
FULL_PERCENT, MAX_RUNNING_PERCENT, MIN_RISE = 100.0, 99.0, 0.001
ReportProgress = Callable[[float, float | None, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class AwaitedKind:
    """A kind of thing that can be waited for: a job, a plan, a request.

    `id_name` names its id in answers and in the query at `path`. `read_percent` returns its
    progress, or None where there is none to know. A long-poll returns early only when the version
    changes; `poll_seconds` bounds it, so that progress which changes no version is seen too.
    """

    path: str
    id_name: str
    is_open: Callable[[JsonObject], bool]
    read_percent: Callable[[JsonObject], float | None]
    read_stage: Callable[[JsonObject], str]
    poll_seconds: int = 10


@dataclass(frozen=True, slots=True)
class Waiter:
    """The waits of tool calls, which end when the server stops."""

    api: RestApi
    shutdown: Shutdown

    async def wait(
        self, awaited: AwaitedKind, state: JsonObject, seconds: float, report: ReportProgress
    ) -> JsonObject:
        """Wait until the thing ends, the seconds pass or the server stops; return its last state.

        If the gateway goes away meanwhile, the state has the reason under `AWAY_KEY`.

        Raises:
            Refusal: the gateway refused to show it.
        """
        progress = _RisingProgress(report)
        deadline = time.monotonic() + seconds
        while awaited.is_open(state):
            await progress.report(awaited.read_percent(state), awaited.read_stage(state))
            poll_began = time.monotonic()
            seconds_left = min(int(deadline - poll_began), awaited.poll_seconds)
            if seconds_left <= 0:
                return state
            try:
                latest = await self._poll(awaited, state, seconds_left)
            except Refusal as refusal:
                if not is_away(refusal):
                    raise
                return state | {AWAY_KEY: refusal.problem["message"]}
            if latest is None:
                return state
            previous_version, state = state.get("version"), latest
            is_early = time.monotonic() - poll_began < seconds_left / 2
            # A gateway that is stopping answers a long-poll at once, without news. Polling on
            # would send it request after request until it is gone.
            if state.get("version") == previous_version and is_early:
                return state
        await progress.report_end(awaited.read_percent(state), awaited.read_stage(state))
        return state

    async def _poll(
        self, awaited: AwaitedKind, state: JsonObject, seconds: int
    ) -> JsonObject | None:
        """Return the state when it has changed, or after these seconds; None: the server stops."""
        query = {awaited.id_name: state[awaited.id_name], "waitSeconds": str(seconds)}
        if (version := state.get("version")) is not None:
            query["sinceVersion"] = str(version)
        with self.shutdown.interrupt_wait():
            return await self.api.get(awaited.path, **query)
        return None  # the stop left the block above


class _RisingProgress:
    """The progress of one call: each value is above the last, and only the end is 100.

    The protocol demands that values rise, while the percentages of REST may stand still or fall.
    """

    def __init__(self, report: ReportProgress) -> None:
        self._report = report
        self._began_at = time.monotonic()
        self._last: float | None = None

    async def report(self, percent: float | None, stage: str) -> None:
        """Report the percentage, or a little more than before; without one, the seconds."""
        if percent is None:
            seconds = time.monotonic() - self._began_at
            await self._report(self._lift_above_last(seconds, MIN_RISE), None, stage)
        else:
            # A share of what is left, so that even endless small steps never reach 100.
            remaining = FULL_PERCENT - (self._last or 0.0)
            await self._report(
                self._lift_above_last(min(percent, MAX_RUNNING_PERCENT), remaining * MIN_RISE),
                FULL_PERCENT,
                stage,
            )

    async def report_end(self, percent: float | None, stage: str) -> None:
        """Report 100 percent, if percentages were reported before."""
        if percent is not None and self._last is not None:
            await self._report(FULL_PERCENT, FULL_PERCENT, stage)

    def _lift_above_last(self, value: float, least: float) -> float:
        """Return the value, raised to at least `least` above the last one."""
        self._last = round(value if self._last is None else max(value, self._last + least), 6)
        return self._last


def _read_job_percent(job: JsonObject) -> float:
    return float((job.get("progress") or {}).get("percent") or 0)


def _read_job_stage(job: JsonObject) -> str:
    return str((job.get("progress") or {}).get("stage") or job["status"])


def _read_plan_percent(plan: JsonObject) -> float:
    """Return the average of the steps that are run; older gateways give no percentages."""
    step_percents = (step.get("percent") for step in plan["steps"])
    percents = [percent for percent in step_percents if percent is not None]
    return sum(percents) / len(percents) if plan["state"] == "executed" and percents else 0.0


def _is_plan_open(plan: JsonObject) -> bool:
    """Return True if the plan may change without a call: by a person's decision, or by its jobs."""
    if plan["state"] == "pending":
        return bool(plan["requiresHumanApproval"])
    return bool(plan["outcome"] == "running")


OPEN_STATES = {"queued", "running"}
AWAITED_KINDS = {
    "job": AwaitedKind(
        "/api/v1/media/jobs",
        "jobId",
        lambda job: job["status"] in OPEN_STATES,
        _read_job_percent,
        _read_job_stage,
    ),
    "plan": AwaitedKind(
        "/api/v1/studio/agent/approval-plans",
        "planId",
        _is_plan_open,
        _read_plan_percent,
        lambda plan: str(plan["outcome"] or plan["state"]),
        poll_seconds=2,
    ),
    "request": AwaitedKind(
        "/api/v1/studio/agent/requests",
        "requestId",
        lambda request: request["status"] in OPEN_STATES,
        lambda _request: None,
        lambda request: str(request["status"]),
    ),
}
