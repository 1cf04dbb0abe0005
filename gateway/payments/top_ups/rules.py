"""Rules as they are changed: turned on, changed, and turned off by whatever has a reason to."""

from dataclasses import dataclass

from gateway.kit import audit_log
from gateway.kit.audit_log import Actor
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import get_database_time
from gateway.kit.money import render_usd
from gateway.kit.operation import Caller
from gateway.kit.telemetry.metrics import TOP_UP_RULES_STOPPED
from gateway.payments.errors import PaymentMethodUnavailable, UnknownPackage
from gateway.payments.packages import Package
from gateway.payments.shop import Shop
from gateway.payments.stripe.card_charges import Card
from gateway.payments.stripe.client import StripeClient
from gateway.payments.top_ups import rows
from gateway.payments.top_ups.decisions import TopUpTerms
from gateway.payments.top_ups.mails import Post, mail_off, render_money
from gateway.payments.top_ups.states import OffReason, RuleState
from gateway.payments.top_ups.tables import SavedCard, TopUpRule

SYSTEM = Actor(kind="system", id="auto-top-up")


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUps:
    """Auto top-up of this gateway: the shop it buys from, and the operator's switch."""

    shop: Shop
    is_enabled: bool

    def is_offered(self, book: str) -> bool:
        """Return True if it is switched on and Stripe is open in a book."""
        open_books = {each.book for each in self.shop.list_open_providers(StripeClient)}
        return self.is_enabled and book in open_books

    def get_stripe(self, book: str) -> StripeClient:
        """Return Stripe in a book.

        Raises:
            PaymentMethodUnavailable: it has no key there, or auto top-up is switched off.
        """
        if not self.is_enabled:
            raise PaymentMethodUnavailable("Auto top-up is switched off on this gateway.")
        return self.shop.get_provider(StripeClient, book)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """The person whose card pays for an account in one book."""

    account_id: str
    book: str
    ledger_account: int
    person_id: str

    @classmethod
    def from_caller(cls, caller: Caller) -> "Payer":
        """Return the caller as the payer of the account that they act for."""
        return cls(
            account_id=caller.account_id,
            book=caller.book,
            ledger_account=caller.ledger_account,
            person_id=caller.person_id,
        )


def load_terms(shop: Shop, rule: TopUpRule) -> TopUpTerms | None:
    """Return the terms of a rule at today's price; None if the package is no longer sold."""
    try:
        package = shop.get_package(rule.package_code)
    except UnknownPackage:
        return None
    return build_terms(
        package,
        threshold_microusd=rule.threshold_microusd,
        currency=rule.currency,
        monthly_max_micros=rule.monthly_max_micros,
    )


def get_credit(shop: Shop, rule: TopUpRule) -> int:
    """Return the credit of the package of a rule, in micro-USD.

    Raises:
        UnknownPackage: it is no longer sold.
    """
    return shop.get_package(rule.package_code).credit_microusd


def build_terms(
    package: Package, *, threshold_microusd: int, currency: str, monthly_max_micros: int
) -> TopUpTerms | None:
    """Build terms at the price of a package; None if it has no price in the currency."""
    price_micros = package.list_prices().get(currency)
    if price_micros is None:
        return None
    return TopUpTerms(
        threshold_microusd=threshold_microusd,
        package_code=package.code,
        currency=currency,
        price_micros=price_micros,
        monthly_max_micros=monthly_max_micros,
    )


async def set_rule(
    session: Session,
    payer: Payer,
    terms: TopUpTerms,
    actor: Actor,
    before: TopUpRule | None,
    *,
    is_fresh: bool = True,
) -> TopUpRule:
    """Turn the rule of a payer's account on with these terms; the caller has locked it.

    Declines and the pause after them end only for a fresh sign-in, or a new card.
    """
    former = None if before is None else describe_rule(before)
    now = await get_database_time(session)
    rule = before or TopUpRule(
        account_id=payer.account_id,
        book=payer.book,
        ledger_account=payer.ledger_account,
        state=RuleState.OFF,
        off_reason=None,
        threshold_microusd=terms.threshold_microusd,
        package_code=terms.package_code,
        currency=terms.currency,
        monthly_max_micros=terms.monthly_max_micros,
        declines=0,
        retry_at=None,
        version=0,
        changed_at=now,
    )
    rule.state, rule.off_reason = RuleState.ON, None
    rule.threshold_microusd = terms.threshold_microusd
    rule.package_code, rule.currency = terms.package_code, terms.currency
    rule.monthly_max_micros = terms.monthly_max_micros
    if is_fresh:
        rule.declines, rule.retry_at = 0, None
    rule.version, rule.changed_at = rule.version + 1, now
    session.add(rule)
    await session.flush()
    action = "topup.change" if former and former["state"] == RuleState.ON else "topup.on"
    await audit_log.record(
        session, actor, action, rule.account_id, before=former, after=describe_rule(rule)
    )
    return rule


async def stop_rule(
    session: Session, post: Post, rule: TopUpRule, reason: OffReason, actor: Actor = SYSTEM
) -> None:
    """Turn a locked rule off, tell its owner why, and let Stripe forget the card."""
    if rule.state == RuleState.OFF:
        return
    await rows.discard_card(session, rule.account_id, rule.book)
    await turn_off(session, rule, reason, actor)
    await mail_off(session, post, rule, reason)


async def turn_off(
    session: Session, rule: TopUpRule, reason: OffReason, actor: Actor = SYSTEM
) -> None:
    """Turn a locked rule off; its owner is not told, and the card stays."""
    former = describe_rule(rule)
    await write_off(session, rule, reason)
    await audit_log.record(
        session, actor, "topup.off", rule.account_id,
        before=former, after={"mode": rule.book, "reason": str(reason)},
    )  # fmt: skip


async def write_off(session: Session, rule: TopUpRule, reason: OffReason) -> None:
    """Write that a locked rule is off; the caller records in the audit log who did it."""
    rule.state, rule.off_reason, rule.retry_at = RuleState.OFF, reason, None
    rule.version, rule.changed_at = rule.version + 1, await get_database_time(session)
    await session.flush()
    session.run_after_commit(TOP_UP_RULES_STOPPED.labels(reason=reason).inc)


async def remove_card(session: Session, account_id: str, book: str, actor: Actor) -> None:
    """Remove the saved card that no rule charges, and let Stripe forget it."""
    card = await rows.discard_card(session, account_id, book)
    if card is not None:
        former = {"mode": book, "brand": card.brand, "last4": card.last4}
        await audit_log.record(session, actor, "card.remove", account_id, before=former)


async def save_card(session: Session, payer: Payer, card: Card, actor: Actor) -> None:
    """Save a payer's card in place of the one there was, which Stripe then forgets."""
    account_id, book = payer.account_id, payer.book
    former = await rows.find_card(session, account_id, book)
    if former is not None and former.payment_method_id == card.payment_method_id:
        former.person_id = payer.person_id
        return
    await rows.discard_card(session, account_id, book)
    saved = SavedCard(
        account_id=account_id,
        book=book,
        payment_method_id=card.payment_method_id,
        brand=card.brand,
        last4=card.last4,
        saved_at=await get_database_time(session),
        person_id=payer.person_id,
    )
    session.add(saved)
    after = {"mode": book, "brand": card.brand, "last4": card.last4}
    await audit_log.record(session, actor, "card.save", account_id, after=after)


def describe_rule(rule: TopUpRule) -> dict[str, object]:
    """Describe a rule for the audit log."""
    return {
        "mode": rule.book,
        "state": str(rule.state),
        "thresholdUsd": render_usd(rule.threshold_microusd),
        "packageCode": rule.package_code,
        "monthlyMaximum": render_money(rule.monthly_max_micros, rule.currency),
    }
