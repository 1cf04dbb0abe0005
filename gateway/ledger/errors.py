"""What may go wrong in the ledger and is no refusal: mistakes of a caller, nothing is written."""


class HoldResolved(Exception):  # noqa: N818 - names what happened
    """The hold was posted or voided before; whoever asked had not won its owner row."""
