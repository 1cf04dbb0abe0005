"""The refusals of approval plans: leaves of the tree in `gateway.kit.errors`.

403  ApprovalRequired
409  PlanAlreadyExecuted, PlanRejected, PlanHashMismatch, PlanStale, NothingToResume
410  PlanExpired
422  UnknownStep, MissingDependency, DependencyCycle, UnknownOperation, UrlRefused
"""

from gateway.kit.errors import Conflict, Forbidden, Problem, Unprocessable


class ApprovalRequired(Forbidden):
    """A person must approve this."""

    code = "approval_required"
    hint = (
        "Show `approvalUrl` to the user, then wait with GET /api/v1/studio/agent/approval-plans; "
        "do not prepare it again."
    )


class PlanAlreadyExecuted(Conflict):
    """The plan was executed with different steps."""

    code = "plan_already_executed"
    hint = "Execute it without stepIds to get its jobs; for the other steps prepare a new plan."


class PlanRejected(Conflict):
    """The plan was rejected."""

    code = "plan_rejected"
    hint = "Ask the user what to change, then prepare a new plan."


class PlanHashMismatch(Conflict):
    """`planHash` is not the hash of this plan."""

    code = "plan_hash_mismatch"
    hint = "Read the plan again and send its current planHash."


class PlanStale(Conflict):
    """Something the plan was made from has changed."""

    code = "plan_stale"
    hint = "Prepare the plan again."


class NothingToResume(Conflict):
    """The plan has no approved steps that ended without success."""

    code = "nothing_to_resume"
    hint = "Read the plan: it must have been executed and have ended without success."


class PlanExpired(Problem):
    """The plan expired: it was not executed within 15 minutes."""

    status = 410
    code = "plan_expired"
    hint = "Prepare the plan again."


class UnknownStep(Unprocessable):
    """The plan has no such step."""

    code = "unknown_step"
    hint = "Use keys of steps in the same plan; to execute, use their stepIds."


class MissingDependency(Unprocessable):
    """A selected step needs one that is not selected."""

    code = "missing_dependency"
    hint = "Add the steps named in `missing`, or omit the one that needs them."


class DependencyCycle(Unprocessable):
    """The step dependencies form a cycle."""

    code = "dependency_cycle"
    hint = "Make each step depend only on steps that can run before it."


class UnknownOperation(Unprocessable):
    """This is not an operation a step can run."""

    code = "unknown_operation"
    hint = "Use a media task from GET /api/v1/media/tasks, or a document step."


class UrlRefused(Unprocessable):
    """A plan proposed by the agent cannot fetch URLs."""

    code = "url_refused"
    hint = "Use asset://…, job://… or step://…"
