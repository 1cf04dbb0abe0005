"""A session that somebody left open, or whose cookie was stolen, hands out little live money."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.flows.oauth_apps import answer_consent, open_app, read_form_fields
from tests.gateway import Gateway, assert_problem, call_at_once, serve_gateway

KEYS, LINK = "/api/v1/keys", "/api/v1/device/link"
CAP = {"dailyLimitUsd": "0.50"}
MUCH = "9999999999"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder: Path = tmp_path_factory.mktemp("live") / "data"
    with serve_gateway(folder, KT_LIVE_ENABLED="true", KT_STALE_SIGN_IN_USD="20") as one:
        yield one


@pytest.fixture
def stale(live: Gateway) -> Iterator[httpx2.Client]:
    """The browser of a person who signed in an hour ago."""
    with live.account(mode="live") as owner, live.browser(owner.account_id) as page:
        live.age_rows("browser_session")
        page.headers["X-Killatamata-Mode"] = "live"
        yield page


@pytest.mark.promise("identity: no-escalation")
def test_an_old_session_widens_no_live_key(stale: httpx2.Client) -> None:
    wanted = {"label": "x", "mode": "live", "scopes": ["media"]}
    assert_problem(stale.post(KEYS, json=wanted), 403, "fresh_sign_in_required")
    made = stale.post(KEYS, json=wanted | {"spendPolicy": CAP}).json()

    def change(**fields: object) -> httpx2.Response:
        return stale.patch(KEYS, json={"keyId": made["id"], **fields})

    for more in ({"dailyLimitUsd": None}, {"dailyLimitUsd": "0.51"}, {"autoApproveUsd": None}):
        assert_problem(change(spendPolicy=more), 403, "fresh_sign_in_required")
    assert_problem(change(scopes=["media", "studio:approve"]), 403, "fresh_sign_in_required")
    assert_problem(
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
        live.age_rows("browser_session")
        longer = page.patch(KEYS, json={"keyId": ending, "expiresAt": None})
        assert_problem(longer, 403, "fresh_sign_in_required")
        taken = page.post(f"{KEYS}/rotate", json={"keyId": strong})
        assert_problem(taken, 403, "fresh_sign_in_required")
        assert page.post(f"{KEYS}/rotate", json={"keyId": ending}).status_code == 201


@pytest.mark.promise("identity: no-escalation")
def test_the_page_of_keys_widens_no_live_key_of_an_old_session_and_leads_to_a_sign_in(
    stale: httpx2.Client,
) -> None:
    shown = read_form_fields(stale.get("/keys/new?mode=live").text)
    amounts = [shown[name] for name in ("autoApproveUsd", "confirmUpToUsd", "dailyLimitUsd")]
    assert amounts == ["0.00", "0.00", ""]
    given = shown | {"label": "small", "dailyLimitUsd": "0.10", "autoApproveUsd": "0.05"}
    given.pop("scope.admin", None)
    assert "only once" in stale.post("/keys/new?mode=live", data=given).text
    (made, *_) = stale.get(KEYS).json()["data"]
    assert made["spendPolicy"]["autoApproveUsd"] == "0.05"
    assert made["spendPolicy"]["confirmUpToUsd"] == "0.00"
    change = read_form_fields(stale.get(f"/keys/change?mode=live&keyId={made['id']}").text)
    assert change["autoApproveUsd"] == "0.05"
    for more in ({"autoApproveUsd": "0.06"}, {"autoApproveUsd": ""}, {"confirmUpToUsd": "1"}):
        refused = stale.post("/keys/change?mode=live", data=change | more)
        assert (refused.status_code, "Sign in again</a>" in refused.text) == (403, True)
        assert '<a class="button small" href="/login?again=1" target="_blank">' in refused.text
        assert read_form_fields(refused.text) == change | more | {
            "idempotencyKey": read_form_fields(refused.text)["idempotencyKey"]
        }
    assert (
        stale.post("/keys/change?mode=live", data=change | {"autoApproveUsd": "0"}).status_code
        == 303
    )
    (now, *_) = stale.get(KEYS).json()["data"]
    assert now["spendPolicy"]["autoApproveUsd"] == "0.00"


@pytest.mark.promise("identity: device-link")
@pytest.mark.parametrize(
    ("scopes", "policy", "status"),
    [
        (["media"], {}, 403),
        (["media"], {"totalLimitUsd": MUCH}, 403),
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
            assert_problem(answer, 403, "fresh_sign_in_required")
            shown = read_form_fields(
                stale.get("/device", params={"userCode": link["userCode"]}).text
            )
            sent = shown | {"decision": "approve"}
            refused = stale.post("/device", data=sent)
            assert (refused.status_code, "Sign in again</a>" in refused.text) == (403, True)
            waiting = device.post(f"{LINK}/poll", json={"deviceCode": link["deviceCode"]})
            assert_problem(waiting, 400, "authorization_pending")


@pytest.mark.promise("identity: no-escalation")
@pytest.mark.parametrize(
    "policy",
    [
        {"totalLimitUsd": MUCH},
        {"monthlyLimitUsd": "20.01"},
        {"dailyLimitUsd": "0.65"},  # in 31 days that is $20.15
        {"dailyLimitUsd": MUCH, "autoApproveUsd": "1"},
    ],
)
def test_a_cap_that_holds_nothing_back_counts_as_none(
    stale: httpx2.Client, policy: dict[str, str]
) -> None:
    wanted = {"label": "x", "mode": "live", "scopes": ["media"], "spendPolicy": policy}
    told = assert_problem(stale.post(KEYS, json=wanted), 403, "fresh_sign_in_required")
    assert "$20.00 a month in all" in told["detail"]


@pytest.mark.promise("identity: no-escalation")
def test_many_small_keys_devices_and_apps_of_old_sessions_add_up(live: Gateway) -> None:
    with (
        live.account(mode="live") as owner,
        live.browser(owner.account_id) as first,
        live.browser(owner.account_id) as second,
        live.client() as device,
        open_app(live) as program,
    ):
        live.age_rows("browser_session")
        ten = {"totalLimitUsd": "10"}
        wanted = {"label": "x", "mode": "live", "scopes": ["media"], "spendPolicy": ten}
        asked = {"clientName": "x", "mode": "live", "scopes": ["media"], "spendPolicy": ten}
        code = device.post(f"{LINK}/start", json=asked).json()["userCode"]

        key = first.post(KEYS, json=wanted).json()["id"]
        assert second.post(f"{LINK}/approve", json={"userCode": code}).status_code == 200
        for page in (first, second):
            assert_problem(page.post(KEYS, json=wanted), 403, "fresh_sign_in_required")
        assert_problem(
            first.post(f"{KEYS}/rotate", json={"keyId": key}), 403, "fresh_sign_in_required"
        )
        assert first.post(f"{KEYS}/revoke", json={"keyId": key}).status_code == 200
        assert_problem(first.post(KEYS, json=wanted), 403, "fresh_sign_in_required")

        program.register()
        query, day = program.build_query(), {"mode": "live", "dailyLimitUsd": "0.20"}
        refused = answer_consent(second, query, "allow", **day)  # $6.20 a month
        assert (refused.status_code, "Sign in again</a>" in refused.text) == (403, True)
        with live.browser(owner.account_id) as again:
            code = answer_consent(again, query, "allow", mode="live").headers["location"]
        assert code.startswith(f"{program.redirect_uri}?code=")


@pytest.mark.promise("identity: no-escalation")
def test_a_sign_in_in_another_tab_keeps_what_a_person_took_from_a_device_and_an_app(
    live: Gateway,
) -> None:
    with live.account(mode="live") as owner, open_app(live) as program, live.client() as device:
        program.register()
        asked = {"clientName": "x", "mode": "live", "scopes": ["media", "studio:approve"]}
        code = device.post(f"{LINK}/start", json=asked).json()["userCode"]
        less = {"scope.media": "on", "dailyLimitUsd": "7", "autoApproveUsd": "0.25"}
        forms = {
            "/device": ({"userCode": code}, "scope.studio:approve", "approve"),
            "/oauth/authorize": (program.build_query(), "scope.studio", "allow"),
        }
        for path, (query, taken, decision) in forms.items():
            with live.browser(owner.account_id) as page:
                live.age_rows("browser_session")
                sent = read_form_fields(page.get(path, params=query).text) | less | {"mode": "live"}
                del sent[taken]
                refused = page.post(path, data=sent | {"decision": decision})
                assert (refused.status_code, read_form_fields(refused.text)) == (403, sent)
                way = re.findall(r'<a [^>]*href="([^"]*)"([^>]*)>Sign in again</a>', refused.text)
                assert way == [
                    ("/login?again=1", ' target="_blank"')
                ]  # leads back to no other form
                page.headers["cookie"] = live.create_session_cookie(owner.account_id)
                done = page.post(path, data=read_form_fields(refused.text) | {"decision": decision})
                assert "Approved." in done.text or "code=" in done.headers["location"]


@pytest.mark.promise("identity: no-escalation")
def test_keys_that_old_sessions_make_at_once_add_up(live: Gateway) -> None:
    with live.account(mode="live") as owner, live.browser(owner.account_id) as page:
        live.age_rows("browser_session")
        cap = {"monthlyLimitUsd": "10"}
        wanted = {"label": "x", "mode": "live", "scopes": ["media"], "spendPolicy": cap}
        made = call_at_once([lambda: page.post(KEYS, json=wanted)] * 6)
        assert sorted(answer.status_code for answer in made) == [201] * 2 + [403] * 4


@pytest.mark.promise("identity: no-escalation")
def test_an_old_session_raises_no_default_of_live_keys(stale: httpx2.Client) -> None:
    def change(**policy: str | None) -> httpx2.Response:
        return stale.patch("/api/v1/account/settings", json={"spendPolicy": policy})

    assert change(dailyLimitUsd="1").status_code == 200
    assert_problem(change(dailyLimitUsd=None), 403, "fresh_sign_in_required")
    assert_problem(change(autoApproveUsd="5"), 403, "fresh_sign_in_required")
    stale.headers["X-Killatamata-Mode"] = "test"
    assert change(autoApproveUsd="5").status_code == 200
