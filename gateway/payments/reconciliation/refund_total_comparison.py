"""Comparison of the books with a hosted provider that reports one refund total a payment."""

from sqlalchemy import func, select

from gateway.payments.payment import Payment
from gateway.payments.provider import HostedProvider
from gateway.payments.reconciliation.hosted_comparison import compare_payments
from gateway.payments.reconciliation_report import ReconciliationReport, build_difference
from gateway.payments.shop import Shop
from gateway.payments.states import ReversalState
from gateway.payments.tables import Purchase, Reversal

UNRECORDED_OUTCOME = "refunded at the provider; record it with admin refund --external"


async def compare(
    shop: Shop, provider: HostedProvider, report: ReconciliationReport, since: int, *, apply: bool
) -> None:
    """Compare payments and refund totals since a time; `apply` credits missing payments.

    Raises:
        PaymentProviderError: the provider cannot be asked.
    """

    async def get_returned_microusd(payment: Payment) -> int:
        return payment.returned_micros

    payments = await compare_payments(
        shop, provider, report, since, get_returned_microusd, apply=apply
    )
    returned = await sum_recorded_refunds(shop, provider)
    for session_id, (_, newest) in returned.items():
        if newest >= since and session_id not in payments:  # its payment is older than the list
            payment_now = await provider.find_payment(session_id)
            if payment_now is not None:
                payments[session_id] = payment_now
    for session_id, payment in payments.items():
        compare_refund_total(report, payment, returned.get(session_id, (0, 0))[0])


async def sum_recorded_refunds(shop: Shop, provider: HostedProvider) -> dict[str, tuple[int, int]]:
    """Sum the recorded refunds of each payment; return the sum and the time of the newest."""
    query = (
        select(
            Purchase.natural_key, func.sum(Reversal.amount_microusd), func.max(Reversal.created_at)
        )
        .join(Reversal, Reversal.purchase_id == Purchase.id)
        .where(
            Purchase.book == provider.book,
            Purchase.provider == provider.name,
            Reversal.state == ReversalState.TAKEN,
        )
        .group_by(Purchase.natural_key)
    )
    async with shop.database.read() as snapshot:
        rows = await snapshot.execute(query)
        return {key: (int(amount), newest) for key, amount, newest in rows}


def compare_refund_total(report: ReconciliationReport, payment: Payment, booked: int) -> None:
    """Subtract the refunds of a payment from both sums; add a line if the books have less.

    More in the books is no difference: an operator may refund outside the provider.
    """
    returned_microusd = max(payment.returned_micros, booked)
    report.add_amounts(provider_microusd=-returned_microusd, books_microusd=-booked)
    if returned_microusd > booked:
        difference = build_difference(
            "return", payment.session_id, returned_microusd, booked, outcome=UNRECORDED_OUTCOME
        )
        report.differences.append(difference | {"checkoutId": payment.checkout_id})
