"""Currencies: their minor units, the smallest charge in each, and amounts as people read them."""

from gateway.stripe_stand_in.store import StripeRefusal

ZERO_DECIMAL = {
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga",
    "pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf",
}  # fmt: skip
THREE_DECIMAL = {"bhd", "jod", "kwd", "omr", "tnd"}
MIN_CHARGES = {
    "usd": 50, "aud": 50, "brl": 50, "cad": 50, "chf": 50, "czk": 1_500, "dkk": 250, "eur": 50,
    "gbp": 30, "hkd": 400, "huf": 17_500, "inr": 50, "jpy": 50, "mxn": 1_000, "nok": 300,
    "nzd": 50, "pln": 200, "sek": 300, "sgd": 50,
}  # fmt: skip
SIGNS = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥"}


def check_currency(currency: str) -> str:
    """Return the currency in lower case.

    Raises:
        StripeRefusal: the stand-in does not take it.
    """
    lower = currency.lower()
    if lower not in MIN_CHARGES | dict.fromkeys(ZERO_DECIMAL | THREE_DECIMAL, 0):
        raise StripeRefusal(f"Invalid currency: {currency}.", param="currency")
    return lower


def check_total(total: int, currency: str) -> None:
    """Check that a card can be charged this total; nothing to pay is allowed.

    Raises:
        StripeRefusal: it is less than the smallest charge.
    """
    minimum = MIN_CHARGES.get(currency, 0)
    if 0 < total < minimum:
        least = format_amount(minimum, currency)
        raise StripeRefusal(
            f"The total amount due must be at least {least}", code="amount_too_small"
        )


def format_amount(amount: int, currency: str) -> str:
    """Format an amount in minor units for people."""
    decimals = 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2
    sign = "-" * (amount < 0) + SIGNS.get(currency, "")
    return f"{sign}{abs(amount) / 10**decimals:,.{decimals}f} {currency.upper()}"
