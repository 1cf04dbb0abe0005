"""Payout destinations: validation for each method, masking, and the mail about a change."""

import re

from gateway.affiliates.errors import PayoutDestinationInvalid
from gateway.affiliates.tables import Affiliate
from gateway.identity.accounts.addresses import normalize_address
from gateway.mail.base import Mail
from gateway.mail.letters import build_letter

WALLET_PATTERN = re.compile(r"0x[0-9a-fA-F]{40}")
BANK_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .,:/-]{6,118}[A-Za-z0-9]")
UNMASKED_CHARACTERS = 4


def normalize_destination(method: str | None, destination: str | None) -> str | None:
    """Return a destination in its normal form; None for account credit, which needs none.

    Raises:
        PayoutDestinationInvalid: it is missing, superfluous, or does not fit the method.
    """
    try:
        return _normalize(method, destination)
    except ValueError:
        raise PayoutDestinationInvalid(field="payoutDestination") from None


def _normalize(method: str | None, destination: str | None) -> str | None:
    place = (destination or "").strip()
    if method == "account_credit" and not place:
        return None
    if method == "usdc" and WALLET_PATTERN.fullmatch(place):
        return place.lower()
    if method == "paypal":
        return normalize_address(place)
    if method == "bank" and BANK_PATTERN.fullmatch(place):
        return place
    raise ValueError("does not fit its method")


def mask_destination(method: str | None, destination: str | None) -> str | None:
    """Return a destination masked, so that only its owner recognizes it."""
    if method == "account_credit" or destination is None:
        return None
    if method == "paypal":
        local, _, domain = destination.rpartition("@")
        return f"{local[:1]}…@{domain}"
    return f"…{destination[-UNMASKED_CHARACTERS:]}"


def build_destination_mail(address: str, affiliate: Affiliate, until: str) -> Mail:
    """Return the mail about a new destination; payouts start again at `until`."""
    place = mask_destination(affiliate.payout_method, affiliate.payout_destination)
    return build_letter(
        to=address,
        subject="Your payout destination has changed",
        lines=(
            f"Your Killa Tamata commission is now paid out by {affiliate.payout_method}.",
            f"Nothing is paid out before {until}.",
            "If this was not you: sign in, end all sessions, and contact us before then.",
        ),
        highlight=place or "",
    )
