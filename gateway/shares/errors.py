"""Errors of shares: leaves of the tree in `gateway.kit.errors`.

422  NotShareable, ShareTakenDown
"""

from gateway.kit.errors import Unprocessable


class NotShareable(Unprocessable):
    """This cannot be shared."""

    code = "not_shareable"
    hint = "Share what one of your jobs made: job://JOB/n, asset://ID, or film://ID once rendered."


class ShareTakenDown(Unprocessable):
    """The operator has taken this down, so it cannot be shared again."""

    code = "share_taken_down"
    hint = "Write to the operator if you think that this is a mistake."
