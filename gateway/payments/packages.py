"""What is for sale: credit in packages, at fixed prices."""

from dataclasses import dataclass

from gateway.kit.money import MICROUSD


@dataclass(frozen=True, slots=True)
class Package:
    """One package; amounts in micro-USD. The bonus comes on top of the credit."""

    code: str
    name: str
    price_microusd: int
    credit_microusd: int
    bonus_microusd: int = 0


PACKAGES = (
    Package("pocket_100", "Pocket", 1 * MICROUSD, 1 * MICROUSD),
    Package("starter_200", "Starter", 2 * MICROUSD, 2 * MICROUSD),
    Package("builder_600", "Builder", 6 * MICROUSD, 6 * MICROUSD),
    Package("studio_2500", "Studio", 25 * MICROUSD, 25 * MICROUSD, 1 * MICROUSD),
    Package("scale_10000", "Scale", 100 * MICROUSD, 100 * MICROUSD, 8 * MICROUSD),
)
