"""What the shops of the histories sell: packages in several currencies, with tax and codes."""

import json
from pathlib import Path
from typing import Any

from tests.fakes.stripe.client import STRIPE_KEY, StripeStandIn

DOLLAR = 1_000_000
PACKAGES: list[dict[str, Any]] = [
    {"code": "builder_600", "name": "Builder", "price_microusd": 6 * DOLLAR,
     "credit_microusd": 6 * DOLLAR, "prices": {"eur": 5_490_000, "gbp": 4_790_000}},
    {"code": "studio_2500", "name": "Studio", "price_microusd": 25 * DOLLAR,
     "credit_microusd": 25 * DOLLAR, "bonus_microusd": DOLLAR,
     "prices": {"eur": 23_000_000, "jpy": 3_800_000_000}},
    {"code": "odd_1033", "name": "Odd", "price_microusd": 10_330_000,
     "credit_microusd": 10_330_000, "bonus_microusd": 77_777, "prices": {"jpy": 1_571_000_000}},
]  # fmt: skip
COUPONS: tuple[dict[str, str], ...] = (
    {"percent_off": "33.3"},
    {"percent_off": "100"},
    {"amount_off": "150", "currency": "usd", "currency_options[eur][amount_off]": "140"},
)
PROMOTION_CODES = ("THIRD", "GIFT", "LESS")


def write_sale_settings(folder: Path) -> dict[str, str]:
    """Write the packages to a folder; return the settings that sell them, taxed by Stripe."""
    packages = folder / "packages.json"
    packages.write_text(json.dumps(PACKAGES))
    return {"KT_TAX": "stripe", "KT_PROMOTION_CODES": "on", "KT_PACKAGES": str(packages)}


def add_promotion_codes(bank: StripeStandIn) -> None:
    """Make the promotion codes of the histories in Stripe's dashboard."""
    for code, coupon in zip(PROMOTION_CODES, COUPONS, strict=True):
        made = call_stripe(bank, "/v1/coupons", coupon)["id"]
        fields = {"promotion[type]": "coupon", "promotion[coupon]": made, "code": code}
        call_stripe(bank, "/v1/promotion_codes", fields)


def call_stripe(bank: StripeStandIn, path: str, fields: dict[str, str]) -> dict[str, Any]:
    """Call Stripe's API as the operator's dashboard does."""
    headers = {"Authorization": f"Bearer {STRIPE_KEY}"}
    answer = bank.http.post(path, data=fields, headers=headers)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body
