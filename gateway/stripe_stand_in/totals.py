"""The arithmetic of a sale: lines, discount and tax, for checkouts and invoices alike."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.stripe_stand_in.store import Object
from gateway.stripe_stand_in.tax import Buyer, Tax, TaxBehavior, compute_tax, render_tax_rate


@dataclass(frozen=True, slots=True)
class Line:
    """A line in minor units, before its discount."""

    amount: int
    behavior: TaxBehavior


@dataclass(frozen=True, slots=True)
class Totals:
    """The totals of a sale in minor units; with an inclusive price the subtotal has the tax."""

    subtotal: int
    discount: int
    discounts: tuple[int, ...]
    taxes: tuple[Tax, ...]

    @property
    def tax(self) -> int:
        """Return the whole tax."""
        return sum(each.amount for each in self.taxes)

    @property
    def total(self) -> int:
        """Return what the buyer pays."""
        return self.subtotal - self.discount + sum(each.on_top for each in self.taxes)


def compute_totals(lines: Sequence[Line], discount: int, buyer: Buyer | None) -> Totals:
    """Compute the totals of lines with a discount; without a buyer no tax is computed."""
    subtotal = sum(each.amount for each in lines)
    discounts = divide_discount([each.amount for each in lines], discount)
    taxes = () if buyer is None else tuple(
        compute_tax(each.amount - off, each.behavior, buyer)
        for each, off in zip(lines, discounts, strict=True)
    )  # fmt: skip
    return Totals(subtotal, discount, discounts, taxes)


def divide_discount(amounts: Sequence[int], discount: int) -> tuple[int, ...]:
    """Divide a discount among lines by their amounts; the parts add up to it."""
    whole, parts, until, given = sum(amounts), [], 0, 0
    for amount in amounts:
        until += amount
        upto = discount * until // whole if whole else 0
        parts.append(upto - given)
        given = upto
    return tuple(parts)


def render_total_details(totals: Totals, discounts: Sequence[Object]) -> Object:
    """Render the totals of a Checkout Session; a call may expand the breakdown."""
    return {
        "amount_discount": totals.discount,
        "amount_shipping": 0,
        "amount_tax": totals.tax,
        "_breakdown": {
            "discounts": [{"amount": totals.discount, "discount": each} for each in discounts],
            "taxes": [
                {
                    "amount": each.amount,
                    "rate": render_tax_rate(each),
                    "taxability_reason": each.reason,
                    "taxable_amount": each.taxable_amount,
                }
                for each in totals.taxes
            ],
        },
    }
