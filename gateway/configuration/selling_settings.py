"""The settings of selling: the tax on packages, promotion codes, and when credit expires."""

from typing import Literal

from pydantic import BaseModel, Field


class SellingSettings(BaseModel):
    """The settings of the tax, of promotion codes and of bought credit, part of `Settings`."""

    tax: str = Field(
        "none",
        description="Tax on credit that is sold: `none`, `stripe` (Stripe Tax, by card) or a "
        "percentage such as `20` that every price contains.",
    )
    tax_name: str = Field("VAT", min_length=1, max_length=40, description="Name of the tax.")
    tax_behavior: Literal["exclusive", "inclusive"] = Field(
        "exclusive",
        description="Whether Stripe Tax comes on top of the price, or is contained in it.",
    )
    tax_other: str = Field(
        "",
        description="With `KT_TAX=stripe`: the percentage that prices contain when they are paid "
        "in another way; empty: none.",
    )
    invoice_note: str = Field(
        "", max_length=500, description="Note on invoices, such as why no tax is charged."
    )
    promotion_codes: Literal["on", "off"] = Field(
        "off", description="Whether Stripe's payment page takes promotion codes of yours."
    )

    paid_expiry_days: int | None = Field(
        None, ge=1, le=36_500, description="Days until bought credit expires (default: never)."
    )

    @property
    def is_tax_left_to_provider(self) -> bool:
        """Return True if the provider of card payments computes the tax."""
        return self.tax == "stripe"
