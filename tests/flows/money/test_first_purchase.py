"""A stranger signs in by code, buys, gets a first key and a receipt, spends, and is told so."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.fakes.smtp import Inbox, read_mail_text, run_inbox
from tests.fakes.stripe.client import StripeStandIn
from tests.gateway import Gateway, assert_problem, call_at_once, serve_gateway

AUTH = "/api/v1/auth"
CHECKOUT, CLAIM = "/api/v1/checkout/stripe", "/api/v1/claim/stripe"


@pytest.fixture(scope="module")
def box() -> Iterator[Inbox]:
    with run_inbox() as one:
        yield one


@pytest.fixture(scope="module")
def site(
    bank: StripeStandIn, box: Inbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("first") / "data"
    more = {"KT_SMTP_URL": box.url, "KT_LIVE_ENABLED": "true"}
    with serve_gateway(folder, **more, **bank.settings) as one:
        yield one


@pytest.fixture
def web(site: Gateway) -> Iterator[httpx2.Client]:
    with site.client(**{"Sec-Fetch-Site": "same-origin", "X-Killatamata-Mode": "test"}) as http:
        yield http


def sign_in_by_code(web: httpx2.Client, box: Inbox, email: str) -> str:
    challenge = web.post(f"{AUTH}/email/start", json={"email": email}).json()["challengeId"]
    proof = {"challengeId": challenge, "code": box.wait_for_code(email)}
    answer = web.post(f"{AUTH}/browser/email/verify", json=proof)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["accountId"])


def buy_package(web: httpx2.Client, bank: StripeStandIn, code: str) -> str:
    opened = web.post(CHECKOUT, json={"packageCode": code}).json()
    bank.call_control("pay", session=opened["sessionId"])
    return str(opened["sessionId"])


@pytest.mark.promise("payments: first-key")
def test_a_claim_mints_the_first_key_of_an_account_once(
    site: Gateway, web: httpx2.Client, bank: StripeStandIn, box: Inbox
) -> None:
    sign_in_by_code(web, box, "first@example.com")
    waiting = web.post(CHECKOUT, json={"packageCode": "pocket_100"}).json()["sessionId"]
    early = web.post(CLAIM, json={"sessionId": waiting, "keyLabel": "early"})
    assert (early.status_code, early.json()["apiKey"]) == (202, None)
    given = {"sessionId": buy_package(web, bank, "builder_600"), "keyLabel": "laptop"}
    answers = call_at_once([lambda: web.post(CLAIM, json=given)] * 4)
    assert {each.status_code for each in answers} == {200}
    (key,) = [each.json()["apiKey"] for each in answers if each.json()["apiKey"]]
    with site.client(key) as http:
        assert http.get("/api/v1/balance").json()["balanceUsd"] == "11.00"
        (row,) = http.get("/api/v1/keys").json()["data"]
        assert (row["label"], row["mintedBy"][:10]) == ("laptop", "claim:chk_")
        assert row["scopes"] == ["media", "studio", "account:read", "billing"]
        again = {"sessionId": buy_package(web, bank, "pocket_100"), "keyLabel": "other"}
        assert http.post(CLAIM, json=again).json()["apiKey"] is None
    assert web.post(CLAIM, json=again).json()["apiKey"] is None
    assert site.list_findings() == []


def test_receipts_go_to_the_address_of_the_account(
    web: httpx2.Client, bank: StripeStandIn, box: Inbox
) -> None:
    ana = "receipts@example.com"
    sign_in_by_code(web, box, ana)
    session_id = buy_package(web, bank, "pocket_100")
    assert bank.get_object(f"/v1/checkout/sessions/{session_id}")["customer_email"] == ana
    claimed = web.post(CLAIM, json={"sessionId": session_id}).json()
    mail = box.wait_for_mail(ana, 2)
    assert claimed["receiptNumber"] in mail["Subject"]
    assert f"purchaseId={claimed['purchaseId']}&mode=test" in read_mail_text(mail)


def test_a_session_chooses_the_book_by_a_header(
    web: httpx2.Client, bank: StripeStandIn, box: Inbox
) -> None:
    sign_in_by_code(web, box, "books@example.com")
    session_id = buy_package(web, bank, "pocket_100")
    live = {"X-Killatamata-Mode": "live"}
    given = {"sessionId": session_id}
    assert_problem(web.post(CLAIM, json=given, headers=live), 404, "not_found")
    assert web.get("/api/v1/balance", headers=live).json()["livemode"] is True
    assert web.post(CLAIM, json=given).json()["state"] == "credited"
    odd = {"X-Killatamata-Mode": "both"}
    assert_problem(web.get("/api/v1/balance", headers=odd), 422, "invalid_input")


def test_a_balance_that_fell_is_mailed_once(tmp_path: Path, box: Inbox) -> None:
    ana = "spender@example.com"
    with serve_gateway(tmp_path / "data", KT_SMTP_URL=box.url) as gateway:
        with gateway.client() as http:
            challenge = http.post(f"{AUTH}/email/start", json={"email": ana}).json()["challengeId"]
            proof = {"challengeId": challenge, "code": box.wait_for_code(ana)}
            key = http.post(f"{AUTH}/email/verify", json=proof).json()["apiKey"]
        with gateway.client(key) as http:
            spent = {"amountUsd": "4", "description": "a game"}
            headers = {"X-Idempotency-Key": "one"}
            answer = http.post("/api/v1/credits/consume", json=spent, headers=headers)
            assert answer.status_code == 200, answer.text
        for _ in range(2):  # a start looks at once
            gateway.stop()
            gateway.start()
        assert box.wait_for_mail(ana, 2)["Subject"] == "Your balance of play money is low"
        assert "$1.00 left" in read_mail_text(box.wait_for_mail(ana, 2))
    assert len([mail for mail in box.mails if mail["To"] == ana]) == 2
