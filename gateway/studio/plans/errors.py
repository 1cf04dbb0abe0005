"""The refusals of approval plans: leaves of the tree in `gateway.kit.errors`.

403  ApprovalRequired
409  PlanAlreadyExecuted, PlanRejected, PlanHashMismatch, PlanStale, PriceChanged,
     NothingToResume
410  PlanExpired
422  UnknownStep, MissingDependency, DependencyCycle, UnknownOperation, UrlRefused
"""

from gateway.kit.errors import Conflict, Forbidden, Problem, Unprocessable


class ApprovalRequired(Forbidden):
    """A person has to approve this plan."""

    code = "approval_required"
    hint = "Show `approvalUrl` to the user and read the plan again; do not prepare it again."


class PlanAlreadyExecuted(Conflict):
    """The plan was executed with other steps."""

    code = "plan_already_executed"
    hint = "Read the plan; to run the other steps, prepare a new one."


class PlanRejected(Conflict):
    """The plan was rejected."""

    code = "plan_rejected"
    hint = "Ask the user what to change, then prepare a new plan."


class PlanHashMismatch(Conflict):
    """`planHash` is not the hash of this plan."""

    code = "plan_hash_mismatch"
    hint = "Read the plan, look at it again, and send its planHash."


class PlanStale(Conflict):
    """What the plan was made from has changed."""

    code = "plan_stale"
    hint = "Prepare the plan again."


class PriceChanged(PlanStale):
    """The operator withdrew the prices of this plan."""

    code = "price_changed"
    hint = "Prepare the plan again; `newTotalUsd` is what it costs now."


class NothingToResume(Conflict):
    """The plan has no approved steps that ended without success."""

    code = "nothing_to_resume"
    hint = "Read the plan: it must be executed and ended, and not have succeeded."


class PlanExpired(Problem):
    """The plan was not executed within 15 minutes."""

    status = 410
    code = "plan_expired"
    hint = "Prepare the plan again."


class UnknownStep(Unprocessable):
    """There is no such step in the plan."""

    code = "unknown_step"
    hint = "Use keys of the steps of the same plan, and at execute their stepIds."


class MissingDependency(Unprocessable):
    """A selected step needs one that is not selected."""

    code = "missing_dependency"
    hint = "Add the steps named in `missing`, or leave out the one that needs them."


class DependencyCycle(Unprocessable):
    """The steps need each other in a circle."""

    code = "dependency_cycle"
    hint = "Let steps need only what can run before them."


class UnknownOperation(Unprocessable):
    """A step cannot do this."""

    code = "unknown_operation"
    hint = "Use a media task of GET /api/v1/media/tasks, or a document step."


class UrlRefused(Unprocessable):
    """A plan that the agent proposes may not fetch."""

    code = "url_refused"
    hint = "Use asset://…, job://… or step://…"
