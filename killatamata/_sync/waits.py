"""Waits for the end of a job, a plan or a message: long polls with callbacks."""

from time import monotonic, sleep
from typing import TypeAlias, TypeVar

from killatamata.callbacks import Callback, Fetch, call_blocking
from killatamata.errors import WaitTimedOut
from killatamata.types import AgentRequest, Job, Plan

LONG_POLL_SECONDS = 30
WHOLE_PERCENT = 100
OPEN_STATES = {"queued", "running"}
ENDED_STATES = {"succeeded", "failed", "canceled", "expired"}
ENDED_PLAN_STATES = {"rejected", "expired"}
ENDED_OUTCOMES = {"succeeded", "partial", "failed", "canceled"}
W = TypeVar("W", Job, Plan, AgentRequest)
OnJob: TypeAlias = Callback[Job]
OnPlan: TypeAlias = Callback[Plan]
OnMessage: TypeAlias = Callback[AgentRequest]


def wait_for_end(
    current: W,
    fetch: Fetch[W],
    *,
    call_seconds: float,
    timeout_seconds: float | None = None,
    on_progress: Callback[W] | None = None,
    on_status: Callback[W] | None = None,
) -> W:
    """Fetch `current` until it has ended, and return it.

    `fetch` takes the seconds of its long poll and the version that is known. `call_seconds` is how
    long a call may take. `on_progress` gets each new version, `on_status` each new status.

    Raises:
        WaitTimedOut: it has not ended in time; it goes on.
    """
    until = float("inf") if timeout_seconds is None else monotonic() + timeout_seconds
    # Half the timeout: a long poll must answer before the transport gives the call up.
    longest_poll = int(min(LONG_POLL_SECONDS, call_seconds / 2))
    told_status = ""
    while True:
        call_blocking(on_progress, current)
        if get_status(current) != told_status:
            told_status = get_status(current)
            call_blocking(on_status, current)
        if not is_open(current):
            return current
        seen_version = current.version
        # A plan can expire before its row says so: then its version stays.
        while current.version == seen_version and is_open(current):
            poll_began = monotonic()
            if poll_began >= until:
                raise WaitTimedOut(current)
            current = fetch(int(min(longest_poll, until - poll_began)), seen_version)
            is_news = current.version != seen_version or not is_open(current)
            if not is_news and monotonic() - poll_began < 1:
                # The gateway answered at once without news, as it does while it stops: without a
                # pause this loop would send one request after another.
                left = max(0.0, until - monotonic())
                sleep(min(left, current.poll_after_seconds or 1))


def get_status(thing: Job | Plan | AgentRequest) -> str:
    """Return the status; of a plan its outcome, or its state until there is one."""
    return thing.outcome or thing.state if isinstance(thing, Plan) else thing.status


def is_open(thing: Job | Plan | AgentRequest) -> bool:
    """Return True if it has not ended; a plan that waits for its decision has not either."""
    if isinstance(thing, Plan):
        return _is_plan_open(thing)
    # A newer gateway may have more states: then the time of its end says if it has ended.
    is_known = thing.status in OPEN_STATES | ENDED_STATES
    return thing.status in OPEN_STATES if is_known else thing.finished_at is None


def _is_plan_open(plan: Plan) -> bool:
    if plan.state in ENDED_PLAN_STATES or plan.outcome in ENDED_OUTCOMES:
        return False
    if plan.state == "pending" or plan.outcome == "running":
        return True
    # Words of a newer gateway: then it waits for its decision until it expires, and for its steps
    # until each has ended or was left out.
    if plan.decided_at is None:
        return plan.seconds_left > 0
    return any(step.percent is not None and step.percent < WHOLE_PERCENT for step in plan.steps)
