"""Comparing the books with a provider that tells of refunds by a total on each payment alone."""

from sqlalchemy import func, select

from gateway.payments.comparing import Report, line
from gateway.payments.hosted_comparison import compare_payments
from gateway.payments.payment import Payment
from gateway.payments.provider import HostedProvider
from gateway.payments.shop import Shop
from gateway.payments.states import ReversalState
from gateway.payments.tables import Purchase, Reversal

UNRECORDED = "refunded at the provider; record it with admin refund --external"


async def compare(
    shop: Shop, at: HostedProvider, report: Report, since: int, *, apply: bool
) -> None:
    """Compare what there is since a time; `apply` credits payments that are missing.

    Raises:
        PaymentProviderError: the provider cannot be asked.
    """

    async def count_returned(payment: Payment) -> int:
        return payment.returned_microusd

    payments = await compare_payments(shop, at, report, since, count_returned, apply=apply)
    returned = await sum_returned(shop, at)
    for session_id, (_, newest) in returned.items():
        if newest >= since and session_id not in payments:  # its payment is older than the list
            found = await at.payment(session_id)
            if found is not None:
                payments[session_id] = found
    for session_id, payment in payments.items():
        compare_returned(report, payment, returned.get(session_id, (0, 0))[0])


async def sum_returned(shop: Shop, at: HostedProvider) -> dict[str, tuple[int, int]]:
    """Return how much of each payment was recorded as paid back, and when that was last."""
    wanted = (
        select(
            Purchase.natural_key, func.sum(Reversal.amount_microusd), func.max(Reversal.created_at)
        )
        .join(Reversal, Reversal.purchase_id == Purchase.id)
        .where(
            Purchase.book == at.book,
            Purchase.provider == at.name,
            Reversal.state == ReversalState.TAKEN,
        )
        .group_by(Purchase.natural_key)
    )
    async with shop.database.read() as snapshot:
        found = await snapshot.execute(wanted)
        return {key: (int(amount), newest) for key, amount, newest in found}


def compare_returned(report: Report, payment: Payment, booked: int) -> None:
    """Take what went back of a payment from both sums, with a line if we have less of it.

    More is no difference: a person may pay back in another way than through it.
    """
    there = max(payment.returned_microusd, booked)
    report.count(provider_microusd=-there, books_microusd=-booked)
    if there > booked:
        found = line("return", payment.session_id, there, booked, outcome=UNRECORDED)
        report.differences.append(found | {"checkoutId": payment.checkout_id})
