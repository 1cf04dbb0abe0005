"""Paying by card on the wire."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.kit.wire.field_types import Dollars, ExpiresAt, Microusd, Text, Url
from gateway.kit.wire.id_types import CheckoutId, Id
from gateway.kit.wire.models import WireModel
from gateway.payments.schemas import Micros, StartCheckout


class StartStripeCheckout(StartCheckout):
    """The package to buy, the currency to pay in, and whether to save the card."""

    currency: Annotated[str, Field(pattern="^[a-z]{3}$", examples=["eur"])] = Field(
        "usd", description="A currency that the package has a price in; the credit is in dollars."
    )
    save_card: bool = Field(
        default=False,
        description="Also save the card for auto top-up, which stays as it is. Only a browser"
        " session may, never a key.",
    )


class StripeCheckout(WireModel):
    """An open checkout: send the person to `checkoutUrl`."""

    checkout_id: CheckoutId
    provider: Literal["stripe"] = Field(description="Who took the payment.")
    session_id: Id = Field(description="The checkout at the payment provider.")
    checkout_url: Url = Field(description="The provider's payment page.")
    package_code: Text = Field(description="The package.")
    price_usd: Dollars = Field(description="The price, in dollars.")
    price_microusd: Microusd
    credit_usd: Dollars = Field(description="The credit it gives, in dollars.")
    credit_microusd: Microusd
    bonus_usd: Dollars = Field(description="The bonus credit on top, in dollars.")
    bonus_microusd: Microusd
    currency: Text = Field("usd", description="The currency of the payment.")
    price: Text = Field("", description="The price in that currency, before discount and tax.")
    price_micros: Micros = 0
    expires_at: ExpiresAt
    livemode: bool = Field(description="True for real money, false for play money.")
