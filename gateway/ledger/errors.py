"""Errors of the ledger: a refusal of its own, and a mistake of its callers."""

from gateway.kit.errors import PaymentRequired


class MemberLimitExceeded(PaymentRequired):
    """This member of the team has reached their spending cap."""

    code = "member_limit_exceeded"
    hint = "Wait until the cap resets, or ask an owner or admin of the team to raise it."


class HoldResolved(Exception):  # noqa: N818 - names what happened
    """The hold was already posted or voided: the caller did not win the row that owns it."""
