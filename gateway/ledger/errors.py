"""Mistakes of the ledger's callers, which are no refusals; nothing is written."""


class HoldResolved(Exception):  # noqa: N818 - names what happened
    """The hold was posted or voided before; whoever asked had not won its owner row."""
