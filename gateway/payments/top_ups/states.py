"""States of rules and of top-ups."""

from gateway.kit.database.states import State


class RuleState(State):
    """The state of a rule: only while it is `on` is a card ever charged."""

    ON = "on"
    OFF = "off"


class OffReason(State):
    """The reason why a rule was turned off.

    `member`: whoever saved its card may no longer pay for the account. `card_blocked`: the bank
    said not to try again. `review`: an operator must look at a payment. `operator`: an operator
    stopped it, and only an operator lets it be turned on again; then it is `released`.
    """

    PERSON = "person"
    MEMBER = "member"
    DECLINED = "declined"
    CARD_BLOCKED = "card_blocked"
    REFUSED = "refused"
    PACKAGE_GONE = "package_gone"
    REFUNDED = "refunded"
    FROZEN = "frozen"
    CLOSED = "closed"
    REVIEW = "review"
    OPERATOR = "operator"
    RELEASED = "released"


class TopUpState(State):
    """The state of a top-up; in the first two it is in flight, the others are final.

    `waiting`: the bank wants the person to confirm. `unconfirmed`: they did not within a day.
    `over_maximum`: with tax it would have gone beyond the monthly maximum, so nothing was charged.
    `canceled`: the rule was changed or turned off first. `refused`: Stripe took no invoice for it.
    """

    CHARGING = "charging"
    WAITING = "waiting"
    CREDITED = "credited"
    DECLINED = "declined"
    UNCONFIRMED = "unconfirmed"
    OVER_MAXIMUM = "over_maximum"
    CANCELED = "canceled"
    REFUSED = "refused"


IN_FLIGHT_STATES = (TopUpState.CHARGING, TopUpState.WAITING)
COUNTED_STATES = (*IN_FLIGHT_STATES, TopUpState.CREDITED)
# The code of a refused top-up whose card was charged and that a person of the operator rejected:
# nothing was credited, and it counts in its month.
PAID_CODE = "paid_not_credited"
PRIVATE_DECLINES = {"lost_card", "stolen_card", "fraudulent", "pickup_card", "merchant_blacklist"}
COUNTED_DECLINES = (TopUpState.DECLINED, TopUpState.UNCONFIRMED)
