"""Acts on payments: refund, decide reviews, compare with the provider, replay events."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal, TypedDict

from gateway.configuration.settings import parse_secret_pairs
from gateway.kit.clock import DAY, to_iso
from gateway.kit.ids import Ids
from gateway.kit.money import parse_usd, render_usd
from gateway.kit.operation import Ports
from gateway.mail.outbox import Mailer
from gateway.mail.senders import build_sender
from gateway.operator.acts import OperatorOrder, get_local_operator
from gateway.operator.gateway_location import (
    GatewayLocation,
    load_existing_settings,
    open_database,
    open_database_at,
)
from gateway.payments import inbox, operator_payments, operator_refunds, payment_survey
from gateway.payments.errors import PaymentMethodUnavailable, PaymentMethodUnreachable
from gateway.payments.provider import can_replay_events
from gateway.payments.purchases.purchase_bills import load_purchase_bills
from gateway.payments.purchases.receipts import render_bill
from gateway.payments.reconciliation import nightly_reconciliation
from gateway.payments.reconciliation_report import ReportFields
from gateway.payments.registry import PROVIDER_ENTRIES
from gateway.payments.schemas import BillShown
from gateway.payments.shop import Shop
from gateway.payments.wiring import build_shop

UNSET_HINT = (
    "These settings name no provider for it; the stand-in of `./run` is known only to what serves."
)


class ProviderEvent(TypedDict):
    """An event of a provider, and its outcome."""

    eventId: str
    provider: str
    mode: str
    type: str
    outcome: str | None
    purchaseId: str | None
    receivedAt: str


class PaymentInReview(TypedDict):
    """A payment that did not match its checkout, and why."""

    checkoutId: str
    accountId: str
    mode: str
    provider: str
    package: str
    priceUsd: str
    priceMicrousd: int
    because: str | None
    reference: str | None
    createdAt: str


class PurchaseRow(TypedDict):
    """A purchase in a list; without a bill it was charged in dollars, without tax."""

    purchaseId: str
    mode: str
    provider: str
    package: str
    paidUsd: str
    paidMicrousd: int
    creditUsd: str
    creditMicrousd: int
    bonusUsd: str
    bonusMicrousd: int
    createdAt: str
    bill: BillShown | None


class NightlyComparison(TypedDict):
    """One nightly comparison with a provider; without `differences` it is not finished."""

    provider: str
    mode: str
    day: str
    differences: int | None


@asynccontextmanager
async def open_shop(where: GatewayLocation) -> AsyncIterator[Shop]:
    """Open the shop of a workplace for the block; that of a serving gateway stays open."""
    if isinstance(where, Ports):
        yield where.get(Shop)
        return
    settings, ids = load_existing_settings(where), Ids()
    async with open_database(settings, create=False) as database:
        mailer = Mailer(
            database, ids, build_sender(settings), parse_secret_pairs(settings.key_peppers)
        )
        shop = build_shop(settings, database, ids, mailer)
        try:
            yield shop
        except PaymentMethodUnreachable:
            raise
        except PaymentMethodUnavailable as error:
            raise PaymentMethodUnavailable(f"{error.detail} {UNSET_HINT}") from None
        finally:
            await mailer.close()
            await shop.close()


async def refund_purchase(
    order: OperatorOrder, purchase_id: str, amount: str | None, external: str | None
) -> operator_refunds.RefundAnswer:
    """Refund a purchase, all or a part; the amount is in the currency that was charged.

    Raises:
        ValueError, Problem: it cannot be done; the message says why.
    """
    request = operator_refunds.RefundRequest(
        purchase_id=purchase_id,
        amount_micros=None if amount is None else parse_usd(amount),
        reason=order.reason,
        external=external,
    )
    async with open_shop(order.where) as shop:
        return await operator_refunds.refund_purchase(
            shop, order.actor, request, dry_run=order.dry_run
        )


async def decide_payment(
    order: OperatorOrder, checkout_id: str, decision: Literal["credit", "reject"]
) -> operator_payments.DecisionAnswer:
    """Decide a payment that did not match its checkout.

    Raises:
        ValueError, Problem: it cannot be done; the message says why.
    """
    async with open_shop(order.where) as shop:
        return await operator_payments.decide_checkout(
            shop, order.actor, checkout_id, decision, order.reason, dry_run=order.dry_run
        )


async def reconcile_provider(
    where: GatewayLocation, book: str, provider: str, *, apply: bool, reason: str
) -> ReportFields:
    """Compare 35 days of a book with a provider, by default the first; what is applied is logged.

    Raises:
        LookupError: there is no such provider.
        Problem: the provider cannot be asked.
    """
    async with open_shop(where) as shop:
        name = provider or PROVIDER_ENTRIES[0].provider_class.reconciliation_name
        report = await nightly_reconciliation.reconcile_book(
            shop, book, name, apply=apply, actor=get_local_operator(), reason=reason
        )
        return report.render()


async def list_provider_events(where: GatewayLocation, limit: int) -> list[ProviderEvent]:
    """List the newest events of providers, with their outcomes."""
    async with open_database_at(where) as database, database.read() as snapshot:
        return [
            {
                "eventId": row.event_id,
                "provider": row.provider,
                "mode": row.book,
                "type": row.type,
                "outcome": row.outcome,
                "purchaseId": row.purchase_id,
                "receivedAt": to_iso(row.received_at),
            }
            for row in await inbox.list_newest_events(snapshot, limit)
        ]


def list_replayable_providers() -> set[str]:
    """List the providers whose events can be replayed."""
    return {
        each.provider_class.name
        for each in PROVIDER_ENTRIES
        if can_replay_events(each.provider_class)
    }


async def list_payments_in_review(where: GatewayLocation) -> list[PaymentInReview]:
    """List the payments that did not match their checkout, the oldest first."""
    async with open_database_at(where) as database, database.read() as snapshot:
        return [
            {
                "checkoutId": row.id,
                "accountId": row.account_id,
                "mode": row.book,
                "provider": row.provider,
                "package": row.package_name,
                "priceUsd": render_usd(row.price_microusd),
                "priceMicrousd": row.price_microusd,
                "because": row.review_reason,
                "reference": row.provider_reference,
                "createdAt": to_iso(row.created_at),
            }
            for row in await payment_survey.list_checkouts_in_review(snapshot)
        ]


async def list_purchases(where: GatewayLocation, account_id: str) -> list[PurchaseRow]:
    """List the newest purchases of an account, of both books."""
    async with open_database_at(where) as database, database.read() as snapshot:
        rows = await payment_survey.list_account_purchases(snapshot, account_id)
        bills = await load_purchase_bills(snapshot, [row.id for row in rows])
        return [
            {
                "purchaseId": row.id,
                "mode": row.book,
                "provider": row.provider,
                "package": row.package_name,
                "paidUsd": render_usd(row.paid_microusd),
                "paidMicrousd": row.paid_microusd,
                "creditUsd": render_usd(row.credit_microusd),
                "creditMicrousd": row.credit_microusd,
                "bonusUsd": render_usd(row.bonus_microusd),
                "bonusMicrousd": row.bonus_microusd,
                "createdAt": to_iso(row.created_at),
                "bill": render_bill(bills[row.id]) if row.id in bills else None,
            }
            for row in rows
        ]


async def list_nightly_comparisons(where: GatewayLocation) -> list[NightlyComparison]:
    """List the nightly comparisons, the newest first; no `differences` yet: it is not finished."""
    async with open_database_at(where) as database, database.read() as snapshot:
        return [
            {
                "provider": row.provider,
                "mode": row.book,
                "day": to_iso(row.day * DAY)[:10],
                "differences": row.differences,
            }
            for row in await payment_survey.list_reconciliations(snapshot)
        ]


async def replay_event(
    order: OperatorOrder, event_id: str, book: str
) -> operator_payments.ReplayAnswer:
    """Replay an event: read its payment at the provider again, and act on what it says.

    Raises:
        ValueError, LookupError, Problem: it cannot be done; the message says why.
    """
    async with open_shop(order.where) as shop:
        return await operator_payments.replay_event(
            shop, order.actor, book, event_id, order.reason, dry_run=order.dry_run
        )
