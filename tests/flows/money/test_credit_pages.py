"""Buying credit in a browser: packages, the payment page, the way back, the receipt."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from tests.fakes.stripe.client import StripeStandIn
from tests.gateway import Gateway, serve_gateway


@pytest.fixture(scope="module")
def shop(bank: StripeStandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serve_gateway(tmp_path_factory.mktemp("shop") / "data", **bank.settings) as one:
        yield one


def find_receipt_link(page: str) -> str:
    found = re.search(r'"(/credits/receipt\?purchaseId=pur_\w+&amp;mode=test)"', page)
    assert found is not None
    return unescape(found[1])


@pytest.mark.promise("payments: browser")
def test_a_person_buys_play_credit_and_reads_the_receipt(
    shop: Gateway, bank: StripeStandIn
) -> None:
    with shop.account("0") as account, shop.browser(account.account_id) as person:
        front = person.get("/credits")
        assert front.status_code == 200
        assert "Play credit:" in front.text
        assert f"form-action 'self' {bank.base};" in front.headers["content-security-policy"]
        bought = person.post("/credits/buy", data={"packageCode": "studio_2500"})
        assert bought.status_code == 303
        paid = bank.http.post(bought.headers["location"])
        cross = {"Sec-Fetch-Site": "cross-site"}
        back = person.get(paid.headers["location"], headers=cross)
        assert "Credit added" in back.text
        assert "$26.00" in back.text
        receipt = person.get(find_receipt_link(back.text))
        assert "KT-" in receipt.text
        assert re.search(r"<dd>\d+ \w{3} \d{4}, \d\d:\d\d UTC</dd>", receipt.text)
        assert "TEST: play money" in receipt.text
        assert account.get_balance()["balanceUsd"] == "26.00"


def test_a_payment_on_its_way_looks_again_by_itself(shop: Gateway, bank: StripeStandIn) -> None:
    with shop.account("0") as account, shop.browser(account.account_id) as person:
        page = person.post("/credits/buy", data={"packageCode": "pocket_100"}).headers["location"]
        back = bank.http.post(page, data={"delayed": "1"}).headers["location"]
        waiting = person.get(back)
        assert 'http-equiv="refresh"' in waiting.text
        bank.call_control("arrive", session=page.rsplit("/", 1)[1], succeeded=True)
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


def test_where_real_money_is_taken_a_person_chooses_the_mode(
    bank: StripeStandIn, tmp_path: Path
) -> None:
    with (
        serve_gateway(tmp_path / "data", KT_LIVE_ENABLED="true", **bank.settings) as gateway,
        gateway.account("0") as account,
        gateway.browser(account.account_id) as person,
    ):
        real = person.get("/credits")
        assert ("Play credit:" in real.text, "No payment methods" in real.text) == (False, True)
        assert 'href="/credits?mode=test"' in real.text
        play = person.get("/credits", params={"mode": "test"})
        assert "Play credit:" in play.text
        assert 'href="/credits?mode=live"' in play.text
        given = {"packageCode": "pocket_100"}
        opened = person.post("/credits/buy?mode=test", data=given).headers["location"]
        back = person.get(bank.http.post(opened).headers["location"])
        assert "TEST: play money" in person.get(find_receipt_link(back.text)).text
        odd = person.get("/credits", params={"mode": "both"})
        assert (odd.status_code, "live or test" in odd.text) == (422, True)


def test_pages_count_towards_the_public_rate(tmp_path: Path) -> None:
    with (
        serve_gateway(tmp_path / "data", KT_PUBLIC_PER_MINUTE="4") as gateway,
        gateway.client() as http,
    ):
        own = {"Sec-Fetch-Site": "same-origin"}
        for method, path in (
            ("GET", "/login"), ("POST", "/login/code"), ("GET", "/device"), ("GET", "/credits"),
        ):  # fmt: skip
            answers = [http.request(method, path, headers=own) for _ in range(9)]
            refused = [answer for answer in answers if answer.status_code == 429]
            assert refused, path
            assert 0 < int(refused[0].headers["retry-after"]) <= 60
            assert refused[0].headers["ratelimit"].startswith('"public";r=0;')
            assert "requests of the kind" in refused[0].text
