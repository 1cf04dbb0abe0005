"""The crash points of seeds, and the operations that must be frequent for each to be reached."""

from dataclasses import dataclass

from tests.faults.operations import (
    Operation,
    buy,
    cancel,
    claim,
    days,
    event,
    execute,
    give_back,
    jump,
    lapse,
    pay,
    prepare,
    submit,
    sweep,
    wait,
    work,
)


@dataclass(frozen=True, slots=True)
class Aim:
    """The bias of a run that aims at a point.

    It has the frequent operations, and optionally the caller of most, the outcome of most attempts,
    and how many seconds most clock jumps have.
    """

    often: tuple[Operation, ...]
    who: str | None = None
    outcome: str | None = None
    seconds: int | None = None


JOB = Aim((submit, work))
LIVE = Aim((submit, work), who="eve")
PLAN = Aim((prepare, execute, work))
SALE = Aim((buy, pay, event, claim))
BACK = Aim((buy, pay, event, give_back), who="ann")

AIMS: dict[str, Aim] = {
    "submit.in_transaction": JOB,
    "submit.committed": JOB,
    "dispatch.noted": Aim((submit, jump, sweep), seconds=20),
    "worker.taken": JOB,
    "claim.committed": JOB,
    "engine.submitted": LIVE,
    "engine.running": LIVE,
    "engine.unknown": Aim((submit, work), who="eve", outcome="unknown"),
    "engine.canceling": Aim((submit, work, cancel, wait), who="eve", outcome="hang"),
    "engine.finished": JOB,
    "output.stored": JOB,
    "settle.in_transaction": JOB,
    "settle.committed": Aim((submit, work, lapse), who="ben", outcome="ok"),
    "release.in_transaction": Aim((submit, work, cancel)),
    "release.committed": Aim((submit, work), outcome="fail"),
    "cancel.committed": Aim((submit, cancel)),
    "plan.in_transaction": PLAN,
    "plan.claimed": Aim((prepare, execute, work), outcome="reject"),
    "plan.step_committed": Aim((prepare, execute, work), outcome="fail"),
    "checkout.row_committed": SALE,
    "checkout.answered": SALE,
    "event.in_transaction": SALE,
    "event.committed": SALE,
    "refund.in_transaction": BACK,
    "delivery.sent": Aim((submit, work, sweep)),
    "cleanup.deleted": Aim((submit, work, days, days, days), outcome="ok"),
}
POINTS = tuple(AIMS)

# Points that no operation of a seed reaches: tests/slow kills processes at those of payments and
# keys.
ELSEWHERE = (
    "deposit.in_transaction",
    "deposit.committed",
    "x402.row_committed",
    "x402.settled",
    "key.committed",
    "upload.arrived",
    "upload.stored",
)
