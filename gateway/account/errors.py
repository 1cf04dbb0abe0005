"""What the account slice refuses."""

from gateway.kit.errors import Conflict


class AccountInUse(Conflict):
    """This account cannot be closed yet."""

    code = "account_in_use"
    hint = "Wait until what `blockedBy` names is over, or ask the operator; nothing was changed."


class CreditLeft(Conflict):
    """Money is left that would be given up."""

    code = "credit_left"
    hint = "Spend it, ask the operator for a refund first, or give it up: send it as `forfeitUsd`."
