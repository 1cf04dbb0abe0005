"""Sign-in with Google: which tokens prove something, which account they open, and the redirect."""

import itertools
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc.jwk import RSAKey

from tests.fakes.oidc import GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, Issuer, serve_issuer
from tests.fakes.smtp import Inbox, read_mail_text, run_inbox
from tests.gateway import Gateway, assert_problem, serve_gateway

AUTH = "/api/v1/auth"
IDENTITIES = f"{AUTH}/identities"
PAGE = {"Sec-Fetch-Site": "same-origin"}
NUMBERS = itertools.count(2)


@pytest.fixture(scope="module")
def google() -> Iterator[Issuer]:
    with serve_issuer() as one:
        yield one


@pytest.fixture(scope="module")
def box() -> Iterator[Inbox]:
    with run_inbox() as one:
        yield one


@pytest.fixture(scope="module")
def site(google: Issuer, box: Inbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    settings = {
        "KT_GOOGLE_ISSUER": google.url,
        "KT_GOOGLE_CLIENT_IDS": f"{GOOGLE_CLIENT_ID}, phone.apps.example",
        "KT_GOOGLE_CLIENT_SECRET": GOOGLE_CLIENT_SECRET,
        "KT_SMTP_URL": box.url,
    }
    with serve_gateway(tmp_path_factory.mktemp("google") / "data", **settings) as one:
        yield one


@pytest.fixture
def web(site: Gateway) -> Iterator[httpx2.Client]:
    from_ = httpx2.HTTPTransport(local_address=f"127.0.8.{next(NUMBERS)}")
    with httpx2.Client(
        base_url=site.base, transport=from_, headers=PAGE, timeout=30, trust_env=False
    ) as http:
        yield http


def set_new_person(google: Issuer, domain: str = "gmail.com", **more: object) -> str:
    """Let the issuer sign in a new person; return the e-mail address."""
    number = next(NUMBERS)
    email = f"p{number}@{domain}"
    google.person = {"sub": f"sub-{number}", "email": email, **more}
    return email


def sign_in_by_token(http: httpx2.Client, token: str, **more: str) -> httpx2.Response:
    return http.post(f"{AUTH}/google", json={"idToken": token, **more})


def sign_in_by_code(http: httpx2.Client, box: Inbox, email: str, **more: str) -> dict[str, str]:
    challenge = http.post(f"{AUTH}/email/start", json={"email": email, **more}).json()[
        "challengeId"
    ]
    return {"challengeId": challenge, "code": box.wait_for_code(email)}


def sign_in_in_browser(http: httpx2.Client, google: Issuer, **more: object) -> httpx2.Response:
    nonce = http.get(f"{AUTH}/browser/session").json()["signIn"]["nonce"]
    token = google.sign_token(**({"nonce": nonce} | more))
    return http.post(f"{AUTH}/browser/google", json={"idToken": token})


def test_a_token_makes_an_account_and_opens_it_again(web: httpx2.Client, google: Issuer) -> None:
    email = set_new_person(google)
    first, again = (sign_in_by_token(web, google.sign_token()).json() for _ in "ab")
    assert (first["created"], again["created"], first["email"]) == (True, False, email)
    assert first["accountId"] == again["accountId"]
    assert first["apiKey"] != again["apiKey"]


FALSE_CLAIMS: dict[str, dict[str, Any]] = {
    "another audience": {"aud": "evil.apps.example"},
    "ours among others": {"aud": [GOOGLE_CLIENT_ID, "evil.apps.example"]},
    "no audience": {"aud": None},
    "another issuer": {"iss": "https://accounts.evil.example"},
    "expired": {"exp": 1_700_000_000},
    "no expiry": {"exp": None},
    "not yet": {"nbf": 4_000_000_000},
    "address not verified": {"email_verified": False},
    "verified as text": {"email_verified": "true"},
    "no address": {"email": None},
    "no subject": {"sub": None},
    "another party": {"azp": "evil.apps.example"},
    "another nonce": {"nonce": "other"},
    "no nonce": {"nonce": None},
}


@pytest.mark.promise("identity: google-tokens")
@pytest.mark.parametrize("lie", FALSE_CLAIMS)
def test_a_token_that_proves_nothing_signs_nobody_in(
    web: httpx2.Client, google: Issuer, lie: str
) -> None:
    set_new_person(google)
    refused = sign_in_by_token(
        web, google.sign_token(**({"nonce": "mine"} | FALSE_CLAIMS[lie])), nonce="mine"
    )
    assert_problem(refused, 401, "token_invalid")
    assert (
        sign_in_by_token(web, google.sign_token(nonce="mine"), nonce="mine").json()["created"]
        is True
    )


ODD_EMAILS: list[Any] = [
    ["ana@gmail.com"],
    {"email": "ana@gmail.com"},
    7,
    True,
    [],
    "\ud800",
    "\x00",
]


@pytest.mark.promise("identity: google-tokens")
@pytest.mark.parametrize("claim", ["email", "sub", "hd", "azp", "iss", "exp", "nbf", "nonce"])
def test_a_claim_of_another_type_proves_nothing(
    web: httpx2.Client, google: Issuer, claim: str
) -> None:
    set_new_person(google, nonce="mine")
    for odd in ODD_EMAILS:
        if claim in {"exp", "nbf"} and odd in (7, True):
            continue  # a number is what they are
        refused = sign_in_by_token(web, google.sign_token(**{claim: odd}), nonce="mine")
        assert_problem(refused, 401, "token_invalid")


@pytest.mark.promise("identity: google-tokens")
def test_a_token_of_another_key_or_of_none_signs_nobody_in(
    web: httpx2.Client, google: Issuer
) -> None:
    set_new_person(google)
    forged = RSAKey.generate_key(2048, {"kid": str(google.keys[0].kid)})
    for token in (
        google.sign_token(forged),
        google.build_unsigned_token(),
        "a.b.c",
        "x" * 16_000,
        "é.é.é",
    ):
        assert_problem(sign_in_by_token(web, token), 401, "token_invalid")


def test_a_rotated_key_is_fetched_once_a_minute(site: Gateway, google: Issuer, box: Inbox) -> None:
    with serve_issuer() as own:
        settings = {"KT_GOOGLE_ISSUER": own.url, "KT_GOOGLE_CLIENT_IDS": GOOGLE_CLIENT_ID}
        folder = site.data_dir.with_name("rotation")
        with serve_gateway(folder, **settings) as gateway, gateway.client() as http:
            own.is_away = True
            assert_problem(sign_in_by_token(http, own.sign_token()), 503, "google_unavailable")
            own.is_away = False
            assert sign_in_by_token(http, own.sign_token()).status_code == 200
            assert sign_in_by_token(http, own.sign_token()).status_code == 200
            assert own.jwks_reads == 1
            own.rotate_key()
            assert_problem(sign_in_by_token(http, own.sign_token()), 401, "token_invalid")
            assert own.jwks_reads == 1, "asked within the minute"


def test_a_browser_signs_in_with_the_nonce_it_was_given(web: httpx2.Client, google: Issuer) -> None:
    email = set_new_person(google)
    assert_problem(sign_in_in_browser(web, google, nonce="stolen"), 401, "token_invalid")
    state = sign_in_in_browser(web, google).json()
    assert (state["authenticated"], state["email"]) == (True, email)
    assert web.get("/api/v1/balance").json()["availableUsd"] == "5.00"


def test_a_browser_without_its_cookie_signs_nobody_in(web: httpx2.Client, google: Issuer) -> None:
    set_new_person(google)
    token = google.sign_token(nonce="any")
    assert_problem(
        web.post(f"{AUTH}/browser/google", json={"idToken": token}), 401, "token_invalid"
    )


def test_google_opens_the_account_of_an_address_it_speaks_for(
    web: httpx2.Client, google: Issuer, box: Inbox
) -> None:
    email = set_new_person(google, "workspace.example", hd="workspace.example")
    account = web.post(f"{AUTH}/email/verify", json=sign_in_by_code(web, box, email)).json()[
        "accountId"
    ]
    told = sign_in_by_token(web, google.sign_token()).json()
    assert (told["accountId"], told["created"]) == (account, False)
    assert "was linked" in read_mail_text(box.wait_for_mail(email, 2))


@pytest.mark.promise("identity: never-merged")
@pytest.mark.parametrize("hd", [None, "workspace.example", "sub.example.com"])
def test_an_address_google_does_not_speak_for_opens_nothing(
    web: httpx2.Client, google: Issuer, box: Inbox, hd: str | None
) -> None:
    email = set_new_person(google, "example.com", hd=hd)
    account = web.post(f"{AUTH}/browser/email/verify", json=sign_in_by_code(web, box, email)).json()
    assert_problem(sign_in_by_token(web, google.sign_token()), 409, "link_required")
    linked = web.post(f"{IDENTITIES}/link", json={"idToken": google.sign_token()})
    assert (linked.status_code, linked.json()["kind"]) == (200, "google")
    told = sign_in_by_token(web, google.sign_token()).json()
    assert (told["accountId"], told["created"]) == (account["accountId"], False)


@pytest.mark.promise("identity: never-merged")
def test_an_identity_of_another_account_cannot_be_linked(
    web: httpx2.Client, google: Issuer, box: Inbox
) -> None:
    set_new_person(google)
    other = sign_in_by_token(web, google.sign_token()).json()["accountId"]
    taken = google.sign_token()
    mine = f"mine{next(NUMBERS)}@example.com"
    state = web.post(f"{AUTH}/browser/email/verify", json=sign_in_by_code(web, box, mine)).json()
    assert_problem(web.post(f"{IDENTITIES}/link", json={"idToken": taken}), 409, "identity_taken")
    assert sign_in_by_token(web, taken).json()["accountId"] == other != state["accountId"]
    assert [each["email"] for each in web.get(IDENTITIES).json()["data"]] == [mine]


def test_identities_are_linked_listed_and_removed_but_the_last(
    site: Gateway, web: httpx2.Client, google: Issuer, box: Inbox
) -> None:
    email = set_new_person(google, "example.com")
    sign_in_in_browser(web, google)
    (first,) = web.get(IDENTITIES).json()["data"]
    assert_problem(
        web.post(f"{IDENTITIES}/unlink", json={"identityId": first["id"]}), 409, "last_identity"
    )
    second = f"second-{email}"
    added = web.post(
        f"{IDENTITIES}/link", json=sign_in_by_code(web, box, second, purpose="link")
    ).json()
    assert "was linked" in read_mail_text(box.wait_for_mail(second, 2))
    gone = {"identityId": first["id"]}
    assert_problem(
        web.post(f"{IDENTITIES}/unlink", json={"identityId": "idn_none"}), 404, "not_found"
    )
    left = web.post(f"{IDENTITIES}/unlink", json=gone).json()["data"]
    assert [each["id"] for each in left] == [added["id"]]
    assert "was removed" in read_mail_text(box.wait_for_mail(email, 2))
    assert web.delete(f"{AUTH}/browser/session").status_code == 204
    assert sign_in_by_token(web, google.sign_token()).json()["created"] is True
    assert list_audit_actions(site, added["id"]) == ["identity.link"]
    assert list_audit_actions(site, first["id"]) == ["identity.unlink"]
    assert site.list_findings() == []


def list_audit_actions(site: Gateway, target: str) -> list[str]:
    """Return what the audit log says was done to something."""
    lines = site.run_command("admin", "audit", "export").stdout.splitlines()
    rows = [json.loads(line) for line in lines]
    return [row["action"] for row in rows if row["target"] == target]


def test_each_way_in_and_out_is_in_the_audit_log(
    site: Gateway, web: httpx2.Client, google: Issuer, box: Inbox
) -> None:
    email = set_new_person(google, "gmail.com")
    by_mail = web.post(f"{AUTH}/browser/email/verify", json=sign_in_by_code(web, box, email)).json()
    assert web.delete(f"{AUTH}/browser/session").status_code == 204
    assert sign_in_in_browser(web, google).json()["accountId"] == by_mail["accountId"]
    rows = [
        json.loads(each)
        for each in site.run_command("admin", "audit", "export").stdout.splitlines()
    ]
    own = [row for row in rows if row["actor_id"] == by_mail["accountId"]]
    assert [row["action"] for row in own] == [
        "session.open", "session.end", "session.open", "identity.link",
    ]  # fmt: skip
    assert own[0]["target"] == own[1]["target"] != own[2]["target"]
    assert own[0]["ip"].startswith("127.0.8.")
    assert email not in str(own)


def follow_redirects(web: httpx2.Client, google: Issuer, path: str) -> httpx2.Response:
    """Go to Google and back as a browser does; return the answer to the return."""
    to_google = web.get("/login/google", params={"returnPath": path})
    assert to_google.status_code == 303
    assert to_google.headers["location"].startswith(google.url)
    back = httpx2.get(to_google.headers["location"], trust_env=False)
    return web.get(back.headers["location"], headers={"Sec-Fetch-Site": "cross-site"})


def test_the_redirect_signs_a_browser_in_and_goes_on(web: httpx2.Client, google: Issuer) -> None:
    email = set_new_person(google)
    answer = follow_redirects(web, google, "/device?userCode=BCDF-GHJK")
    assert (answer.status_code, answer.headers["location"]) == (303, "/device?userCode=BCDF-GHJK")
    assert web.get(f"{AUTH}/browser/session").json()["email"] == email


@pytest.mark.parametrize("path", ["//evil.example", "/\\evil.example", "https://evil.example"])
def test_the_redirect_goes_nowhere_else(web: httpx2.Client, google: Issuer, path: str) -> None:
    set_new_person(google)
    assert follow_redirects(web, google, path).headers["location"] == "/home"


def test_a_return_from_google_works_only_where_it_began(
    site: Gateway, web: httpx2.Client, google: Issuer
) -> None:
    set_new_person(google)
    to_google = web.get("/login/google")
    back = httpx2.get(to_google.headers["location"], trust_env=False).headers["location"]
    with site.client() as elsewhere:
        elsewhere.get("/login")
        refused = elsewhere.get(back)
        assert refused.status_code == 401
        assert "kt_session" not in elsewhere.cookies
    state = parse_qs(urlsplit(back).query)["state"][0]
    swapped = back.replace(state, f"{'A' * 43}.Lw")
    assert web.get(swapped).status_code == 401
    assert web.get(back).status_code == 303
    assert web.get(back).status_code == 401, "once"
