"""The states of plans and their steps."""

from gateway.kit.database.states import State


class PlanState(State):
    """The state of a plan until its decision."""

    PENDING = "pending"
    EXECUTED = "executed"
    REJECTED = "rejected"
    EXPIRED = "expired"


class PlanOutcome(State):
    """The outcome of an executed plan; `partial`: some of its steps succeeded."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELED = "canceled"


class StepState(State):
    """The state of a step; `dropped` ones were left out at the approval, `skipped` ones later."""

    PENDING = "pending"
    DROPPED = "dropped"
    WAITING = "waiting"
    SUBMITTED = "submitted"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    SKIPPED = "skipped"
