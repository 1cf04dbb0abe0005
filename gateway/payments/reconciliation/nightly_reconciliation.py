"""Reconciliation of a book with a provider: on an operator's request, and every night."""

import logging

from gateway.kit import audit_log
from gateway.kit.audit_log import Actor
from gateway.kit.clock import DAY, HOUR
from gateway.kit.database.sessions import Snapshot
from gateway.kit.database.sql import sql
from gateway.kit.errors import Problem
from gateway.kit.telemetry import metrics
from gateway.payments.provider import HostedProvider, Provider, RefundingProvider
from gateway.payments.reconciliation import refund_total_comparison, return_comparison
from gateway.payments.reconciliation_report import ReconciliationReport
from gateway.payments.shop import Shop, WatchedProvider

RECONCILED_PERIOD = 35 * DAY
# Tried every hour, from three in the morning UTC on.
NIGHTLY_SWEEP_SECONDS, NIGHT_START = 3600, 3 * HOUR
SYSTEM_ACTOR, NIGHTLY_REASON = Actor(kind="system", id="reconcile"), "each night"
NOW = sql("SELECT kt_now()")
BEGIN_RECONCILIATION = sql(
    """
    INSERT INTO reconciliation (provider, book, day)
    SELECT given.provider, given.book, given.day FROM {rows} WHERE true
    ON CONFLICT (provider, book, day) DO NOTHING
    """,
    provider="text",
    book="text",
    day="int",
)
FINISH_RECONCILIATION = sql(
    """
    UPDATE reconciliation SET differences = given.differences FROM {rows}
    WHERE reconciliation.provider = given.provider AND reconciliation.book = given.book
      AND reconciliation.day = given.day
    """,
    provider="text",
    book="text",
    day="int",
    differences="int",
)
RELEASE_RECONCILIATION = sql(
    """
    DELETE FROM reconciliation WHERE (provider, book, day) IN
      (SELECT given.provider, given.book, given.day FROM {rows})
    """,
    provider="text",
    book="text",
    day="int",
)
LAST_RECONCILIATIONS = sql(
    """
    SELECT r.provider, r.book, r.differences FROM reconciliation AS r
    WHERE r.differences IS NOT NULL AND r.day = (
      SELECT max(o.day) FROM reconciliation AS o
      WHERE o.provider = r.provider AND o.book = r.book AND o.differences IS NOT NULL
    )
    """
)
log = logging.getLogger("gateway.payments")


async def reconcile_nightly(shop: Shop) -> None:
    """Reconcile each book once a day, from three in the morning UTC on; credit what is missing."""
    # All processes run this sweep. The one whose INSERT of the day's row succeeds does the work; a
    # provider that cannot be asked loses its row again and is tried in an hour.
    async with shop.database.read() as snapshot:
        now: int = (await snapshot.read(NOW))[0][0]
    if now % DAY < NIGHT_START:
        return
    for provider in shop.providers:
        claimed_day = (provider.reconciliation_name, provider.book, now // DAY)
        async with shop.database.write() as session:
            is_ours = await session.change(BEGIN_RECONCILIATION, [claimed_day])
        if is_ours:
            await reconcile_claimed_day(shop, claimed_day)


async def reconcile_claimed_day(shop: Shop, claimed_day: tuple[str, str, int]) -> None:
    """Reconcile a provider and a book for the day that this process claimed.

    If the provider cannot be asked, the day is released, and claimed again in an hour.
    """
    provider, book, _ = claimed_day
    try:
        report = await reconcile_book(shop, book, provider, apply=True, actor=SYSTEM_ACTOR)
    except Problem as problem:
        log.warning("the %s book is not compared with %s: %s", book, provider, problem.code)
        async with shop.database.write() as session:
            await session.change(RELEASE_RECONCILIATION, [claimed_day])
        return
    for line in report.differences:
        log.error("the %s book differed from %s: %s", book, provider, line)
    async with shop.database.write() as session:
        await session.change(FINISH_RECONCILIATION, [(*claimed_day, len(report.differences))])


async def refresh_difference_gauges(snapshot: Snapshot) -> None:
    """Set the gauges of differences from the last finished night."""
    for provider, book, differences in await snapshot.read(LAST_RECONCILIATIONS):
        metrics.RECONCILE_DIFFERENCES.labels(provider, book).set(differences)


async def reconcile_book(
    shop: Shop,
    book: str,
    provider: str,
    *,
    apply: bool = False,
    actor: Actor = SYSTEM_ACTOR,
    reason: str = NIGHTLY_REASON,
) -> ReconciliationReport:
    """Compare 35 days of a book with a provider; `apply` credits what is missing.

    With `apply`, differences are written to the audit log with the actor and the reason.

    Raises:
        LookupError: no provider is reconciled under this name.
        PaymentMethodUnavailable: the provider has no key in this book.
        PaymentProviderError: the provider cannot be asked.
    """
    open_provider = shop.get_provider(get_reconciled_class(shop, provider), book)
    report = ReconciliationReport(provider, book)
    async with shop.database.read() as snapshot:
        now: int = (await snapshot.read(NOW))[0][0]
    await compare_with_provider(shop, open_provider, report, now - RECONCILED_PERIOD, apply=apply)
    if apply and report.differences:
        async with shop.database.write() as session:
            after = report.render() | {"reason": reason}
            await audit_log.record(session, actor, "payments.reconcile", book, after=after)
    return report


def get_reconciled_class(shop: Shop, name: str) -> type[Provider]:
    """Return the class of the provider that is reconciled under a name.

    Raises:
        LookupError: no provider has this name.
    """
    by_name = {kind.reconciliation_name: kind for kind in shop.provider_classes.values()}
    if name not in by_name:
        *others, last = by_name
        raise LookupError(f"--provider must be {', '.join(others)} or {last}")
    return by_name[name]


async def compare_with_provider(
    shop: Shop, provider: Provider, report: ReconciliationReport, since: int, *, apply: bool
) -> None:
    """Add a provider's payments since a time to a report, by the comparison that it supports.

    Raises:
        PaymentProviderError: the provider cannot be asked.
    """
    if isinstance(provider, WatchedProvider):
        await provider.compare(shop, report, since, apply=apply)
    elif isinstance(provider, RefundingProvider):
        await return_comparison.compare(shop, provider, report, since, apply=apply)
    elif isinstance(provider, HostedProvider):
        await refund_total_comparison.compare(shop, provider, report, since, apply=apply)
