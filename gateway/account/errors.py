"""Errors of the account slice."""

from gateway.kit.errors import Conflict


class AccountInUse(Conflict):
    """This account cannot be closed yet."""

    code = "account_in_use"
    hint = "Wait until all in `blockedBy` has ended, or ask the operator; nothing was changed."


class CreditLeft(Conflict):
    """The account still has credit that closing it would forfeit."""

    code = "credit_left"
    hint = "Spend it, ask the operator for a refund, or send its amount as `forfeitUsd`."
