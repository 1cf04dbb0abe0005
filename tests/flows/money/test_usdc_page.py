"""Paying in USDC and by x402 on the pages: where to send it, how far it is, what became of it."""

import os
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import httpx2
import pytest
from eth_account import Account

from gateway.app import Application, run_application
from gateway.configuration.settings import Settings
from gateway.identity.keys.secrets import Peppers
from gateway.identity.keys.sessions import open_session
from gateway.kit.clock import HOUR, MINUTE, SECOND
from gateway.kit.ids import Ids
from gateway.operator import create_account_with_key
from gateway.payments.onchain.chain_watcher import watch_chains
from gateway.payments.shop import Shop
from tests import gateway as outside
from tests.databases import MovedClock
from tests.fakes.evm.api import ChainNode
from tests.fakes.evm.chain import Chain, TokenTransfer
from tests.fakes.evm.serving import serve_facilitator, serve_node
from tests.gateway import JOB_SECONDS, Gateway
from tests.payments.wallets import XPUB

pytestmark = pytest.mark.anyio
DOLLAR = 1_000_000
PAYER, TREASURY = Account.from_key("0x" + "6f" * 32), "0x" + "cd" * 20
PART = {"HX-Request": "true"}
BUY = {"packageCode": "studio_2500", "idempotencyKey": "once"}


@pytest.fixture(scope="module")
def chain() -> Chain:
    found = Chain()
    found.send_transfers(TokenTransfer(PAYER.address.lower(), 100 * DOLLAR))
    found.mine()
    return found


@pytest.fixture(scope="module")
def reader(chain: Chain) -> Iterator[tuple[str, ChainNode]]:
    with serve_node(chain) as found:
        yield found


@pytest.fixture(scope="module")
def node(reader: tuple[str, ChainNode]) -> str:
    return reader[0]


@pytest.fixture(scope="module")
def shop(node: str, chain: Chain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway that takes USDC two blocks deep, by deposit and by x402, and no cards."""
    with (
        serve_facilitator(chain) as (facilitator, _),
        outside.serve_gateway(
            tmp_path_factory.mktemp("usdc") / "data",
            KT_TEST_EVM_XPUB=XPUB,
            KT_TEST_EVM_RPC_URL=node,
            KT_EVM_CONFIRMATIONS="2",
            KT_TEST_X402_PAY_TO=TREASURY,
            KT_TEST_X402_FACILITATOR_URL=facilitator,
        ) as one,
    ):
        yield one


def open_checkout_page(person: httpx2.Client, **given: str) -> str:
    """Open a checkout as a form does, as soon as the chain was read; return its page."""
    deadline = time.monotonic() + JOB_SECONDS
    while (answer := person.post("/credits/usdc?mode=test", data=given)).status_code == 503:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.1)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def wait_for_words(person: httpx2.Client, path: str, words: str) -> str:
    """Reload a page until it has these words, and return it."""
    deadline = time.monotonic() + JOB_SECONDS
    while words not in (text := person.get(path).text):
        assert time.monotonic() < deadline, text
        time.sleep(0.2)
    return text


def find_copied_value(text: str, name: str) -> str:
    found = re.search(f'id="{name}">([^<]+)<', text)
    assert found is not None
    return unescape(found[1])


@pytest.mark.promise("pages: usdc")
def test_a_person_is_told_where_to_send_how_much_and_sees_it_credited(
    shop: Gateway, chain: Chain
) -> None:
    with shop.account("0") as account, shop.browser(account.account_id) as person:
        assert "in USDC" in person.get("/credits").text
        at = open_checkout_page(person, **BUY)
        assert open_checkout_page(person, **BUY) == at
        text = person.get(at).text
        address = find_copied_value(text, "pay-address")
        assert find_copied_value(text, "pay-amount") == "25.00"
        assert f"transfer?address={address}&amp;uint256=25000000" in text
        assert "<svg" in text
        assert "Only USDC, and only on Base Sepolia" in text
        assert re.search(r"\d+ min \d+ s left to send it", text)
        state = person.get(at.replace("?", "/state?"), headers=PART)
        assert 'hx-trigger="every 5s"' in state.text
        assert "<html" not in state.text
        chain.send_transfers(TokenTransfer(address.lower(), 20 * DOLLAR))
        chain.mine()
        seen = wait_for_words(person, at, "Payment seen")
        assert "$20.00 of $25.00 seen; $5.00 is missing" in seen
        assert "1 of 2 confirmations" in seen
        chain.send_transfers(TokenTransfer(address.lower(), 5 * DOLLAR))
        chain.mine(2)
        done = wait_for_words(person, at, "Credit added")
        assert "$25.00 of credit and a bonus of $1.00 were added" in done
        assert address not in done
        assert "http-equiv" not in done
        assert person.get(at.replace("?", "/state?"), headers=PART).headers["hx-refresh"] == "true"
        assert account.get_balance()["balanceUsd"] == "26.00"


@pytest.mark.promise("pages: usdc-found")
def test_a_person_finds_a_payment_that_did_not_arrive_by_its_transaction(
    shop: Gateway, chain: Chain, reader: tuple[str, ChainNode]
) -> None:
    with shop.account("0") as account, shop.browser(account.account_id) as person:
        at = open_checkout_page(person, packageCode="pocket_100")
        page = person.get(at).text
        assert 'action="/credits/usdc/find?mode=test"' in page
        assert "/credits/usdc/find?mode=test" in person.get("/credits?mode=test").text

        def find(text: str) -> httpx2.Response:
            return person.post("/credits/usdc/find?mode=test", data={"transaction": text})

        wrong = find("my payment")
        assert (wrong.status_code, "64 digits and letters" in wrong.text) == (422, True)
        assert 'value="my payment"' in wrong.text
        sent = chain.send_transfers(
            TokenTransfer(find_copied_value(page, "pay-address").lower(), DOLLAR)
        )
        unmined = find(sent)
        assert (unmined.status_code, "in no block yet" in unmined.text) == (404, True)
        other = chain.send_transfers(TokenTransfer(TREASURY, 1))
        reader[1].unindexed = {chain.head.number + 1}
        chain.mine(2)
        assert "paid none of your checkouts" in find(other).text
        found = find(f"https://sepolia.basescan.org/tx/{sent}?a=1")
        assert (found.status_code, found.headers["location"]) == (303, at)
        assert "Credit added" in wait_for_words(person, at, "Credit added")
        reader[1].unindexed = set()


@pytest.mark.promise("payments: claims-of-unread-chains")
def test_a_page_says_that_the_network_cannot_be_read_and_not_that_nothing_came(
    shop: Gateway, chain: Chain, reader: tuple[str, ChainNode]
) -> None:
    with shop.account("0") as account, shop.browser(account.account_id) as person:
        at = open_checkout_page(person, packageCode="pocket_100")
        address = find_copied_value(person.get(at).text, "pay-address")
        reader[1].offline = True
        try:
            chain.send_transfers(TokenTransfer(address.lower(), DOLLAR))
            chain.mine(2)
            away = person.get(at)
        finally:
            reader[1].offline = False
        assert away.status_code == 502
        assert "Pay $1.00 in USDC" in away.text
        assert "what has arrived is not known; nothing is lost" in away.text
        assert "Send nothing more until then" in away.text
        assert address not in away.text
        assert 'http-equiv="refresh"' in away.text
        assert "Credit added" in wait_for_words(person, at, "Credit added")


def test_a_checkout_in_usdc_is_of_its_account_and_opened_only_by_our_form(shop: Gateway) -> None:
    with (
        shop.account("0") as account,
        shop.account("0") as other,
        shop.browser(account.account_id) as person,
        shop.browser(other.account_id) as stranger,
        shop.client() as nobody,
    ):
        at = open_checkout_page(person, packageCode="pocket_100")
        assert stranger.get(at).status_code == 404
        assert nobody.get(at).headers["location"].startswith("/login")
        foreign = {"Sec-Fetch-Site": "cross-site"}
        given = {"packageCode": "pocket_100"}
        assert person.post("/credits/usdc", data=given, headers=foreign).status_code == 403
        told = account.http.get(
            "/api/v1/checkout/crypto", params={"checkoutId": at.split("?")[0].rsplit("/", 1)[1]}
        )
        assert told.json()["address"] == find_copied_value(person.get(at).text, "pay-address")


@pytest.mark.promise("pages: x402")
def test_the_code_on_the_page_buys_credit_with_a_wallet(shop: Gateway) -> None:
    with shop.account("0") as account, shop.browser(account.account_id) as person:
        code = find_copied_value(person.get("/credits").text, "x402-python")
        keys = {"KT_API_KEY": account.key, "WALLET_KEY": "0x" + "6f" * 32}
        ran = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", code],
            env=os.environ | keys, capture_output=True, text=True, timeout=JOB_SECONDS, check=False,
        )  # fmt: skip
        assert ran.stdout.startswith("200 "), ran.stdout + ran.stderr
        assert account.get_balance()["balanceUsd"] == "1.00"


def test_a_way_that_is_not_set_up_is_not_offered(gateway: Gateway) -> None:
    with gateway.account("0") as account, gateway.browser(account.account_id) as person:
        text = person.get("/credits").text
        assert "x402" not in text
        assert "in USDC" not in text
        assert person.get("/credits/usdc/chk_x").status_code == 503


@pytest.fixture
def own_chain() -> Chain:
    """A chain whose time the test moves."""
    return Chain()


@pytest.fixture
async def later(
    anyio_backend: str, tmp_path: Path, clock: MovedClock, own_chain: Chain
) -> AsyncIterator[Application]:
    """A gateway that takes USDC, whose clock the test moves."""
    with serve_node(own_chain) as (node, _):
        given: dict[str, Any] = {
            "data_dir": tmp_path, "test_evm_xpub": XPUB, "test_evm_rpc_url": node,
            "evm_confirmations": 2,
        }  # fmt: skip
        async with run_application(Settings(**given).with_secrets(), clock) as application:
            yield application


async def open_person(site: Application) -> httpx2.AsyncClient:
    """Return the browser of a fresh account."""
    async with site.database.write() as session:
        ids, peppers = site.ports.get(Ids), site.ports.get(Peppers)
        made = await create_account_with_key(
            session, ids, peppers, mode="test", amount=0, label="t"
        )
        _, token = await open_session(session, ids, account_id=made["accountId"], origin="test")
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(site.asgi), base_url=site.settings.public_url, timeout=60,
        headers={"Sec-Fetch-Site": "same-origin", "cookie": f"kt_session={token}"},
    )  # fmt: skip


async def test_too_little_and_nothing_at_all_are_told_apart_when_the_time_is_over(
    later: Application, own_chain: Chain, clock: MovedClock
) -> None:
    shop = later.ports.get(Shop)
    async with await open_person(later) as person:
        await watch_chains(shop)
        pages = []
        for key in ("poor", "none"):
            answer = await person.post(
                "/credits/usdc?mode=test", data=BUY | {"idempotencyKey": key}
            )
            pages.append(answer.headers["location"])
        poor, none = pages
        address = find_copied_value((await person.get(poor)).text, "pay-address")
        own_chain.send_transfers(TokenTransfer(address.lower(), 24 * DOLLAR))
        own_chain.mine(2)
        await watch_chains(shop)
        await clock.advance(later.database, 2 * HOUR)
        own_chain.offset_seconds = 2 * HOUR // SECOND
        own_chain.mine()
        await watch_chains(shop)
        text = (await person.get(poor)).text
        assert "$24.00 of $25.00 arrived in time; $24.00 is credited, without the bonus" in text
        text = (await person.get(none)).text
        assert "Nothing arrived within the hour" in text
        assert "pay-address" not in text


@pytest.mark.promise("payments: deposits-none-unread")
async def test_nobody_is_told_to_pay_while_the_chain_is_not_read(
    later: Application, own_chain: Chain, clock: MovedClock
) -> None:
    shop = later.ports.get(Shop)
    async with await open_person(later) as person:
        await watch_chains(shop)
        await clock.advance(later.database, 6 * MINUTE)
        await watch_chains(shop)  # there is no new block
        refused = await person.post("/credits/usdc?mode=test", data=BUY)
        assert refused.status_code == 503
        assert "no new block of its chain was read for five minutes" in refused.text
        assert "Try again in a minute, or pay in another way." in refused.text
        own_chain.mine()
        await watch_chains(shop)
        assert (await person.post("/credits/usdc?mode=test", data=BUY)).status_code == 303
