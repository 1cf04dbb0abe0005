"""The facilitator on a node that loses transactions or finds them too cheap: payments go on."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from eth_account import Account

from tests.fakes.evm.anvil import Anvil, install_anvil, run_anvil
from tests.flows.money.test_facilitator import (
    DOLLAR,
    GAS,
    TOKEN,
    build_settings,
    run_facilitator,
    sign_request,
)
from tests.flows.money.test_x402 import PAYER, PURCHASE, TREASURY, buy_with_stock_client
from tests.gateway import Client, Gateway, serve_gateway
from tests.waiting import wait_for_condition

pytestmark = pytest.mark.slow
SENDER = Account.from_key(GAS).address
GWEI = 10**9


@pytest.fixture(scope="module")
def program() -> Path:
    return install_anvil()


@pytest.fixture
def chain(program: Path) -> Iterator[Anvil]:
    with run_anvil(program) as found:
        found.mint_tokens(PAYER.address, 100 * DOLLAR)
        found.set_block_interval(0)
        yield found


@pytest.fixture
def facilitator(chain: Anvil, tmp_path: Path) -> Iterator[str]:
    with run_facilitator(build_settings(chain.url, tmp_path), tmp_path / "log") as url:
        yield url


@pytest.fixture
def shop(chain: Anvil, facilitator: str, tmp_path: Path) -> Iterator[Gateway]:
    with serve_gateway(
        tmp_path / "data",
        KT_TEST_EVM_RPC_URL=chain.url,
        KT_EVM_CONFIRMATIONS="2",
        KT_TEST_X402_PAY_TO=TREASURY,
        KT_TEST_X402_FACILITATOR_URL=facilitator,
        KT_TEST_X402_FACILITATOR_TOKEN="sesame",
    ) as one:
        yield one


def read_payment_state(answer: tuple[int, dict[str, str], str]) -> tuple[int, str]:
    status, _, text = answer
    return status, json.loads(text).get("state", text)


@pytest.mark.promise("payments: facilitator")
def test_a_transaction_that_the_node_drops_is_sent_again_and_holds_up_no_other(
    shop: Gateway, chain: Anvil
) -> None:
    with shop.account("0") as first, shop.account("0") as second:
        assert read_payment_state(buy_with_stock_client(shop, first, PURCHASE, "pocket_100")) == (
            202,
            "pending",
        )
        (sent,) = chain.list_pending(SENDER)
        chain.drop_transaction(sent)
        chain.set_block_interval(1)
        assert read_payment_state(buy_with_stock_client(shop, second, PURCHASE, "pocket_100")) == (
            200,
            "credited",
        )
        wait_for_condition(lambda: is_credited(first))
    assert chain.get_balance(TREASURY) == 2 * DOLLAR
    assert shop.list_findings() == []


@pytest.mark.promise("payments: facilitator")
def test_a_transaction_that_is_too_cheap_is_replaced_by_one_that_pays_more(
    shop: Gateway, chain: Anvil
) -> None:
    with shop.account("0") as first, shop.account("0") as second:
        assert read_payment_state(buy_with_stock_client(shop, first, PURCHASE, "pocket_100")) == (
            202,
            "pending",
        )
        (cheap,) = chain.list_pending(SENDER)
        chain.call_rpc("anvil_setNextBlockBaseFeePerGas", hex(20 * GWEI))
        chain.set_block_interval(1)
        buy_with_stock_client(shop, second, PURCHASE, "pocket_100")
        wait_for_condition(lambda: is_credited(first) and is_credited(second))
        assert chain.call_rpc("eth_getTransactionReceipt", cheap) is None
    assert chain.get_balance(TREASURY) == 2 * DOLLAR
    assert shop.list_findings() == []


def test_what_another_user_of_the_key_sent_in_its_place_is_sent_anew(
    facilitator: str, chain: Anvil
) -> None:
    with httpx2.Client(base_url=facilitator, headers=TOKEN, timeout=60, trust_env=False) as http:
        payment = sign_request()

        def settle() -> str:
            told = http.post("/settle", json=payment).json()
            return "settled" if told["success"] else str(told["errorReason"])

        assert settle() == "settlement_pending"
        (sent,) = chain.list_pending(SENDER)
        chain.drop_transaction(sent)
        other = {"from": SENDER, "to": SENDER, "value": "0x1", "nonce": "0x0"}
        chain.call_rpc("eth_sendTransaction", other)
        chain.set_block_interval(1)
        wait_for_condition(lambda: settle() == "settled")
    assert chain.get_balance(TREASURY) == DOLLAR


def test_its_health_says_that_nothing_comes_into_a_block(facilitator: str, chain: Anvil) -> None:
    with httpx2.Client(base_url=facilitator, headers=TOKEN, timeout=60, trust_env=False) as http:

        def health() -> tuple[int, str, int]:
            answer = http.get("/healthz")
            told = answer.json()
            return answer.status_code, told["status"], told["waiting"]

        assert health() == (200, "ok", 0)
        http.post("/settle", json=sign_request())
        assert health() == (200, "ok", 1)
        wait_for_condition(lambda: health() == (503, "stalled", 1))
        chain.mine()
        wait_for_condition(lambda: health() == (200, "ok", 0))


def is_credited(buyer: Client) -> bool:
    return bool(buyer.get_balance()["balanceUsd"] == "1.00")
