"""A session that somebody left open gives nobody a live key without limits."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.gateway import Gateway, problem, serving

KEYS, LINK = "/api/v1/keys", "/api/v1/device/link"
CAP = {"dailyLimitUsd": "0.50"}


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder: Path = tmp_path_factory.mktemp("live") / "data"
    with serving(folder, KT_LIVE_ENABLED="true") as one:
        yield one


@pytest.fixture
def stale(live: Gateway) -> Iterator[httpx2.Client]:
    """The browser of a person who signed in an hour ago."""
    with live.account(mode="live") as owner, live.browser(owner.account_id) as page:
        live.age("browser_session")
        page.headers["X-Killatamata-Mode"] = "live"
        yield page


@pytest.mark.promise("identity: no-escalation")
def test_an_old_session_widens_no_live_key(stale: httpx2.Client) -> None:
    wanted = {"label": "x", "mode": "live", "scopes": ["media"]}
    problem(stale.post(KEYS, json=wanted), 403, "fresh_sign_in_required")
    made = stale.post(KEYS, json=wanted | {"spendPolicy": CAP}).json()

    def change(**fields: object) -> httpx2.Response:
        return stale.patch(KEYS, json={"keyId": made["id"], **fields})

    for more in ({"dailyLimitUsd": None}, {"dailyLimitUsd": "0.51"}, {"autoApproveUsd": None}):
        problem(change(spendPolicy=more), 403, "fresh_sign_in_required")
    problem(change(scopes=["media", "studio:approve"]), 403, "fresh_sign_in_required")
    problem(
        stale.post(KEYS, json=wanted | {"scopes": ["admin"], "spendPolicy": CAP}),
        403,
        "fresh_sign_in_required",
    )
    less = change(label="less", spendPolicy={"dailyLimitUsd": "0.10"}).json()
    assert (less["label"], less["spendPolicy"]["dailyLimitUsd"]) == ("less", "0.10")


@pytest.mark.promise("identity: no-escalation")
def test_an_old_session_takes_no_live_key_over_and_lets_none_live_longer(
    live: Gateway,
) -> None:
    with live.account(mode="live") as owner, live.browser(owner.account_id) as page:
        page.headers["X-Killatamata-Mode"] = "live"
        ends = {"expiresAt": "2099-01-01T00:00:00Z"}
        wanted = {"label": "x", "mode": "live", "scopes": ["media"], "spendPolicy": CAP}
        ending = page.post(KEYS, json=wanted | ends).json()["id"]
        strong = page.post(KEYS, json=wanted | {"scopes": ["media", "admin"]}).json()["id"]
        live.age("browser_session")
        longer = page.patch(KEYS, json={"keyId": ending, "expiresAt": None})
        problem(longer, 403, "fresh_sign_in_required")
        taken = page.post(f"{KEYS}/rotate", json={"keyId": strong})
        problem(taken, 403, "fresh_sign_in_required")
        assert page.post(f"{KEYS}/rotate", json={"keyId": ending}).status_code == 201


@pytest.mark.promise("identity: device-link")
@pytest.mark.parametrize(
    ("scopes", "policy", "status"),
    [
        (["media"], {}, 403),
        (["media", "admin"], CAP, 403),
        (["studio:approve"], CAP, 403),
        (["media"], CAP, 200),
    ],
)
def test_an_old_session_approves_only_devices_that_can_do_little(
    live: Gateway, stale: httpx2.Client, scopes: list[str], policy: dict[str, Any], status: int
) -> None:
    with live.client() as device:
        asked = {"clientName": "x", "mode": "live", "scopes": scopes, "spendPolicy": policy}
        link = device.post(f"{LINK}/start", json=asked).json()
        answer = stale.post(f"{LINK}/approve", json={"userCode": link["userCode"], "approve": True})
        assert answer.status_code == status, answer.text
        if status == 403:
            problem(answer, 403, "fresh_sign_in_required")
            code = {"userCode": link["userCode"], "decision": "approve"}
            led = stale.post("/device", data=code, follow_redirects=False)
            assert led.headers["location"].startswith("/login?again=1&returnPath=%2Fdevice")
            waiting = device.post(f"{LINK}/poll", json={"deviceCode": link["deviceCode"]})
            problem(waiting, 400, "authorization_pending")
