"""The lines of a statement: each transfer code belongs to exactly one."""

from collections.abc import Mapping

from gateway.kit.database.states import State
from gateway.ledger.states import TransferCode

CODE_REFERENCE_PREFIX = "code:"


class LineKind(State):
    """A line of a statement, in its order."""

    PURCHASES = "purchases"
    BONUSES = "bonuses"
    PROMOTIONS = "promotions"
    EARNED = "earned"
    SPENDING = "spending"
    REFUNDS = "refunds"
    DISPUTES = "disputes"
    CHAIN_REVERSALS = "chain_reversals"
    EXPIRIES = "expiries"
    ADJUSTMENTS = "adjustments"


LINE_OF_CODE: Mapping[TransferCode, LineKind] = {
    TransferCode.PURCHASE: LineKind.PURCHASES,
    TransferCode.BONUS: LineKind.BONUSES,
    TransferCode.PROMO: LineKind.PROMOTIONS,
    TransferCode.CODE_TAKEN_BACK: LineKind.PROMOTIONS,
    TransferCode.CODE_RESTORED: LineKind.PROMOTIONS,
    TransferCode.PAYOUT: LineKind.EARNED,
    TransferCode.COMMISSION: LineKind.EARNED,
    TransferCode.CLAWBACK: LineKind.EARNED,
    TransferCode.CLAWBACK_UNDONE: LineKind.EARNED,
    TransferCode.HOLD: LineKind.SPENDING,
    TransferCode.CONSUME: LineKind.SPENDING,
    TransferCode.REFUND: LineKind.REFUNDS,
    TransferCode.REFUND_FAILED: LineKind.REFUNDS,
    TransferCode.DISPUTE: LineKind.DISPUTES,
    TransferCode.DISPUTE_WON: LineKind.DISPUTES,
    TransferCode.DEPOSIT_REVERSED: LineKind.CHAIN_REVERSALS,
    TransferCode.DEPOSIT_RESTORED: LineKind.CHAIN_REVERSALS,
    TransferCode.GRANT_EXPIRED: LineKind.EXPIRIES,
    TransferCode.ADJUST: LineKind.ADJUSTMENTS,
}
LINE_ORDER = list(LineKind)
PAYMENT_LINES = frozenset(
    {LineKind.PURCHASES, LineKind.REFUNDS, LineKind.DISPUTES, LineKind.CHAIN_REVERSALS}
)
PAYMENT_CODES = [code for code, kind in LINE_OF_CODE.items() if kind in PAYMENT_LINES]


def find_promotion_origin(code: str, reference: str) -> str:
    """Return where promotional credit came from: a redeemed `code`, or a `gift` of the operator."""
    is_gift = code == TransferCode.PROMO and not reference.startswith(CODE_REFERENCE_PREFIX)
    return "gift" if is_gift else "code"
