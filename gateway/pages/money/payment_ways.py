"""Ways to pay on the page of credit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

SnippetBuilder = Callable[[str, str], Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentWay:
    """A way to pay: a button on each package, if it has `words`, and notes about it.

    The button posts to `path`. `template` is a part of the page; `code` builds the code to copy in
    it, from the address of the API and the code of a package. One that `takes_currencies` is paid
    in the currency that the page shows, the others in dollars; one that `adds_tax` charges the tax
    that comes on top of the price. One that `saves_cards` can keep the card for auto top-up.
    """

    method: str
    words: str = ""
    path: str = ""
    note: str = ""
    template: str = ""
    code: SnippetBuilder | None = None
    takes_currencies: bool = False
    adds_tax: bool = False
    saves_cards: bool = False
