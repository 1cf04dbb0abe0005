"""States of redemptions of credit codes."""

from gateway.kit.database.states import State


class RedemptionState(State):
    """The state of a redemption; a `waiting` one is credited with the account's first purchase."""

    WAITING = "waiting"
    CREDITED = "credited"


class ShownRedemptionState(State):
    """The state of a redemption as its account sees it.

    A code that ended before the first purchase has `lapsed`, and so has one that waited while a
    purchase was credited another.
    """

    WAITING = "waiting"
    CREDITED = "credited"
    LAPSED = "lapsed"
