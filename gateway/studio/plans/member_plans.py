"""Plans of members of teams: those that wait for an approval fall with the membership."""

from gateway.identity.teams.memberships import find_member_role
from gateway.kit.database.sessions import Session, Snapshot
from gateway.kit.database.sql import sql
from gateway.kit.errors import RoleDenied
from gateway.kit.operation import Caller
from gateway.kit.roles import Role, has_role
from gateway.library.quota import lock_shelf
from gateway.studio.plans.errors import PlanRejected
from gateway.studio.plans.states import PlanState
from gateway.studio.plans.tables import ApprovalPlan

REASON = "The member of the team for whom it was prepared no longer has this role."
LOCK_WAITING = sql(
    """
    SELECT locked.id, locked.account_id FROM approval_plan AS locked
    JOIN {rows} ON locked.member_id = given.member_id
    WHERE locked.state = 'pending' AND locked.expires_at > kt_now()
    ORDER BY locked.id {for_update}
    """,
    member_id="text",
)
REJECT = sql(
    """
    UPDATE approval_plan SET state = 'rejected', version = version + 1, decided_at = kt_now(),
        decided_by = given.member_id, reason = given.reason, mail_due_at = NULL
    FROM {rows} WHERE approval_plan.id = given.id AND approval_plan.state = 'pending'
    """,
    id="text",
    member_id="text",
    reason="text",
)


async def check_may_decide(session: Session | Snapshot, caller: Caller, plan: ApprovalPlan) -> None:
    """Check that a member of a team may execute or reject a plan.

    Raises:
        RoleDenied: it was prepared for another person, and the caller is below an admin.
        PlanRejected: the member for whom it was prepared has left the team.
    """
    if plan.member_id == caller.member_id:
        return
    if not has_role(caller.role, Role.ADMIN):
        raise RoleDenied(
            "This plan was prepared for another person; only an admin of the team decides on it.",
            requiredRole=Role.ADMIN.value,
        )
    # A plan that was prepared in the moment of the removal is not among those that fell with it.
    is_waiting = plan.member_id is not None and plan.state == PlanState.PENDING
    if is_waiting and await find_member_role(session, plan.member_id or "") is None:
        raise PlanRejected(REASON)


async def reject_member_plans(session: Session, member_id: str) -> int:
    """Reject the waiting plans of a member; return how many.

    Call it before ledger accounts are locked: the executor locks plan, shelf, account.
    """
    plans = await session.read(LOCK_WAITING, [(member_id,)])
    for account in sorted({account for _, account in plans}):
        await lock_shelf(session, account)
    await session.change(REJECT, [(plan_id, member_id, REASON) for plan_id, _ in plans])
    for plan_id, _ in plans:
        session.notify_after_commit(plan_id)
    return len(plans)
