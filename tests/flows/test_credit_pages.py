"""Buying credit in a browser: packages, the payment page, the way back, the receipt."""

import re
from collections.abc import Iterator

import pytest

from tests.fakes.stripe.client import StripeStandIn, stand_in
from tests.gateway import Gateway, serving


@pytest.fixture(scope="module")
def bank() -> Iterator[StripeStandIn]:
    with stand_in() as one:
        yield one


@pytest.fixture(scope="module")
def shop(bank: StripeStandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serving(tmp_path_factory.mktemp("shop") / "data", **bank.settings) as one:
        yield one


@pytest.mark.promise("payments: browser")
def test_a_person_buys_play_credit_and_reads_the_receipt(
    shop: Gateway, bank: StripeStandIn
) -> None:
    with shop.account("0") as account, shop.browser(account.account_id) as person:
        front = person.get("/credits")
        assert front.status_code == 200
        assert "TEST mode" in front.text
        assert f"form-action 'self' {bank.base};" in front.headers["content-security-policy"]
        bought = person.post("/credits/buy", data={"packageCode": "studio_2500"})
        assert bought.status_code == 303
        paid = bank.http.post(bought.headers["location"])
        cross = {"Sec-Fetch-Site": "cross-site"}
        back = person.get(paid.headers["location"], headers=cross)
        assert "Credit added" in back.text
        assert "$26.00" in back.text
        link = re.search(r'"(/credits/receipt\?purchaseId=pur_\w+)"', back.text)
        assert link is not None
        receipt = person.get(link[1])
        assert "KT-" in receipt.text
        assert "TEST: play money" in receipt.text
        assert account.balance()["balanceUsd"] == "26.00"


def test_a_payment_on_its_way_looks_again_by_itself(shop: Gateway, bank: StripeStandIn) -> None:
    with shop.account("0") as account, shop.browser(account.account_id) as person:
        page = person.post("/credits/buy", data={"packageCode": "pocket_100"}).headers["location"]
        back = bank.http.post(page, data={"delayed": "1"}).headers["location"]
        waiting = person.get(back)
        assert 'http-equiv="refresh"' in waiting.text
        bank.control("arrive", session=page.rsplit("/", 1)[1], succeeded=True)
        assert "Credit added" in person.get(back).text


def test_no_other_site_can_open_a_checkout_and_no_stranger_sees_one(
    shop: Gateway, bank: StripeStandIn
) -> None:
    with (
        shop.account("0") as account,
        shop.account("0") as other,
        shop.browser(account.account_id) as person,
        shop.browser(other.account_id) as stranger,
        shop.client() as nobody,
    ):
        given = {"packageCode": "pocket_100"}
        foreign = {"Sec-Fetch-Site": "cross-site"}
        assert person.post("/credits/buy", data=given, headers=foreign).status_code == 403
        page = person.post("/credits/buy", data=given).headers["location"]
        back = bank.http.post(page).headers["location"]
        assert stranger.get(back).status_code == 404
        assert nobody.get(back).headers["location"].startswith("/login")
