"""Credit codes through the front door: made by command, redeemed by program and by hand."""

import base64
import re
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from html import unescape
from pathlib import Path

import httpx2
import pytest

from gateway.pages.toasts import TOAST_COOKIE
from tests.admin_commands import REASON_OPTION, run_admin, run_admin_json
from tests.fakes.stripe.client import StripeStandIn
from tests.fakes.stripe.shop import claim_checkout, open_checkout
from tests.flows.operators.test_admin_pages import open_operator_browser, post_act
from tests.gateway import Client, Gateway, assert_problem, call_at_once, serve_gateway

REDEEM, CODES = "/api/v1/codes/redeem", "/api/v1/codes"


@pytest.fixture(scope="module")
def shop(bank: StripeStandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serve_gateway(tmp_path_factory.mktemp("codes") / "data", **bank.settings) as one:
        yield one


def make_code(gateway: Gateway, *options: str) -> dict[str, str]:
    """Make a code worth $10 in the test book; return what the command printed."""
    made: dict[str, str] = run_admin_json(
        gateway, "code", "create", "--credit-usd", "10", "--mode", "test", *options, *REASON_OPTION
    )
    return made


def buy_package(client: Client, bank: StripeStandIn, code: str) -> str:
    """Buy a package by card; return the id of the purchase."""
    opened = open_checkout(client, code, email="ann@example.com")
    bank.call_control("pay", session=opened["sessionId"])
    claimed = claim_checkout(client, opened).json()
    assert claimed["state"] == "credited", claimed
    return str(claimed["purchaseId"])


def read_toast(answer: httpx2.Response) -> str:
    """Return the toast that a redirect takes along in its cookie."""
    return base64.urlsafe_b64decode(answer.cookies[TOAST_COOKIE] + "==").decode()


@pytest.mark.promise("codes: uses")
def test_fifty_accounts_at_once_on_two_gateways_get_exactly_as_many_credits_as_the_uses(
    gateways: list[Gateway],
) -> None:
    code = make_code(gateways[0], "--uses", "7")

    with ExitStack() as stack:
        clients = [
            stack.enter_context(gateways[number % len(gateways)].account("0"))
            for number in range(50)
        ]
        sent = {"code": code["code"]}
        answers = call_at_once([partial(each.http.post, REDEEM, json=sent) for each in clients])
        balances = [each.get_balance()["balanceMicrousd"] for each in clients]
    assert sorted(balances) == [0] * 43 + [10_000_000] * 7
    assert sorted(each.status_code for each in answers) == [200] * 7 + [404] * 43
    assert {each.json()["code"] for each in answers if each.status_code != 200} == {
        "code_not_redeemable"
    }
    shown = run_admin_json(gateways[0], "code", "show", code["codeId"])
    assert (shown["used"], shown["state"], len(shown["redemptions"])) == (7, "used-up", 7)
    assert gateways[0].list_findings() == []


@pytest.mark.promise("codes: once")
def test_one_account_redeeming_fifty_times_at_once_is_credited_once(
    gateways: list[Gateway],
) -> None:
    code = make_code(gateways[0], "--uses", "60")
    with gateways[0].account("0") as account:

        def redeem(number: int) -> httpx2.Response:
            with gateways[number % len(gateways)].client(account.key) as http:
                return http.post(REDEEM, json={"code": code["code"]})

        answers = call_at_once([partial(redeem, number) for number in range(50)])
        assert {each.status_code for each in answers} == {200}
        assert sum(not each.json()["replayed"] for each in answers) == 1
        assert account.get_balance()["balanceUsd"] == "10.00"
        (bucket,) = account.get_balance()["buckets"]
        assert (bucket["category"], bucket["remainingUsd"]) == ("promo", "10.00")
        (moved,) = account.http.get("/api/v1/balance/history").json()["data"]
        assert (moved["code"], moved["description"]) == ("promo", f"code {code['label']}")
    assert gateways[0].list_findings() == []


@pytest.mark.promise("codes: first-purchase")
def test_the_first_purchase_brings_the_code_and_its_receipt_names_it(
    shop: Gateway, bank: StripeStandIn
) -> None:
    make_code(shop, "--word", "FIRST-BUY", "--first-purchase", "--uses", "9")
    with shop.account("0") as account:
        waiting = account.http.post(REDEEM, json={"code": "first buy"}).json()
        assert (waiting["state"], waiting["creditedAt"]) == ("waiting", None)
        assert account.get_balance()["balanceUsd"] == "0.00"
        purchase = {"purchaseId": buy_package(account, bank, "studio_2500")}
        assert account.get_balance()["balanceUsd"] == "36.00"
        receipt = account.http.get("/api/v1/purchases/receipt", params=purchase).json()
        assert (receipt["code"], receipt["codeCreditUsd"]) == ("FIRST-BUY", "10.00")
        assert receipt["totalUsd"] == "25.00"
        (listed,) = account.http.get(CODES).json()["data"]
        assert (listed["code"], listed["state"]) == ("FIRST-BUY", "credited")
        with shop.browser(account.account_id) as person:
            page = person.get("/credits/receipt", params=purchase).text
            assert "with the code FIRST-BUY: $10.00" in page
    assert shop.list_findings() == []


@pytest.mark.promise("codes: guesses")
def test_the_eleventh_wrong_code_is_told_how_long_to_wait(shop: Gateway) -> None:
    code = make_code(shop)
    with shop.account("0") as account:
        for number in range(10):
            wrong = account.http.post(REDEEM, json={"code": f"GUESS-{number}"})
            assert_problem(wrong, 404, "code_not_redeemable")
        refused = account.http.post(REDEEM, json={"code": code["code"]})
        assert_problem(refused, 429, "rate_limited")
        assert 0 < int(refused.headers["retry-after"]) <= 3_600
        with shop.browser(account.account_id) as person:
            sent = {"code": code["code"], "formAt": "/credits#redeem"}
            page = person.post("/credits/redeem", data=sent)
            assert page.status_code == 429
            assert "Too many wrong codes." in page.text
        assert account.get_balance()["balanceUsd"] == "0.00"


def test_a_key_without_billing_redeems_nothing(shop: Gateway) -> None:
    with shop.account("0") as account:
        made = account.http.post("/api/v1/keys", json={"label": "art", "scopes": ["media"]}).json()
        with shop.client(made["apiKey"]) as http:
            for answer in (http.post(REDEEM, json={"code": "FIRST-BUY"}), http.get(CODES)):
                assert_problem(answer, 403, "scope_denied")


def test_a_person_redeems_a_code_on_the_page_of_credit(shop: Gateway) -> None:
    code = make_code(shop, "--days", "30")
    with shop.account("0") as account, shop.browser(account.account_id) as person:
        sent = {"code": "no such code", "formAt": "/credits#redeem"}
        wrong = person.post("/credits/redeem", data=sent)
        assert wrong.status_code == 404
        assert "This code cannot be redeemed" in wrong.text
        assert 'value="no such code"' in wrong.text
        for words in ("$10.00 was added.", "You have redeemed this code before."):
            done = person.post("/credits/redeem", data={"code": code["code"].lower()})
            assert (done.status_code, done.headers["location"]) == (303, "/credits")
            assert words in read_toast(done)
        page = unescape(person.get("/credits").text)
        assert f"code {code['label']}" in page
        assert "Redeemed codes" in page
        foreign = {"Sec-Fetch-Site": "cross-site"}
        refused = person.post("/credits/redeem", data={"code": "x"}, headers=foreign)
        assert refused.status_code == 403


@pytest.mark.promise("codes: operators")
def test_the_audit_log_names_the_person_who_redeemed_a_code(shop: Gateway) -> None:
    made = make_code(shop, "--first-purchase")
    with shop.account("0") as account:
        for _ in range(2):
            answer = account.http.post(REDEEM, json={"code": made["code"]})
            assert (answer.status_code, answer.json()["leastPurchaseUsd"]) == (200, "10.00")
        logged = run_admin_json(shop, "audit", "list", "--about", made["codeId"])
        (entry,) = [each for each in logged if each["action"] == "code.redeem"]
        assert entry["person"] == account.account_id
        assert entry["after"]["accountId"] == account.account_id


@pytest.mark.promise("codes: once")
def test_an_erased_person_who_comes_back_does_not_redeem_a_code_again(shop: Gateway) -> None:
    made, address = make_code(shop, "--uses", "5"), "once.only@gmail.com"
    for written, status in ((address, 200), ("onceonly+again@gmail.com", 409)):
        with shop.account("0") as account:
            shop.add_address(account.account_id, written)
            answer = account.http.post(REDEEM, json={"code": made["code"]})
            assert answer.status_code == status, answer.text
            erased = ("account", "erase", account.account_id, "--forfeit-usd", "0", *REASON_OPTION)
            assert run_admin_json(shop, *erased)["changed"] is True
    assert_problem(answer, 409, "code_already_redeemed")


@pytest.mark.promise("codes: operators")
def test_a_generated_code_is_shown_once_and_stored_as_a_hash(shop: Gateway) -> None:
    made = make_code(shop, "--note", "newsletter", "--last-day", "2099-12-31")
    groups = made["code"].split("-")
    assert [len(each) for each in groups] == [4, 4, 4, 4]
    (listed,) = [
        each for each in run_admin_json(shop, "code", "list") if each["codeId"] == made["codeId"]
    ]
    assert (listed["code"], listed["note"], listed["state"]) == (
        f"{groups[0]}-…", "newsletter", "open",
    )  # fmt: skip
    assert listed["expiresAt"] == "2100-01-01T00:00:00Z"
    logged = run_admin_json(shop, "audit", "list", "--about", made["codeId"])
    for place in (str(listed), str(logged), shop.read_log()):
        assert groups[1] not in place
    for path in Path(shop.data_dir).rglob("*.db*"):
        assert made["code"].encode() not in path.read_bytes()
    disabled = run_admin_json(shop, "code", "disable", made["codeId"], *REASON_OPTION)
    assert disabled["changed"]
    with shop.account("0") as account:
        refused = account.http.post(REDEEM, json={"code": made["code"]})
        assert_problem(refused, 404, "code_not_redeemable")
    run_admin(shop, "code", "show", "cod_none", code=1)
    run_admin(shop, "code", "create", "--credit-usd", "0", "--mode", "test", *REASON_OPTION, code=1)


@pytest.mark.promise("codes: operators")
def test_an_operator_makes_and_disables_a_code_in_the_browser(shop: Gateway) -> None:
    fields = {
        "creditUsd": "7.50", "book": "test", "uses": "2", "word": "", "lastDay": "",
        "firstPurchase": "no", "leastPurchaseUsd": "", "days": "30", "note": "a <b>workshop</b>",
    }  # fmt: skip
    with open_operator_browser(shop) as (page, account):
        wrong = post_act(page, "code.create", "", step="look", **fields | {"uses": "many"})
        assert "the uses must be a whole number" in wrong.text
        made = post_act(page, "code.create", "", **fields)
        assert made.status_code == 200
        code = re.search(r">([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})<", made.text)
        assert code is not None, made.text
        redeemed = account.http.post(REDEEM, json={"code": code[1]}).json()
        assert redeemed["creditUsd"] == "7.50"
        listed = page.get("/admin/codes").text
        assert "a &lt;b&gt;workshop&lt;/b&gt;" in listed
        (code_id,) = set(re.findall(r"/admin/codes/(cod_\w+)", listed)) & {
            each["codeId"]
            for each in run_admin_json(shop, "code", "list")
            if each["note"] == fields["note"]
        }
        shown = page.get(f"/admin/codes/{code_id}").text
        assert account.account_id in shown
        assert code[1] not in listed + shown
        done = post_act(page, "code.disable", code_id)
        assert done.headers["location"].startswith(f"/admin/codes/{code_id}?done=code.disable")
        assert "Disable the code: done" in page.get(done.headers["location"]).text
        assert page.get("/admin/codes/cod_none").status_code == 404


@pytest.mark.promise("codes: operators")
def test_overview_and_account_tell_operators_of_codes(bank: StripeStandIn, tmp_path: Path) -> None:
    with serve_gateway(tmp_path / "data", **bank.settings) as gateway:
        code = make_code(gateway, "--first-purchase", "--uses", "3")
        with open_operator_browser(gateway) as (page, account):
            account.http.post(REDEEM, json={"code": code["code"]})
            opened = run_admin_json(gateway, "status")["openCodes"]["test"]
            assert opened == {
                "codes": 1, "unredeemedUsd": "20.00", "unredeemedMicrousd": 20_000_000,
                "waitingUsd": "10.00", "waitingMicrousd": 10_000_000,
            }  # fmt: skip
            overview = unescape(page.get("/admin").text)
            assert "1 open</a>, for at most $20.00; $10.00 waits for first purchases" in overview
            details = {"name": "Ann Films", "country": "DE", "email": "books@example.com"}
            assert page.put("/api/v1/billing/details", json=details).status_code == 200
            shown = run_admin_json(gateway, "account", "show", account.account_id)
            assert [(each["codeId"], each["state"]) for each in shown["codes"]] == [
                (code["codeId"], "waiting")
            ]
            assert shown["billing"] == details | {"taxId": None}
            assert shown["budgets"] == []
            budget = {"subject": "account", "amountUsd": "8.00"}
            assert page.put("/api/v1/budgets", json=budget).status_code == 200
            (told,) = run_admin_json(gateway, "account", "show", account.account_id)["budgets"]
            assert (told["mode"], told["amountUsd"], told["percent"]) == ("test", "8.00", 0)
            seen = unescape(page.get(f"/admin/accounts/{account.account_id}").text)
            assert "Ann Films, DE, books@example.com" in seen
            assert code["label"] in seen
            assert "$0.00 of $8.00" in seen
            run_admin(gateway, "code", "disable", code["codeId"], *REASON_OPTION)
            assert run_admin_json(gateway, "status")["openCodes"]["test"]["waitingUsd"] == "0.00"
            (listed,) = account.http.get(CODES).json()["data"]
            assert listed["state"] == "lapsed"
