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
from gateway.ledger.invariants import check_invariants
from gateway.operator import affiliates as operator
from gateway.operator.acts import OperatorOrder
from tests.databases import MovedClock
from tests.fakes.smtp import Inbox, run_inbox
from tests.fakes.stripe.client import STRIPE_WEBHOOK_SECRET, StripeStandIn
from tests.gateway import assert_problem
from tests.in_process import build_client, open_account_client, run_sweeps_once

pytestmark = pytest.mark.anyio
AFFILIATES = "/api/v1/affiliates"
ME = f"{AFFILIATES}/me"
PAGE = {"Sec-Fetch-Site": "same-origin"}
MONTH = COMMISSION_HOLD // DAY


@pytest.fixture(scope="module")
def box() -> Iterator[Inbox]:
    with run_inbox() as one:
        yield one


@pytest.fixture
async def site(
    anyio_backend: str, tmp_path: Path, clock: MovedClock, bank: StripeStandIn, box: Inbox
) -> AsyncIterator[Application]:
    """A gateway that sells and sends mail, whose clock the test moves."""
    async with run_application(build_settings(tmp_path, bank, box), clock) as application:
        yield application


def build_settings(folder: Path, bank: StripeStandIn, box: Inbox, **more: str) -> Settings:
    stripe_of = {name.removeprefix("KT_").lower(): each for name, each in bank.settings.items()}
    given: dict[str, Any] = {"data_dir": folder, "smtp_url": box.url, **stripe_of, **more}
    return Settings(**given).with_secrets()


@asynccontextmanager
async def open_visitor(site: Application) -> AsyncIterator[httpx2.AsyncClient]:
    """Yield a browser on a page of the site."""
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(site.asgi), base_url=site.settings.public_url,
        headers=PAGE, timeout=60,
    ) as http:  # fmt: skip
        yield http


async def sign_in_by_code(http: httpx2.AsyncClient, box: Inbox, email: str) -> None:
    """Sign a browser in by a code."""
    box.mails.clear()
    started = await http.post("/api/v1/auth/email/start", json={"email": email})
    code = await to_thread(box.wait_for_code, email)
    proof = {"challengeId": started.json()["challengeId"], "code": code}
    answer = await http.post("/api/v1/auth/browser/email/verify", json=proof)
    assert answer.status_code == 200, answer.text


async def apply_as_affiliate(http: httpx2.AsyncClient, code: str) -> str:
    body = {"displayName": "Ann", "acceptTerms": True, "desiredCode": code}
    answer = await http.post(f"{ME}/apply", json=body)
    assert answer.status_code == 201, answer.text
    made: str = answer.json()["affiliateId"]
    return made


async def approve_affiliate(site: Application, affiliate_id: str) -> None:
    order = OperatorOrder(reason="looks good", where=site.settings.data_dir)
    assert (await operator.decide_affiliate(order, affiliate_id, "approve"))["state"] == "approved"


async def get_json(http: httpx2.AsyncClient, path: str) -> dict[str, Any]:
    answer = await http.get(path)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def buy_credit(http: httpx2.AsyncClient, bank: StripeStandIn) -> tuple[str, str]:
    """Buy credit for $100; return the ids of the checkout and the payment."""
    body = {"packageCode": "scale_10000"}
    opened = (await http.post("/api/v1/checkout/stripe", json=body)).json()
    intent = bank.call_control("pay", session=opened["sessionId"])
    claim = {"checkoutId": opened["checkoutId"]}
    for _ in range(2):
        settled = await http.post("/api/v1/claim/stripe", json=claim)
        assert settled.json()["state"] == "credited", settled.text
    return opened["checkoutId"], intent


async def deliver_event(http: httpx2.AsyncClient, bank: StripeStandIn, event: str) -> None:
    """Deliver an event of the stand-in, signed."""
    text = json.dumps(bank.get_object(f"/v1/events/{event}"))
    signature = stripe.WebhookSignature.generate_signature_header(text, STRIPE_WEBHOOK_SECRET)
    headers = {"Stripe-Signature": signature}
    answer = await http.post("/api/v1/webhooks/stripe", content=text, headers=headers)
    assert answer.status_code == 200, answer.text


@pytest.mark.promise("affiliates: walk")
async def test_a_link_becomes_commission_credit_and_after_a_refund_a_clawback(
    site: Application, bank: StripeStandIn, box: Inbox, clock: MovedClock
) -> None:
    async with open_account_client(site) as ann, open_visitor(site) as bob:
        affiliate = await apply_as_affiliate(ann, "Ann-10")
        link = (await get_json(ann, ME))["link"]
        early = await bob.get(link)
        assert (early.status_code, "kt_ref" in bob.cookies) == (302, False)
        await approve_affiliate(site, affiliate)
        led = await bob.get(f"{link}&to=/api-docs&utm_source=mail&utm_source=web&fbclid=%00")
        assert led.headers["location"] == f"{site.settings.public_url}/api-docs"
        first = bob.cookies["kt_ref"]
        again = await bob.post(f"{AFFILIATES}/capture", json={"code": "ann-10"})
        assert (again.json()["referralToken"], bob.cookies["kt_ref"]) == (first, first)
        await sign_in_by_code(bob, box, "bob@example.com")
        bought_by_bob = [await buy_credit(bob, bank) for _ in range(2)]
        page = await ann.get(f"{ME}/commissions")
        shown = page.json()["data"]
        assert [each["commissionUsd"] for each in shown] == ["15.00", "15.00"]
        assert not re.search("bob|acct_|chk_|pur_|pi_", page.text)
        await clock.advance(site.database, COMMISSION_HOLD)
        await run_sweeps_once(site)
        seen = await get_json(ann, f"{ME}/dashboard?days={MONTH + 2}")
        assert (seen["clicks"], seen["signUps"], seen["buyers"]) == (2, 1, 1)
        assert (seen["pendingUsd"], seen["approvedUsd"]) == ("0.00", "30.00")
        paid = await ann.post(f"{ME}/payout-requests", json={"method": "account_credit"})
        assert (paid.status_code, paid.json()["state"]) == (201, "paid"), paid.text
        buckets = (await get_json(ann, "/api/v1/balance"))["buckets"]
        assert ("earned", "30.00") in [(b["category"], b["remainingUsd"]) for b in buckets]
        assert (await get_json(ann, f"{ME}/payouts"))["data"][0]["amountUsd"] == "30.00"
        refund = bank.call_control("refund", intent=bought_by_bob[0][1], amount=5_000)
        (event,) = bank.list_event_ids(refund, "refund.created")
        for _ in range(2):
            await deliver_event(bob, bank, event)
        latest = (await get_json(ann, f"{ME}/commissions?limit=1"))["data"][0]
        assert (latest["kind"], latest["commissionUsd"]) == ("clawback", "-7.50")
        assert (await get_json(ann, f"{ME}/dashboard"))["availableUsd"] == "-7.50"
        assert await check_invariants(site.database) == []


@pytest.mark.promise("affiliates: no-self-dealing")
async def test_a_card_of_the_affiliate_is_known_after_the_pepper_was_changed(
    anyio_backend: str, tmp_path: Path, clock: MovedClock, bank: StripeStandIn, box: Inbox
) -> None:
    settings = build_settings(tmp_path, bank, box)
    async with run_application(settings, clock) as site, open_account_client(site) as ann:
        await approve_affiliate(site, await apply_as_affiliate(ann, "ANN-10"))
        await buy_credit(ann, bank)  # with the card that all have at the stand-in
        key = ann.headers["x-api-key"]
    old = settings.key_peppers.get_secret_value()
    rotated = build_settings(tmp_path, bank, box, key_peppers=f"new:{'n' * 43},{old}")
    async with (
        run_application(rotated, clock) as site,
        open_account_client(site) as bob,
        build_client(site, key) as ann,
    ):
        bound = await bob.post(f"{ME}/bind-code", json={"code": "ANN-10"})
        assert bound.status_code == 200, bound.text
        await buy_credit(bob, bank)
        (commission,) = (await get_json(ann, f"{ME}/commissions"))["data"]
        assert commission["state"] == "hold"


async def test_where_payouts_go_is_told_to_its_owner_and_blocks_them_for_three_days(
    site: Application, bank: StripeStandIn, box: Inbox, clock: MovedClock
) -> None:
    async with open_visitor(site) as ann:
        await sign_in_by_code(ann, box, "ann@example.com")
        await approve_affiliate(site, await apply_as_affiliate(ann, "ANN-10"))
        wrong = {"payoutMethod": "usdc", "payoutDestination": "0x12"}
        answer = await ann.patch(ME, json=wrong)
        assert_problem(answer, 422, "payout_destination_invalid")
        wallet = {"payoutMethod": "usdc", "payoutDestination": f"0x{'aB' * 20}"}
        shown = (await ann.patch(ME, json=wallet)).json()
        assert shown["payoutDestinationMasked"] == "…abab"
        mail = await to_thread(box.wait_for_mail, "ann@example.com", 2)
        assert "payout destination has changed" in mail["Subject"]
        blocked = await ann.post(f"{ME}/payout-requests", json={})
        assert assert_problem(blocked, 403, "payouts_blocked")["payoutsBlockedUntil"]
        await clock.advance(site.database, PAYOUT_BLOCK)
        assert (await get_json(ann, ME))["payoutsBlockedUntil"] is None
        poor = await ann.post(f"{ME}/payout-requests", json={})
        assert_problem(poor, 409, "insufficient_commission")
    assert mask_destination("paypal", "ann@example.com") == "a…@example.com"


async def test_an_operator_pays_what_was_asked_for(
    site: Application, bank: StripeStandIn, box: Inbox, clock: MovedClock
) -> None:
    order = OperatorOrder(reason="batch 7", where=site.settings.data_dir)
    async with open_visitor(site) as ann, open_visitor(site) as bob:
        await sign_in_by_code(ann, box, "ann@example.com")
        await approve_affiliate(site, await apply_as_affiliate(ann, "ANN-10"))
        bank_account = {"payoutMethod": "bank", "payoutDestination": "DE02 1203 0000 0000 2020 51"}
        await ann.patch(ME, json=bank_account)
        token = (await bob.post(f"{AFFILIATES}/capture", json={"code": "ANN-10"})).json()
        bob.cookies.delete("kt_ref")
        await sign_in_by_code(bob, box, "bob@example.com")
        bound = await bob.post(f"{ME}/bind-code", json={"referralToken": token["referralToken"]})
        assert bound.json()["boundCode"] == "ANN-10", bound.text
        for _ in range(2):
            await buy_credit(bob, bank)
        await clock.advance(site.database, COMMISSION_HOLD)
        await run_sweeps_once(site)
        await sign_in_by_code(ann, box, "ann@example.com")
        asked = (await ann.post(f"{ME}/payout-requests", json={"amountUsd": "25"})).json()
        assert_problem(await ann.post(f"{ME}/payout-requests", json={}), 409, "payout_already_open")
        folder = site.settings.data_dir
        (waiting,) = await operator.list_payouts(folder, "test", "requested", 10)
        assert waiting["destination"] == bank_account["payoutDestination"]
        await operator.decide_payout(order, asked["id"], "approve")
        await operator.decide_payout(order, asked["id"], "paid", "SEPA-1")
        twice = await operator.decide_payout(order, asked["id"], "paid", "SEPA-2")
        assert twice["changed"] is False
        (paid,) = (await get_json(ann, f"{ME}/payouts"))["data"]
        assert (paid["reference"], paid["destinationMasked"]) == ("SEPA-1", "…0 51")
        (request,) = (await get_json(ann, f"{ME}/payout-requests"))["data"]
        assert (request["state"], request["amountUsd"]) == ("paid", "25.00")
        small = await ann.post(f"{ME}/payout-requests", json={})
        assert_problem(small, 422, "below_minimum")
        assert await check_invariants(site.database) == []


async def test_what_the_programme_refuses_it_refuses_in_its_words(
    site: Application, bank: StripeStandIn, clock: MovedClock
) -> None:
    async with (
        open_account_client(site) as ann,
        open_account_client(site) as bea,
        open_visitor(site) as web,
    ):
        for path in ("", "/code", "/dashboard", "/commissions", "/payouts", "/payout-requests"):
            assert_problem(await bea.get(f"{ME}{path}"), 404, "not_an_affiliate")
        assert_problem(await bea.patch(ME, json={}), 404, "not_an_affiliate")
        assert_problem(await bea.post(f"{ME}/payout-requests", json={}), 404, "not_an_affiliate")
        affiliate = await apply_as_affiliate(ann, "ANN-10")
        again = {"displayName": "Ann", "acceptTerms": True}
        assert_problem(await ann.post(f"{ME}/apply", json=again), 409, "already_applied")
        for taken in ("ann-10", "SUPPORT"):
            body = {**again, "desiredCode": taken}
            assert_problem(await bea.post(f"{ME}/apply", json=body), 409, "code_taken")
        refused = await bea.post(f"{ME}/apply", json={**again, "acceptTerms": False})
        assert_problem(refused, 422, "invalid_input")
        asked = await ann.post(f"{ME}/payout-requests", json={})
        assert_problem(asked, 403, "affiliate_not_approved")
        place = await ann.patch(ME, json={"payoutMethod": "account_credit"})
        assert_problem(place, 403, "session_required")
        assert_problem(
            await bea.post(f"{ME}/bind-code", json={"code": "ANN-10"}), 404, "code_not_found"
        )
        await approve_affiliate(site, affiliate)
        assert (await ann.patch(ME, json={"code": "ann-20"})).json()["code"] == "ANN-20"
        assert_problem(await ann.patch(ME, json={"code": "ANN-30"}), 409, "code_changed_recently")
        own = await ann.post(f"{ME}/bind-code", json={"code": "ANN-20"})
        assert_problem(own, 422, "self_referral")
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
        assert_problem(
            await bea.post(f"{ME}/bind-code", json={"code": "ANN-10"}), 409, "already_bound"
        )
    async with open_account_client(site) as late, open_account_client(site) as buyer:
        await buy_credit(buyer, bank)
        closed = await buyer.post(f"{ME}/bind-code", json={"code": "ANN-10"})
        assert_problem(closed, 409, "binding_window_closed")
        await clock.advance(site.database, BINDING_PERIOD + DAY)
        closed = await late.post(f"{ME}/bind-code", json={"code": "ANN-10"})
        assert_problem(closed, 409, "binding_window_closed")
