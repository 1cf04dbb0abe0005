"""Sweeps over checkouts that no buyer claims: their provider is asked for the payment."""

import logging
from collections.abc import Callable
from functools import partial

from sqlalchemy import ColumnElement, select

from gateway.kit.clock import DAY, MINUTE
from gateway.kit.errors import Problem
from gateway.kit.queue import Sweep
from gateway.kit.sql import sql
from gateway.payments.claims import OVER, looked_at
from gateway.payments.provider import HostedProvider
from gateway.payments.shop import Shop, WatchedProvider
from gateway.payments.states import UNSETTLED_CHECKOUTS
from gateway.payments.tables import Checkout

EVERY_SECONDS, AGAIN_SECONDS = 300, 6 * 3600
# A younger checkout is left to its buyer, who claims it by returning from the payment page.
QUIET, DOUBTED = 10 * MINUTE, 7 * DAY
BITE = 100
NOW = sql("SELECT kt_now()")
Wanted = Callable[[int], tuple[ColumnElement[bool], ...]]
log = logging.getLogger("gateway.payments")


def sweeps(shop: Shop) -> list[Sweep]:
    """Build the sweeps over checkouts, and over payments that are read from a chain."""
    watched = [type(each) for each in shop.providers if isinstance(each, WatchedProvider)]
    return [
        Sweep("checkouts", EVERY_SECONDS, partial(sweep, shop)),
        Sweep("ended checkouts", AGAIN_SECONDS, partial(look_again, shop)),
        *(
            Sweep(kind.sweep_name, kind.sweep_seconds, partial(kind.sweep, shop))
            for kind in dict.fromkeys(watched)
        ),
    ]


async def sweep(shop: Shop) -> int:
    """Settle hosted checkouts that are unsettled for ten minutes; return how many were read.

    If a provider cannot be asked now, its checkouts wait for the next sweep.
    """
    return sum([await sweep_of(shop, provider, unsettled) for provider in list_hosted(shop)])


async def look_again(shop: Shop) -> int:
    """Read the checkouts that ended this week at providers that may complete one late."""
    return sum(
        [
            await sweep_of(shop, provider, over)
            for provider in list_hosted(shop)
            if provider.completes_late
        ]
    )


def list_hosted(shop: Shop) -> list[HostedProvider]:
    """List the open providers that have payment pages."""
    return [each for each in shop.providers if isinstance(each, HostedProvider)]


def unsettled(now: int) -> tuple[ColumnElement[bool], ...]:
    """Build the conditions for checkouts that are unsettled and ten minutes old."""
    return Checkout.state.in_(UNSETTLED_CHECKOUTS), Checkout.created_at < now - QUIET


def over(now: int) -> tuple[ColumnElement[bool], ...]:
    """Build the conditions for checkouts that ended unpaid this week, not by a person."""
    return (
        Checkout.state.in_(OVER),
        Checkout.review_reason.is_(None),
        Checkout.provider_reference.is_not(None),
        Checkout.created_at > now - DOUBTED,
    )


async def sweep_of(shop: Shop, at: HostedProvider, wanted: Wanted) -> int:
    """Settle the matching checkouts of a provider, in batches; return how many were read."""
    after_id, read_count = "", 0
    while rows := await following(shop, at, wanted, after_id):
        for row in rows:
            try:
                await looked_at(shop, row)
            except Problem as problem:
                log.warning("checkout %s is not settled: %s", row.id, problem.code)
        after_id, read_count = rows[-1].id, read_count + len(rows)
    return read_count


async def following(shop: Shop, at: HostedProvider, wanted: Wanted, after: str) -> list[Checkout]:
    """List the next matching checkouts of a provider, by id."""
    async with shop.database.read() as snapshot:
        now: int = (await snapshot.read(NOW))[0][0]
        checkouts = await snapshot.scalars(
            select(Checkout)
            .where(
                *wanted(now),
                Checkout.provider == at.name,
                Checkout.book == at.book,
                Checkout.id > after,
            )
            .order_by(Checkout.id)
            .limit(BITE)
        )
        return list(checkouts)
