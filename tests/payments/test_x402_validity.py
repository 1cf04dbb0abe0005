"""The seconds in which a signed payment is taken, and the amount that it must have."""

from types import SimpleNamespace
from typing import Any

import pytest

from gateway.payments.packages import DEFAULT_PACKAGES
from gateway.payments.usdc.networks import NETWORKS
from gateway.payments.x402.client import SCHEME, X402, Authorization, SignedPayment
from gateway.payments.x402.errors import PaymentInvalid

NOW, HOUR = 1_800_000_000, 3_600
PAYEE, PAYER = f"0x{'b2' * 20}", f"0x{'a1' * 20}"
PACKAGE = DEFAULT_PACKAGES[0]
NOTHING: Any = None  # this check asks neither node nor facilitator
SHOP = X402(
    book="test",
    network=NETWORKS["test"],
    pay_to=PAYEE,
    facilitator=NOTHING,
    http=NOTHING,
    rpc=NOTHING,
    site="http://shop.test",
    confirmations=1,
)


def check(after: int, before: int, *, more: int = 0) -> None:
    """Check a payment that is valid from and until so many seconds from now."""
    signed = Authorization.model_validate(
        {
            "from": PAYER,
            "to": PAYEE,
            "value": str(PACKAGE.price_microusd + more),
            "validAfter": str(NOW + after),
            "validBefore": str(NOW + before),
            "nonce": f"0x{'1' * 64}",
        }
    )
    payload: Any = SimpleNamespace(
        x402_version=1, get_scheme=lambda: SCHEME, get_network=lambda: NETWORKS["test"].name
    )
    SHOP.check_payment(SignedPayment(payload, NOTHING, signed, "key", "header"), PACKAGE, NOW)


@pytest.mark.parametrize(("after", "before"), [(0, 6), (-1, HOUR), (0, 60)])
def test_a_payment_is_taken_from_its_first_second_and_six_before_its_last(
    after: int, before: int
) -> None:
    check(after, before)


@pytest.mark.parametrize(
    ("after", "before", "words"),
    [(1, 60, "not valid yet"), (0, 5, "6 seconds to an hour"), (0, HOUR + 1, "6 seconds")],
)
def test_a_payment_is_refused_one_second_beside_its_time(
    after: int, before: int, words: str
) -> None:
    with pytest.raises(PaymentInvalid, match=words):
        check(after, before)


@pytest.mark.parametrize("more", [-1, 1])
def test_a_payment_of_another_amount_does_not_match(more: int) -> None:
    with pytest.raises(PaymentInvalid, match="match in value"):
        check(0, 60, more=more)
