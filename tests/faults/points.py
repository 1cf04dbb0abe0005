"""The points at which a seed's process dies, and what has to happen often for one to be reached."""

from tests.faults.operations import (
    Operation,
    buy,
    cancel,
    claim,
    event,
    execute,
    give_back,
    jump,
    pay,
    prepare,
    submit,
    sweep,
    work,
)

JOB: tuple[Operation, ...] = (submit, work)
PLAN: tuple[Operation, ...] = (prepare, execute)
SALE: tuple[Operation, ...] = (buy, pay, event, claim)

AIMS: dict[str, tuple[Operation, ...]] = {
    "submit.in_transaction": JOB,
    "submit.committed": JOB,
    "dispatch.noted": (submit, jump, sweep),
    "worker.taken": JOB,
    "claim.committed": JOB,
    "engine.finished": JOB,
    "output.stored": JOB,
    "settle.in_transaction": JOB,
    "settle.committed": JOB,
    "release.in_transaction": (*JOB, cancel),
    "release.committed": JOB,
    "cancel.committed": (submit, cancel),
    "plan.in_transaction": PLAN,
    "plan.claimed": PLAN,
    "plan.step_committed": (*PLAN, work),
    "checkout.row_committed": (buy,),
    "checkout.answered": (buy,),
    "event.in_transaction": SALE,
    "event.committed": SALE,
    "refund.in_transaction": (*SALE, give_back),
    "delivery.sent": (*JOB, sweep),
    "cleanup.deleted": (*JOB, jump, sweep),
}
POINTS = tuple(AIMS)

# Reached by ways that a seed does not go: tests/slow kills processes at those of payments and keys.
ELSEWHERE = (
    "deposit.in_transaction",
    "deposit.committed",
    "x402.row_committed",
    "x402.settled",
    "key.committed",
    "upload.arrived",
    "upload.stored",
)
