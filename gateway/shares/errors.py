"""Errors of shares: leaves of the tree in `gateway.kit.errors`.

422  NotShareable
"""

from gateway.kit.errors import Unprocessable


class NotShareable(Unprocessable):
    """This cannot be shared."""

    code = "not_shareable"
    hint = "Share what one of your jobs made: job://JOB/n, asset://ID, or film://ID once rendered."
