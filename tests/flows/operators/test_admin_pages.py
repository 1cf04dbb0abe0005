"""The pages of operators: nothing to others, and the verbs of the command line to an operator."""

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pytest

from gateway.pages.shell import OPERATOR_NAVIGATION
from tests.admin_commands import REASON_OPTION, run_admin, run_admin_json
from tests.flows.plan_calls import PLANS, plan_step, prepare_plan
from tests.gateway import Client, Gateway, picture_input
from tests.pages.operating import age_sign_ins

HTML = {"accept": "text/html"}
PLACES = tuple(place.path for place in OPERATOR_NAVIGATION)
NAME = '<img src=x onerror="alert(1)">'
REQUEST = re.compile(r"rid_\w+")
SEEN = re.compile(r'name="seen" value="([^"]+)"')


@contextmanager
def open_operator_browser(
    gateway: Gateway, *, old: bool = False
) -> Iterator[tuple[httpx2.Client, Client]]:
    """Yield the browser of an operator, and the account; an old sign-in is 11 minutes ago."""
    with gateway.account() as account:
        run_admin(gateway, "operator", "grant", account.account_id, *REASON_OPTION)
        with gateway.browser(account.account_id) as page:
            if old:
                age_sign_ins(gateway, account.account_id)
            yield page, account


@pytest.fixture
def boss(gateway: Gateway) -> Iterator[httpx2.Client]:
    with open_operator_browser(gateway) as (page, _):
        yield page


def post_act(
    page: httpx2.Client, verb: str, target: str, *, step: str = "do", **fields: str
) -> httpx2.Response:
    """Send the form of an act; what is to be done is looked at before."""
    body = {"reason": "ticket 7", "step": "look", **fields}
    seen = page.post(f"/admin/act/{verb}", params={"target": target}, data=body)
    found = SEEN.search(seen.text)
    if step == "look" or found is None:
        return seen
    body |= {"step": step, "seen": found[1]}
    return page.post(f"/admin/act/{verb}", params={"target": target}, data=body)


def comparable_answer(answer: httpx2.Response) -> tuple[int, list[str], str]:
    """Return what can be told of an answer, without what is of its own request."""
    own = {"date", "x-request-id", "ratelimit", "x-ratelimit-remaining", "content-length"}
    told = REQUEST.sub("…", answer.text).replace(answer.url.path, "…")
    return answer.status_code, sorted(set(answer.headers) - own), told


@pytest.mark.promise("operations: operators-only")
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_whoever_is_no_operator_gets_the_answer_of_a_page_that_is_not_there(
    gateway: Gateway, client: Client, method: str
) -> None:
    paths = (*PLACES, f"/admin/accounts/{client.account_id}", "/admin/act/account.freeze")
    with (
        gateway.browser(client.account_id) as person,
        gateway.client() as stranger,
        gateway.client(client.key) as key,
    ):
        for http in (person, stranger, key):
            nothing = comparable_answer(http.request(method, "/no/such/page", headers=HTML))
            assert nothing[0] == 404
            for path in paths:
                assert comparable_answer(http.request(method, path, headers=HTML)) == nothing
    shown = run_admin_json(gateway, "account", "show", client.account_id)
    assert shown["test"]["freezes"] == []


def test_an_operator_of_eleven_minutes_ago_signs_in_again(gateway: Gateway) -> None:
    with open_operator_browser(gateway, old=True) as (page, account):
        for path in PLACES:
            answer = page.get(path, headers=HTML)
            assert (answer.status_code, "Sign in again" in answer.text) == (403, True)
        refused = post_act(page, "account.freeze", account.account_id, reference="operator")
        assert refused.status_code == 403
        assert (
            run_admin_json(gateway, "account", "show", account.account_id)["test"]["freezes"] == []
        )
        back = page.post("/logout", data={"returnPath": "/admin/jobs"})
        assert back.headers["location"] == "/login?returnPath=%2Fadmin%2Fjobs"


def test_who_is_dismissed_finds_nothing_from_then_on(gateway: Gateway) -> None:
    with open_operator_browser(gateway) as (page, account):
        assert page.get("/admin").status_code == 200
        run_admin(gateway, "operator", "revoke", account.account_id, *REASON_OPTION)
        assert page.get("/admin").status_code == 404


def test_an_operator_sees_every_page_on_both_databases(gateways: list[Gateway]) -> None:
    gateway = gateways[-1]
    with open_operator_browser(gateway) as (page, account):
        account.http.post("/api/v1/keys", json={"label": NAME})
        job = account.run_job("image.generate", picture_input())["id"]
        for path in (*PLACES, "/admin?check=1", "/admin/audit?verify=1"):
            answer = page.get(path, headers=HTML)
            assert answer.status_code == 200, path
            assert answer.headers["cache-control"] == "no-store"
        shown = page.get(f"/admin/accounts/{account.account_id}").text
        assert html.escape(NAME, quote=False).replace('"', "&#34;") in shown
        assert NAME not in shown
        assert job in shown
        assert "$4.98" in shown
        assert "captured" in page.get(f"/admin/jobs/{job}").text
        found = page.get("/admin/jobs", params={"accountId": account.account_id}).text
        assert job in found
        assert job not in page.get("/admin/jobs", params={"state": "canceled"}).text
        found = page.get("/admin/accounts", params={"find": account.key[:16]}).text
        assert account.account_id in found
        led = page.get("/admin/accounts", params={"find": job})
        assert led.headers["location"] == f"/admin/jobs/{job}"
        for missing in ("/admin/jobs/job_none", "/admin/accounts/acct_none", "/admin/act/no.verb"):
            assert page.get(missing).status_code == 404
        assert 'href="/admin"' in page.get("/dashboard").text
        with gateway.account() as other, gateway.browser(other.account_id) as other_page:
            assert "/admin" not in other_page.get("/dashboard").text


def test_an_act_is_rehearsed_then_done_and_audited_with_its_operator(gateway: Gateway) -> None:
    with open_operator_browser(gateway) as (page, me), gateway.account() as other:
        given = {"creditUsd": "3", "book": "test", "days": "30", "reference": "spring"}
        form = page.get("/admin/act/account.grant", params={"target": other.account_id})
        assert "Reason" in form.text
        rehearsed = post_act(page, "account.grant", other.account_id, step="look", **given)
        assert "insert transfer" in rehearsed.text
        assert "amount=3000000" in rehearsed.text
        assert other.get_balance()["availableUsd"] == "5.00"
        place = f"/admin/accounts/{other.account_id}"
        first = post_act(page, "account.grant", other.account_id, **given)
        assert first.headers["location"].startswith(f"{place}?done=account.grant&seal=")
        again = post_act(page, "account.grant", other.account_id, **given)
        assert again.headers["location"].startswith(f"{place}?done=account.grant&again=1&seal=")
        assert other.get_balance()["availableUsd"] == "8.00"
        assert "Grant credit: done" in page.get(first.headers["location"]).text
        assert "already done" in page.get(again.headers["location"]).text
        lie = page.get(f"{place}?done=account.freeze").text
        assert "Freeze the account: done" not in lie
        (moved,) = [each for each in other.http.get("/api/v1/balance/history").json()["data"]
                    if each["amountUsd"] == "3.00"]  # fmt: skip
        assert moved["description"] == "credit given by the operator"
        (row,) = run_admin_json(gateway, "audit", "list", "--about", me.account_id)[:1]
        assert (row["action"], row["target"]) == ("account.grant", other.account_id)
        assert row["actor"] == f"operator {me.account_id}"
        assert row["ip"] == "127.0.0.1"
        assert row["requestId"].startswith("rid_")
        assert row["after"]["reason"] == "ticket 7"
        assert gateway.list_findings() == []


def test_only_what_was_shown_is_done_and_only_once(boss: httpx2.Client, client: Client) -> None:
    path, target = "/admin/act/account.grant", {"target": client.account_id}
    given = {"creditUsd": "3", "book": "test", "days": "30", "reference": "r", "reason": "x"}
    shown = boss.post(path, params=target, data=given | {"step": "look"}).text
    look, do = shown.index('value="look"'), shown.index('value="do"')
    assert look < do
    found = SEEN.search(shown)
    assert found is not None
    for changed in ({"seen": ""}, {"seen": "1-a.b.c"}, {"creditUsd": "500"}, {"reason": "y"}):
        refused = boss.post(
            path, params=target, data=given | {"step": "do", "seen": found[1]} | changed
        )
        assert (refused.status_code, "Nothing was done yet" in refused.text) == (200, True)
    assert client.get_balance()["availableUsd"] == "5.00"
    slow = client.submit("image.generate", picture_input("a fox [sandbox:slow=60]")).json()["jobId"]
    client.wait_for_status(slow, "running")
    path, target = "/admin/act/job.requeue", {"target": slow}
    found = SEEN.search(boss.post(path, params=target, data={"reason": "x", "step": "look"}).text)
    assert found is not None
    body = {"reason": "x", "step": "do", "seen": found[1]}
    assert "again" not in boss.post(path, params=target, data=body).headers["location"]
    client.wait_for_status(slow, "running")
    assert "again=1" in boss.post(path, params=target, data=body).headers["location"]
    post_act(boss, "job.cancel", slow)


def test_the_audit_log_says_nothing_where_no_reason_was_given(
    boss: httpx2.Client, client: Client
) -> None:
    for reason in ({}, {"reason": "too blue"}):
        plan = prepare_plan(client, plan_step("image.generate", picture_input()))
        client.http.post(f"{PLANS}/reject", json={"planId": plan["planId"]} | reason)
    log = boss.get("/admin/audit").text
    assert "<code>plan.reject</code><br>too blue" in log
    assert "<br>None" not in log


def test_an_event_is_looked_at_again_in_its_own_book(boss: httpx2.Client) -> None:
    asked = {"target": "evt_1", "book": "live", "mode": "test"}
    form = boss.get("/admin/act/event.replay", params=asked)
    assert '<option value="live" selected>Real money</option>' in form.text


def test_text_that_no_page_can_take_is_refused_in_words(
    boss: httpx2.Client, client: Client
) -> None:
    assert boss.get("/admin/audit", params={"before": "9" * 30}).status_code == 200
    for path in ("/admin/audit?about=%00", "/admin/jobs?node=%00", "/admin/accounts?find=%1b"):
        assert boss.get(path, headers=HTML).status_code == 422, path
    act = "/admin/act/account.freeze"
    assert boss.get(f"{act}?target=%00", headers=HTML).status_code == 422
    assert post_act(boss, "account.freeze", client.account_id, reference="a\0b").status_code == 422


def test_an_act_from_another_site_without_a_reason_or_with_nonsense_does_nothing(
    boss: httpx2.Client, gateway: Gateway, client: Client
) -> None:
    target = {"target": client.account_id}
    body = {"reason": "x", "step": "do", "reference": "operator"}
    for site in ("cross-site", "same-site", "none"):
        foreign = boss.post("/admin/act/account.freeze", params=target, data=body,
                            headers={"Sec-Fetch-Site": site})  # fmt: skip
        assert foreign.status_code == 403
    assert "Give a reason" in post_act(boss, "account.freeze", client.account_id, reason=" ").text
    grant = {"creditUsd": "lots", "book": "test", "days": "30", "reference": "r"}
    for wrong in ({}, {"creditUsd": "0"}, {"book": "play"}, {"days": "-1"}, {"reference": ""}):
        answer = post_act(boss, "account.grant", client.account_id, **(grant | wrong))
        assert answer.status_code == 422, wrong
    short = {"amountUsd": "-5.01", "book": "test", "reference": "r"}
    assert post_act(boss, "account.adjust", client.account_id, **short).status_code == 402
    for verb in ("account.freeze", "job.cancel", "node.drain", "mail.replay", "key.revoke"):
        missing = post_act(boss, verb, "no_such", reference="operator")
        assert missing.status_code == 404, verb
    assert client.get_balance()["availableUsd"] == "5.00"
    assert run_admin_json(gateway, "account", "show", client.account_id)["test"]["freezes"] == []


def test_a_freeze_is_made_shown_and_taken_back_by_its_case(
    boss: httpx2.Client, client: Client
) -> None:
    place = f"/admin/accounts/{client.account_id}"
    post_act(boss, "account.freeze", client.account_id, reference="case 9")
    assert client.submit("image.generate", picture_input()).status_code == 403
    shown = boss.get(place).text
    assert "case 9" in shown
    link = re.search(r'href="(/admin/act/account\.unfreeze[^"]*)"', shown)
    assert link is not None
    form = boss.get(html.unescape(link[1])).text
    assert 'value="case 9"' in form
    post_act(boss, "account.unfreeze", client.account_id, reference="case 9")
    assert client.submit("image.generate", picture_input()).status_code == 202


def test_an_operator_cancels_a_job_gives_a_charge_back_and_revokes_a_key(
    boss: httpx2.Client, gateway: Gateway, client: Client
) -> None:
    slow = client.submit("image.generate", picture_input("a fox [sandbox:slow=60]")).json()["jobId"]
    client.wait_for_status(slow, "running")
    assert post_act(boss, "job.cancel", slow).status_code == 303
    assert client.wait_for_job(slow)["status"] == "canceled"
    made = client.run_job("image.generate", picture_input())["id"]
    for _ in range(2):
        assert post_act(boss, "job.refund", made).status_code == 303
    assert client.get_balance()["availableUsd"] == "5.00"
    assert "refunded" in boss.get(f"/admin/jobs/{made}").text
    taken = {"amountUsd": "-1", "book": "test", "reference": "r"}
    assert post_act(boss, "account.adjust", client.account_id, **taken).status_code == 303
    told = client.http.get("/api/v1/balance/history").text
    assert "job refunded by the operator" in told
    assert "correction by the operator" in told
    assert "ticket 7" not in told
    assert post_act(boss, "job.requeue", made).status_code == 409
    key = client.http.post("/api/v1/keys", json={"label": "lost"}).json()
    with gateway.client(key["apiKey"]) as http:
        assert http.get("/api/v1/balance").status_code == 200
        assert post_act(boss, "key.revoke", key["id"]).status_code == 303
        assert http.get("/api/v1/balance").status_code == 401
    assert gateway.list_findings() == []


def test_a_node_is_drained_and_enabled_again(boss: httpx2.Client, gateway: Gateway) -> None:
    added = ("node", "add", "gpu-7", "http://127.0.0.1:9", "--label", NAME, *REASON_OPTION)
    run_admin(gateway, *added)
    try:
        shown = boss.get("/admin/nodes").text
        assert "gpu-7" in shown
        assert NAME not in shown
        post_act(boss, "node.drain", "gpu-7")
        assert "draining" in boss.get("/admin/nodes").text
        post_act(boss, "node.enable", "gpu-7")
        (node,) = run_admin_json(gateway, "node", "list")
        assert node["state"] != "draining"
    finally:
        run_admin(gateway, "node", "remove", "gpu-7", *REASON_OPTION)
