"""Sweeps over checkouts that no buyer claims: their provider is asked for the payment."""

import logging
from collections.abc import Callable
from functools import partial

from sqlalchemy import ColumnElement, select

from gateway.kit.clock import DAY, MINUTE
from gateway.kit.database.sql import sql
from gateway.kit.errors import Problem
from gateway.kit.queue import Sweep
from gateway.payments.checkouts.claims import ENDED_UNPAID_STATES, settle_from_provider
from gateway.payments.provider import HostedProvider
from gateway.payments.shop import Shop, WatchedProvider
from gateway.payments.states import UNSETTLED_CHECKOUTS
from gateway.payments.tables import Checkout

UNSETTLED_SWEEP_SECONDS, ENDED_SWEEP_SECONDS = 300, 6 * 3600
# A younger checkout is left to its buyer, who claims it by returning from the payment page.
QUIET_PERIOD, LATE_PAYMENT_PERIOD = 10 * MINUTE, 7 * DAY
BATCH_ROWS = 100
NOW = sql("SELECT kt_now()")
CheckoutFilter = Callable[[int], tuple[ColumnElement[bool], ...]]
log = logging.getLogger("gateway.payments")


def build_payment_sweeps(shop: Shop) -> list[Sweep]:
    """Build the sweeps over checkouts, and over payments that are read from a chain."""
    watched = [type(each) for each in shop.providers if isinstance(each, WatchedProvider)]
    return [
        Sweep("checkouts", UNSETTLED_SWEEP_SECONDS, partial(sweep_unsettled_checkouts, shop)),
        Sweep("ended checkouts", ENDED_SWEEP_SECONDS, partial(sweep_ended_checkouts, shop)),
        *(
            Sweep(kind.sweep_name, kind.sweep_seconds, partial(kind.sweep, shop))
            for kind in dict.fromkeys(watched)
        ),
    ]


async def sweep_unsettled_checkouts(shop: Shop) -> int:
    """Settle hosted checkouts that are unsettled for ten minutes; return how many were read.

    If a provider cannot be asked now, its checkouts wait for the next sweep.
    """
    return sum(
        [
            await sweep_provider_checkouts(shop, provider, build_unsettled_filter)
            for provider in list_hosted_providers(shop)
        ]
    )


async def sweep_ended_checkouts(shop: Shop) -> int:
    """Read the checkouts that ended this week at providers that may complete one late."""
    return sum(
        [
            await sweep_provider_checkouts(shop, provider, build_ended_filter)
            for provider in list_hosted_providers(shop)
            if provider.completes_late
        ]
    )


def list_hosted_providers(shop: Shop) -> list[HostedProvider]:
    """List the open providers that have payment pages."""
    return [each for each in shop.providers if isinstance(each, HostedProvider)]


def build_unsettled_filter(now: int) -> tuple[ColumnElement[bool], ...]:
    """Build the conditions for checkouts that are unsettled and ten minutes old."""
    return Checkout.state.in_(UNSETTLED_CHECKOUTS), Checkout.created_at < now - QUIET_PERIOD


def build_ended_filter(now: int) -> tuple[ColumnElement[bool], ...]:
    """Build the conditions for checkouts that ended unpaid this week, not by a person."""
    return (
        Checkout.state.in_(ENDED_UNPAID_STATES),
        Checkout.review_reason.is_(None),
        Checkout.provider_reference.is_not(None),
        Checkout.created_at > now - LATE_PAYMENT_PERIOD,
    )


async def sweep_provider_checkouts(
    shop: Shop, provider: HostedProvider, build_filter: CheckoutFilter
) -> int:
    """Settle the matching checkouts of a provider, in batches; return how many were read."""
    after_id, read_count = "", 0
    while rows := await list_next_checkouts(shop, provider, build_filter, after_id):
        for row in rows:
            try:
                await settle_from_provider(shop, row)
            except Problem as problem:
                log.warning("checkout %s is not settled: %s", row.id, problem.code)
        after_id, read_count = rows[-1].id, read_count + len(rows)
    return read_count


async def list_next_checkouts(
    shop: Shop, provider: HostedProvider, build_filter: CheckoutFilter, after_id: str
) -> list[Checkout]:
    """List the next matching checkouts of a provider, by id."""
    async with shop.database.read() as snapshot:
        now: int = (await snapshot.read(NOW))[0][0]
        checkouts = await snapshot.scalars(
            select(Checkout)
            .where(
                *build_filter(now),
                Checkout.provider == provider.name,
                Checkout.book == provider.book,
                Checkout.id > after_id,
            )
            .order_by(Checkout.id)
            .limit(BATCH_ROWS)
        )
        return list(checkouts)
