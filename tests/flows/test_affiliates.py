"""The affiliate programme through the front door: from a link to money, and what is refused."""

import json
import re
from asyncio import to_thread
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import stripe

from gateway.affiliates.earnings.payout_destinations import mask_destination
from gateway.affiliates.programme import BINDING_PERIOD, COMMISSION_HOLD, PAYOUT_BLOCK
from gateway.app import Application, run_application
from gateway.configuration.settings import Settings
from gateway.kit.clock import DAY
from gateway.ledger.audit import check_invariants
from gateway.operator import affiliates as operator
from gateway.operator.acts import OperatorOrder
from tests.databases import MovedClock
from tests.fakes.smtp import Inbox, inbox
from tests.fakes.stripe.client import SECRET, StripeStandIn, stand_in
from tests.gateway import problem
from tests.in_process import account, caller, sweep_once

pytestmark = pytest.mark.anyio
AFFILIATES = "/api/v1/affiliates"
ME = f"{AFFILIATES}/me"
PAGE = {"Sec-Fetch-Site": "same-origin"}
MONTH = COMMISSION_HOLD // DAY


@pytest.fixture(scope="module")
def bank() -> Iterator[StripeStandIn]:
    with stand_in() as one:
        yield one


@pytest.fixture(scope="module")
def box() -> Iterator[Inbox]:
    with inbox() as one:
        yield one


@pytest.fixture
async def site(
    anyio_backend: str, tmp_path: Path, clock: MovedClock, bank: StripeStandIn, box: Inbox
) -> AsyncIterator[Application]:
    """A gateway that sells and sends mail, whose clock the test moves."""
    async with run_application(settings_of(tmp_path, bank, box), clock) as application:
        yield application


def settings_of(folder: Path, bank: StripeStandIn, box: Inbox, **more: str) -> Settings:
    stripe_of = {name.removeprefix("KT_").lower(): each for name, each in bank.settings.items()}
    given: dict[str, Any] = {"data_dir": folder, "smtp_url": box.url, **stripe_of, **more}
    return Settings(**given).with_secrets()


@asynccontextmanager
async def visitor(site: Application) -> AsyncIterator[httpx2.AsyncClient]:
    """Yield a browser on a page of the site."""
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(site.asgi), base_url=site.settings.public_url,
        headers=PAGE, timeout=60,
    ) as http:  # fmt: skip
        yield http


async def signed_in(http: httpx2.AsyncClient, box: Inbox, email: str) -> None:
    """Sign a browser in by a code."""
    box.mails.clear()
    started = await http.post("/api/v1/auth/email/start", json={"email": email})
    code = await to_thread(box.code, email)
    proof = {"challengeId": started.json()["challengeId"], "code": code}
    answer = await http.post("/api/v1/auth/browser/email/verify", json=proof)
    assert answer.status_code == 200, answer.text


async def applied(http: httpx2.AsyncClient, code: str) -> str:
    body = {"displayName": "Ann", "acceptTerms": True, "desiredCode": code}
    answer = await http.post(f"{ME}/apply", json=body)
    assert answer.status_code == 201, answer.text
    made: str = answer.json()["affiliateId"]
    return made


async def approved(site: Application, affiliate_id: str) -> None:
    order = OperatorOrder(reason="looks good", where=site.settings.data_dir)
    assert (await operator.decide_affiliate(order, affiliate_id, "approve"))["state"] == "approved"


async def get(http: httpx2.AsyncClient, path: str) -> dict[str, Any]:
    answer = await http.get(path)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def bought(http: httpx2.AsyncClient, bank: StripeStandIn) -> tuple[str, str]:
    """Buy credit for $100; return the ids of the checkout and the payment."""
    body = {"packageCode": "scale_10000"}
    opened = (await http.post("/api/v1/checkout/stripe", json=body)).json()
    intent = bank.control("pay", session=opened["sessionId"])
    claim = {"checkoutId": opened["checkoutId"]}
    for _ in range(2):
        settled = await http.post("/api/v1/claim/stripe", json=claim)
        assert settled.json()["state"] == "credited", settled.text
    return opened["checkoutId"], intent


async def hear(http: httpx2.AsyncClient, bank: StripeStandIn, event: str) -> None:
    """Deliver an event of the stand-in, signed."""
    text = json.dumps(bank.get(f"/v1/events/{event}"))
    signature = stripe.WebhookSignature.generate_signature_header(text, SECRET)
    headers = {"Stripe-Signature": signature}
    answer = await http.post("/api/v1/webhooks/stripe", content=text, headers=headers)
    assert answer.status_code == 200, answer.text


@pytest.mark.promise("affiliates: walk")
async def test_a_link_becomes_commission_credit_and_after_a_refund_a_clawback(
    site: Application, bank: StripeStandIn, box: Inbox, clock: MovedClock
) -> None:
    async with account(site) as ann, visitor(site) as bob:
        affiliate = await applied(ann, "Ann-10")
        link = (await get(ann, ME))["link"]
        early = await bob.get(link)
        assert (early.status_code, "kt_ref" in bob.cookies) == (302, False)
        await approved(site, affiliate)
        led = await bob.get(f"{link}&to=/api-docs&utm_source=mail&utm_source=web&fbclid=%00")
        assert led.headers["location"] == f"{site.settings.public_url}/api-docs"
        first = bob.cookies["kt_ref"]
        again = await bob.post(f"{AFFILIATES}/capture", json={"code": "ann-10"})
        assert (again.json()["referralToken"], bob.cookies["kt_ref"]) == (first, first)
        await signed_in(bob, box, "bob@example.com")
        bought_by_bob = [await bought(bob, bank) for _ in range(2)]
        page = await ann.get(f"{ME}/commissions")
        shown = page.json()["data"]
        assert [each["commissionUsd"] for each in shown] == ["15.00", "15.00"]
        assert not re.search("bob|acct_|chk_|pur_|pi_", page.text)
        await clock.forward(site.database, COMMISSION_HOLD)
        await sweep_once(site)
        seen = await get(ann, f"{ME}/dashboard?days={MONTH + 2}")
        assert (seen["clicks"], seen["signUps"], seen["buyers"]) == (2, 1, 1)
        assert (seen["pendingUsd"], seen["approvedUsd"]) == ("0.00", "30.00")
        paid = await ann.post(f"{ME}/payout-requests", json={"method": "account_credit"})
        assert (paid.status_code, paid.json()["state"]) == (201, "paid"), paid.text
        buckets = (await get(ann, "/api/v1/balance"))["buckets"]
        assert ("earned", "30.00") in [(b["category"], b["remainingUsd"]) for b in buckets]
        assert (await get(ann, f"{ME}/payouts"))["data"][0]["amountUsd"] == "30.00"
        refund = bank.control("refund", intent=bought_by_bob[0][1], amount=5_000)
        (event,) = bank.events(refund, "refund.created")
        for _ in range(2):
            await hear(bob, bank, event)
        latest = (await get(ann, f"{ME}/commissions?limit=1"))["data"][0]
        assert (latest["kind"], latest["commissionUsd"]) == ("clawback", "-7.50")
        assert (await get(ann, f"{ME}/dashboard"))["availableUsd"] == "-7.50"
        assert await check_invariants(site.database) == []


@pytest.mark.promise("affiliates: no-self-dealing")
async def test_a_card_of_the_affiliate_is_known_after_the_pepper_was_changed(
    anyio_backend: str, tmp_path: Path, clock: MovedClock, bank: StripeStandIn, box: Inbox
) -> None:
    settings = settings_of(tmp_path, bank, box)
    async with run_application(settings, clock) as site, account(site) as ann:
        await approved(site, await applied(ann, "ANN-10"))
        await bought(ann, bank)  # with the card that all have at the stand-in
        key = ann.headers["x-api-key"]
    old = settings.key_peppers.get_secret_value()
    rotated = settings_of(tmp_path, bank, box, key_peppers=f"new:{'n' * 43},{old}")
    async with (
        run_application(rotated, clock) as site,
        account(site) as bob,
        caller(site, key) as ann,
    ):
        bound = await bob.post(f"{ME}/bind-code", json={"code": "ANN-10"})
        assert bound.status_code == 200, bound.text
        await bought(bob, bank)
        (commission,) = (await get(ann, f"{ME}/commissions"))["data"]
        assert commission["state"] == "hold"


async def test_where_payouts_go_is_told_to_its_owner_and_blocks_them_for_three_days(
    site: Application, bank: StripeStandIn, box: Inbox, clock: MovedClock
) -> None:
    async with visitor(site) as ann:
        await signed_in(ann, box, "ann@example.com")
        await approved(site, await applied(ann, "ANN-10"))
        wrong = {"payoutMethod": "usdc", "payoutDestination": "0x12"}
        answer = await ann.patch(ME, json=wrong)
        problem(answer, 422, "payout_destination_invalid")
        wallet = {"payoutMethod": "usdc", "payoutDestination": f"0x{'aB' * 20}"}
        shown = (await ann.patch(ME, json=wallet)).json()
        assert shown["payoutDestinationMasked"] == "…abab"
        mail = await to_thread(box.to, "ann@example.com", 2)
        assert "payout destination has changed" in mail["Subject"]
        blocked = await ann.post(f"{ME}/payout-requests", json={})
        assert problem(blocked, 403, "payouts_blocked")["payoutsBlockedUntil"]
        await clock.forward(site.database, PAYOUT_BLOCK)
        assert (await get(ann, ME))["payoutsBlockedUntil"] is None
        poor = await ann.post(f"{ME}/payout-requests", json={})
        problem(poor, 409, "insufficient_commission")
    assert mask_destination("paypal", "ann@example.com") == "a…@example.com"


async def test_an_operator_pays_what_was_asked_for(
    site: Application, bank: StripeStandIn, box: Inbox, clock: MovedClock
) -> None:
    order = OperatorOrder(reason="batch 7", where=site.settings.data_dir)
    async with visitor(site) as ann, visitor(site) as bob:
        await signed_in(ann, box, "ann@example.com")
        await approved(site, await applied(ann, "ANN-10"))
        bank_account = {"payoutMethod": "bank", "payoutDestination": "DE02 1203 0000 0000 2020 51"}
        await ann.patch(ME, json=bank_account)
        token = (await bob.post(f"{AFFILIATES}/capture", json={"code": "ANN-10"})).json()
        bob.cookies.delete("kt_ref")
        await signed_in(bob, box, "bob@example.com")
        bound = await bob.post(f"{ME}/bind-code", json={"referralToken": token["referralToken"]})
        assert bound.json()["boundCode"] == "ANN-10", bound.text
        for _ in range(2):
            await bought(bob, bank)
        await clock.forward(site.database, COMMISSION_HOLD)
        await sweep_once(site)
        await signed_in(ann, box, "ann@example.com")
        asked = (await ann.post(f"{ME}/payout-requests", json={"amountUsd": "25"})).json()
        problem(await ann.post(f"{ME}/payout-requests", json={}), 409, "payout_already_open")
        folder = site.settings.data_dir
        (waiting,) = await operator.list_payouts(folder, "test", "requested", 10)
        assert waiting["destination"] == bank_account["payoutDestination"]
        await operator.decide_payout(order, asked["id"], "approve")
        await operator.decide_payout(order, asked["id"], "paid", "SEPA-1")
        twice = await operator.decide_payout(order, asked["id"], "paid", "SEPA-2")
        assert twice["changed"] is False
        (paid,) = (await get(ann, f"{ME}/payouts"))["data"]
        assert (paid["reference"], paid["destinationMasked"]) == ("SEPA-1", "…0 51")
        (request,) = (await get(ann, f"{ME}/payout-requests"))["data"]
        assert (request["state"], request["amountUsd"]) == ("paid", "25.00")
        small = await ann.post(f"{ME}/payout-requests", json={})
        problem(small, 422, "below_minimum")
        assert await check_invariants(site.database) == []


async def test_what_the_programme_refuses_it_refuses_in_its_words(
    site: Application, bank: StripeStandIn, clock: MovedClock
) -> None:
    async with account(site) as ann, account(site) as bea, visitor(site) as web:
        for path in ("", "/code", "/dashboard", "/commissions", "/payouts", "/payout-requests"):
            problem(await bea.get(f"{ME}{path}"), 404, "not_an_affiliate")
        problem(await bea.patch(ME, json={}), 404, "not_an_affiliate")
        problem(await bea.post(f"{ME}/payout-requests", json={}), 404, "not_an_affiliate")
        affiliate = await applied(ann, "ANN-10")
        again = {"displayName": "Ann", "acceptTerms": True}
        problem(await ann.post(f"{ME}/apply", json=again), 409, "already_applied")
        for taken in ("ann-10", "SUPPORT"):
            body = {**again, "desiredCode": taken}
            problem(await bea.post(f"{ME}/apply", json=body), 409, "code_taken")
        refused = await bea.post(f"{ME}/apply", json={**again, "acceptTerms": False})
        problem(refused, 422, "invalid_input")
        asked = await ann.post(f"{ME}/payout-requests", json={})
        problem(asked, 403, "affiliate_not_approved")
        place = await ann.patch(ME, json={"payoutMethod": "account_credit"})
        problem(place, 403, "session_required")
        problem(await bea.post(f"{ME}/bind-code", json={"code": "ANN-10"}), 404, "code_not_found")
        await approved(site, affiliate)
        assert (await ann.patch(ME, json={"code": "ann-20"})).json()["code"] == "ANN-20"
        problem(await ann.patch(ME, json={"code": "ANN-30"}), 409, "code_changed_recently")
        own = await ann.post(f"{ME}/bind-code", json={"code": "ANN-20"})
        problem(own, 422, "self_referral")
        valid = [
            (await web.post(f"{AFFILIATES}/validate-code", json={"code": code})).json()
            for code in ("ann-10", "Ann-20", "NOBODY", "; DROP")
        ]
        assert [each["valid"] for each in valid] == [True, True, False, False]
        assert valid[1]["displayName"] == "Ann"
        lost = await web.post(f"{AFFILIATES}/capture", json={"code": "NOBODY"})
        assert (lost.json()["captured"], "kt_ref" in web.cookies) == (False, False)
        astray = await web.get(f"{AFFILIATES}/r?code=ANN-10&to=//evil.example")
        assert astray.headers["location"] == f"{site.settings.public_url}/"
        assert (await bea.post(f"{ME}/bind-code", json={"code": "ANN-10"})).status_code == 200
        problem(await bea.post(f"{ME}/bind-code", json={"code": "ANN-10"}), 409, "already_bound")
    async with account(site) as late, account(site) as buyer:
        await bought(buyer, bank)
        closed = await buyer.post(f"{ME}/bind-code", json={"code": "ANN-10"})
        problem(closed, 409, "binding_window_closed")
        await clock.forward(site.database, BINDING_PERIOD + DAY)
        closed = await late.post(f"{ME}/bind-code", json={"code": "ANN-10"})
        problem(closed, 409, "binding_window_closed")
