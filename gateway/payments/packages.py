"""Packages of credit for sale, at fixed prices."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from gateway.kit.money import MICROUSD_PER_USD

CENT_MICROUSD = MICROUSD_PER_USD // 100
CreditAmount = Annotated[int, Field(ge=0, le=10_000 * MICROUSD_PER_USD)]


class Package(BaseModel):
    """A package for sale; amounts in micro-USD. The bonus comes on top of the credit."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{2,39}$")]
    name: Annotated[str, Field(min_length=1, max_length=60)]
    price_microusd: Annotated[
        int, Field(ge=CENT_MICROUSD, le=10_000 * MICROUSD_PER_USD, multiple_of=CENT_MICROUSD)
    ]
    credit_microusd: Annotated[CreditAmount, Field(gt=0)]
    bonus_microusd: CreditAmount = 0


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
