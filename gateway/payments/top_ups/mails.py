"""The mails of auto top-up, in plain words: each change of its fate is told once."""

from collections.abc import Sequence
from typing import Protocol

from gateway.identity.accounts import identities
from gateway.kit.clock import to_iso
from gateway.kit.database.sessions import Session
from gateway.kit.money import render_usd
from gateway.mail.letters import build_letter
from gateway.mail.outbox import Mailer
from gateway.payments.billing.billing_details import find_billing_email
from gateway.payments.currencies import render_amount
from gateway.payments.top_ups.states import OffReason
from gateway.payments.top_ups.tables import TopUp, TopUpRule

DECLINE_WORDS = {
    "insufficient_funds": "there is not enough money on it",
    "expired_card": "it has expired",
    "card_velocity_exceeded": "its limit is used up",
    "do_not_try_again": "it says not to try this card again",
}
OFF_WORDS = {
    OffReason.MEMBER: (
        "Its card was saved by a person who has left the team, or may no longer pay for it."
    ),
    OffReason.DECLINED: "Your bank declined three charges in a row.",
    OffReason.CARD_BLOCKED: "Your bank declined a charge, and says not to try this card again.",
    OffReason.REFUSED: (
        "Stripe, which takes card payments here, could not charge the card: an address is missing"
        " that tax is calculated from, or Stripe no longer has the card. Please save it again."
    ),
    OffReason.PACKAGE_GONE: (
        "The package that it bought is no longer sold, or has less credit than your threshold."
    ),
    OffReason.REFUNDED: "A purchase was refunded, so we will not charge your card by ourselves.",
    OffReason.FROZEN: "Spending is frozen on your account.",
    OffReason.REVIEW: "The operator of this gateway has to look at a payment of yours first.",
    OffReason.OPERATOR: "The operator of this gateway stopped it. Please ask them why.",
}


class Post(Protocol):
    """The mailer, and the site that links in mails lead to; a shop has both."""

    @property
    def mailer(self) -> Mailer:
        """Return the mailer."""
        ...

    @property
    def site(self) -> str:
        """Return the site."""
        ...


def render_money(amount_micros: int, currency: str) -> str:
    """Render an amount for people: $6.00, 5.50 EUR or 800 JPY."""
    amount = render_amount(amount_micros, currency)
    return f"${amount}" if currency == "usd" else f"{amount} {currency.upper()}"


def describe_decline(code: str | None) -> str:
    """Describe why a bank declined a charge, as the end of a sentence."""
    return DECLINE_WORDS.get(code or "", "it gave no reason")


async def mail_decline(
    session: Session, post: Post, top_up: TopUp, rule: TopUpRule, retry_at: int
) -> None:
    """Mail that the card was declined, and when the next try is."""
    amount = render_money(top_up.gross_micros, top_up.currency)
    await _send(
        session, post, top_up.account_id, top_up.book, "Your card was declined",
        [
            (f"We tried to add credit to your account, and your bank declined {amount} on the card"
            f" ending in {top_up.card_last4}: {describe_decline(top_up.decline_code)}."),
            (f"We try again after {_render_time(retry_at)}, if your balance is still below"
            f" ${render_usd(rule.threshold_microusd)}. Nothing was charged."),
            "You can save another card, or turn auto top-up off, on this page.",
        ],
    )  # fmt: skip


async def mail_unconfirmed(
    session: Session, post: Post, top_up: TopUp, rule: TopUpRule, retry_at: int
) -> None:
    """Mail that a charge was not confirmed within a day, and when the next try is."""
    amount = render_money(top_up.gross_micros, top_up.currency)
    await _send(
        session, post, top_up.account_id, top_up.book, "Your top-up was not confirmed",
        [
            (f"Your bank asked you to confirm a charge of {amount}, and it was not confirmed in"
            " time. It has ended, and its link no longer works. Nothing was charged."),
            (f"We try again after {_render_time(retry_at)}, if your balance is still below"
            f" ${render_usd(rule.threshold_microusd)}."),
        ],
    )  # fmt: skip


async def mail_confirmation(session: Session, post: Post, top_up: TopUp, page_url: str) -> None:
    """Mail the one link where the person confirms a charge that the bank asks about."""
    until = _render_time(top_up.confirm_until or 0)
    amount = render_money(top_up.gross_micros, top_up.currency)
    await _send(
        session, post, top_up.account_id, top_up.book, "Please confirm your top-up",
        [
            (f"Your balance is low, and your bank wants you to confirm {amount} on the card ending"
            f" in {top_up.card_last4}. Nothing is charged until you do."),
            f"The link leads to a page of Stripe and works until {until}.",
        ],
        link=page_url,
    )  # fmt: skip


async def mail_maximum(session: Session, post: Post, rule: TopUpRule) -> None:
    """Mail that the monthly maximum is reached, so that nothing more is charged this month."""
    maximum = render_money(rule.monthly_max_micros, rule.currency)
    await _send(
        session, post, rule.account_id, rule.book, "Your monthly maximum is reached",
        [
            (f"Your balance is below ${render_usd(rule.threshold_microusd)}, and another top-up"
            f" would go beyond your maximum of {maximum} a month, tax included."),
            ("So nothing was charged. Auto top-up goes on next month, or when you raise the maximum"
            " on this page."),
        ],
    )  # fmt: skip


async def mail_on(session: Session, post: Post, rule: TopUpRule) -> None:
    """Mail that auto top-up was turned on, or raised, in case the person did not do it."""
    maximum = render_money(rule.monthly_max_micros, rule.currency)
    await _send(
        session, post, rule.account_id, rule.book, "Auto top-up is on",
        [
            (f"When the balance is below ${render_usd(rule.threshold_microusd)}, the saved card is"
            f" charged, up to {maximum} a month, tax included."),
            "If nobody of yours did this, turn it off on this page.",
        ],
    )  # fmt: skip


async def mail_card(session: Session, post: Post, rule: TopUpRule, brand: str, last4: str) -> None:
    """Mail that auto top-up, which is on, charges another card from now on."""
    await _send(
        session, post, rule.account_id, rule.book, "Auto top-up charges another card",
        [
            (f"A {brand.capitalize()} card ending in {last4} was saved, and auto top-up charges it"
            " from now on. The former card was removed."),
            "If nobody of yours did this, turn it off on this page.",
        ],
    )  # fmt: skip


async def mail_off(session: Session, post: Post, rule: TopUpRule, reason: OffReason) -> None:
    """Mail that auto top-up was turned off, and why; not if the person did it."""
    if reason not in OFF_WORDS:
        return
    await _send(
        session, post, rule.account_id, rule.book, "Auto top-up is off",
        [
            f"Auto top-up was turned off. {OFF_WORDS[reason]}",
            ("Your saved card was removed, and nothing more is charged. You can turn it on again on"
            " this page."),
        ],
    )  # fmt: skip


def _render_time(at: int) -> str:
    return f"{to_iso(at)[:16].replace('T', ' ')} UTC"


async def _send(
    session: Session,
    post: Post,
    account_id: str,
    book: str,
    subject: str,
    lines: Sequence[str],
    link: str = "",
) -> None:
    """Queue a mail to the account's address, in the caller's transaction."""
    email = await find_billing_email(session, account_id) or (
        await identities.find_account_email(session, account_id)
    )
    if email is None:
        return
    test = "" if book == "live" else "TEST, play money: "
    mail = build_letter(
        to=email,
        subject=f"{test}{subject}",
        lines=lines,
        link=link or f"{post.site}/credits?mode={book}#top-up",
    )
    await post.mailer.send_later(session, mail)
