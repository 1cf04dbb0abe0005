"""Errors of redeeming a credit code."""

from gateway.kit.errors import Conflict, NotFound


class CodeNotRedeemable(NotFound):
    """This code cannot be redeemed: it is unknown, has ended, is used up, or of the other mode."""

    code = "code_not_redeemable"
    hint = "Check its spelling. Case, spaces and hyphens do not matter."


class CodeRedeemedByPerson(Conflict):
    """Another account of yours has redeemed this code."""

    code = "code_already_redeemed"
    hint = "A code is redeemed once by each person."


class FirstPurchaseOnly(Conflict):
    """This code is for the first purchase, and this account has bought credit before."""

    code = "first_purchase_only"
    hint = "Use a code without this condition."


class FirstPurchaseCodeWaiting(Conflict):
    """Another code waits for the first purchase of this account already."""

    code = "first_purchase_code_waiting"
    hint = "Only one such code can be used. Read what waits: GET /api/v1/codes."
