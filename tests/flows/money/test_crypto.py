"""Buying credit in USDC, against a chain of this machine, through the front door."""

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from killatamata import Client as Sdk
from tests.fakes.evm.api import ChainNode
from tests.fakes.evm.chain import Chain, TokenTransfer
from tests.fakes.evm.serving import serve_node
from tests.gateway import JOB_SECONDS, Client, Gateway, assert_problem, serve_gateway
from tests.payments.wallets import XPUB, derive_private_address

CHECKOUT, CLAIM = "/api/v1/checkout/crypto", "/api/v1/claim/crypto"
DOLLAR = 1_000_000


@pytest.fixture(scope="module")
def chain() -> Chain:
    return Chain()


@pytest.fixture(scope="module")
def node(chain: Chain) -> Iterator[tuple[str, ChainNode]]:
    with serve_node(chain) as found:
        yield found


@pytest.fixture(scope="module")
def shop(
    node: tuple[str, ChainNode], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    """A gateway that takes USDC two blocks deep."""
    with (
        serve_gateway(
            tmp_path_factory.mktemp("crypto") / "data",
            KT_TEST_EVM_XPUB=XPUB,
            KT_TEST_EVM_RPC_URL=node[0],
            KT_EVM_CONFIRMATIONS="2",
        ) as one,
    ):
        yield one


@pytest.fixture
def buyer(shop: Gateway) -> Iterator[Client]:
    with shop.account("0") as account:
        yield account


def open_checkout(
    buyer: Client, code: str = "studio_2500", key: str | None = None
) -> dict[str, Any]:
    """Open a checkout, as soon as the chain was read for the first time."""
    headers = {} if key is None else {"X-Idempotency-Key": key}
    deadline = time.monotonic() + JOB_SECONDS
    while True:
        answer = buyer.http.post(CHECKOUT, json={"packageCode": code}, headers=headers)
        if answer.status_code != httpx2.codes.SERVICE_UNAVAILABLE:
            break
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.1)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def claim_checkout(buyer: Client, **wanted: str) -> httpx2.Response:
    return buyer.http.post(CLAIM, json=wanted)


def wait_for_state(buyer: Client, checkout_id: str, state: str) -> dict[str, Any]:
    """Ask until a checkout has this state."""
    deadline = time.monotonic() + JOB_SECONDS
    while (answer := claim_checkout(buyer, checkoutId=checkout_id)).json()["state"] != state:
        assert answer.status_code in {200, 202}, answer.text
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.2)
    body: dict[str, Any] = answer.json()
    assert (body["retryAfterSeconds"] is None) == (answer.status_code == 200)
    return body


@pytest.mark.promise("payments: deposits-once")
def test_a_package_is_paid_in_usdc_and_credited_without_a_claim(
    buyer: Client, chain: Chain, shop: Gateway
) -> None:
    opened = open_checkout(buyer, key="once")
    assert open_checkout(buyer, key="once") == opened
    assert opened["uri"] == (
        f"ethereum:{opened['assetAddress']}@84532/transfer"
        f"?address={opened['address']}&uint256=25000000"
    )
    assert opened["qrSvg"].startswith("<svg")
    assert (opened["network"], opened["amount"], opened["bonusUsd"]) == (
        "base-sepolia",
        "25000000",
        "1.00",
    )
    waiting = claim_checkout(buyer, checkoutId=opened["checkoutId"])
    assert (waiting.status_code, waiting.json()["state"]) == (202, "open")
    assert waiting.headers["retry-after"] == "4"
    sent = chain.send_transfers(TokenTransfer(opened["address"], 25 * DOLLAR))
    chain.mine()
    seen = wait_for_state(buyer, opened["checkoutId"], "seen")
    assert (seen["receivedUsd"], seen["creditedUsd"], seen["confirmations"]) == ("25.00", "0.00", 1)
    assert [(each["transaction"], each["state"]) for each in seen["deposits"]] == [(sent, "seen")]
    chain.mine()
    deadline = time.monotonic() + JOB_SECONDS
    while buyer.get_balance()["balanceUsd"] != "26.00":
        assert time.monotonic() < deadline
        time.sleep(0.2)
    done = wait_for_state(buyer, opened["checkoutId"], "credited")
    assert (done["creditedUsd"], done["bonusUsd"], done["balanceUsd"]) == ("25.00", "1.00", "26.00")
    (bought,) = buyer.http.get("/api/v1/purchases").json()["data"]
    receipt = buyer.http.get("/api/v1/purchases/receipt", params={"purchaseId": bought["id"]})
    assert receipt.json()["method"] == {"provider": "onchain", "reference": f"evm:84532:{sent}:0"}
    assert shop.list_findings() == []


@pytest.mark.promise("payments: deposits-any-node")
def test_a_deposit_is_credited_on_a_node_that_takes_few_calls_at_once(
    buyer: Client, chain: Chain, node: tuple[str, ChainNode]
) -> None:
    opened = open_checkout(buyer, "pocket_100")
    node[1].max_batch_calls = 3
    try:
        chain.send_transfers(TokenTransfer(opened["address"], DOLLAR))
        chain.mine(40)
        wait_for_state(buyer, opened["checkoutId"], "credited")
    finally:
        node[1].max_batch_calls = 1_000
    assert buyer.get_balance()["balanceUsd"] == "1.00"


@pytest.mark.promise("payments: claims-of-unread-chains")
def test_a_claim_while_the_chain_is_away_is_an_error_and_never_says_nothing_came(
    buyer: Client, chain: Chain, node: tuple[str, ChainNode]
) -> None:
    opened = open_checkout(buyer, "pocket_100")
    node[1].offline = True
    try:
        sent = chain.send_transfers(TokenTransfer(opened["address"], DOLLAR))
        chain.mine(2)
        for wanted in ({"checkoutId": opened["checkoutId"]}, {"transaction": sent}):
            body = assert_problem(claim_checkout(buyer, **wanted), 502, "payment_provider_error")
            assert body["retryable"] is True
            assert "what has arrived is not known" in body["detail"]
            assert "credited by itself" in body["hint"]
            assert "receivedUsd" not in body
    finally:
        node[1].offline = False
    wait_for_state(buyer, opened["checkoutId"], "credited")


def test_a_transaction_that_failed_is_called_so(buyer: Client, chain: Chain) -> None:
    opened = open_checkout(buyer, "pocket_100")
    sent = chain.send_transfers(TokenTransfer(opened["address"], DOLLAR), fails=True)
    chain.mine()
    assert (
        "failed"
        in assert_problem(claim_checkout(buyer, transaction=sent), 404, "not_found")["detail"]
    )


@pytest.mark.promise("payments: deposits-undone")
def test_a_deposit_that_was_taken_back_and_returns_is_credited_again(
    buyer: Client, chain: Chain, shop: Gateway
) -> None:
    opened = open_checkout(buyer)
    sent = chain.send_transfers(TokenTransfer(opened["address"], 25 * DOLLAR))
    chain.mine(2)
    wait_for_state(buyer, opened["checkoutId"], "credited")
    chain.reorganise(2, keep=False)
    chain.mine(2)
    gone = wait_for_state(buyer, opened["checkoutId"], "open")
    assert (gone["creditedUsd"], gone["bonusUsd"], gone["balanceUsd"]) == ("0.00", "0.00", "0.00")
    assert [each["state"] for each in gone["deposits"]] == ["reversed"]
    assert shop.list_findings() == []
    chain.send_again(sent)
    chain.mine(2)
    back = wait_for_state(buyer, opened["checkoutId"], "credited")
    assert (back["creditedUsd"], back["bonusUsd"], back["balanceUsd"]) == ("25.00", "1.00", "26.00")
    assert shop.list_findings() == []


@pytest.mark.promise("payments: deposits-any-node")
def test_a_deposit_that_the_node_shows_late_is_credited_without_a_claim(
    buyer: Client, chain: Chain, node: tuple[str, ChainNode]
) -> None:
    opened = open_checkout(buyer, "pocket_100")
    chain.send_transfers(TokenTransfer(opened["address"], DOLLAR))
    node[1].unindexed = {chain.head.number + 1}
    chain.mine(4)
    read_to = node[1].request_counts["eth_getLogs"] + 2
    deadline = time.monotonic() + JOB_SECONDS
    while node[1].request_counts["eth_getLogs"] < read_to and time.monotonic() < deadline:
        chain.mine()
        time.sleep(0.5)
    node[1].unindexed = set()
    chain.mine()
    wait_for_state(buyer, opened["checkoutId"], "credited")


def test_a_transaction_is_claimed_by_its_hash_and_by_its_account_only(
    shop: Gateway, buyer: Client, chain: Chain
) -> None:
    opened = open_checkout(buyer, "pocket_100")
    sent = chain.send_transfers(TokenTransfer(opened["address"], DOLLAR))
    chain.mine(2)
    with shop.account("0") as other:
        assert_problem(claim_checkout(other, transaction=sent), 404, "not_found")
        assert_problem(claim_checkout(other, checkoutId=opened["checkoutId"]), 404, "not_found")
    unknown = assert_problem(claim_checkout(buyer, transaction=f"0x{1:064x}"), 404, "not_found")
    assert "in no block yet" in unknown["detail"]
    assert claim_checkout(buyer, transaction=sent).json()["receivedUsd"] == "1.00"
    wait_for_state(buyer, opened["checkoutId"], "credited")
    assert (
        claim_checkout(buyer, transaction=sent.upper().replace("X", "x")).json()["state"]
        == "credited"
    )
    assert buyer.get_balance()["balanceUsd"] == "1.00"


def test_checkouts_of_cards_and_of_usdc_are_claimed_apart(buyer: Client) -> None:
    opened = open_checkout(buyer)
    stripe = buyer.http.post("/api/v1/claim/stripe", json={"checkoutId": opened["checkoutId"]})
    assert_problem(stripe, 404, "not_found")
    assert_problem(claim_checkout(buyer, checkoutId="chk_unknown"), 404, "not_found")
    assert_problem(
        claim_checkout(buyer, checkoutId="chk_unknown", transaction=f"0x{1:064x}"),
        422,
        "invalid_input",
    )
    assert_problem(buyer.http.post(CHECKOUT, json={"packageCode": "none"}), 422, "unknown_package")


@pytest.mark.promise("payments: reconcile")
def test_an_operator_compares_with_the_chain_and_reads_an_address_again(
    buyer: Client, chain: Chain, shop: Gateway
) -> None:
    opened = open_checkout(buyer)
    chain.send_transfers(TokenTransfer(opened["address"], 25 * DOLLAR))
    chain.mine(2)
    wait_for_state(buyer, opened["checkoutId"], "credited")
    chain.mine(60)
    words = ("admin", "reconcile", "--provider", "evm", "--mode", "test", "--json")
    ended = shop.run_command(*words)
    assert ended.returncode == 0, ended.stderr
    report = json.loads(ended.stdout)
    assert (report["provider"], report["differences"]) == ("evm", [])
    assert report["providerUsd"] == report["booksUsd"] != "0.00"
    words = ("admin", "crypto", "rescan", opened["address"], "--mode", "test", "--json")
    assert "--reason" in shop.run_command(*words).stderr
    ended = shop.run_command(*words, "--reason", "ticket 9", "--dry-run")
    told = json.loads(ended.stdout)
    assert (told["dryRun"], told["changed"], told["state"]) == (True, False, "credited")
    refused = shop.run_command("admin", "reconcile", "--provider", "x402", "--mode", "test")
    assert (refused.returncode, refused.stderr.split(":")[0]) == (1, "payment_method_unavailable")
    assert "name no provider" in refused.stderr


def test_another_request_with_the_same_key_is_refused(buyer: Client) -> None:
    open_checkout(buyer, key="twice")
    answer = buyer.http.post(
        CHECKOUT, json={"packageCode": "pocket_100"}, headers={"X-Idempotency-Key": "twice"}
    )
    assert_problem(answer, 409, "idempotency_conflict")


def test_an_account_that_the_operator_froze_opens_no_checkout(buyer: Client, shop: Gateway) -> None:
    open_checkout(buyer)  # the chain was read
    done = shop.run_command(
        "admin", "account", "freeze", buyer.account_id, "--reason", "looks wrong"
    )
    assert done.returncode == 0, done.stderr
    answer = buyer.http.post(CHECKOUT, json={"packageCode": "pocket_100"})
    assert_problem(answer, 403, "account_frozen")


def test_the_client_pays_in_usdc(buyer: Client, shop: Gateway) -> None:
    open_checkout(buyer)  # the chain was read
    with Sdk(api_key=buyer.key, base_url=shop.base) as client:
        opened = client.checkout.crypto("builder_600")
        assert opened.amount == "6000000"
        assert client.claims.crypto(checkout_id=opened.checkout_id).state == "open"


def test_where_no_chain_is_set_the_answer_says_so(gateway: Gateway, client: Client) -> None:
    answer = client.http.post(CHECKOUT, json={"packageCode": "pocket_100"})
    body = assert_problem(answer, 503, "payment_method_unavailable")
    assert "GET /api/v1/packages" in body["hint"]
    assert body["retryable"] is False
    assert "retry-after" not in answer.headers
    assert_problem(claim_checkout(client, checkoutId="chk_x"), 503, "payment_method_unavailable")
    methods = client.http.get("/api/v1/packages", params={"mode": "test"}).json()["methods"]
    assert methods["crypto"]["enabled"] is False


def test_the_packages_say_on_which_chain_usdc_is_taken(buyer: Client) -> None:
    told = buyer.http.get("/api/v1/packages", params={"mode": "test"}).json()
    assert told["methods"]["crypto"] == {
        "enabled": True,
        "provider": "onchain",
        "network": "base-sepolia",
        "asset": "USDC",
        "confirmationsRequired": 2,
    }
    assert all("crypto" in each["methods"] for each in told["packages"])


def test_a_gateway_with_half_a_chain_does_not_start(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    half = Gateway(tmp_path_factory.mktemp("half") / "data", KT_LIVE_EVM_XPUB=XPUB)
    done = half.run_command("serve")
    assert done.returncode == 1
    assert "KT_LIVE_EVM_RPC_URL" in done.stderr
    assert derive_private_address(0) not in done.stderr
