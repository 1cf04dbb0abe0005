"""The states of deposits of USDC."""

from gateway.kit.database.states import State


class DepositState(State):
    """Progress of a deposit; `orphaned` and `lost` ones are in no block, before and after credit.

    A `reversed` one did not come back.
    """

    SEEN = "seen"
    CREDITED = "credited"
    ORPHANED = "orphaned"
    LOST = "lost"
    REVERSED = "reversed"
