"""Buying credit by x402 with the stock client, through the front door."""

import json
import time
from collections.abc import Iterator

import anyio
import httpx2
import pytest
from eth_account import Account
from x402 import x402Client
from x402.http import (
    decode_payment_required_header,
    decode_payment_signature_header,
    encode_payment_signature_header,
)
from x402.http.clients import x402HttpxClient
from x402.mechanisms.evm.exact import ExactEvmScheme

from tests.fakes.evm.chain import USDC, Chain, TokenTransfer
from tests.fakes.evm.facilitator import Facilitator
from tests.fakes.evm.serving import serve_facilitator, serve_node
from tests.gateway import JOB_SECONDS, Client, Gateway, assert_problem, serve_gateway

PURCHASE, OLD = "/api/v1/credits/purchase/x402", "/api/v1/deposit/x402"
DOLLAR = 1_000_000
PAYER = Account.from_key("0x" + "6f" * 32)
TREASURY = "0xCdCDCdCdcdcdcdCdcDcDCdcDcDCdCdcdCdcDCDcD"  # with its checksum, however it is set


@pytest.fixture(scope="module")
def chain() -> Chain:
    found = Chain()
    found.send_transfers(TokenTransfer(PAYER.address.lower(), 100 * DOLLAR))
    found.mine()
    return found


@pytest.fixture(scope="module")
def facilitator(chain: Chain) -> Iterator[tuple[str, Facilitator]]:
    with serve_facilitator(chain) as found:
        yield found


@pytest.fixture(scope="module")
def shop(
    chain: Chain, facilitator: tuple[str, Facilitator], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    with (
        serve_node(chain) as (url, _),
        serve_gateway(
            tmp_path_factory.mktemp("x402") / "data",
            KT_TEST_EVM_RPC_URL=url,
            KT_TEST_X402_PAY_TO=TREASURY.lower(),
            KT_TEST_X402_FACILITATOR_URL=facilitator[0],
        ) as one,
    ):
        yield one


@pytest.fixture
def buyer(shop: Gateway) -> Iterator[Client]:
    with shop.account("0") as account:
        yield account


def buy_with_stock_client(
    shop: Gateway, buyer: Client, path: str, code: str
) -> tuple[int, dict[str, str], str]:
    """Buy with the stock client and its default settings."""

    async def run() -> tuple[int, dict[str, str], str]:
        wallet = x402Client()
        wallet.register("eip155:*", ExactEvmScheme(PAYER))
        headers = {"Authorization": f"Bearer {buyer.key}"}
        async with x402HttpxClient(wallet, base_url=shop.base, headers=headers, timeout=60) as http:
            answer = await http.post(path, json={"packageCode": code})
            return answer.status_code, dict(answer.headers), answer.text

    return anyio.run(run)


@pytest.mark.promise("payments: x402-once")
def test_the_stock_client_buys_the_smallest_package_by_itself(
    shop: Gateway, buyer: Client, chain: Chain
) -> None:
    before = chain.get_balance(USDC, TREASURY)
    status, headers, text = buy_with_stock_client(shop, buyer, PURCHASE, "pocket_100")
    assert status == 200, text
    assert "payment-response" in headers
    assert headers["cache-control"] == "no-store"
    body = json.loads(text)
    assert (body["state"], body["balanceUsd"], body["replayed"]) == ("credited", "1.00", False)
    assert (body["network"], body["payer"]) == ("eip155:84532", PAYER.address.lower())
    assert chain.get_balance(USDC, TREASURY) - before == DOLLAR
    (bought,) = buyer.http.get("/api/v1/purchases").json()["data"]
    assert (bought["id"], bought["provider"]) == (body["purchaseId"], "x402")
    assert bought["receiptNumber"] == body["receiptNumber"]
    assert shop.list_findings() == []


def sign_payment_header(buyer: Client, code: str) -> dict[str, str]:
    """Return the header of a payment, as the stock client signs it."""
    asked = buyer.http.post(PURCHASE, json={"packageCode": code}).headers["payment-required"]
    wallet = x402Client()
    wallet.register("eip155:*", ExactEvmScheme(PAYER))
    made = anyio.run(wallet.create_payment_payload, decode_payment_required_header(asked))
    return {"PAYMENT-SIGNATURE": encode_payment_signature_header(made)}


@pytest.mark.promise("payments: x402-settled-again")
def test_a_payment_that_could_not_be_settled_is_settled_when_it_is_sent_again(
    shop: Gateway, buyer: Client, facilitator: tuple[str, Facilitator]
) -> None:
    body, header = {"packageCode": "pocket_100"}, sign_payment_header(buyer, "pocket_100")
    facilitator[1].mood = "down"
    try:
        answer = buyer.http.post(PURCHASE, json=body, headers=header)
    finally:
        facilitator[1].mood = "good"
    assert (answer.status_code, answer.json()["state"]) == (202, "pending")
    again = buyer.http.post(PURCHASE, json=body, headers=header)
    assert (again.status_code, again.json()["state"]) == (200, "credited")
    assert again.json()["purchaseId"] == answer.json()["purchaseId"]
    assert buyer.get_balance()["balanceUsd"] == "1.00"
    assert shop.list_findings() == []


@pytest.mark.promise("payments: x402-front-run")
def test_a_payment_that_another_broadcast_is_credited_to_who_presents_it_first(
    shop: Gateway, buyer: Client, chain: Chain
) -> None:
    body, header = {"packageCode": "pocket_100"}, sign_payment_header(buyer, "pocket_100")
    paid = decode_payment_signature_header(header["PAYMENT-SIGNATURE"]).payload["authorization"]
    chain.send_transfers(
        TokenTransfer(TREASURY.lower(), DOLLAR, sender=PAYER.address.lower(), nonce=paid["nonce"])
    )
    chain.mine()
    answer = buyer.http.post(PURCHASE, json=body, headers=header)
    assert (answer.status_code, answer.json()["state"]) == (200, "credited")
    with shop.account("0") as other:
        late = other.http.post(PURCHASE, json=body, headers=header)
        assert_problem(late, 409, "payment_used_by_other_account")
        assert other.get_balance()["balanceUsd"] == "0.00"
    assert buyer.get_balance()["balanceUsd"] == "1.00"
    assert shop.list_findings() == []


@pytest.mark.slow
@pytest.mark.promise("payments: x402-undone")
def test_a_payment_that_the_chain_undoes_is_settled_again_by_itself(
    shop: Gateway, buyer: Client, chain: Chain
) -> None:
    status, _, text = buy_with_stock_client(shop, buyer, PURCHASE, "pocket_100")
    assert status == 200, text
    before = chain.get_balance(USDC, TREASURY)
    chain.reorganise(1, keep=False)
    assert chain.get_balance(USDC, TREASURY) == before - DOLLAR
    deadline = time.monotonic() + JOB_SECONDS
    while chain.get_balance(USDC, TREASURY) < before:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert buyer.get_balance()["balanceUsd"] == "1.00"
    assert shop.list_findings() == []


def test_the_old_address_does_the_same_and_names_the_new_one(shop: Gateway, buyer: Client) -> None:
    status, headers, text = buy_with_stock_client(shop, buyer, OLD, "pocket_100")
    assert status == 200, text
    assert headers["link"] == f'<{PURCHASE}>; rel="successor-version"'
    assert headers["deprecation"].startswith("@")
    assert headers["sunset"]
    assert buyer.get_balance()["balanceUsd"] == "1.00"


def test_without_a_payment_the_answer_says_what_to_pay_in_both_versions(buyer: Client) -> None:
    answer = buyer.http.post(PURCHASE, json={"packageCode": "builder_600"})
    body = assert_problem(answer, 402, "payment_required")
    assert answer.headers["payment-required"]
    assert "PAYMENT-REQUIRED" in answer.headers["access-control-expose-headers"]
    assert body["x402Version"] == 1
    (asked,) = body["accepts"]
    assert (asked["maxAmountRequired"], asked["payTo"]) == ("6000000", TREASURY)
    assert 'set_spend_controls({"max_amount_per_payment": "$50"})' in body["hint"]


def test_what_cannot_be_bought_or_read_is_refused(buyer: Client, shop: Gateway) -> None:
    def ask(code: str, header: str) -> httpx2.Response:
        headers = {"PAYMENT-SIGNATURE": header}
        return buyer.http.post(PURCHASE, json={"packageCode": code}, headers=headers)

    assert_problem(ask("none", "x"), 422, "unknown_package")
    assert_problem(ask("pocket_100", "x"), 400, "payment_header_invalid")
    with shop.client() as nobody:
        assert_problem(
            nobody.post(PURCHASE, json={"packageCode": "pocket_100"}), 401, "unauthorized"
        )


def test_where_x402_is_not_set_the_answer_says_so(gateway: Gateway, client: Client) -> None:
    for path in (PURCHASE, OLD):
        answer = client.http.post(path, json={"packageCode": "pocket_100"})
        assert_problem(answer, 503, "payment_method_unavailable")


def test_the_packages_say_where_x402_is_paid_to(buyer: Client) -> None:
    told = buyer.http.get("/api/v1/packages", params={"mode": "test"}).json()
    assert told["methods"]["x402"] == {
        "enabled": True,
        "networks": ["eip155:84532"],
        "asset": "USDC",
        "payTo": TREASURY,
    }
    assert all("x402" in each["methods"] for each in told["packages"])
