"""The cost of an attempt on a server, and how sure it is."""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from gateway.media.nodes.upstream import CostState

WHOLE = Fraction(1)


@dataclass(slots=True)
class CostRecord:
    """The cost of an attempt in micro-USD; `expected` is by the operator's tariff, if any."""

    expected: int | None
    microusd: int | None = None
    state: CostState = "none"

    def expect(self, share: Fraction = WHOLE) -> None:
        """Count this share of the cost as expected: calls that make so much of it are made."""
        if self.expected is not None:
            self.microusd, self.state = ceil(self.expected * share), "expected"

    def clear(self) -> None:
        """Count no cost: the server did not take the call, or failed."""
        self.microusd, self.state = None, "none"

    def suspect(self) -> None:
        """Count what was expected so far as possible: the answer is lost."""
        so_far = self.expected if self.microusd is None else self.microusd
        self.microusd, self.state = so_far, "possible"

    def read(self, charged: int | None) -> None:
        """Take over what the server says it has charged, if it says it."""
        if charged is not None:
            self.microusd, self.state = charged, "reported"
