"""Sign-in by e-mail through the front door: codes, limits, sessions, keys, what is stored."""

import itertools
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gateway import operator
from gateway.configuration.settings import parse_secret_pairs
from gateway.kit.clock import MINUTE, SECOND
from gateway.kit.http import browser
from gateway.kit.referrals import REFERRAL_COOKIE, ReferralClick, ReferralTokens
from tests.fakes.smtp import Inbox, read_mail_text, run_inbox
from tests.gateway import Gateway, assert_problem, call_at_once, serve_gateway

AUTH = "/api/v1/auth"
SESSION = f"{AUTH}/browser/session"
PAGE = {"Sec-Fetch-Site": "same-origin"}
NUMBERS = itertools.count(2)


@pytest.fixture(scope="module")
def box() -> Iterator[Inbox]:
    with run_inbox() as one:
        yield one


@pytest.fixture(scope="module")
def site(box: Inbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway that sends mail."""
    with serve_gateway(tmp_path_factory.mktemp("sign-in") / "data", KT_SMTP_URL=box.url) as one:
        yield one


@contextmanager
def open_visitor(site: Gateway) -> Iterator[httpx2.Client]:
    """Yield a browser on a page of the site, at an address of its own."""
    from_ = httpx2.HTTPTransport(local_address=f"127.0.7.{next(NUMBERS)}")
    with httpx2.Client(
        base_url=site.base, transport=from_, headers=PAGE, timeout=30, trust_env=False
    ) as http:
        yield http


@pytest.fixture
def web(site: Gateway) -> Iterator[httpx2.Client]:
    with open_visitor(site) as http:
        yield http


@pytest.fixture
def ana() -> str:
    """An address that nobody used before."""
    return f"ana{next(NUMBERS)}@example.com"


def start_sign_in(http: httpx2.Client, email: str, **more: str) -> str:
    answer = http.post(f"{AUTH}/email/start", json={"email": email, **more})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["challengeId"])


def request_code(http: httpx2.Client, box: Inbox, email: str) -> dict[str, str]:
    """Ask for a code and read it in the mail."""
    challenge = start_sign_in(http, email)
    return {"challengeId": challenge, "code": box.wait_for_code(email)}


def sign_in_by_code(http: httpx2.Client, box: Inbox, email: str) -> dict[str, Any]:
    answer = http.post(f"{AUTH}/browser/email/verify", json=request_code(http, box, email))
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def change_code(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


@pytest.mark.promise("identity: sign-up")
def test_the_first_code_makes_an_account_with_play_credit_and_a_key(
    site: Gateway, box: Inbox, web: httpx2.Client, ana: str
) -> None:
    given = request_code(web, box, ana.upper())
    told = web.post(f"{AUTH}/email/verify", json={**given, "keyLabel": "laptop"}).json()
    assert (told["created"], told["email"], told["key"]["label"]) == (True, ana, "laptop")
    assert told["apiKey"].startswith("kt_test_")
    scopes = {"media", "studio", "account:read", "billing", "admin"}
    assert set(told["key"]["scopes"]) == scopes
    with site.client(told["apiKey"]) as http:
        assert http.get("/api/v1/balance").json()["availableUsd"] == "5.00"
        (bucket,) = http.get("/api/v1/balance").json()["buckets"]
        assert (bucket["category"], bucket["expiresAt"] is None) == ("promo", False)
    assert site.list_findings() == []


def test_a_mail_says_the_code_in_text_and_html(box: Inbox, web: httpx2.Client, ana: str) -> None:
    code = request_code(web, box, ana)["code"]
    mail = box.wait_for_mail(ana)
    assert code in mail["Subject"]
    assert code in read_mail_text(mail, "html")


@pytest.mark.promise("identity: session")
def test_a_session_begins_with_a_code_and_ends_on_the_server(
    box: Inbox, web: httpx2.Client, ana: str
) -> None:
    out = web.get(SESSION).json()
    assert (out["authenticated"], out["signIn"]["methods"]) == (False, ["email"])
    state = sign_in_by_code(web, box, ana)
    assert (state["authenticated"], state["email"]) == (True, ana)
    assert web.get(SESSION).json() == state
    cookie = web.cookies["kt_session"]
    assert "kt_pre" not in web.cookies
    ended = web.delete(SESSION)
    assert (ended.status_code, ended.content) == (204, b"")
    assert "kt_session" not in web.cookies
    web.cookies.set("kt_session", cookie, domain="127.0.0.1")
    assert_problem(web.get("/api/v1/balance"), 401, "unauthorized")
    assert web.get(SESSION).json()["authenticated"] is False


def test_a_cookie_is_for_this_site_only_and_out_of_reach_of_scripts(
    box: Inbox, web: httpx2.Client, ana: str
) -> None:
    answer = web.post(f"{AUTH}/browser/email/verify", json=request_code(web, box, ana))
    (cookie,) = [c for c in answer.headers.get_list("set-cookie") if c.startswith("kt_session=")]
    _, *attributes = cookie.split("; ")
    assert set(attributes) == {"Path=/", "HttpOnly", "SameSite=Lax", "Max-Age=2592000"}


def test_signing_in_again_gives_a_new_session_and_ends_the_old_one(
    site: Gateway, box: Inbox, web: httpx2.Client
) -> None:
    ana, bob = f"ana{next(NUMBERS)}@example.com", f"bob{next(NUMBERS)}@example.com"
    first = sign_in_by_code(web, box, ana)
    old = web.cookies["kt_session"]
    second = sign_in_by_code(web, box, bob)
    assert second["accountId"] != first["accountId"]
    assert web.cookies["kt_session"] != old
    with site.client(cookie=f"kt_session={old}") as http:
        assert_problem(http.get("/api/v1/balance"), 401, "unauthorized")


def test_a_session_that_somebody_planted_is_not_taken_over(
    site: Gateway, box: Inbox, web: httpx2.Client, ana: str
) -> None:
    planted = "A" * 43
    web.cookies.set("kt_session", planted, domain="127.0.0.1")
    sign_in_by_code(web, box, ana)
    with site.client(cookie=f"kt_session={planted}") as http:
        assert_problem(http.get("/api/v1/balance"), 401, "unauthorized")


@pytest.mark.promise("identity: code-guessing")
def test_after_five_wrong_codes_the_right_one_is_dead_too(
    box: Inbox, web: httpx2.Client, ana: str
) -> None:
    given = request_code(web, box, ana)
    wrong = {**given, "code": change_code(given["code"])}
    for _ in range(5):
        assert_problem(web.post(f"{AUTH}/email/verify", json=wrong), 401, "code_invalid")
    assert_problem(web.post(f"{AUTH}/email/verify", json=given), 410, "code_expired")


def test_guesses_at_once_are_counted_one_by_one(
    site: Gateway, box: Inbox, web: httpx2.Client, ana: str
) -> None:
    given = request_code(web, box, ana)
    wrong = {**given, "code": change_code(given["code"])}
    with site.client() as http:
        guess = partial(http.post, f"{AUTH}/email/verify", json=wrong)
        answers = call_at_once([guess] * 12)
    assert Counter(answer.status_code for answer in answers) == {401: 5, 410: 7}


def test_a_code_works_once(box: Inbox, web: httpx2.Client, ana: str) -> None:
    given = request_code(web, box, ana)
    verify = partial(web.post, f"{AUTH}/email/verify", json=given)
    assert Counter(answer.status_code for answer in call_at_once([verify] * 4)) == {200: 1, 410: 3}


def test_a_code_opens_a_browser_only_where_it_was_asked_for(
    site: Gateway, box: Inbox, web: httpx2.Client, ana: str
) -> None:
    given = request_code(web, box, ana)
    with open_visitor(site) as elsewhere:
        elsewhere.get(SESSION)
        refused = elsewhere.post(f"{AUTH}/browser/email/verify", json=given)
        assert_problem(refused, 401, "code_invalid")
        assert "kt_session" not in elsewhere.cookies
    assert web.post(f"{AUTH}/browser/email/verify", json=given).status_code == 200


def test_a_code_for_linking_signs_nobody_in(box: Inbox, web: httpx2.Client, ana: str) -> None:
    challenge = start_sign_in(web, ana, purpose="link")
    given = {"challengeId": challenge, "code": box.wait_for_code(ana)}
    assert_problem(web.post(f"{AUTH}/email/verify", json=given), 410, "code_expired")


@pytest.mark.parametrize("site_header", ["cross-site", "same-site", "none", None])
def test_a_sign_in_from_another_site_is_refused(
    box: Inbox, web: httpx2.Client, ana: str, site_header: str | None
) -> None:
    given = request_code(web, box, ana)
    headers = {} if site_header is None else {"Sec-Fetch-Site": site_header}
    del web.headers["Sec-Fetch-Site"]
    refused = web.post(f"{AUTH}/browser/email/verify", json=given, headers=headers)
    assert_problem(refused, 403, "cross_site_refused")
    assert web.post(f"{AUTH}/browser/email/verify", json=given, headers=PAGE).status_code == 200
    assert_problem(web.delete(SESSION, headers=headers), 403, "cross_site_refused")


@pytest.mark.promise("identity: mail-bombing")
def test_a_network_gets_one_code_a_minute_for_an_address(site: Gateway, ana: str) -> None:
    with open_visitor(site) as one:
        ask = {"email": ana}
        answers = call_at_once([partial(one.post, f"{AUTH}/email/start", json=ask)] * 6)
        assert Counter(answer.status_code for answer in answers) == {202: 1, 429: 5}
        refused = next(answer for answer in answers if answer.status_code == 429)
        told = assert_problem(refused, 429, "rate_limited")
        assert 50 <= told["retryAfterSeconds"] <= 60
        assert refused.headers["retry-after"] == str(told["retryAfterSeconds"])


@pytest.mark.promise("identity: mail-bombing")
def test_a_stranger_who_asks_for_somebodys_codes_does_not_keep_them_out(
    site: Gateway, box: Inbox, web: httpx2.Client, ana: str
) -> None:
    mine = request_code(web, box, ana)
    with open_visitor(site) as stranger, open_visitor(site) as phone:
        for _ in range(4):
            site.age_rows("email_challenge", MINUTE)
            start_sign_in(stranger, ana)
        site.age_rows("email_challenge", MINUTE)
        more = stranger.post(f"{AUTH}/email/start", json={"email": ana})
        assert_problem(more, 429, "rate_limited")
        assert web.post(f"{AUTH}/browser/email/verify", json=mine).status_code == 200
        another = {"challengeId": start_sign_in(phone, ana), "code": box.wait_for_code(ana, 6)}
        assert phone.post(f"{AUTH}/browser/email/verify", json=another).status_code == 200


def test_a_network_gets_twenty_codes_an_hour(web: httpx2.Client, ana: str) -> None:
    statuses = [
        web.post(f"{AUTH}/email/start", json={"email": f"{n}{ana}"}).status_code for n in range(22)
    ]
    assert statuses == [202] * 20 + [429] * 2


def test_known_and_unknown_addresses_get_the_same_answer(
    site: Gateway, box: Inbox, web: httpx2.Client, ana: str
) -> None:
    sign_in_by_code(web, box, ana)
    with site.account():
        unknown = web.post(f"{AUTH}/email/start", json={"email": f"not-{ana}"})
    with open_visitor(site) as elsewhere:
        again = elsewhere.post(f"{AUTH}/email/start", json={"email": ana})
    for answer in (unknown, again):
        fields = {"challengeId", "expiresInSeconds", "resendAfterSeconds"}
        assert (answer.status_code, set(answer.json())) == (202, fields)


@pytest.mark.parametrize("email", ["ana", "ana@example.com\nBcc: bob@example.com", "a@b@c", ""])
def test_what_is_no_address_gets_no_mail(web: httpx2.Client, email: str) -> None:
    refused = web.post(f"{AUTH}/email/start", json={"email": email})
    assert assert_problem(refused, 422, "invalid_input")["field"] == "email"


def test_live_mode_is_refused_while_it_is_off(box: Inbox, web: httpx2.Client, ana: str) -> None:
    given = request_code(web, box, ana)
    refused = web.post(f"{AUTH}/email/verify", json={**given, "mode": "live"})
    assert_problem(refused, 409, "live_mode_disabled")
    assert web.post(f"{AUTH}/email/verify", json=given).status_code == 200


def test_free_credit_comes_once_for_a_person(site: Gateway, box: Inbox) -> None:
    name = f"dot{next(NUMBERS)}"
    balances = []
    for email in (f"{name}.x@gmail.com", f"{name}x@gmail.com", f"{name}.x+two@googlemail.com"):
        with open_visitor(site) as http:
            state = sign_in_by_code(http, box, email)
            balance = http.get("/api/v1/balance").json()["availableUsd"]
            balances.append((state["accountId"], balance))
    assert [balance for _, balance in balances] == ["5.00", "0.00", "0.00"]
    assert len({account for account, _ in balances}) == 3


def test_the_link_that_led_to_a_sign_up_is_remembered(
    site: Gateway, box: Inbox, web: httpx2.Client
) -> None:
    links = ReferralTokens(parse_secret_pairs(operator.load_settings(site.data_dir).signing_keys))
    now = int(time.time()) * SECOND
    ann, bea = (
        links.sign_click(ReferralClick(code, "clk_1", now)) for code in ("ANN-10", "BEA-10")
    )
    ids = []
    for token in (ann, "forged"):
        proof = request_code(web, box, f"by-key{next(NUMBERS)}@example.com")
        made = web.post(f"{AUTH}/email/verify", json={**proof, "referralToken": token})
        ids.append(made.json()["accountId"])
    web.cookies.set("kt_ref", bea)
    page = f"by-page{next(NUMBERS)}@example.com"
    ids.append(sign_in_by_code(web, box, page)["accountId"])
    with sqlite3.connect(site.data_dir / "kt.db") as connection:
        found = dict(connection.execute("SELECT id, referral_code FROM account").fetchall())
    connection.close()
    assert [found[each] for each in ids] == ["ANN-10", None, "BEA-10"]


def test_the_privacy_page_names_every_cookie(web: httpx2.Client) -> None:
    told = web.get("/legal/privacy", headers={"Accept": "text/html"}).text
    assert all(
        f"<code>{name}</code>" in told
        for name in (browser.SESSION_COOKIE, browser.PRE_SESSION_COOKIE, REFERRAL_COOKIE)
    )


def test_a_mail_server_that_is_away_changes_no_answer(
    site: Gateway, box: Inbox, web: httpx2.Client, ana: str
) -> None:
    box.stop()
    try:
        challenge = start_sign_in(web, ana)
    finally:
        box.start()
    given = {"challengeId": challenge, "code": box.wait_for_code(ana)}
    assert web.post(f"{AUTH}/email/verify", json=given).status_code == 200


def test_a_session_is_one_on_all_gateways_of_a_database(
    box: Inbox, postgres_url: str, data_dir: Path, ana: str
) -> None:
    settings = {"KT_DATABASE_URL": postgres_url, "KT_SMTP_URL": box.url}
    with serve_gateway(data_dir, **settings) as one, serve_gateway(data_dir, **settings) as two:
        with open_visitor(one) as http:
            challenge = start_sign_in(http, ana)
            given = {"challengeId": challenge, "code": box.wait_for_code(ana)}
            http.base_url = two.base
            assert http.post(f"{AUTH}/browser/email/verify", json=given).status_code == 200
            http.base_url = one.base
            assert http.get("/api/v1/balance").json()["availableUsd"] == "5.00"
            assert http.delete(SESSION).status_code == 204
        assert one.list_findings() == []
