"""Whoever steals the database cannot sign in, spend, link a device or sign a webhook with it."""

import hashlib
import sqlite3
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.fakes.smtp import Inbox, run_inbox
from tests.fakes.stripe.client import STRIPE_KEY, STRIPE_WEBHOOK_SECRET, StripeStandIn, serve_stripe
from tests.flows.oauth_apps import App, allow_app
from tests.gateway import Gateway, serve_gateway

pytestmark = pytest.mark.slow

METRICS_TOKEN = "metrics-canary-91c2"
AUTH, LINK = "/api/v1/auth", "/api/v1/device/link"


@pytest.fixture(scope="module")
def bank() -> Iterator[StripeStandIn]:
    with serve_stripe() as one:
        yield one


@pytest.fixture(scope="module")
def box() -> Iterator[Inbox]:
    with run_inbox() as one:
        yield one


@pytest.fixture(scope="module")
def site(
    bank: StripeStandIn, box: Inbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("stolen") / "data"
    loud = {"KT_METRICS_TOKEN": METRICS_TOKEN, "KT_LOG_LEVEL": "debug"}
    with serve_gateway(folder, KT_SMTP_URL=box.url, **loud, **bank.settings) as one:
        yield one


def read_json(answer: httpx2.Response) -> dict[str, Any]:
    assert answer.is_success, answer.text
    body: dict[str, Any] = answer.json()
    return body


def start_sign_in(http: httpx2.Client, email: str) -> str:
    return str(read_json(http.post(f"{AUTH}/email/start", json={"email": email}))["challengeId"])


def walk_secret_rooms(site: Gateway, box: Inbox, bank: StripeStandIn) -> dict[str, str]:
    """Get every kind of secret that the gateway hands out; return them by what they are."""
    found: dict[str, str] = {}
    with site.client(**{"Sec-Fetch-Site": "same-origin"}) as http:
        proof = {"challengeId": start_sign_in(http, "ana@example.com")}
        found["used code"] = proof["code"] = box.wait_for_code("ana@example.com")
        found["used pre-session"] = http.cookies["kt_pre"]
        read_json(http.post(f"{AUTH}/browser/email/verify", json=proof))
        found["session"] = http.cookies["kt_session"]
        opened = read_json(http.post("/api/v1/checkout/stripe", json={"packageCode": "pocket_100"}))
        bank.call_control("pay", session=opened["sessionId"])
        wanted = {"sessionId": opened["sessionId"], "keyLabel": "first"}
        found["key of a claim"] = read_json(http.post("/api/v1/claim/stripe", json=wanted))[
            "apiKey"
        ]
        made = read_json(http.post("/api/v1/keys", json={"label": "made"}))
        found["made key"] = made["apiKey"]
        turned = read_json(http.post("/api/v1/keys/rotate", json={"keyId": made["id"]}))
        found["rotated key"] = turned["apiKey"]
        for name in ("linked", "waiting"):
            link = read_json(http.post(f"{LINK}/start", json={"clientName": name}))
            found[f"{name} device code"], found[f"{name} user code"] = (
                link["deviceCode"],
                link["userCode"],
            )
            if name == "linked":
                read_json(http.post(f"{LINK}/approve", json={"userCode": link["userCode"]}))
                polled = http.post(f"{LINK}/poll", json={"deviceCode": link["deviceCode"]})
                found["linked key"] = read_json(polled)["apiKey"]
        program = App(site, http)
        program.register()
        found["code of an app"] = allow_app(http, program.build_query())["code"]
        tokens = read_json(program.exchange_code(found["code of an app"]))
        found["access token"], found["refresh token"] = (
            tokens["access_token"],
            tokens["refresh_token"],
        )
    with site.client() as http:
        proof = {"challengeId": start_sign_in(http, "bea@example.com")}
        proof["code"] = box.wait_for_code("bea@example.com")
        found["sign-in key"] = read_json(http.post(f"{AUTH}/email/verify", json=proof))["apiKey"]
        hooks, own = "/api/v1/media/webhooks", {"x-api-key": found["sign-in key"]}
        found["old webhook secret"] = read_json(http.get(hooks, headers=own))["secret"]
        turned = read_json(http.post(f"{hooks}/rotate-secret", headers=own))
        found["webhook secret"] = turned["secret"]
        box.refusal = "451 later"
        start_sign_in(http, "cleo@example.com")
        found["pre-session"] = http.cookies["kt_pre"]
    return found | {"key at Stripe": STRIPE_KEY, "signing secret of Stripe": STRIPE_WEBHOOK_SECRET}


@pytest.mark.promise("identity: stolen-database")
@pytest.mark.promise("operations: observable")
def test_neither_dump_nor_log_nor_metrics_hold_a_code_key_session_or_secret(
    site: Gateway, box: Inbox, bank: StripeStandIn
) -> None:
    found = walk_secret_rooms(site, box, bank)
    with sqlite3.connect(site.data_dir / "kt.db") as connection:
        dump = "\n".join(connection.iterdump())
    connection.close()
    box.refusal = None
    found["waiting code"] = box.wait_for_code("cleo@example.com")
    assert "ana@example.com" in dump
    with site.client(METRICS_TOKEN) as http:
        shown = http.get("/metrics")
    assert shown.status_code == 200
    told = site.read_log() + shown.text
    assert "POST" in told
    for what, secret in (found | {"metrics token": METRICS_TOKEN}).items():
        for form in list_secret_forms(what, secret):
            assert form not in dump, what
        if len(secret) > len("123456"):  # six digits are part of many a number
            assert secret not in told, what


def list_secret_forms(what: str, secret: str) -> Iterator[str]:
    """Yield the forms that give a secret away: itself, and a plain digest of one to guess."""
    short = secret.replace("-", "")
    if len(short) <= len("BCDFGHJK"):  # so short that a digest without a key is no help
        for text in {secret, short, short.lower()}:
            for digest in (hashlib.sha256, hashlib.sha1, hashlib.md5):
                yield digest(text.encode()).hexdigest().upper()
    if len(secret) == len("123456"):  # six digits are part of many a number
        yield from (f"'{secret}'", f"is {secret}")
        return
    yield secret
    yield secret.encode().hex().upper()
    if secret.startswith("kt_"):
        yield secret[16:40]
    if secret.startswith("whsec_"):
        yield secret.removeprefix("whsec_")
