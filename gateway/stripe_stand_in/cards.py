"""Stripe's test cards, and the declines of a bank as Stripe words them."""

from dataclasses import dataclass

from gateway.stripe_stand_in.store import Object, StripeRefusal

ALWAYS, UNLESS_SAVED = "always", "unless saved"
MESSAGES = {
    "authentication_required": "Your card was declined. This transaction requires authentication.",
    "generic_decline": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "lost_card": "Your card was declined.",
    "stolen_card": "Your card was declined.",
    "do_not_honor": "Your card was declined.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
}
ADVICE_CODES = {
    "insufficient_funds": "try_again_later",
    "processing_error": "try_again_later",
    "expired_card": "confirm_card_data",
    "incorrect_cvc": "confirm_card_data",
    "lost_card": "do_not_try_again",
    "stolen_card": "do_not_try_again",
}
OWN_CODES = {"authentication_required", "expired_card", "incorrect_cvc", "processing_error"}


@dataclass(frozen=True, slots=True)
class TestCard:
    """A test card: when its bank asks the holder, and how it declines, if it does."""

    name: str
    authentication: str = ""
    decline_code: str | None = None
    can_be_saved: bool = True
    brand: str = "visa"


TEST_CARDS = {
    "4242424242424242": TestCard("Pays"),
    "5555555555554444": TestCard("Pays (Mastercard)", brand="mastercard"),
    "4000002500003155": TestCard("Asks its holder, until it is saved", UNLESS_SAVED),
    "4000002760003184": TestCard("Always asks its holder", ALWAYS),
    "4000008260003178": TestCard("Asks its holder, then lacks funds", ALWAYS, "insufficient_funds"),
    "4000000000000341": TestCard("Can be saved, then declines", "", "generic_decline"),
    "4000000000000002": TestCard("Declines", "", "generic_decline", can_be_saved=False),
    "4000000000009995": TestCard("Lacks funds", "", "insufficient_funds", can_be_saved=False),
    "4000000000000069": TestCard("Has expired", "", "expired_card", can_be_saved=False),
}
PLAIN_CARD = TEST_CARDS["4242424242424242"]


def get_test_card(number: str) -> TestCard:
    """Return what a card does; an unknown number pays."""
    return TEST_CARDS.get(number, PLAIN_CARD)


def build_decline(decline_code: str, **about: Object | str | None) -> StripeRefusal:
    """Build the answer to a charge that the bank declined."""
    code = decline_code if decline_code in OWN_CODES else "card_declined"
    return StripeRefusal(
        MESSAGES.get(decline_code, "Your card was declined."),
        status=402,
        type="card_error",
        code=code,
        decline_code=decline_code,
        advice_code=ADVICE_CODES.get(decline_code),
        doc_url=f"https://docs.stripe.com/error-codes/{code.replace('_', '-')}",
        param="" if code == "card_declined" else None,
        **about,
    )
