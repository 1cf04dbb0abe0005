"""The countries of ISO 3166-1: two-letter codes and English names, frozen in `countries.txt`."""

from collections.abc import Mapping
from functools import cache
from importlib import resources

SOURCE = "countries.txt"


@cache
def load_countries() -> Mapping[str, str]:
    """Load the name of each country by its code, in the order of the names."""
    text = (resources.files("gateway.payments.billing") / SOURCE).read_text(encoding="utf-8")
    rows = [line.split(" ", 1) for line in text.splitlines()]
    return dict(sorted(rows, key=lambda row: row[1]))
