"""Amounts of a currency as text: exact, with at least the places that the currency has."""

from gateway.payments.currencies import MICROS_PER_UNIT, get_minor_unit_micros


def format_amount(currency: str, amount_micros: int) -> str:
    """Format an amount: 25000000 is 25.00 in dollars and 25 in yen; no place is rounded away."""
    least_places = 0 if get_minor_unit_micros(currency) == MICROS_PER_UNIT else 2
    units, rest = divmod(abs(amount_micros), MICROS_PER_UNIT)
    places = f"{rest:06d}".rstrip("0").ljust(least_places, "0")
    sign = "-" if amount_micros < 0 else ""
    return f"{sign}{units}.{places}" if places else f"{sign}{units}"
