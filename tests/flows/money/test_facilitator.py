"""A facilitator of our own on a chain with a real EVM: stock clients pay, the gateway credits."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from eth_account import Account
from x402 import x402Client
from x402.http import FacilitatorConfig
from x402.http.facilitator_client import HTTPFacilitatorClientSync
from x402.mechanisms.evm.exact import ExactEvmScheme
from x402.schemas import PaymentRequired, PaymentRequirements, ResourceInfo

from tests.fakes.evm.client import RealChain, serve_real_chain
from tests.flood import serve_flood
from tests.flows.money.test_crypto import open_checkout, wait_for_state
from tests.flows.money.test_x402 import PAYER, PURCHASE, TREASURY, buy_with_stock_client
from tests.gateway import (
    JOB_SECONDS,
    START_SECONDS,
    Client,
    Gateway,
    find_free_port,
    serve_gateway,
    stop_process,
)
from tests.payments.wallets import XPUB
from tests.processes import run_command, start_command

pytestmark = pytest.mark.slow
USDC, DOLLAR = "0x036CbD53842c5426634e7929541eC2318f3dCF7e", 1_000_000
GAS = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"  # known to everybody
POOR = "0x" + "77" * 32
TOKEN = {"Authorization": "Bearer sesame"}


@pytest.fixture(scope="module")
def chain() -> Iterator[RealChain]:
    with serve_real_chain() as found:
        found.call_control("mint", to=PAYER.address, amount=100 * DOLLAR)
        yield found


def build_settings(node: str, folder: Path) -> dict[str, str]:
    file = folder / "gas.key"
    file.touch(mode=0o600)
    file.write_text(GAS + "\n")
    return {
        "KT_FACILITATOR_RPC_URL": node,
        "KT_FACILITATOR_KEY_FILE": str(file),
        "KT_FACILITATOR_PAY_TO": f"0x{'12' * 20}, {TREASURY}",
        "KT_FACILITATOR_TOKEN": "sesame",
        "KT_FACILITATOR_WAIT_SECONDS": "2",
    }


@contextmanager
def run_facilitator(settings: dict[str, str], log: Path) -> Iterator[str]:
    """Run a facilitator for the block; yield its address."""
    url = f"http://127.0.0.1:{(port := find_free_port())}"
    process = start_command(["facilitator", "--port", str(port)], settings, log)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not is_healthy(url):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield url
    finally:
        stop_process(process)


def is_healthy(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/healthz", trust_env=False).is_success
    except httpx2.TransportError:
        return False


@pytest.fixture(scope="module")
def facilitator(chain: RealChain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("facilitator")
    with run_facilitator(build_settings(chain.url, folder), folder / "log") as url:
        yield url
        said = (folder / "log").read_text()
        assert "settled" in said
        assert GAS[2:] not in said


@pytest.fixture(scope="module")
def shop(
    chain: RealChain, facilitator: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    with serve_gateway(
        tmp_path_factory.mktemp("facilitated") / "data",
        KT_TEST_EVM_RPC_URL=chain.url,
        KT_TEST_EVM_XPUB=XPUB,
        KT_EVM_CONFIRMATIONS="3",
        KT_TEST_X402_PAY_TO=TREASURY,
        KT_TEST_X402_FACILITATOR_URL=facilitator,
        KT_TEST_X402_FACILITATOR_TOKEN="sesame",
    ) as one:
        yield one


@pytest.fixture
def buyer(shop: Gateway) -> Iterator[Client]:
    with shop.account("0") as account:
        yield account


@pytest.mark.promise("payments: facilitator")
def test_a_stock_client_buys_and_books_and_chain_agree(
    shop: Gateway, buyer: Client, chain: RealChain
) -> None:
    before = chain.get_balance(TREASURY)
    status, _, text = buy_with_stock_client(shop, buyer, PURCHASE, "pocket_100")
    assert status == 200, text
    assert (json.loads(text)["state"], buyer.get_balance()["balanceUsd"]) == ("credited", "1.00")
    assert chain.get_balance(TREASURY) - before == DOLLAR
    receipt = chain.call_rpc("eth_getTransactionReceipt", json.loads(text)["transaction"])
    assert receipt["from"].lower() == Account.from_key(GAS).address.lower()
    assert shop.list_findings() == []
    chain.call_control("mine", blocks=40)
    ended = shop.run_command("admin", "reconcile", "--provider", "x402", "--mode", "test", "--json")
    report = json.loads(ended.stdout)
    assert (ended.returncode, report["providerUsd"], report["booksUsd"]) == (0, "1.00", "1.00")


@pytest.mark.promise("payments: x402-unknown-is-pending")
def test_a_chain_that_stalls_leaves_a_payment_pending_until_it_moves(
    shop: Gateway, buyer: Client, chain: RealChain
) -> None:
    before = chain.get_balance(TREASURY)
    chain.call_control("stall")
    try:
        status, _, text = buy_with_stock_client(shop, buyer, PURCHASE, "pocket_100")
        assert (status, json.loads(text)["state"]) == (202, "pending")
        assert buyer.get_balance()["balanceUsd"] == "0.00"
    finally:
        chain.call_control("release")
    deadline = time.monotonic() + JOB_SECONDS
    while buyer.get_balance()["balanceUsd"] != "1.00":
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert chain.get_balance(TREASURY) - before == DOLLAR
    status, _, text = buy_with_stock_client(shop, buyer, PURCHASE, "pocket_100")
    assert (status, buyer.get_balance()["balanceUsd"]) == (200, "2.00")  # the next one has its turn


@pytest.mark.promise("payments: deposits-undone")
def test_a_deposit_that_the_chain_undoes_is_credited_when_it_is_paid_again(
    shop: Gateway, buyer: Client, chain: RealChain
) -> None:
    opened = open_checkout(buyer)
    kept = chain.call_control("snapshot")
    chain.call_control("pay", to=opened["address"], amount=25 * DOLLAR)
    wait_for_state(buyer, opened["checkoutId"], "seen")
    chain.call_control("turn", to=kept, blocks=4)
    seen = wait_for_state(buyer, opened["checkoutId"], "open")
    assert [each["state"] for each in seen["deposits"]] == ["orphaned"]
    sent = chain.call_control("pay", to=opened["address"], amount=25 * DOLLAR)
    chain.call_control("mine", blocks=2)
    done = wait_for_state(buyer, opened["checkoutId"], "credited")
    assert (done["balanceUsd"], buyer.get_balance()["balanceUsd"]) == ("26.00", "26.00")
    assert (sent, "credited") in {(e["transaction"], e["state"]) for e in done["deposits"]}
    assert shop.list_findings() == []


def sign_request(**changes: str) -> dict[str, Any]:
    """Return what a client asks a facilitator, as the stock client signed it."""
    asked = PaymentRequirements(
        scheme="exact", network="eip155:84532", asset=USDC, amount=str(DOLLAR), pay_to=TREASURY,
        max_timeout_seconds=600, extra={"name": "USDC", "version": "2"},
    )  # fmt: skip
    wanted = asked.model_copy(update=changes)
    wallet = x402Client()
    wallet.register("eip155:*", ExactEvmScheme(PAYER))
    told = PaymentRequired(error="", resource=ResourceInfo(url="http://x.test"), accepts=[wanted])
    payload = anyio.run(wallet.create_payment_payload, told)
    return {
        "x402Version": 2,
        "paymentPayload": payload.model_dump(by_alias=True, mode="json", exclude_none=True),
        "paymentRequirements": wanted.model_dump(by_alias=True, mode="json", exclude_none=True),
    }


def test_a_payment_to_somebody_else_is_refused_and_costs_no_gas(
    facilitator: str, chain: RealChain
) -> None:
    gas = Account.from_key(GAS).address
    good, other = sign_request(), sign_request(pay_to="0x" + "ee" * 20)
    with httpx2.Client(base_url=facilitator, headers=TOKEN, timeout=60, trust_env=False) as http:
        assert http.post("/verify", json=good).json()["isValid"] is True
        assert http.post("/settle", json=good).json()["success"] is True
        before = chain.call_rpc("eth_getTransactionCount", gas, "latest")
        for body in (good, other):
            assert http.post("/verify", json=body).json()["isValid"] is False
            assert http.post("/settle", json=body).json()["success"] is False
        assert chain.call_rpc("eth_getTransactionCount", gas, "latest") == before
        for nonsense in (b"", b"[]", b"{}", b'{"x402Version": 3}', b"x" * 70_000):
            assert http.post("/settle", content=nonsense).status_code == 400
    with httpx2.Client(base_url=facilitator, timeout=60, trust_env=False) as nobody:
        assert nobody.post("/settle", json=other).status_code == 401
        assert nobody.get("/supported").status_code == 401


def test_it_says_what_it_settles_in_the_words_of_the_package(facilitator: str) -> None:
    with httpx2.Client(headers=TOKEN, trust_env=False) as http:
        config = FacilitatorConfig(url=facilitator, http_client=http)
        told = HTTPFacilitatorClientSync(config).get_supported()
    assert {(each.x402_version, each.network) for each in told.kinds} == {
        (2, "eip155:84532"),
        (1, "base-sepolia"),
    }
    assert told.signers == {"eip155:*": [Account.from_key(GAS).address]}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"KT_FACILITATOR_RPC_URL": ""}, "set KT_FACILITATOR_RPC_URL"),
        ({"KT_FACILITATOR_RPC_URL": "http://node.example"}, "KT_FACILITATOR_RPC_URL"),
        ({"KT_FACILITATOR_RPC_URL": "http://127.0.0.1:9"}, "KT_FACILITATOR_RPC_URL"),
        ({"KT_FACILITATOR_PAY_TO": ""}, "set KT_FACILITATOR_PAY_TO"),
        ({"KT_FACILITATOR_KEY_FILE": "/nowhere"}, "KT_FACILITATOR_KEY_FILE"),
        ({"KT_FACILITATOR_KEY": POOR}, "KT_FACILITATOR_KEY"),
        ({"KT_FACILITATOR_HOST": "0.0.0.0", "KT_FACILITATOR_TOKEN": ""}, "KT_FACILITATOR_TOKEN"),  # noqa: S104 - refused
        ({"KT_FACILITATOR_WAIT_SECONDS": "0"}, "KT_FACILITATOR_WAIT_SECONDS"),
    ],
)
def test_it_does_not_start_without_what_it_needs_and_names_it(
    chain: RealChain, tmp_path: Path, changes: dict[str, str], named: str
) -> None:
    refused = run_command(["facilitator"], build_settings(chain.url, tmp_path) | changes)
    assert refused.returncode == 1, refused.stderr
    (line,) = refused.stderr.splitlines()
    assert named in line
    assert POOR[2:] not in line


def test_a_key_that_others_can_read_or_that_has_no_gas_is_refused(
    chain: RealChain, tmp_path: Path
) -> None:
    settings = build_settings(chain.url, tmp_path)
    file = Path(settings["KT_FACILITATOR_KEY_FILE"])
    file.chmod(0o644)
    assert "chmod 600" in run_command(["facilitator"], settings).stderr
    file.chmod(0o600)
    file.write_text(POOR)
    refused = run_command(["facilitator"], settings)
    assert f"{Account.from_key(POOR).address} has no ETH" in refused.stderr
    assert POOR[2:] not in refused.stderr


@pytest.mark.parametrize("mode", ["bomb", "drip"])
def test_a_node_that_floods_it_is_named_in_time(tmp_path: Path, mode: str) -> None:
    with serve_flood() as flood:
        flood.mode = mode
        settings = build_settings(flood.url("chain"), tmp_path)
        refused = run_command(["facilitator"], settings)
    assert refused.returncode == 1, refused.stderr
    assert "KT_FACILITATOR_RPC_URL cannot be reached" in refused.stderr
