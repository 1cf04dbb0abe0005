"""The currencies that packages may be priced in, with their smallest unit and smallest charge."""

from dataclasses import dataclass

MICROS_PER_UNIT = 1_000_000
DOLLARS = "usd"
ZERO_DECIMAL_CURRENCIES = frozenset({"jpy", "krw", "vnd", "clp"})
CENT_MICROS = MICROS_PER_UNIT // 100
# The least that a card is charged, in the smallest unit; what card companies publish.
MIN_CHARGE_MINOR_UNITS = {
    "usd": 50, "aed": 200, "aud": 50, "brl": 50, "cad": 50, "chf": 50, "clp": 500, "czk": 1_500,
    "dkk": 250, "eur": 50, "gbp": 30, "hkd": 400, "inr": 50, "jpy": 50, "krw": 1_000, "mxn": 1_000,
    "myr": 200, "nok": 300, "nzd": 50, "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1_000,
    "vnd": 15_000, "zar": 1_000,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency; amounts in millionths of its unit."""

    code: str
    minor_unit_micros: int
    min_charge_micros: int


def get_minor_unit_micros(code: str) -> int:
    """Return the smallest unit of a currency: a yen, or a hundredth, also of an unknown one."""
    return MICROS_PER_UNIT if code in ZERO_DECIMAL_CURRENCIES else CENT_MICROS


def render_amount(amount_micros: int, currency: str) -> str:
    """Write an amount in units of its currency: "5.50", or "800" where there are no hundredths."""
    sign = "-" if amount_micros < 0 else ""
    units, rest = divmod(abs(amount_micros), MICROS_PER_UNIT)
    places = f"{rest:06d}".rstrip("0")
    places = places if currency in ZERO_DECIMAL_CURRENCIES else places.ljust(2, "0")
    return f"{sign}{units}.{places}" if places else f"{sign}{units}"


CURRENCIES = {
    code: Currency(code, get_minor_unit_micros(code), minimum * get_minor_unit_micros(code))
    for code, minimum in MIN_CHARGE_MINOR_UNITS.items()
}
