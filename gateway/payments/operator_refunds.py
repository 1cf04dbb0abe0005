"""Refunds by operators: asked of the provider, or recorded because they were made by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict

from sqlalchemy import select, update

from gateway.kit import audit_log
from gateway.kit.audit_log import Actor
from gateway.kit.database.dry_run import DryRun, DryRunFields
from gateway.kit.database.sessions import Session
from gateway.kit.money import render_usd
from gateway.payments.checkouts import fulfilment
from gateway.payments.currencies import get_minor_unit_micros, render_amount
from gateway.payments.errors import PaymentProviderError
from gateway.payments.invoices.issuing import is_invoiced_by_us
from gateway.payments.payment import ProviderRefund, RefundOrder
from gateway.payments.provider import RefundingProvider, can_refund
from gateway.payments.purchases.purchase_bills import (
    find_purchase_bill,
    get_currency,
    get_total_micros,
)
from gateway.payments.refunds import credit_notes
from gateway.payments.refunds.credit_notes import WANTED_CREDIT_NOTE
from gateway.payments.refunds.reversal_credit import take_reversal
from gateway.payments.refunds.reversal_rows import add_reversal, list_reversals
from gateway.payments.refunds.reversals import adjust_what_followed
from gateway.payments.shop import Shop
from gateway.payments.states import ReversalState
from gateway.payments.tables import Purchase, PurchaseBill, Reversal


class OperatorRefusal(ValueError):  # noqa: N818 - said of a command
    """An act that cannot be done; the message tells the operator why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequest:
    """A refund that an operator requests; without an amount it is all that is left.

    The amount is in millionths of the currency that was charged.
    `external` names a payment that the operator made by hand, outside the provider.
    """

    purchase_id: str
    amount_micros: int | None
    reason: str
    external: str | None = None


class RefundAnswer(DryRunFields, TypedDict):
    """The answer to a requested refund; `refund` and `outcome` come from the provider."""

    purchaseId: str
    amount: str
    currency: str
    amountUsd: str
    takenUsd: NotRequired[str]
    refund: NotRequired[str | None]
    outcome: NotRequired[str]


class ProviderRefundFields(TypedDict):
    """The id of the refund that a provider made, and its outcome in the books."""

    refund: str
    outcome: str


async def refund_purchase(
    shop: Shop, actor: Actor, requested: RefundRequest, *, dry_run: bool = False
) -> RefundAnswer:
    """Refund a purchase, all or a part; its credit is taken back in proportion.

    A repeated call continues the refund whose answer was lost. `dry_run` changes nothing.

    Raises:
        OperatorRefusal: there is no such purchase, less than this is left of it, or a refund at its
            provider is under way and this one was made by hand.
        PaymentMethodUnavailable: its provider has no key here; nothing was written.
        PaymentProviderError: the provider did not refund; after a final refusal the reversal is
            `undone`.
    """
    # The reversal is committed as `wanted` before the provider is asked, and its id is the
    # provider's idempotency key. A crash in between leaves a row that a repeated call finds, so
    # no money is sent twice. An external refund has happened already and is taken at once.
    async with shop.database.write() as session:
        rehearsal = DryRun(session)
        purchase = await lock_refundable_purchase(session, requested)
        provider = (
            None if requested.external is not None else get_refunding_provider(shop, purchase)
        )
        bill = await find_purchase_bill(session, purchase.id)
        reversals = list(await list_reversals(session, purchase))
        check_external_refund(reversals, requested)
        reversal = find_resumable_refund(reversals, requested)
        if reversal is None:
            reversal = await add_refund(session, shop, purchase, bill, reversals, requested)
            reversals.append(reversal)
        if dry_run and reversal.provider_reference is None:
            reversal.provider_reference = "…"  # the provider will name it
        answer = render_refund(purchase, bill, reversal)
        if dry_run or requested.external is not None:
            await take_reversal(session, shop, purchase, reversal, reversals)
            cause = reversal.provider_reference or reversal.id
            await adjust_what_followed(session, shop, purchase, cause)
            answer["takenUsd"] = render_usd(
                reversal.credit_taken_microusd + reversal.bonus_taken_microusd
            )
        if dry_run:
            return {**answer, "dryRun": True, "rows": await rehearsal.undo()}
        after = {**answer, "reason": requested.reason, "external": requested.external}
        await audit_log.record(session, actor, "purchase.refund", purchase.id, after=after)
    if provider is None:
        return {**answer, "refund": requested.external}
    return {
        **answer,
        **await refund_at_provider(
            shop,
            provider,
            purchase,
            reversal,
            currency=answer["currency"],
            reason=requested.reason,
        ),
    }


def render_refund(
    purchase: Purchase, bill: PurchaseBill | None, reversal: Reversal
) -> RefundAnswer:
    """Render a requested refund: its amount in the currency that was charged, and in dollars."""
    return {
        "purchaseId": purchase.id,
        "amount": render_amount(reversal.returned_micros, get_currency(bill)),
        "currency": get_currency(bill),
        "amountUsd": render_usd(reversal.amount_microusd),
    }


async def lock_refundable_purchase(session: Session, requested: RefundRequest) -> Purchase:
    """Lock and return the purchase to refund.

    Raises:
        OperatorRefusal: there is no such purchase, or this external refund was recorded before.
    """
    purchase = await session.scalar(
        select(Purchase).where(Purchase.id == requested.purchase_id).with_for_update()
    )
    if purchase is None:
        raise OperatorRefusal(f"there is no purchase {requested.purchase_id}")
    if requested.external is not None and await is_return_recorded(
        session, purchase, requested.external
    ):
        raise OperatorRefusal(f"{requested.external} was already recorded")
    return purchase


def get_refunding_provider(shop: Shop, purchase: Purchase) -> RefundingProvider:
    """Return the provider that refunds a purchase.

    Raises:
        OperatorRefusal: purchases of this provider are refunded by hand.
        PaymentMethodUnavailable: the provider has no key here.
    """
    refunds_when_asked = can_refund(shop.provider_classes[purchase.provider])
    provider = (
        shop.get_provider_by_name(purchase.provider, purchase.book) if refunds_when_asked else None
    )
    if not isinstance(provider, RefundingProvider):
        raise OperatorRefusal(
            f"{purchase.id} must be refunded by hand; name that payment with --external"
        )
    return provider


def is_refund_under_way(row: Reversal) -> bool:
    """Return True if a reversal is a refund that was requested and is not done."""
    return row.state == ReversalState.WANTED and row.kind == "refund"


def check_external_refund(rows: Sequence[Reversal], requested: RefundRequest) -> None:
    """Check that no refund at the provider is under way beside one that was made by hand: pure.

    The provider may have made it, though its answer was lost: recorded as the one by hand it would
    be forgotten, and the buyer had their money twice.

    Raises:
        OperatorRefusal: one is under way.
    """
    if requested.external is not None and any(map(is_refund_under_way, rows)):
        raise OperatorRefusal(
            "a refund of this purchase is under way at its provider; send it again without"
            " --external to end it, then record the other one"
        )


def find_resumable_refund(rows: Sequence[Reversal], requested: RefundRequest) -> Reversal | None:
    """Return the refund of this amount whose answer was lost, or None: pure."""
    for row in rows:
        same_amount = requested.amount_micros in {None, row.returned_micros}
        if is_refund_under_way(row) and row.provider_reference is None and same_amount:
            return row
    return None


async def add_refund(
    session: Session,
    shop: Shop,
    purchase: Purchase,
    bill: PurchaseBill | None,
    rows: Sequence[Reversal],
    requested: RefundRequest,
) -> Reversal:
    """Add a refund to the reversals of a locked purchase.

    Raises:
        OperatorRefusal: less than this is left of it, or the amount is not in whole cents.
    """
    currency = get_currency(bill)
    unit_micros = get_minor_unit_micros(currency)
    returned_micros = sum(
        row.returned_micros
        for row in rows
        if row.state == ReversalState.TAKEN or is_refund_under_way(row)
    )
    left_micros = get_total_micros(purchase, bill) - returned_micros
    amount_micros = left_micros if requested.amount_micros is None else requested.amount_micros
    if not 0 < amount_micros <= left_micros or (
        amount_micros % unit_micros and amount_micros != left_micros
    ):
        least, most = (render_amount(each, currency) for each in (unit_micros, left_micros))
        raise OperatorRefusal(
            f"between {least} and {most} {currency} of it can be refunded, in steps of {least}"
        )
    row = await add_reversal(
        session, shop, purchase, kind="refund", amount_micros=amount_micros,
        reason=requested.reason, provider_reference=requested.external,
    )  # fmt: skip
    is_invoiced = bill is not None and not is_invoiced_by_us(bill)
    if is_invoiced and requested.external is None:
        row.credit_note = WANTED_CREDIT_NOTE
    return row


async def is_return_recorded(session: Session, purchase: Purchase, reference: str) -> bool:
    """Return True if a reversal with this reference was recorded before."""
    reversal_ids = select(Reversal.id).where(
        Reversal.provider == purchase.provider, Reversal.provider_reference == reference
    )
    return await session.scalar(reversal_ids) is not None


async def refund_at_provider(
    shop: Shop,
    provider: RefundingProvider,
    purchase: Purchase,
    row: Reversal,
    *,
    currency: str,
    reason: str,
) -> ProviderRefundFields:
    """Ask the provider for the refund of a reversal, and apply its answer to the books.

    A refund of a purchase that the provider invoiced gets its credit note.
    """
    try:
        refund = await provider.refund_payment(
            RefundOrder(
                intent_id=purchase.natural_key,
                amount_micros=row.returned_micros,
                currency=currency,
                reversal_id=row.id,
                reason=reason,
            )
        )
    except PaymentProviderError as error:
        made = await find_made_refund(provider, purchase, row.id) if error.final else None
        if made is None:
            if error.final:
                await undo_refused_refund(shop, row)
            raise
        refund = made
    outcome = await fulfilment.apply_return(shop, provider, refund)
    await credit_notes.make_credit_note(shop, provider, row.id)
    return {"refund": refund.id, "outcome": outcome.result}


async def find_made_refund(
    provider: RefundingProvider, purchase: Purchase, reversal_id: str
) -> ProviderRefund | None:
    """Find the refund of a reversal that a provider made, though its answer was lost, or None.

    A day later a repeated request is a new one for the provider, which refuses to refund twice.

    Raises:
        PaymentProviderError: the provider cannot be asked; the reversal stays `wanted`.
    """
    async for each in provider.list_returns(intent_id=purchase.natural_key):
        if isinstance(each, ProviderRefund) and each.reversal_id == reversal_id:
            return each
    return None


async def undo_refused_refund(shop: Shop, row: Reversal) -> None:
    """Undo a refund that its provider refused, unless a report of it came meanwhile."""
    async with shop.database.write() as session:
        await session.scalar(
            select(Purchase).where(Purchase.id == row.purchase_id).with_for_update()
        )
        await session.execute(
            update(Reversal)
            .where(Reversal.id == row.id, Reversal.state == ReversalState.WANTED)
            .values(state=ReversalState.UNDONE)
        )
