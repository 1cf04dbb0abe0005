"""Payments: pay back, decide what waits, compare with the provider."""

import getpass
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

from gateway.kit.audit_log import Actor
from gateway.kit.clock import iso
from gateway.kit.ids import Ids
from gateway.kit.money import microusd
from gateway.mail.opening import sender_of
from gateway.mail.outbox import Mailer
from gateway.operator.acting import Order
from gateway.operator.opening import opened, settings_for
from gateway.payments import inbox, operating, reconciling
from gateway.payments.opening import shop_from
from gateway.payments.shop import Shop
from gateway.settings import pairs


@asynccontextmanager
async def shop_opened(data_dir: Path | None) -> AsyncIterator[Shop]:
    """Open the shop of the settings for the block."""
    settings, ids = settings_for(data_dir), Ids()
    async with opened(settings) as database:
        mailer = Mailer(database, ids, sender_of(settings), pairs(settings.key_peppers))
        shop = shop_from(settings, database, ids, mailer)
        try:
            yield shop
        finally:
            await mailer.close()
            await shop.close()


def operator() -> Actor:
    """Return whoever sits at this machine."""
    return Actor(kind="operator", id=getpass.getuser())


async def refund(
    order: Order, purchase_id: str, amount_usd: str | None, external: str | None
) -> dict[str, Any]:
    """Pay a purchase back, all or a part.

    Raises:
        ValueError, Problem: it cannot be done; the message says why.
    """
    wanted = operating.Refund(
        purchase_id=purchase_id,
        amount_microusd=None if amount_usd is None else microusd(amount_usd),
        reason=order.reason,
        external=external,
    )
    async with shop_opened(order.data_dir) as shop:
        return await operating.admin_refund(shop, operator(), wanted, dry_run=order.dry_run)


async def resolve(
    order: Order, checkout_id: str, decision: Literal["credit", "reject"]
) -> dict[str, Any]:
    """Decide a payment that did not match its checkout.

    Raises:
        ValueError, Problem: it cannot be done; the message says why.
    """
    async with shop_opened(order.data_dir) as shop:
        return await operating.resolve(
            shop, operator(), checkout_id, decision, order.reason, dry_run=order.dry_run
        )


async def reconcile(
    data_dir: Path | None, book: str, provider: str, *, apply: bool, reason: str
) -> dict[str, Any]:
    """Compare 35 days of a book with a provider; what is applied is in the audit log.

    Raises:
        Problem: it cannot be asked.
    """
    async with shop_opened(data_dir) as shop:
        report = await reconciling.reconcile(
            shop, book, provider, apply=apply, actor=operator(), reason=reason
        )
        return report.shown()


async def events(data_dir: Path | None, limit: int) -> list[dict[str, Any]]:
    """Return the events of providers that came last, and what came of each."""
    async with opened(settings_for(data_dir)) as database, database.read() as snapshot:
        return [
            {
                "eventId": row.event_id,
                "provider": row.provider,
                "mode": row.book,
                "type": row.type,
                "outcome": row.outcome,
                "purchaseId": row.purchase_id,
                "receivedAt": iso(row.received_at),
            }
            for row in await inbox.newest(snapshot, limit)
        ]


async def replay(order: Order, event_id: str, book: str) -> dict[str, Any]:
    """Look again at what an event of Stripe is about.

    Raises:
        ValueError, LookupError, Problem: it cannot be done; the message says why.
    """
    async with shop_opened(order.data_dir) as shop:
        return await operating.replay(
            shop, operator(), book, event_id, order.reason, dry_run=order.dry_run
        )
