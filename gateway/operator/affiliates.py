"""Acts on affiliates: decide applications, held commissions and payouts."""

from typing import TypedDict

from gateway.affiliates import membership
from gateway.affiliates.earnings import payouts, reviews
from gateway.kit.clock import to_iso
from gateway.kit.database.sessions import Session
from gateway.kit.money import render_usd, to_amount_fields
from gateway.operator.acts import ActOutcome, OperatorOrder, OutcomeFields, perform_act
from gateway.operator.gateway_location import GatewayLocation, open_database_at


class AffiliateRow(TypedDict):
    """An affiliate in a list."""

    affiliateId: str
    accountId: str
    state: str
    code: str
    displayName: str
    website: str | None
    promotionPlan: str | None
    createdAt: str


class HeldCommission(TypedDict):
    """A commission that waits for an operator, and why."""

    commissionId: str
    affiliateId: str
    purchaseId: str
    buyerAccountId: str
    commissionUsd: str
    commissionMicrousd: int
    suspicion: str | None
    disputed: bool
    createdAt: str


class PayoutRow(TypedDict):
    """A payout in a list, with its destination."""

    payoutId: str
    affiliateId: str
    mode: str
    state: str
    amountUsd: str
    amountMicrousd: int
    method: str
    destination: str | None
    reference: str | None
    createdAt: str


async def list_affiliates(
    where: GatewayLocation, state: str | None, limit: int
) -> list[AffiliateRow]:
    """List affiliates, the newest first."""
    async with open_database_at(where) as database, database.read() as snapshot:
        return [
            {
                "affiliateId": row.id,
                "accountId": row.account_id,
                "state": row.state,
                "code": row.code,
                "displayName": row.display_name,
                "website": row.website,
                "promotionPlan": row.promotion_plan,
                "createdAt": to_iso(row.created_at),
            }
            for row in await reviews.list_affiliates(snapshot, state, limit)
        ]


async def decide_affiliate(order: OperatorOrder, affiliate_id: str, decision: str) -> OutcomeFields:
    """Approve, reject, suspend or ban an affiliate.

    Raises:
        LookupError, ValueError: there is none, or its state does not allow it.
    """

    async def work(session: Session) -> ActOutcome:
        row, before = await membership.decide_membership(session, affiliate_id, decision)
        return ActOutcome(
            target=row.id,
            changed=before != row.state,
            before={"state": before},
            after={"state": row.state, "code": row.code},
        )

    return await perform_act(order, f"affiliate.{decision}", work)


async def list_held_commissions(
    where: GatewayLocation, book: str, limit: int
) -> list[HeldCommission]:
    """List the commissions that wait for an operator or a dispute, and why."""
    async with open_database_at(where) as database, database.read() as snapshot:
        return [
            {
                "commissionId": row.id,
                "affiliateId": row.affiliate_id,
                "purchaseId": row.purchase_id,
                "buyerAccountId": row.buyer_id,
                "commissionUsd": render_usd(row.net_microusd),
                "commissionMicrousd": row.net_microusd,
                "suspicion": row.suspicion,
                "disputed": bool(row.disputed),
                "createdAt": to_iso(row.created_at),
            }
            for row in await reviews.list_commissions_on_hold(snapshot, book, limit)
        ]


async def release_commission(order: OperatorOrder, commission_id: str) -> OutcomeFields:
    """Drop the suspicion about a commission: it is approved when its time has come.

    Raises:
        LookupError, ValueError: there is none, or it was reversed.
    """

    async def work(session: Session) -> ActOutcome:
        row, changed = await reviews.release_commission(session, commission_id)
        return ActOutcome(target=row.id, changed=changed, after={"state": row.state})

    return await perform_act(order, "commission.release", work)


async def reverse_commission(order: OperatorOrder, commission_id: str) -> OutcomeFields:
    """Reverse a commission that is not approved yet, for good.

    Raises:
        LookupError, ValueError: there is none, or it was approved.
    """

    async def work(session: Session) -> ActOutcome:
        row, changed = await reviews.reverse_commission(session, commission_id, order.reason)
        after = {"state": row.state, **to_amount_fields("reversed", row.reversed_microusd)}
        return ActOutcome(target=row.id, changed=changed, after=after)

    return await perform_act(order, "commission.reverse", work)


async def list_payouts(
    where: GatewayLocation, book: str, state: str, limit: int
) -> list[PayoutRow]:
    """List the payouts in a state, the oldest first, with their destinations."""
    async with open_database_at(where) as database, database.read() as snapshot:
        return [
            {
                "payoutId": row.id,
                "affiliateId": row.affiliate_id,
                "mode": row.book,
                "state": row.state,
                "amountUsd": render_usd(row.amount_microusd),
                "amountMicrousd": row.amount_microusd,
                "method": row.method,
                "destination": row.destination,
                "reference": row.reference,
                "createdAt": to_iso(row.created_at),
            }
            for row in await reviews.list_payouts_in_state(snapshot, book, state, limit)
        ]


async def decide_payout(
    order: OperatorOrder, payout_id: str, decision: str, reference: str | None = None
) -> OutcomeFields:
    """Approve a payout, mark it as paid under a reference, or reject it.

    Raises:
        LookupError, ValueError: there is none, or its state does not allow it.
    """

    async def work(session: Session) -> ActOutcome:
        row, before = await payouts.resolve_payout(
            session, payout_id, decision, reference=reference, reason=order.reason
        )
        after = {"state": row.state, "mode": row.book, "reference": row.reference}
        return ActOutcome(
            target=row.id,
            changed=before != row.state,
            before={"state": before},
            after=after | to_amount_fields("amount", row.amount_microusd),
        )

    return await perform_act(order, f"payout.{decision}", work)
