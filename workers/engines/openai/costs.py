"""The cost of an attempt on a server, and how sure it is."""

from dataclasses import dataclass

from gateway.media.nodes.upstream import CostState


@dataclass(slots=True)
class CostRecord:
    """The cost of an attempt in micro-USD; `expected` is by the operator's tariff, if any."""

    expected: int | None
    microusd: int | None = None
    state: CostState = "none"

    def expect(self) -> None:
        """Count the attempt's cost as expected: its call is about to be made."""
        if self.expected is not None:
            self.microusd, self.state = self.expected, "expected"

    def clear(self) -> None:
        """Count no cost: the server did not take the call, or failed."""
        self.microusd, self.state = None, "none"

    def suspect(self) -> None:
        """Count the cost as possible: the answer is lost."""
        self.microusd, self.state = self.expected, "possible"

    def read(self, charged: int | None) -> None:
        """Take over what the server says it has charged, if it says it."""
        if charged is not None:
            self.microusd, self.state = charged, "reported"
