"""Secrets are changed while people are in the middle of something: nobody notices."""

from asyncio import to_thread
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gateway.app import Application, run_application
from gateway.configuration.settings import Settings
from tests.fakes.smtp import run_inbox
from tests.in_process import build_client, open_account_client

pytestmark = pytest.mark.anyio
SESSION, START = "/api/v1/auth/browser/session", "/api/v1/auth/email/start"
ANN_EMAIL = "ann@example.com"


def open_browser(site: Application, cookies: httpx2.Cookies | None = None) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(site.asgi), base_url=site.settings.public_url,
        headers={"Sec-Fetch-Site": "same-origin"}, cookies=cookies, timeout=60,
    )  # fmt: skip


async def test_what_was_begun_under_an_old_pepper_ends_under_a_new_one(
    anyio_backend: str, tmp_path: Path
) -> None:
    with run_inbox() as box:
        given: dict[str, Any] = {"data_dir": tmp_path, "smtp_url": box.url}
        settings = Settings(**given).with_secrets()
        async with (
            run_application(settings) as site,
            open_account_client(site) as client,
            open_browser(site) as ann,
        ):
            started = (await ann.post(START, json={"email": ANN_EMAIL})).json()
            nonce = (await ann.get(SESSION)).json()["signIn"]["nonce"]
            device = (await ann.post("/api/v1/device/link/start", json={"clientName": "a"})).json()
            proof = {
                "challengeId": started["challengeId"],
                "code": await to_thread(box.wait_for_code, ANN_EMAIL),
            }  # fmt: skip
            cookies, key = ann.cookies, client.headers["x-api-key"]
        old = settings.key_peppers.get_secret_value()
        given["key_peppers"] = f"new:{'n' * 43},{old}"
        rotated = Settings(**given).with_secrets()
        async with run_application(rotated) as site, open_browser(site, cookies) as ann:
            assert (await ann.get(SESSION)).json()["signIn"]["nonce"] == nonce
            signed_in = await ann.post("/api/v1/auth/browser/email/verify", json=proof)
            assert signed_in.status_code == 200, signed_in.text
            code = {"userCode": device["userCode"]}
            approved = await ann.post("/api/v1/device/link/approve", json=code)
            assert approved.status_code == 200, approved.text
            secret = {"deviceCode": device["deviceCode"]}
            linked = (await ann.post("/api/v1/device/link/poll", json=secret)).json()["apiKey"]
            for each in (key, linked):
                async with build_client(site, each) as client:
                    assert (await client.get("/api/v1/balance")).status_code == 200
