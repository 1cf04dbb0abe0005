"""Errors of the affiliates slice."""

from gateway.kit.errors import Conflict, Forbidden, NotFound, Unprocessable


class NotAnAffiliate(NotFound):
    """This account is not in the affiliate programme."""

    code = "not_an_affiliate"
    hint = "Apply with POST /api/v1/affiliates/me/apply."


class CodeNotFound(NotFound):
    """There is no such code, or it is not active."""

    code = "code_not_found"
    hint = "Check the code with POST /api/v1/affiliates/validate-code."


class AlreadyApplied(Conflict):
    """This account has already applied."""

    code = "already_applied"
    hint = "Read the state with GET /api/v1/affiliates/me."


class CodeTaken(Conflict):
    """This code is taken or reserved."""

    code = "code_taken"
    hint = "Choose another: 4 to 24 letters, digits and hyphens."


class CodeChangedRecently(Conflict):
    """A code can be changed once every 30 days."""

    code = "code_changed_recently"
    hint = "Wait until 30 days have passed since the last change."


class PayoutDestinationInvalid(Unprocessable):
    """The payout destination is missing, or does not fit its method."""

    code = "payout_destination_invalid"
    hint = "Send payoutMethod and payoutDestination together; account_credit needs none."


class SessionRequired(Forbidden):
    """Only a signed-in person can decide where money goes."""

    code = "session_required"
    hint = "Use a browser session; an API key cannot do this."


class AffiliateNotApproved(Forbidden):
    """This affiliate is not (or no longer) approved."""

    code = "affiliate_not_approved"
    hint = "Read the state with GET /api/v1/affiliates/me, or ask the operator."


class PayoutsBlocked(Forbidden):
    """The payout destination is new: payouts are blocked for three days."""

    code = "payouts_blocked"
    hint = "Try again after payoutsBlockedUntil."


class PayoutAlreadyOpen(Conflict):
    """A payout request is already open."""

    code = "payout_already_open"
    hint = "Wait until it is paid or rejected: GET /api/v1/affiliates/me/payout-requests."


class InsufficientCommission(Conflict):
    """Not enough commission is available."""

    code = "insufficient_commission"
    hint = "Read availableUsd from GET /api/v1/affiliates/me/dashboard."


class BelowMinimum(Unprocessable):
    """The minimum payout is $25."""

    code = "below_minimum"
    hint = "Request more, or wait until more commission is approved."


class AlreadyBound(Conflict):
    """This account is already bound to a referral code."""

    code = "already_bound"
    hint = "The first code is permanent."


class BindingWindowClosed(Conflict):
    """A code can be bound only within 14 days of sign-up and before the first purchase."""

    code = "binding_window_closed"
    hint = "There is nothing to do: this account can no longer be bound."


class SelfReferral(Unprocessable):
    """You cannot refer yourself."""

    code = "self_referral"
    hint = "Use somebody else's code."
