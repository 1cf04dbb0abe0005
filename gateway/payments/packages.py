"""Packages of credit for sale, at fixed prices."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, field_validator

from gateway.kit.money import MICROUSD_PER_USD
from gateway.payments.currencies import CURRENCIES, DOLLARS

CENT_MICROUSD = MICROUSD_PER_USD // 100
MAX_PRICE_MICROS = 10**15  # it fits a JSON number, and so does its tax
CreditAmount = Annotated[int, Field(ge=0, le=10_000 * MICROUSD_PER_USD)]


class Package(BaseModel):
    """A package for sale; amounts in micro-USD. The bonus comes on top of the credit.

    `prices` has its price in other currencies, in millionths of each, for providers that take them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{2,39}$")]
    name: Annotated[str, Field(min_length=1, max_length=60)]
    price_microusd: Annotated[
        int, Field(ge=CENT_MICROUSD, le=10_000 * MICROUSD_PER_USD, multiple_of=CENT_MICROUSD)
    ]
    credit_microusd: Annotated[CreditAmount, Field(gt=0)]
    bonus_microusd: CreditAmount = 0
    prices: Mapping[str, int] = {}

    @field_validator("prices")
    @classmethod
    def check_prices(cls, prices: Mapping[str, int]) -> Mapping[str, int]:
        """Check that each price can be charged: in a known currency and in its whole units.

        Raises:
            ValueError: one cannot; the message names its currency.
        """
        for code, micros in prices.items():
            currency = CURRENCIES.get(code)
            if currency is None or code == DOLLARS:
                raise ValueError(f"{code}: the other currencies are {', '.join(CURRENCIES)}")
            if micros < currency.min_charge_micros or micros % currency.minor_unit_micros:
                raise ValueError(
                    f"{code}: at least {currency.min_charge_micros} millionths, in steps of"
                    f" {currency.minor_unit_micros}"
                )
            if micros > MAX_PRICE_MICROS:
                raise ValueError(f"{code}: at most {MAX_PRICE_MICROS} millionths")
        return prices

    def list_prices(self) -> dict[str, int]:
        """Return the price in each currency, in millionths of it, dollars first."""
        return {DOLLARS: self.price_microusd, **self.prices}


def build_package(code: str, name: str, price_dollars: int, bonus_dollars: int = 0) -> Package:
    """Build a package whose credit equals its price; amounts in whole dollars."""
    return Package(
        code=code,
        name=name,
        price_microusd=price_dollars * MICROUSD_PER_USD,
        credit_microusd=price_dollars * MICROUSD_PER_USD,
        bonus_microusd=bonus_dollars * MICROUSD_PER_USD,
    )


DEFAULT_PACKAGES = (
    build_package("pocket_100", "Pocket", 1),
    build_package("starter_200", "Starter", 2),
    build_package("builder_600", "Builder", 6),
    build_package("studio_2500", "Studio", 25, 1),
    build_package("scale_10000", "Scale", 100, 8),
)


def parse_packages(text: str) -> tuple[Package, ...]:
    """Parse the operator's packages: a JSON list of objects with the fields of `Package`.

    Raises:
        ValueError: the text is no such list, the list is empty, or a code is in it twice.
    """
    packages = TypeAdapter(tuple[Package, ...]).validate_json(text)
    if not packages or len({each.code for each in packages}) < len(packages):
        raise ValueError("KT_PACKAGES: at least one package, each code once")
    return packages


def is_dollar_for_dollar(package: Package) -> bool:
    """Return True if the credit of a package equals its price.

    Only such a package can be paid in parts, each credited as it arrives.
    """
    return package.credit_microusd == package.price_microusd
