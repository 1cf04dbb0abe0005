"""Operations on credit codes."""

from gateway.kit import audit_log
from gateway.kit.audit_log import Actor
from gateway.kit.clock import to_iso, to_iso_or_none
from gateway.kit.database.sessions import Database, Session, Snapshot
from gateway.kit.database.sql import get_database_time
from gateway.kit.errors import Problem
from gateway.kit.ids import Ids
from gateway.kit.money import AmountFields, to_amount_fields
from gateway.kit.operation import Call, Caller, operation
from gateway.payments.codes import redemptions
from gateway.payments.codes.errors import (
    CodeNotRedeemable,
    CodeRedeemedByPerson,
    FirstPurchaseCodeWaiting,
    FirstPurchaseOnly,
)
from gateway.payments.codes.redemptions import Redemption
from gateway.payments.codes.schemas import RedeemCode, RedeemedCode, Redemptions, RedemptionShown
from gateway.payments.codes.states import RedemptionState, ShownRedemptionState

MOST_REDEMPTIONS = 100


@operation(
    "POST",
    "/api/v1/codes/redeem",
    tag="checkout",
    response=RedeemedCode,
    scopes=("billing",),
    session="also",
    problems=(CodeNotRedeemable, CodeRedeemedByPerson, FirstPurchaseCodeWaiting, FirstPurchaseOnly),
)
async def redeem_code(
    call: Call, caller: Caller, body: RedeemCode, database: Database, ids: Ids
) -> RedeemedCode:
    """Redeem a credit code.

    Its credit is promotional: it is spent before what was paid for. A code for the first purchase
    waits, and is credited with that purchase. A code that is unknown, over or used up always gets
    the same answer, and after ten of them within an hour 429. Sending a redeemed code again
    credits nothing and answers `replayed: true`.
    """
    # A refusal is raised only after the commit: a wrong code must stay counted.
    async with database.write() as session:
        outcome = await redemptions.redeem_code(session, ids, caller, body.code, call.client_ip)
        now = await get_database_time(session)
        if not isinstance(outcome, Problem) and not outcome.replayed:
            await record_redemption(session, Actor.from_call(call), outcome)
    if isinstance(outcome, Problem):
        raise outcome
    return RedeemedCode(**build_redemption_fields(outcome, now), replayed=outcome.replayed)


async def record_redemption(session: Session, actor: Actor, done: Redemption) -> None:
    """Write into the audit log which person redeemed a code, for which account."""
    after = {
        "accountId": done.redemption.account_id,
        "label": done.code.label,
        "mode": done.redemption.book,
        **to_amount_fields("credit", done.redemption.credit_microusd),
    }
    await audit_log.record(session, actor, "code.redeem", done.code.id, after=after)


@operation(
    "GET",
    "/api/v1/codes",
    tag="checkout",
    response=Redemptions,
    scopes=("billing",),
    session="also",
)
async def list_redeemed_codes(caller: Caller, session: Snapshot) -> Redemptions:
    """List the newest 100 codes that this account redeemed, and those that still wait."""
    now = await get_database_time(session)
    rows = await redemptions.list_redemptions(
        session, caller.account_id, [caller.book], MOST_REDEMPTIONS
    )
    return Redemptions(data=[RedemptionShown(**build_redemption_fields(row, now)) for row in rows])


def build_redemption_fields(row: Redemption, now: int) -> AmountFields:
    """Build the wire fields of a redemption and its code."""
    redemption, code = row.redemption, row.code
    waits = redemption.state == RedemptionState.WAITING
    return {
        "code": code.label,
        "state": find_shown_state(row, now),
        **to_amount_fields("credit", redemption.credit_microusd),
        **to_amount_fields("takenBack", redemption.taken_back_microusd),
        "redeemedAt": to_iso(redemption.redeemed_at),
        "creditedAt": to_iso_or_none(redemption.credited_at),
        "expiresAt": to_iso_or_none(redemption.expires_at),
        **to_amount_fields("leastPurchase", code.least_purchase_microusd),
        "waitsUntil": to_iso_or_none(code.expires_at) if waits else None,
        "livemode": redemption.book == "live",
    }


def find_shown_state(row: Redemption, now: int) -> ShownRedemptionState:
    """Return the state of a redemption at a time, as its account sees it."""
    code = row.code
    if row.redemption.state == RedemptionState.CREDITED:
        return ShownRedemptionState.CREDITED
    is_over = code.disabled_at is not None or (
        code.expires_at is not None and code.expires_at <= now
    )
    is_lapsed = is_over or row.was_code_credited
    return ShownRedemptionState.LAPSED if is_lapsed else ShownRedemptionState.WAITING
