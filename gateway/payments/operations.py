"""What outsiders may ask about buying credit."""

from typing import Literal

from pydantic import Field

from gateway.kit.models import Request, Wire
from gateway.kit.money import usd
from gateway.kit.operation import operation
from gateway.payments.packages import PACKAGES


class PackagesQuery(Request):
    """Which mode to show."""

    mode: Literal["live", "test"] = Field("test", description="Real money or play money.")


class PackageShown(Wire):
    """A package; money as dollars and as integer micro-USD."""

    code: str
    name: str
    price_usd: str
    price_microusd: int
    credit_usd: str
    credit_microusd: int
    bonus_usd: str
    bonus_microusd: int
    methods: list[str]


class Method(Wire):
    """Whether one way to pay is open."""

    enabled: bool


class Packages(Wire):
    """Everything for sale, and how it can be paid."""

    livemode: bool
    currency: Literal["USD"]
    packages: list[PackageShown]
    methods: dict[str, Method]


@operation("GET", "/api/v1/packages", tag="catalog", response=Packages, public=True)
async def list_packages(query: PackagesQuery) -> Packages:
    """List the credit packages for sale and the ways to pay for them."""
    shown = [
        PackageShown(
            code=each.code,
            name=each.name,
            price_usd=usd(each.price_microusd),
            price_microusd=each.price_microusd,
            credit_usd=usd(each.credit_microusd),
            credit_microusd=each.credit_microusd,
            bonus_usd=usd(each.bonus_microusd),
            bonus_microusd=each.bonus_microusd,
            methods=[],
        )
        for each in PACKAGES
    ]
    closed = {name: Method(enabled=False) for name in ("stripe", "crypto", "x402")}
    return Packages(livemode=query.mode == "live", currency="USD", packages=shown, methods=closed)
