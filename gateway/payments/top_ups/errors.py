"""Errors of auto top-up."""

from gateway.kit.errors import Conflict, Forbidden


class CardNotSaved(Conflict):
    """No card is saved for this account in this mode."""

    code = "card_not_saved"
    hint = "POST /api/v1/top-up/card opens a page of Stripe where a person saves one."


class TopUpCurrencyInUse(Conflict):
    """This month's top-ups were charged in another currency."""

    code = "top_up_currency_in_use"
    hint = "Change the currency next month: the monthly maximum counts in one currency."


class TopUpStopped(Forbidden):
    """An operator of this gateway stopped auto top-up on this account."""

    code = "top_up_stopped"
    hint = "Ask the operator; they can release it."
