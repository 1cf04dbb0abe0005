"""Comparison of the books with a provider that lists refunds and disputes, both ways."""

from collections.abc import Sequence

from sqlalchemy import func, select

from gateway.kit.clock import SECOND
from gateway.payments.checkouts import fulfilment
from gateway.payments.payment import Payment
from gateway.payments.provider import ProviderReturn, RefundingProvider
from gateway.payments.reconciliation.hosted_comparison import (
    MISSING_OUTCOME,
    compare_payments,
    load_charge,
)
from gateway.payments.reconciliation_report import ReconciliationReport, build_charge_difference
from gateway.payments.refunds.credit_notes import make_missing_credit_notes
from gateway.payments.shop import Shop
from gateway.payments.states import ReversalState
from gateway.payments.tables import Purchase, Reversal


async def compare(
    shop: Shop,
    provider: RefundingProvider,
    report: ReconciliationReport,
    since: int,
    *,
    apply: bool,
) -> None:
    """Compare payments, refunds and disputes since a time; `apply` settles missing ones.

    Raises:
        PaymentProviderError: the provider cannot be asked.
    """

    async def get_returned_microusd(payment: Payment) -> int:
        payment_returns = provider.list_returns(intent_id=payment.intent_id or "")
        return sum([each.amount_micros async for each in payment_returns if each.is_counted])

    await compare_payments(shop, provider, report, since, get_returned_microusd, apply=apply)
    listed: set[str] = set()
    async for provider_return in provider.list_returns(since=since // SECOND):
        listed.add(provider_return.id)
        await compare_return(shop, provider, report, provider_return, apply=apply)
    await compare_unlisted_reversals(shop, provider, report, since, listed, apply=apply)
    if apply:
        await make_missing_credit_notes(shop, provider)


async def compare_return(
    shop: Shop,
    provider: RefundingProvider,
    report: ReconciliationReport,
    seen: ProviderReturn,
    *,
    apply: bool,
) -> None:
    """Subtract a refund or dispute of ours from both sums; add a line if the amounts differ."""
    if seen.intent_id is None:
        return
    async with shop.database.read() as snapshot:
        purchase = await snapshot.scalar(
            select(Purchase).where(
                Purchase.book == provider.book,
                Purchase.provider == provider.name,
                Purchase.natural_key == seen.intent_id,
            )
        )
        row = await snapshot.scalar(
            select(Reversal).where(
                Reversal.provider == provider.name, Reversal.provider_reference == seen.id
            )
        )
    if purchase is None:
        return
    currency, _ = await load_charge(shop, purchase)
    returned_micros = seen.amount_micros if seen.is_counted else 0
    is_taken = row is not None and row.state == ReversalState.TAKEN
    books_micros = row.returned_micros if row is not None and is_taken else 0
    report.add_charge(currency, provider_micros=-returned_micros, books_micros=-books_micros)
    if returned_micros == books_micros:
        return
    difference = build_charge_difference(
        "return", seen.id, currency, (returned_micros, books_micros)
    )
    if apply:
        difference["outcome"] = (await fulfilment.apply_return(shop, provider, seen)).result
    report.differences.append(difference)


async def compare_unlisted_reversals(
    shop: Shop,
    provider: RefundingProvider,
    report: ReconciliationReport,
    since: int,
    listed: set[str],
    *,
    apply: bool,
) -> None:
    """Compare the reversals that the provider did not list; add a line if it has none of them.

    The credit is not given back: a person must find out whether the money left the provider.
    """
    for row in await list_taken_reversals(shop, provider, since):
        reference = row.provider_reference or ""
        if reference in listed or not provider.is_return_id(reference):
            continue
        provider_return = await provider.find_return(row.kind, reference)
        if provider_return is not None:  # it began before the list
            await compare_return(shop, provider, report, provider_return, apply=apply)
            continue
        async with shop.database.read() as snapshot:
            purchase = await snapshot.get_one(Purchase, row.purchase_id)
        currency, _ = await load_charge(shop, purchase)
        books_micros = row.returned_micros
        report.add_charge(currency, books_micros=-books_micros)
        missing = build_charge_difference(
            "return", reference, currency, (0, books_micros), outcome=MISSING_OUTCOME
        )
        report.differences.append(missing)


async def list_taken_reversals(
    shop: Shop, provider: RefundingProvider, since: int
) -> Sequence[Reversal]:
    """List the refunds and disputes of a provider that took credit since a time.

    A reversal without an amount only takes more credit for another one, and is left out.
    """
    query = (
        select(Reversal)
        .join(Purchase, Purchase.id == Reversal.purchase_id)
        .where(
            Purchase.book == provider.book,
            Reversal.provider == provider.name,
            Reversal.state == ReversalState.TAKEN,
            func.coalesce(Reversal.amount_micros, Reversal.amount_microusd) > 0,
            Reversal.created_at >= since,
        )
        .order_by(Reversal.id)
    )
    async with shop.database.read() as snapshot:
        return (await snapshot.scalars(query)).all()
