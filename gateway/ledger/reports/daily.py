"""Money of a book by day, for the charts of operators."""

from collections import defaultdict
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import case, func, select

from gateway.kit.clock import DAY
from gateway.kit.database.sessions import Snapshot
from gateway.kit.ids import build_lowest_id
from gateway.ledger.states import Phase
from gateway.ledger.tables import Transfer

DAYS = 30
EPOCH = date(1970, 1, 1)
RETURN_CODES = ("refund", "dispute", "deposit_reversed")


class Flow(StrEnum):
    """The ways of money that a chart shows."""

    CREDITED = "credited"
    CAPTURED = "captured"
    HELD = "held"
    REFUNDED = "refunded"


FLOW = case(
    (Transfer.phase == Phase.PENDING, Flow.HELD),
    (Transfer.phase == Phase.POST, Flow.CAPTURED),
    (Transfer.code.in_(RETURN_CODES), Flow.REFUNDED),
    # House accounts have negative numbers: what leaves them is credit that comes in.
    ((Transfer.debit_account < 0) & (Transfer.credit_account > 0), Flow.CREDITED),
    else_="",
)


async def load_daily_flows(
    snapshot: Snapshot, book: str, now: int
) -> dict[Flow, list[tuple[str, int]]]:
    """Return each flow of the last 30 UTC days in micro-USD, the current day last."""
    last = now // DAY
    first = last - DAYS + 1
    day = (Transfer.created_at // DAY).label("day")
    statement = (
        select(day, FLOW.label("flow"), func.sum(Transfer.amount_microusd))
        .where(Transfer.id >= build_lowest_id("trf", first * DAY), Transfer.book == book)
        .group_by("day", "flow")
    )
    sums: dict[tuple[str, int], int] = defaultdict(int)
    for number, flow, amount in await snapshot.execute(statement):
        sums[flow, int(number)] = int(amount)
    return {
        flow: [
            (str(EPOCH + timedelta(days=number)), sums[flow, number])
            for number in range(first, last + 1)
        ]
        for flow in Flow
    }
