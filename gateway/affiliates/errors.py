"""What the affiliates slice refuses."""

from gateway.kit.errors import Conflict, Forbidden, NotFound, Unprocessable


class NotAnAffiliate(NotFound):
    """This account takes no part in the affiliate programme."""

    code = "not_an_affiliate"
    hint = "Apply with POST /api/v1/affiliates/me/apply."


class CodeNotFound(NotFound):
    """There is no such code, or it brings nobody here now."""

    code = "code_not_found"
    hint = "Check the code with POST /api/v1/affiliates/validate-code."


class AlreadyApplied(Conflict):
    """This account has applied before."""

    code = "already_applied"
    hint = "Read the state with GET /api/v1/affiliates/me."


class CodeTaken(Conflict):
    """This code is taken or reserved."""

    code = "code_taken"
    hint = "Choose another one: 4 to 24 letters, digits and hyphens."


class CodeChangedRecently(Conflict):
    """A code changes once in 30 days."""

    code = "code_changed_recently"
    hint = "Wait until 30 days have passed since the last change."


class PayoutDestinationInvalid(Unprocessable):
    """The payout destination is missing, or not one of its method."""

    code = "payout_destination_invalid"
    hint = "Send payoutMethod and payoutDestination together; account_credit needs none."


class SessionRequired(Forbidden):
    """Only a person who is signed in decides where money goes."""

    code = "session_required"
    hint = "Sign in in a browser and set it there; an API key cannot."


class AffiliateNotApproved(Forbidden):
    """This affiliate is not approved, or no more."""

    code = "affiliate_not_approved"
    hint = "Read the state with GET /api/v1/affiliates/me, and ask the operator."


class PayoutsBlocked(Forbidden):
    """The payout destination is new: payouts wait for three days."""

    code = "payouts_blocked"
    hint = "Ask again at payoutsBlockedUntil."


class PayoutAlreadyOpen(Conflict):
    """A payout request is open."""

    code = "payout_already_open"
    hint = "Wait until it is paid or rejected: GET /api/v1/affiliates/me/payout-requests."


class InsufficientCommission(Conflict):
    """So much commission is not available."""

    code = "insufficient_commission"
    hint = "Read availableUsd of GET /api/v1/affiliates/me/dashboard."


class BelowMinimum(Unprocessable):
    """The least that is paid out is $25."""

    code = "below_minimum"
    hint = "Ask for more, or wait until more is approved."


class AlreadyBound(Conflict):
    """Somebody's link brought this account here already."""

    code = "already_bound"
    hint = "The first code counts, for ever."


class BindingWindowClosed(Conflict):
    """A code is bound within 14 days of the sign-up, before anything is bought."""

    code = "binding_window_closed"
    hint = "There is nothing to do: this account can no longer be bound."


class SelfReferral(Unprocessable):
    """Nobody earns by buying from oneself."""

    code = "self_referral"
    hint = "Use the code of somebody else."
