"""Coupons and promotion codes: what they take off, and to whom and how often they are given."""

import secrets
import time
from decimal import ROUND_HALF_UP, Decimal

from gateway.stripe_stand_in.currencies import check_currency
from gateway.stripe_stand_in.store import Object, Store, StripeRefusal, unset_empty_values


def create_coupon(store: Store, given: Object) -> Object:
    """Create a coupon of a percentage, or of an amount in one or more currencies.

    Raises:
        StripeRefusal: it has neither or both, or the id is taken.
    """
    percent, amount = given.get("percent_off"), given.get("amount_off")
    if (percent is None) == (amount is None):
        raise StripeRefusal("You must pass either percent_off or amount_off", param="percent_off")
    if percent is not None and not 0 < percent <= 100:  # noqa: PLR2004 - per cent
        raise StripeRefusal("Invalid percent_off: must be in (0, 100]", param="percent_off")
    if amount is not None and "currency" not in given:
        raise StripeRefusal("You must pass currency when passing amount_off", param="currency")
    duration = given.get("duration") or "once"
    if duration == "repeating":
        raise StripeRefusal("The stand-in has no coupons that repeat.", param="duration")
    name = given.get("id") or secrets.token_urlsafe(6)
    if name in store.objects["coupon"]:
        raise StripeRefusal("Coupon already exists.", code="resource_already_exists")
    return store.add_object(
        "coupon",
        "",
        id=name,
        amount_off=amount,
        currency=check_currency(given["currency"]) if amount is not None else None,
        _amounts={
            key: each["amount_off"] for key, each in given.get("currency_options", {}).items()
        },
        duration=duration,
        duration_in_months=None,
        max_redemptions=given.get("max_redemptions"),
        metadata=unset_empty_values(given.get("metadata")),
        name=given.get("name"),
        percent_off=percent,
        redeem_by=given.get("redeem_by"),
        times_redeemed=0,
        valid=True,
    )


def create_promotion_code(store: Store, given: Object) -> Object:
    """Create the code that buyers enter for a coupon.

    Raises:
        StripeRefusal: there is no such coupon, or an active code with this text.
    """
    coupon = store.get_referenced(
        "coupon", given["promotion"].get("coupon") or "", "promotion[coupon]"
    )
    code = given.get("code") or secrets.token_hex(4).upper()
    taken = (each for each in store.objects["promotion_code"].values() if each["active"])
    if any(each["code"].upper() == code.upper() for each in taken):
        raise StripeRefusal(f"An active promotion code with `code: {code}` already exists.")
    limits = given.get("restrictions") or {}
    return store.add_object(
        "promotion_code",
        "promo",
        active=given.get("active", True),
        code=code,
        customer=given.get("customer"),
        expires_at=given.get("expires_at"),
        max_redemptions=given.get("max_redemptions"),
        metadata=unset_empty_values(given.get("metadata")),
        promotion={"type": "coupon", "coupon": coupon["id"]},
        restrictions={
            "first_time_transaction": limits.get("first_time_transaction", False),
            "minimum_amount": limits.get("minimum_amount"),
            "minimum_amount_currency": limits.get("minimum_amount_currency"),
        },
        times_redeemed=0,
    )


def update_promotion_code(store: Store, code_id: str, given: Object) -> Object:
    """Switch a promotion code on or off, or change its metadata."""
    code = store.get_object("promotion_code", code_id)
    if "active" in given:
        code["active"] = given["active"]
    if "metadata" in given:
        code["metadata"] = unset_empty_values(given["metadata"], code["metadata"])
    return code


def find_promotion_code(store: Store, text: str) -> Object:
    """Find the active promotion code that a buyer entered; letter case does not count.

    Raises:
        StripeRefusal: there is none.
    """
    for each in store.objects["promotion_code"].values():
        if each["active"] and each["code"].upper() == text.strip().upper():
            return each
    raise StripeRefusal("This code is invalid.", code="promotion_code_invalid")


def check_promotion_code(
    store: Store, code: Object, *, customer: str | None, subtotal: int, currency: str
) -> None:
    """Check that a buyer may use a promotion code for a sale.

    Raises:
        StripeRefusal: it is used up, expired, another's, or for a first purchase or a larger sale.
    """
    used_up = (
        code["max_redemptions"] is not None and code["times_redeemed"] >= code["max_redemptions"]
    )
    expired = code["expires_at"] is not None and code["expires_at"] <= time.time()
    if not code["active"] or used_up or expired:
        raise StripeRefusal(
            "This promotion code is no longer valid.", code="promotion_code_expired"
        )
    if code["customer"] is not None and code["customer"] != customer:
        raise StripeRefusal("This promotion code is not for this customer.")
    limits = code["restrictions"]
    # Stripe knows the first payment only of a customer: for a guest such a code is invalid.
    if limits["first_time_transaction"] and (customer is None or has_paid(store, customer)):
        raise StripeRefusal(
            "This promotion code cannot be redeemed because the associated customer has prior"
            " transactions."
        )
    minimum = limits["minimum_amount"]
    if minimum is not None and (
        limits["minimum_amount_currency"] != currency or subtotal < minimum
    ):
        raise StripeRefusal("This promotion code is for a larger purchase.")


def has_paid(store: Store, customer: str | None) -> bool:
    """Return True if a customer has paid anything before."""
    return customer is not None and any(
        each["customer"] == customer and each["status"] == "succeeded"
        for each in store.objects["payment_intent"].values()
    )


def compute_discount(coupon: Object, subtotal: int, currency: str) -> int:
    """Compute what a coupon takes off a subtotal, at most all of it.

    Raises:
        StripeRefusal: it is used up, expired, or has no amount in this currency.
    """
    if not is_valid(coupon):
        raise StripeRefusal("This coupon is no longer valid.", code="coupon_expired")
    if coupon["percent_off"] is not None:
        share = subtotal * Decimal(str(coupon["percent_off"])) / 100
        return int(share.to_integral_value(ROUND_HALF_UP))
    amounts = coupon["_amounts"] | {coupon["currency"]: coupon["amount_off"]}
    if currency not in amounts:
        raise StripeRefusal(f"This coupon cannot be applied to prices in {currency.upper()}.")
    return min(int(amounts[currency]), subtotal)


def is_valid(coupon: Object) -> bool:
    """Return True if a coupon is neither expired nor used up."""
    at_most, until = coupon["max_redemptions"], coupon["redeem_by"]
    return (at_most is None or coupon["times_redeemed"] < at_most) and (
        until is None or until > time.time()
    )


def count_redemption(store: Store, discount: Object) -> None:
    """Count a use of the coupon and promotion code of a discount."""
    coupon = store.get_object("coupon", discount["coupon"])
    coupon["times_redeemed"] += 1
    coupon["valid"] = is_valid(coupon)
    if discount["promotion_code"] is not None:
        code = store.get_object("promotion_code", discount["promotion_code"])
        code["times_redeemed"] += 1
        if code["times_redeemed"] == code["max_redemptions"]:
            code["active"] = False


def render_discount(discount: Object, **owner: str) -> Object:
    """Render a used discount as invoices and breakdowns have it."""
    return {
        "id": f"di_{secrets.token_hex(12)}",
        "object": "discount",
        "checkout_session": None,
        "customer": None,
        "end": None,
        "invoice": None,
        "invoice_item": None,
        "promotion_code": discount["promotion_code"],
        "source": {"type": "coupon", "coupon": discount["coupon"]},
        "start": int(time.time()),
        "subscription": None,
        **owner,
    }
