"""Comparing the books with Stripe: payments, refunds and disputes, in both directions."""

from collections.abc import AsyncIterator, Sequence

from sqlalchemy import select

from gateway.kit.clock import SECOND
from gateway.payments import fulfilment
from gateway.payments.comparing import Report, line
from gateway.payments.errors import PaymentProviderError
from gateway.payments.hosted_comparison import MISSING, compare_payments
from gateway.payments.providers.payment import Disputed, Payment, Refunded
from gateway.payments.providers.stripe_client import StripeClient
from gateway.payments.shop import Shop
from gateway.payments.tables import Purchase, Reversal

# A reference of another form was recorded by hand (`--external`), and Stripe cannot know it.
RETURN_IDS = ("re_", "pyr_", "du_", "dp_")


async def compare(shop: Shop, report: Report, since: int, *, apply: bool) -> None:
    """Compare what Stripe has since a time; `apply` settles what is missing, as an event would.

    Raises:
        PaymentMethodUnavailable: the book has no key.
        PaymentProviderError: Stripe cannot be asked.
    """

    async def count_returned(payment: Payment) -> int:
        found = returns(shop, report.book, intent_id=payment.intent_id or "")
        return sum([each.amount_microusd async for each in found if each.counts])

    await compare_payments(shop, report, since, count_returned, apply=apply)
    listed: set[str] = set()
    async for seen in returns(shop, report.book, since=since // SECOND):
        listed.add(seen.id)
        await compare_return(shop, report, seen, apply=apply)
    await compare_taken(shop, report, since, listed, apply=apply)


async def returns(
    shop: Shop, book: str, *, since: int | None = None, intent_id: str | None = None
) -> AsyncIterator[Refunded | Disputed]:
    """Yield refunds, then disputes: those since a Unix time, or those of a payment."""
    at = shop.stripe(book)
    async for refund in at.refunds(since=since, intent_id=intent_id):
        yield refund
    async for dispute in at.disputes(since=since, intent_id=intent_id):
        yield dispute


async def compare_return(
    shop: Shop, report: Report, seen: Refunded | Disputed, *, apply: bool
) -> None:
    """Take a refund or dispute of ours from both sums, and add a line if we have it otherwise."""
    if seen.intent_id is None:
        return
    async with shop.database.read() as snapshot:
        ours = await fulfilment.known(shop, report.book, seen.intent_id)
        row = await snapshot.scalar(
            select(Reversal).where(
                Reversal.provider == "stripe", Reversal.provider_reference == seen.id
            )
        )
    if not ours:
        return
    back = seen.amount_microusd if seen.counts else 0
    booked = row.amount_microusd if row is not None and row.state == "taken" else 0
    report.count(provider_microusd=-back, books_microusd=-booked)
    if back == booked:
        return
    found = line("return", seen.id, back, booked)
    if apply:
        found["outcome"] = (await fulfilment.returned(shop, report.book, seen)).word
    report.differences.append(found)


async def compare_taken(
    shop: Shop, report: Report, since: int, listed: set[str], *, apply: bool
) -> None:
    """Take from the books what went back here and was not listed, with a line if it is not there.

    It is not given back: whether the money left Stripe is for a person to see.
    """
    for row in await list_taken(shop, report.book, since):
        reference = row.provider_reference or ""
        if reference in listed or not reference.startswith(RETURN_IDS):
            continue
        seen = await find_return(shop.stripe(report.book), row)
        if seen is not None:  # it began before the list
            await compare_return(shop, report, seen, apply=apply)
            continue
        report.count(books_microusd=-row.amount_microusd)
        missing = line("return", reference, 0, row.amount_microusd, outcome=MISSING)
        report.differences.append(missing)


async def list_taken(shop: Shop, book: str, since: int) -> Sequence[Reversal]:
    """Return the refunds and disputes at Stripe that took credit since a time.

    One without an amount was taken later for another one, and is no return of its own.
    """
    wanted = (
        select(Reversal)
        .join(Purchase, Purchase.id == Reversal.purchase_id)
        .where(
            Purchase.book == book,
            Reversal.provider == "stripe",
            Reversal.state == "taken",
            Reversal.amount_microusd > 0,
            Reversal.created_at >= since,
        )
        .order_by(Reversal.id)
    )
    async with shop.database.read() as snapshot:
        return (await snapshot.scalars(wanted)).all()


async def find_return(at: StripeClient, row: Reversal) -> Refunded | Disputed | None:
    """Return a refund or dispute as Stripe has it, or None where Stripe knows none of this id.

    Raises:
        PaymentProviderError: Stripe cannot be asked.
    """
    ask = at.dispute if row.kind == "dispute" else at.refund
    try:
        return await ask(row.provider_reference or "")
    except PaymentProviderError as error:
        if error.final:
            return None
        raise
