"""Credit codes on the wire."""

from pydantic import Field

from gateway.kit.wire.field_types import Dollars, Instant, Many, Microusd, Text
from gateway.kit.wire.models import RequestModel, WireModel
from gateway.payments.codes.states import ShownRedemptionState


class RedeemCode(RequestModel):
    """The code to redeem."""

    code: str = Field(
        min_length=1,
        max_length=100,
        description="The code as it was given to you; case, spaces and hyphens are ignored.",
        examples=["7K3M-09QX-TB4Z-V8RD"],
    )


class RedemptionShown(WireModel):
    """A code that this account redeemed, and its credit."""

    code: Text = Field(description="The chosen word, or the beginning of a generated code.")
    state: ShownRedemptionState = Field(
        description="`waiting` for the first purchase, or `lapsed`: the code ended before it."
    )
    credit_usd: Dollars = Field(description="The credit of the code, in dollars.")
    credit_microusd: Microusd
    taken_back_usd: Dollars = Field(
        description="How much of it a refund of the purchase took back, in dollars."
    )
    taken_back_microusd: Microusd
    redeemed_at: Instant = Field(description="When it was redeemed, in UTC.")
    credited_at: Instant | None = Field(description="When it was credited; null while it waits.")
    expires_at: Instant | None = Field(
        description="When the credit expires; null for never, or while it waits."
    )
    least_purchase_usd: Dollars = Field(
        "0.00",
        description="The least price of the purchase that it waits for, in dollars; 0 for any.",
    )
    least_purchase_microusd: Microusd = 0
    waits_until: Instant | None = Field(
        description="The first purchase must begin before this; null for any time."
    )
    livemode: bool = Field(description="True for real money, false for play money.")


class RedeemedCode(RedemptionShown):
    """The redemption of a code."""

    replayed: bool = Field(description="True if it was redeemed before: nothing was credited now.")


class Redemptions(WireModel):
    """The codes that this account redeemed, newest first."""

    data: Many[RedemptionShown] = Field(description="The redeemed codes.")
