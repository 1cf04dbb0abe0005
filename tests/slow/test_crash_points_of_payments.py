"""A crash at each point of a purchase that a power cut could choose: paid money arrives, once."""

import time
from pathlib import Path

import httpx2
import pytest
from x402.http.clients.httpx import PaymentError

from tests.fakes.evm.chain import USDC, Chain, TokenTransfer
from tests.fakes.evm.serving import serve_facilitator, serve_node
from tests.fakes.stripe.client import STRIPE_WEBHOOK_SECRET, serve_stripe
from tests.flows.money.test_crypto import open_checkout, wait_for_state
from tests.flows.money.test_x402 import PAYER, PURCHASE, TREASURY, buy_with_stock_client
from tests.gateway import STOP_SECONDS, assert_problem, serve_gateway
from tests.payments.wallets import XPUB

pytestmark = pytest.mark.slow

CHECKOUT = "/api/v1/checkout/stripe"
BODY, KEY = {"packageCode": "studio_2500"}, {"X-Idempotency-Key": "once"}


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.mark.parametrize("point", ["checkout.row_committed", "checkout.answered"])
def test_a_crash_while_a_checkout_opens_leaves_one_session(data_dir: Path, point: str) -> None:
    with (
        serve_stripe() as bank,
        serve_gateway(data_dir, KT_CRASH_AT=f"{point}:1", **bank.settings) as gateway,
        gateway.account("0") as buyer,
    ):
        with pytest.raises(httpx2.HTTPError):
            buyer.http.post(CHECKOUT, json=BODY, headers=KEY)
        assert gateway.process is not None
        assert gateway.process.wait(STOP_SECONDS) == 137
        del gateway.settings["KT_CRASH_AT"]
        gateway.start()
        opened = buyer.http.post(CHECKOUT, json=BODY, headers=KEY).json()
        made = bank.get_object("/v1/checkout/sessions")["data"]
        assert [each["id"] for each in made] == [opened["sessionId"]]


@pytest.mark.promise("payments: once")
@pytest.mark.parametrize("point", ["event.in_transaction", "event.committed"])
def test_a_crash_while_an_event_is_taken_credits_once(data_dir: Path, point: str) -> None:
    with (
        serve_stripe() as bank,
        serve_gateway(data_dir, KT_CRASH_AT=f"{point}:1", **bank.settings) as gateway,
        gateway.account("0") as buyer,
    ):
        opened = buyer.http.post(CHECKOUT, json=BODY, headers=KEY).json()
        bank.call_control("pay", session=opened["sessionId"])
        (event,) = bank.list_event_ids(opened["sessionId"], "checkout.session.completed")
        url = f"{gateway.base}/api/v1/webhooks/stripe"
        assert (
            bank.call_control("redeliver", event=event, url=url, secret=STRIPE_WEBHOOK_SECRET) == 0
        )
        assert gateway.process is not None
        assert gateway.process.wait(STOP_SECONDS) == 137
        del gateway.settings["KT_CRASH_AT"]
        gateway.start()
        assert (
            bank.call_control("redeliver", event=event, url=url, secret=STRIPE_WEBHOOK_SECRET)
            == 200
        )
        assert buyer.get_balance()["balanceUsd"] == "26.00"
        assert gateway.list_findings() == []


def test_a_crash_while_a_refund_is_taken_takes_it_once(data_dir: Path) -> None:
    with (
        serve_stripe() as bank,
        serve_gateway(data_dir, KT_CRASH_AT="refund.in_transaction:1", **bank.settings) as gateway,
        gateway.account("0") as buyer,
    ):
        opened = buyer.http.post(CHECKOUT, json=BODY, headers=KEY).json()
        intent = bank.call_control("pay", session=opened["sessionId"])
        claimed = buyer.http.post("/api/v1/claim/stripe", json={"sessionId": opened["sessionId"]})
        assert claimed.json()["state"] == "credited"
        refund = bank.call_control("refund", intent=intent, amount=1_250)
        (event,) = bank.list_event_ids(refund, "refund.created")
        url = f"{gateway.base}/api/v1/webhooks/stripe"
        assert (
            bank.call_control("redeliver", event=event, url=url, secret=STRIPE_WEBHOOK_SECRET) == 0
        )
        assert gateway.process is not None
        assert gateway.process.wait(STOP_SECONDS) == 137
        del gateway.settings["KT_CRASH_AT"]
        gateway.start()
        for _ in range(2):
            assert (
                bank.call_control("redeliver", event=event, url=url, secret=STRIPE_WEBHOOK_SECRET)
                == 200
            )
        assert buyer.get_balance()["balanceUsd"] == "13.00"
        assert gateway.list_findings() == []


@pytest.mark.promise("payments: deposits-once")
@pytest.mark.parametrize("point", ["deposit.in_transaction", "deposit.committed"])
def test_a_crash_while_a_deposit_is_credited_credits_once(data_dir: Path, point: str) -> None:
    chain = Chain()
    with (
        serve_node(chain) as (url, _),
        serve_gateway(
            data_dir,
            KT_CRASH_AT=f"{point}:1",
            KT_TEST_EVM_XPUB=XPUB,
            KT_TEST_EVM_RPC_URL=url,
            KT_EVM_CONFIRMATIONS="1",
        ) as gateway,
        gateway.account("0") as buyer,
    ):
        opened = open_checkout(buyer)
        chain.send_transfers(TokenTransfer(opened["address"], 25_000_000))
        chain.mine()
        assert gateway.process is not None
        assert gateway.process.wait(STOP_SECONDS) == 137
        del gateway.settings["KT_CRASH_AT"]
        gateway.start()
        assert wait_for_state(buyer, opened["checkoutId"], "credited")["balanceUsd"] == "26.00"
        assert gateway.list_findings() == []


@pytest.mark.promise("payments: x402-once")
@pytest.mark.promise("payments: x402-settled-again")
@pytest.mark.parametrize("point", ["x402.row_committed", "x402.settled"])
def test_a_crash_while_an_x402_payment_settles_ends_with_one_credit(
    data_dir: Path, point: str
) -> None:
    chain = Chain()
    chain.send_transfers(TokenTransfer(PAYER.address.lower(), 10_000_000))
    chain.mine()
    with (
        serve_node(chain) as (url, _),
        serve_facilitator(chain) as (facilitator, _),
        serve_gateway(
            data_dir,
            KT_CRASH_AT=f"{point}:1",
            KT_TEST_EVM_RPC_URL=url,
            KT_TEST_X402_PAY_TO=TREASURY,
            KT_TEST_X402_FACILITATOR_URL=facilitator,
        ) as gateway,
        gateway.account("0") as buyer,
    ):
        with pytest.raises(PaymentError):
            buy_with_stock_client(gateway, buyer, PURCHASE, "pocket_100")
        assert gateway.process is not None
        assert gateway.process.wait(STOP_SECONDS) == 137
        del gateway.settings["KT_CRASH_AT"]
        gateway.start()
        deadline = time.monotonic() + STOP_SECONDS
        while buyer.get_balance()["balanceUsd"] != "1.00":
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert chain.get_balance(USDC, TREASURY) == 1_000_000
        assert gateway.list_findings() == []


def test_a_key_whose_answer_was_lost_is_seen_revocable_and_never_shown_again(
    data_dir: Path,
) -> None:
    link = "/api/v1/device/link"
    with (
        serve_gateway(data_dir, KT_CRASH_AT="key.committed:1") as gateway,
        gateway.account() as owner,
        gateway.browser(owner.account_id) as person,
        gateway.client() as device,
    ):
        begun = device.post(f"{link}/start", json={"clientName": "laptop"}).json()
        approved = person.post(f"{link}/approve", json={"userCode": begun["userCode"]})
        assert approved.status_code == 200
        asked = {"deviceCode": begun["deviceCode"]}
        with pytest.raises(httpx2.HTTPError):
            device.post(f"{link}/poll", json=asked)
        assert gateway.process is not None
        assert gateway.process.wait(STOP_SECONDS) == 137
        del gateway.settings["KT_CRASH_AT"]
        gateway.start()
        assert_problem(device.post(f"{link}/poll", json=asked), 400, "expired_token")
        lost = person.get("/api/v1/keys").json()["data"][0]
        assert lost["mintedBy"].startswith("device:")
        revoked = person.post("/api/v1/keys/revoke", json={"keyPrefix": lost["keyPrefix"]})
        assert revoked.json()["id"] == lost["id"]
        assert gateway.list_findings() == []
