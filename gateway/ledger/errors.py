"""Errors of the ledger's callers: bugs, not refusals; nothing is written."""


class HoldResolved(Exception):  # noqa: N818 - names what happened
    """The hold was already posted or voided: the caller did not win the row that owns it."""
