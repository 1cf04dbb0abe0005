"""Comparing the books with a provider that lists refunds and disputes: all, in both directions."""

from collections.abc import Sequence

from sqlalchemy import select

from gateway.kit.clock import SECOND
from gateway.payments import fulfilment
from gateway.payments.comparing import Report, line
from gateway.payments.hosted_comparison import MISSING, compare_payments
from gateway.payments.payment import Payment
from gateway.payments.provider import RefundingProvider, Returned
from gateway.payments.shop import Shop
from gateway.payments.states import ReversalState
from gateway.payments.tables import Purchase, Reversal


async def compare(
    shop: Shop, at: RefundingProvider, report: Report, since: int, *, apply: bool
) -> None:
    """Compare what there is since a time; `apply` settles what is missing, as an event would.

    Raises:
        PaymentProviderError: the provider cannot be asked.
    """

    async def count_returned(payment: Payment) -> int:
        found = at.returns(intent_id=payment.intent_id or "")
        return sum([each.amount_microusd async for each in found if each.counts])

    await compare_payments(shop, at, report, since, count_returned, apply=apply)
    listed: set[str] = set()
    async for seen in at.returns(since=since // SECOND):
        listed.add(seen.id)
        await compare_return(shop, at, report, seen, apply=apply)
    await compare_taken(shop, at, report, since, listed, apply=apply)


async def compare_return(
    shop: Shop, at: RefundingProvider, report: Report, seen: Returned, *, apply: bool
) -> None:
    """Take a refund or dispute of ours from both sums, and add a line if we have it otherwise."""
    if seen.intent_id is None:
        return
    async with shop.database.read() as snapshot:
        ours = await fulfilment.known(shop, at, seen.intent_id)
        row = await snapshot.scalar(
            select(Reversal).where(
                Reversal.provider == at.name, Reversal.provider_reference == seen.id
            )
        )
    if not ours:
        return
    back = seen.amount_microusd if seen.counts else 0
    booked = row.amount_microusd if row is not None and row.state == ReversalState.TAKEN else 0
    report.count(provider_microusd=-back, books_microusd=-booked)
    if back == booked:
        return
    found = line("return", seen.id, back, booked)
    if apply:
        found["outcome"] = (await fulfilment.returned(shop, at, seen)).word
    report.differences.append(found)


async def compare_taken(
    shop: Shop,
    at: RefundingProvider,
    report: Report,
    since: int,
    listed: set[str],
    *,
    apply: bool,
) -> None:
    """Take from the books what went back here and was not listed, with a line if it is not there.

    It is not given back: whether the money left the provider is for a person to see.
    """
    for row in await list_taken(shop, at, since):
        reference = row.provider_reference or ""
        if reference in listed or not at.can_name(reference):
            continue
        seen = await at.find_return(row.kind, reference)
        if seen is not None:  # it began before the list
            await compare_return(shop, at, report, seen, apply=apply)
            continue
        report.count(books_microusd=-row.amount_microusd)
        missing = line("return", reference, 0, row.amount_microusd, outcome=MISSING)
        report.differences.append(missing)


async def list_taken(shop: Shop, at: RefundingProvider, since: int) -> Sequence[Reversal]:
    """Return the refunds and disputes at a provider that took credit since a time.

    One without an amount was taken later for another one, and is no return of its own.
    """
    wanted = (
        select(Reversal)
        .join(Purchase, Purchase.id == Reversal.purchase_id)
        .where(
            Purchase.book == at.book,
            Reversal.provider == at.name,
            Reversal.state == ReversalState.TAKEN,
            Reversal.amount_microusd > 0,
            Reversal.created_at >= since,
        )
        .order_by(Reversal.id)
    )
    async with shop.database.read() as snapshot:
        return (await snapshot.scalars(wanted)).all()
