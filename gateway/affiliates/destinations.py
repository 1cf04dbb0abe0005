"""Payout destinations: what is valid for each method, and how little of it is shown."""

import re

from gateway.affiliates.errors import PayoutDestinationInvalid
from gateway.affiliates.tables import Affiliate
from gateway.identity.addresses import normal
from gateway.mail.base import Mail
from gateway.mail.letters import letter

WALLET = re.compile(r"0x[0-9a-fA-F]{40}")
BANK = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .,:/-]{6,118}[A-Za-z0-9]")
SHOWN = 4


def check_destination(method: str | None, destination: str | None) -> str | None:
    """Return a destination in its one form; None for account credit, which needs none.

    Raises:
        PayoutDestinationInvalid: it is missing, too much, or does not fit its method.
    """
    try:
        return _checked(method, destination)
    except ValueError:
        raise PayoutDestinationInvalid(field="payoutDestination") from None


def _checked(method: str | None, destination: str | None) -> str | None:
    given = (destination or "").strip()
    if method == "account_credit" and not given:
        return None
    if method == "usdc" and WALLET.fullmatch(given):
        return given.lower()
    if method == "paypal":
        return normal(given)
    if method == "bank" and BANK.fullmatch(given):
        return given
    raise ValueError("does not fit its method")


def masked(method: str | None, destination: str | None) -> str | None:
    """Return enough of a destination for its owner to know it again."""
    if method == "account_credit" or destination is None:
        return None
    if method == "paypal":
        local, _, domain = destination.rpartition("@")
        return f"{local[:1]}…@{domain}"
    return f"…{destination[-SHOWN:]}"


def notice(address: str, affiliate: Affiliate, until: str) -> Mail:
    """Return the mail that tells of a new destination."""
    shown = masked(affiliate.payout_method, affiliate.payout_destination)
    return letter(
        to=address,
        subject="Your payout destination has changed",
        lines=(
            f"Your Killa Tamata commission is now paid out by {affiliate.payout_method}.",
            f"Nothing is paid out before {until}.",
            "If this was not you: sign in, end all sessions, and contact us before then.",
        ),
        highlight=shown or "",
    )
