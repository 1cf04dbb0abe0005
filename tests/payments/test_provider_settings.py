"""A card or Coinbase key of the wrong book, or a stand-in elsewhere, stops the start."""

import pytest

from gateway.configuration.settings import Settings
from gateway.kit.ids import Ids
from gateway.payments.coinbase.wiring import open_coinbase
from gateway.payments.stripe.wiring import open_stripe

HERE, ELSEWHERE = "http://127.0.0.1:9", "http://bank.example"


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"live_stripe_key": "sk_test_1"}, "KT_LIVE_STRIPE_KEY"),
        ({"test_stripe_key": "rk_live_1"}, "KT_TEST_STRIPE_KEY"),
        *(
            ({"test_stripe_key": key, "test_stripe_api_base": base}, "KT_TEST_STRIPE_API_BASE")
            for key, base in (
                ("sk_test_1", ELSEWHERE),
                ("sk_test_1", "https://127.0.0.1:9"),  # no certificate is for this address
                ("rk_test_1", HERE),
                ("", HERE),
            )
        ),
        ({"test_coinbase_key_id": "id"}, "KT_TEST_COINBASE_KEY_ID and KT_TEST_COINBASE_KEY"),
        ({"live_coinbase_key": "key"}, "KT_LIVE_COINBASE_KEY_ID and KT_LIVE_COINBASE_KEY"),
        ({"test_coinbase_key_id": "id", "test_coinbase_key": "a2V5"}, "KT_TEST_COINBASE_KEY: "),
        (
            {
                "test_coinbase_key_id": "id",
                "test_coinbase_key": "key",
                "test_coinbase_api_base": ELSEWHERE,
            },
            "KT_TEST_COINBASE_API_BASE",
        ),
    ],
)
def test_a_key_of_another_book_and_a_stand_in_elsewhere_are_refused(
    given: dict[str, str], named: str
) -> None:
    settings = Settings.model_validate(given)
    with pytest.raises(ValueError, match=named):
        _ = open_stripe(settings, Ids()), open_coinbase(settings, Ids())


def test_each_book_has_the_secrets_and_the_address_that_are_set_for_it() -> None:
    settings = Settings.model_validate(
        {
            "live_stripe_key": "rk_live_1",
            "test_stripe_key": "sk_test_1",
            "test_stripe_api_base": HERE,
            "test_stripe_webhook_secrets": "whsec_a, whsec_b,",
        }
    )
    live, test = open_stripe(settings, Ids())
    assert (live.book, test.book) == ("live", "test")
    assert (live.secrets, test.secrets) == ((), ("whsec_a", "whsec_b"))
    assert (live.pages_origin, test.pages_origin) == ("https://checkout.stripe.com", HERE)
