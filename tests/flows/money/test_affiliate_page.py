"""The page of an affiliate: forms alone apply, show what was earned, and ask for it once."""

import html
import re

import httpx2
import pytest

from gateway.affiliates.programme import BINDING_PERIOD, COMMISSION_HOLD, PAYOUT_BLOCK
from gateway.app import Application
from gateway.kit.clock import DAY
from gateway.ledger.invariants import check_invariants
from gateway.operator import affiliates as operator
from gateway.operator.acts import OperatorOrder
from gateway.pages.money_words import format_money
from tests.databases import MovedClock
from tests.fakes.smtp import Inbox
from tests.fakes.stripe.client import StripeStandIn
from tests.flows.money.test_affiliates import (
    ME,
    approve_affiliate,
    buy_credit,
    get_json,
    open_visitor,
    sign_in_by_code,
)
from tests.flows.money.test_affiliates import box as box
from tests.flows.money.test_affiliates import site as site
from tests.in_process import run_sweeps_once

pytestmark = pytest.mark.anyio
PAGE = "/affiliate"
FORM = re.compile(r'<form method="post" action="([^"]+)">(.*?)</form>', re.DOTALL)
FIELD = re.compile(r'<input [^>]*name="(\w+)"(?: value="([^"]*)")?')


def read_form_fields(page: httpx2.Response, path: str) -> dict[str, str]:
    """Return the fields of the form of a page that posts to this path."""
    (inside,) = [inside for action, inside in FORM.findall(page.text) if path in action]
    found = {name: html.unescape(value) for name, value in FIELD.findall(inside)}
    return {name: value for name, value in found.items() if name != "acceptTerms"}


async def send_form(
    http: httpx2.AsyncClient, page: httpx2.Response, path: str, **given: str
) -> httpx2.Response:
    """Fill in and send the form of a page that posts to this path."""
    return await http.post(f"{PAGE}/{path}", data=read_form_fields(page, f"{PAGE}/{path}") | given)


async def join_by_form(site: Application, http: httpx2.AsyncClient, code: str = "ANN-10") -> None:
    """Apply by the form, and be approved."""
    page = await http.get(PAGE)
    done = await send_form(
        http, page, "apply", displayName="Ann", desiredCode=code, acceptTerms="on"
    )
    assert done.status_code == 303, done.text
    await approve_affiliate(site, (await get_json(http, ME))["affiliateId"])


async def test_a_person_applies_once_and_reads_what_is_wrong_beside_its_field(
    site: Application, box: Inbox
) -> None:
    async with open_visitor(site) as ann:
        await sign_in_by_code(ann, box, "ann@example.com")
        page = await ann.get(PAGE)
        assert all(words in page.text for words in ("15 %", "$25.00", "on your own purchases"))
        name = "Ann & <b>Sons</b>"
        wrong = await send_form(ann, page, "apply", displayName=name, website="example")
        assert wrong.status_code == 422
        for each in ("displayName", "website", "terms"):
            assert f'id="{each}-wrong"' in wrong.text
        assert f'value="{html.escape(name)}"' in wrong.text
        taken = await send_form(
            ann, page, "apply", displayName="Ann", desiredCode="admin", acceptTerms="1"
        )
        assert (taken.status_code, 'id="desiredCode-wrong"' in taken.text) == (409, True)
        right = {"displayName": "Ann", "desiredCode": "Ann-10", "acceptTerms": "on"}
        for _ in range(2):
            assert (await send_form(ann, page, "apply", **right)).status_code == 303
        page = await ann.get(PAGE)
        assert "waiting for the operator" in page.text
        assert (await get_json(ann, ME))["code"] == "ANN-10"
        assert page.headers["cache-control"] == "no-store"


@pytest.mark.promise("pages: affiliates")
async def test_what_was_earned_is_shown_to_the_cent_and_asked_for_once(
    site: Application, bank: StripeStandIn, box: Inbox, clock: MovedClock
) -> None:
    async with open_visitor(site) as ann, open_visitor(site) as bob:
        await sign_in_by_code(ann, box, "ann@example.com")
        await join_by_form(site, ann)
        await bob.get((await get_json(ann, ME))["link"])
        await sign_in_by_code(bob, box, "bob@example.com")
        for _ in range(2):
            await buy_credit(bob, bank)
        pending = await ann.get(PAGE)
        assert pending.text.count("$15.00") >= 2
        assert "The minimum payout is $25.00; $0.00 is available" in pending.text
        await clock.advance(site.database, COMMISSION_HOLD)
        await run_sweeps_once(site)
        await sign_in_by_code(ann, box, "ann@example.com")
        numbers = await get_json(ann, f"{ME}/dashboard?days=90")
        page = await ann.get(PAGE, params={"days": "90"})
        for name in ("available", "pending", "hold", "approved", "inPayout", "paid", "reversed"):
            assert format_money(numbers[f"{name}Microusd"]) in page.text, name
        for name in ("clicks", "signUps", "buyers"):
            assert f"<dd>{numbers[name]}</dd>" in page.text, name
        assert "<svg" in page.text
        assert not re.search("bob|acct_|chk_|pur_|pi_", page.text)
        only = await ann.get(PAGE, params={"state": "reversed"})
        assert "No commission in this state." in only.text
        small = await send_form(ann, page, "payout", amountUsd="$24.99", method="account_credit")
        assert (small.status_code, 'id="amountUsd-wrong"' in small.text) == (422, True)
        key = read_form_fields(page, "/payout")["idempotencyKey"]
        assert read_form_fields(small, "/payout")["idempotencyKey"] == key
        for _ in range(2):
            asked = await send_form(ann, page, "payout", method="account_credit")
            assert asked.status_code == 303, asked.text
        paid = (await get_json(ann, f"{ME}/payouts"))["data"]
        assert [each["amountUsd"] for each in paid] == ["30.00"]
        assert await check_invariants(site.database) == []


async def test_a_new_place_for_payouts_is_masked_told_and_waited_for(
    site: Application, bank: StripeStandIn, box: Inbox, clock: MovedClock
) -> None:
    order = OperatorOrder(reason="batch 7", where=site.settings.data_dir)
    async with open_visitor(site) as ann, open_visitor(site) as bob:
        await sign_in_by_code(ann, box, "ann@example.com")
        await join_by_form(site, ann)
        page = await ann.get(PAGE)
        place = {"payoutMethod": "usdc", "payoutDestination": "0x12"}
        wrong = await send_form(ann, page, "destination", **place)
        assert (wrong.status_code, 'id="payoutDestination-wrong"' in wrong.text) == (422, True)
        place["payoutDestination"] = f"0x{'aB' * 20}"
        assert (await send_form(ann, page, "destination", **place)).status_code == 303
        page = await ann.get(PAGE)
        assert ("…abab" in page.text, "Payouts are blocked until" in page.text) == (True, True)
        assert place["payoutDestination"].lower() not in page.text
        await bob.get((await get_json(ann, ME))["link"])
        await sign_in_by_code(bob, box, "bob@example.com")
        for _ in range(2):
            await buy_credit(bob, bank)
        await clock.advance(site.database, COMMISSION_HOLD + PAYOUT_BLOCK)
        await run_sweeps_once(site)
        await sign_in_by_code(ann, box, "ann@example.com")
        page = await ann.get(PAGE)
        assert (await send_form(ann, page, "payout", method="usdc")).status_code == 303
        second = await send_form(ann, page, "payout", method="usdc", idempotencyKey="another")
        assert (second.status_code, "It is listed below" in second.text) == (409, True)
        (waiting,) = (await get_json(ann, f"{ME}/payout-requests"))["data"]
        await operator.decide_payout(order, waiting["id"], "reject", None)
        page = await ann.get(PAGE)
        assert ("batch 7" in page.text, "Rejected" in page.text) == (True, True)


async def test_a_name_and_code_are_changed_and_a_code_is_bound_within_its_time(
    site: Application, box: Inbox, clock: MovedClock
) -> None:
    async with open_visitor(site) as ann, open_visitor(site) as bea:
        await sign_in_by_code(ann, box, "ann@example.com")
        await join_by_form(site, ann)
        page = await ann.get(PAGE)
        assert (await send_form(ann, page, "profile", code="ANN-20")).status_code == 303
        again = await send_form(ann, page, "profile", code="ANN-30")
        assert (again.status_code, 'id="code-wrong"' in again.text) == (409, True)
        own = await send_form(ann, page, "bind", code="ANN-20")
        assert (own.status_code, "cannot refer yourself" in own.text) == (422, True)
        await sign_in_by_code(bea, box, "bea@example.com")
        page = await bea.get(PAGE)
        nobody = await send_form(bea, page, "bind", code="NOBODY")
        assert (nobody.status_code, 'id="their-code-wrong"' in nobody.text) == (404, True)
        for _ in range(2):
            assert (await send_form(bea, page, "bind", code=" ann-10 ")).status_code == 303
        assert "ANN-10" in (await bea.get(PAGE)).text
        await clock.advance(site.database, BINDING_PERIOD + DAY)
        await sign_in_by_code(ann, box, "ann@example.com")
        late = await ann.get(PAGE)
        assert "Who referred you" not in late.text
        refused = await ann.post(f"{PAGE}/bind", data={"code": "ANN-10"})
        assert refused.status_code == 409
