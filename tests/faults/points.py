"""The crash points of seeds, and the operations that must be frequent for each to be reached."""

from dataclasses import dataclass

from tests.faults.operations import (
    Operation,
    cancel_job,
    claim_checkout,
    deliver_random_event,
    execute_plan,
    jump_clock,
    open_checkout,
    outlast_lease,
    pass_days,
    pass_time,
    pay_at_bank,
    prepare_plan,
    refund_at_bank,
    run_sweeps,
    run_worker,
    submit_job,
)


@dataclass(frozen=True, slots=True)
class Aim:
    """The bias of a run that aims at a point.

    It has the frequent operations, and optionally the caller of most, the outcome of most attempts,
    and how many seconds most clock jumps have.
    """

    frequent_operations: tuple[Operation, ...]
    caller: str | None = None
    engine_outcome: str | None = None
    jump_seconds: int | None = None


JOB_AIM = Aim((submit_job, run_worker))
LIVE_AIM = Aim((submit_job, run_worker), caller="eve")
PLAN_AIM = Aim((prepare_plan, execute_plan, run_worker))
SALE_AIM = Aim((open_checkout, pay_at_bank, deliver_random_event, claim_checkout))
REFUND_AIM = Aim((open_checkout, pay_at_bank, deliver_random_event, refund_at_bank), caller="ann")

AIMS: dict[str, Aim] = {
    "submit.in_transaction": JOB_AIM,
    "submit.committed": JOB_AIM,
    "dispatch.noted": Aim((submit_job, jump_clock, run_sweeps), jump_seconds=20),
    "worker.taken": JOB_AIM,
    "claim.committed": JOB_AIM,
    "engine.submitted": LIVE_AIM,
    "engine.running": LIVE_AIM,
    "engine.unknown": Aim((submit_job, run_worker), caller="eve", engine_outcome="unknown"),
    "engine.canceling": Aim(
        (submit_job, run_worker, cancel_job, pass_time), caller="eve", engine_outcome="hang"
    ),
    "engine.finished": JOB_AIM,
    "output.stored": JOB_AIM,
    "settle.in_transaction": JOB_AIM,
    "settle.committed": Aim(
        (submit_job, run_worker, outlast_lease), caller="ben", engine_outcome="ok"
    ),
    "release.in_transaction": Aim((submit_job, run_worker, cancel_job)),
    "release.committed": Aim((submit_job, run_worker), engine_outcome="fail"),
    "cancel.committed": Aim((submit_job, cancel_job)),
    "plan.in_transaction": PLAN_AIM,
    "plan.claimed": Aim((prepare_plan, execute_plan, run_worker), engine_outcome="reject"),
    "plan.step_committed": Aim((prepare_plan, execute_plan, run_worker), engine_outcome="fail"),
    "checkout.row_committed": SALE_AIM,
    "checkout.answered": SALE_AIM,
    "event.in_transaction": SALE_AIM,
    "event.committed": SALE_AIM,
    "refund.in_transaction": REFUND_AIM,
    "delivery.sent": Aim((submit_job, run_worker, run_sweeps)),
    "cleanup.deleted": Aim(
        (submit_job, run_worker, pass_days, pass_days, pass_days), engine_outcome="ok"
    ),
}
CRASH_POINTS = tuple(AIMS)

# Points that no operation of a seed reaches: tests/slow kills processes at those of payments and
# keys, and tests/payments/test_top_ups.py cuts the power at each of a top-up.
OTHER_CRASH_POINTS = (
    "topup.committed",
    "topup.drafted",
    "topup.itemised",
    "topup.finalized",
    "topup.admitted",
    "topup.charged",
    "topup.settled",
    "topup.voided",
    "deposit.in_transaction",
    "deposit.committed",
    "x402.row_committed",
    "x402.settled",
    "key.committed",
    "upload.arrived",
    "upload.stored",
)
