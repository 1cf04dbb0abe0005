"""Taking care of API keys: change, rotate, revoke by prefix, and what a key cannot give away."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest

from gateway.identity.keys.keys import MAX_ACTIVE_KEYS
from tests.gateway import Client, Gateway, assert_problem, picture_input, serve_gateway

KEYS, BALANCE = "/api/v1/keys", "/api/v1/balance"
WAIT_SECONDS = 10


@contextmanager
def open_agent(gateway: Gateway, made: dict[str, Any]) -> Iterator[Client]:
    """Yield a client for a key that was just made."""
    with gateway.client(made["apiKey"]) as http:
        yield Client(http, made["apiKey"], "")


def mint_key(http: httpx2.Client, **wanted: object) -> dict[str, Any]:
    answer = http.post(KEYS, json={"label": "agent", **wanted})
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    key: dict[str, Any] = answer.json()
    return key


def find_key(client: Client, key_id: str) -> dict[str, Any]:
    found = {key["id"]: key for key in client.http.get(KEYS).json()["data"]}
    shown: dict[str, Any] = found[key_id]
    return shown


def rotate_key(http: httpx2.Client, key_id: str, **more: object) -> dict[str, Any]:
    answer = http.post(f"{KEYS}/rotate", json={"keyId": key_id, **more})
    assert answer.status_code == 201, answer.text
    key: dict[str, Any] = answer.json()
    return key


def test_a_key_shows_what_it_may_spend_and_has_spent(gateway: Gateway, client: Client) -> None:
    made = mint_key(client.http, spendPolicy={"dailyLimitUsd": "0.10", "autoApproveUsd": "0.05"})
    policy = {
        "autoApproveUsd": "0.05",
        "confirmUpToUsd": "0.05",
        "dailyLimitUsd": "0.10",
        "monthlyLimitUsd": None,
        "totalLimitUsd": None,
    }
    assert made["spendPolicy"] == policy
    with open_agent(gateway, made) as spender:
        assert spender.submit("image.generate", picture_input()).status_code == 202
        own = spender.get_balance()["key"]
    assert own["spendPolicy"] == policy
    assert (own["spent"]["dailyUsd"], own["spent"]["totalMicrousd"]) == ("0.02", 20_000)
    assert find_key(client, made["id"])["spent"] == own["spent"]
    assert client.get_balance()["key"]["spent"] is None  # never had a cap
    with gateway.browser(client.account_id) as page:
        assert page.get(BALANCE).json()["key"] is None


def test_the_last_use_of_a_key_is_noted(gateway: Gateway, client: Client) -> None:
    made = mint_key(client.http)
    assert find_key(client, made["id"])["lastUsedAt"] is None
    with open_agent(gateway, made) as spender:
        spender.get_balance()
    deadline = time.monotonic() + WAIT_SECONDS
    while (used := find_key(client, made["id"])["lastUsedAt"]) is None:
        assert time.monotonic() < deadline
    with open_agent(gateway, made) as spender:
        for _ in range(3):
            spender.http.patch(KEYS, json={"keyId": made["id"]})  # looks the key up each time
    assert find_key(client, made["id"])["lastUsedAt"] == used


def test_a_changed_key_keeps_what_it_has_used(gateway: Gateway, client: Client) -> None:
    made = mint_key(client.http, scopes=["media"], spendPolicy={"totalLimitUsd": "0.02"})
    with open_agent(gateway, made) as spender, gateway.browser(client.account_id) as page:
        assert spender.submit("image.generate", picture_input()).status_code == 202
        refused = spender.submit("image.generate", picture_input())
        told = assert_problem(refused, 402, "key_limit_exceeded")
        assert (told["limitUsd"], told["remainingUsd"], told["resetAt"]) == ("0.02", "0.00", None)
        change = {"keyId": made["id"], "label": "new", "spendPolicy": {"totalLimitUsd": "0.04"}}
        changed = page.patch(KEYS, json=change).json()
        assert (changed["label"], changed["scopes"]) == ("new", ["media"])
        assert changed["spent"]["totalUsd"] == "0.02"
        assert spender.submit("image.generate", picture_input()).status_code == 202
        assert_problem(spender.submit("image.generate", picture_input()), 402, "key_limit_exceeded")


def test_a_key_that_gets_its_first_cap_is_held_to_it(gateway: Gateway, client: Client) -> None:
    made = mint_key(client.http)
    with open_agent(gateway, made) as spender, gateway.browser(client.account_id) as page:
        assert spender.submit("image.generate", picture_input()).status_code == 202
        change = {"keyId": made["id"], "spendPolicy": {"monthlyLimitUsd": "0.01"}}
        assert client.http.patch(KEYS, json=change).json()["spent"]["monthlyUsd"] == "0.00"
        told = assert_problem(
            spender.submit("image.generate", picture_input()), 402, "key_limit_exceeded"
        )
        assert told["resetAt"].endswith("-01T00:00:00Z")
        change["spendPolicy"] = {"monthlyLimitUsd": None}
        assert_problem(client.http.patch(KEYS, json=change), 403, "scope_escalation")
        assert page.patch(KEYS, json=change).status_code == 200
        assert spender.submit("image.generate", picture_input()).status_code == 202
    assert gateway.list_findings() == []


def test_a_change_is_about_a_key_that_lives(client: Client) -> None:
    assert_problem(client.http.patch(KEYS, json={"keyId": "key_none"}), 404, "not_found")
    made = mint_key(client.http)
    past = client.http.patch(KEYS, json={"keyId": made["id"], "expiresAt": "2020-01-01T00:00:00Z"})
    assert assert_problem(past, 422, "invalid_input")["field"] == "expiresAt"
    later = {"keyId": made["id"], "expiresAt": "2099-01-01T00:00:00Z"}
    assert client.http.patch(KEYS, json=later).json()["expiresAt"] == "2099-01-01T00:00:00Z"
    never = {"keyId": made["id"], "expiresAt": None}
    assert client.http.patch(KEYS, json=never).json()["expiresAt"] is None
    client.http.post(f"{KEYS}/revoke", json={"keyId": made["id"]})
    assert_problem(client.http.patch(KEYS, json={"keyId": made["id"]}), 409, "key_revoked")
    assert_problem(
        client.http.post(f"{KEYS}/rotate", json={"keyId": made["id"]}), 409, "key_revoked"
    )


ESCALATIONS: list[tuple[dict[str, Any], dict[str, Any], int]] = [
    # what the caller has, what it asks for, the answer
    ({"scopes": ["admin", "media"]}, {"scopes": ["media"]}, 201),
    ({"scopes": ["admin", "media"]}, {"scopes": ["admin", "media"]}, 201),
    ({"scopes": ["admin", "media"]}, {}, 201),
    ({"scopes": ["admin", "media"]}, {"scopes": ["billing"]}, 403),
    ({"scopes": ["admin"]}, {"scopes": ["admin", "studio:approve"]}, 403),
    ({"scopes": ["admin"], "spendPolicy": {"totalLimitUsd": "9"}}, {"scopes": ["admin"]}, 403),
    (
        {"scopes": ["admin"], "spendPolicy": {"autoApproveUsd": "1"}},
        {"scopes": ["admin"], "spendPolicy": {"autoApproveUsd": "1.01"}},
        403,
    ),
    (
        {"scopes": ["admin"], "spendPolicy": {"autoApproveUsd": "1"}},
        {"scopes": ["admin"], "spendPolicy": {"autoApproveUsd": "1"}},
        201,
    ),
    (
        {"scopes": ["admin"], "spendPolicy": {"autoApproveUsd": "1"}},
        {"scopes": ["admin"], "spendPolicy": {"autoApproveUsd": None}},
        403,
    ),
    ({"scopes": ["admin"], "spendPolicy": {"autoApproveUsd": "1"}}, {"scopes": ["admin"]}, 201),
]  # fmt: skip


@pytest.mark.promise("identity: no-escalation")
@pytest.mark.parametrize(("has", "asks", "status"), ESCALATIONS)
def test_a_key_gives_no_key_more_than_it_has(
    gateway: Gateway, client: Client, has: dict[str, Any], asks: dict[str, Any], status: int
) -> None:
    with open_agent(gateway, mint_key(client.http, **has)) as caller:
        made = caller.http.post(KEYS, json={"label": "child", **asks})
        assert made.status_code == status, made.text
        if status == 403:
            assert_problem(made, 403, "scope_escalation")
            return
        policy, limit = made.json()["spendPolicy"], has.get("spendPolicy", {}).get("autoApproveUsd")
        assert limit is None or policy["autoApproveUsd"] == "1.00"


def test_a_session_gives_a_key_anything(gateway: Gateway, client: Client) -> None:
    with gateway.browser(client.account_id) as page:
        made = mint_key(page, scopes=["studio:approve"], spendPolicy={"autoApproveUsd": "100"})
        assert made["spendPolicy"]["autoApproveUsd"] == "100.00"
        assert_problem(
            page.post(KEYS, json={"label": "x", "mode": "live"}), 409, "live_mode_disabled"
        )


def test_a_capped_key_widens_neither_itself_nor_others(gateway: Gateway, client: Client) -> None:
    cap = {"totalLimitUsd": "1"}
    other = mint_key(client.http, scopes=["media"], spendPolicy={"totalLimitUsd": "2"})
    capped = mint_key(client.http, scopes=["admin"], spendPolicy=cap)

    with open_agent(gateway, capped) as caller:

        def change(key: dict[str, Any], **wanted: object) -> httpx2.Response:
            return caller.http.patch(KEYS, json={"keyId": key["id"], **wanted})

        for wider in ({"totalLimitUsd": "1.01"}, {"totalLimitUsd": None}):
            assert_problem(change(capped, spendPolicy=wider), 403, "scope_escalation")
        assert_problem(change(other, spendPolicy={"totalLimitUsd": "3"}), 403, "scope_escalation")
        assert_problem(change(capped, scopes=["admin", "media"]), 403, "scope_escalation")
        assert change(other, spendPolicy={"totalLimitUsd": "1.50"}).status_code == 200
        assert change(other, scopes=["media"], label="same").status_code == 200
        assert change(capped, spendPolicy={"totalLimitUsd": "0.50"}).status_code == 200


@pytest.mark.promise("identity: no-escalation")
def test_a_key_that_expires_lets_no_key_live_longer(gateway: Gateway, client: Client) -> None:
    soon, later = "2090-01-01T00:00:00Z", "2091-01-01T00:00:00Z"
    made = mint_key(client.http, scopes=["admin", "media"], expiresAt=soon)
    other = mint_key(client.http, scopes=["media"])
    with open_agent(gateway, made) as caller:
        for moment in (None, later):
            longer = {"keyId": made["id"], "expiresAt": moment}
            assert_problem(caller.http.patch(KEYS, json=longer), 403, "scope_escalation")
        child = {"label": "child", "expiresAt": later}
        assert_problem(caller.http.post(KEYS, json=child), 403, "scope_escalation")
        taken = caller.http.post(f"{KEYS}/rotate", json={"keyId": other["id"]})
        assert_problem(taken, 403, "scope_escalation")
        assert mint_key(caller.http)["expiresAt"] == soon
        assert rotate_key(caller.http, made["id"])["expiresAt"] == soon


@pytest.mark.promise("ledger: caps-hold")
def test_a_rotated_key_spends_what_is_left_of_the_same_cap(
    gateway: Gateway, client: Client
) -> None:
    old = mint_key(client.http, scopes=["media"], spendPolicy={"dailyLimitUsd": "0.04"})
    with open_agent(gateway, old) as before:
        assert before.submit("image.generate", picture_input()).status_code == 202
        new = rotate_key(before.http, old["id"])
        assert new["apiKey"] != old["apiKey"]
        assert (new["scopes"], new["mintedBy"]) == (["media"], f"rotate:{old['id']}")
        assert new["spent"]["dailyUsd"] == "0.02"
        assert_problem(before.submit("image.generate", picture_input()), 401, "unauthorized")
    with open_agent(gateway, new) as after:
        assert after.submit("image.generate", picture_input()).status_code == 202
        assert_problem(after.submit("image.generate", picture_input()), 402, "key_limit_exceeded")
    assert gateway.list_findings() == []


def test_a_rotated_key_lives_on_for_its_grace(gateway: Gateway, client: Client) -> None:
    old = mint_key(client.http, spendPolicy={"dailyLimitUsd": "1"})
    headers = {"X-Idempotency-Key": "turn"}
    body = {"keyId": old["id"], "graceSeconds": 3600}
    new, again = (client.http.post(f"{KEYS}/rotate", json=body, headers=headers) for _ in "ab")
    assert (again.json()["id"], again.json()["apiKey"]) == (new.json()["id"], None)
    assert find_key(client, old["id"])["expiresAt"] is not None
    assert find_key(client, new.json()["id"])["expiresAt"] is None
    with open_agent(gateway, old) as before:
        assert before.submit("image.generate", picture_input()).status_code == 202
    change = {"keyId": new.json()["id"], "spendPolicy": {"dailyLimitUsd": "0.01"}}
    assert client.http.patch(KEYS, json=change).status_code == 200
    with open_agent(gateway, old) as before:  # they share their limits
        assert_problem(before.submit("image.generate", picture_input()), 402, "key_limit_exceeded")
    too_long = client.http.post(f"{KEYS}/rotate", json={"keyId": old["id"], "graceSeconds": 86_401})
    assert_problem(too_long, 422, "invalid_input")


def test_a_key_rotates_itself_and_no_other(gateway: Gateway, client: Client) -> None:
    own, other = mint_key(client.http, scopes=["media"]), mint_key(client.http, scopes=["media"])
    with open_agent(gateway, own) as caller:
        refused = caller.http.post(f"{KEYS}/rotate", json={"keyId": other["id"]})
        assert_problem(refused, 403, "scope_denied")
        assert rotate_key(caller.http, own["id"])["scopes"] == ["media"]
    with gateway.account() as stranger:
        foreign = stranger.http.post(f"{KEYS}/rotate", json={"keyId": other["id"]})
        assert_problem(foreign, 404, "not_found")


@pytest.mark.promise("identity: no-escalation")
@pytest.mark.parametrize(
    ("has", "others"),
    [
        ({}, {"scopes": ["studio:approve"]}),
        ({"spendPolicy": {"autoApproveUsd": "1"}}, {"scopes": ["media"]}),
        ({"spendPolicy": {"totalLimitUsd": "1"}}, {"spendPolicy": {"totalLimitUsd": "1"}}),
    ],
)
def test_nobody_rotates_a_key_into_one_that_may_do_more(
    gateway: Gateway, client: Client, has: dict[str, Any], others: dict[str, Any]
) -> None:
    """A caller who rotates a key holds its successor."""
    with gateway.browser(client.account_id) as page:
        admin, other = mint_key(page, scopes=["admin", "media"], **has), mint_key(page, **others)
        with open_agent(gateway, admin) as caller:
            refused = caller.http.post(f"{KEYS}/rotate", json={"keyId": other["id"]})
            assert_problem(refused, 403, "scope_escalation")
            assert rotate_key(caller.http, admin["id"])["scopes"] == ["media", "admin"]
        assert rotate_key(page, other["id"])["scopes"] == other["scopes"]


def test_a_key_is_revoked_by_the_start_of_what_one_sees(client: Client) -> None:
    def revoke(prefix: str) -> httpx2.Response:
        return client.http.post(f"{KEYS}/revoke", json={"keyPrefix": prefix})

    made, other = mint_key(client.http), mint_key(client.http)
    assert_problem(revoke(made["keyPrefix"].replace("test", "live")), 404, "not_found")
    by_prefix = revoke(made["keyPrefix"][:-1])
    assert by_prefix.json()["id"] == made["id"]
    bare = revoke(other["keyPrefix"].removeprefix("kt_test_")[:5])
    assert bare.json()["id"] == other["id"]
    for short in ("kt_test_", "kt_test_abcd", "abcd", "kt_test_abc%_", ""):
        assert_problem(revoke(short), 422, "invalid_input")


def test_an_account_has_at_most_fifty_active_keys(client: Client) -> None:
    ended = mint_key(client.http)
    client.http.post(f"{KEYS}/revoke", json={"keyId": ended["id"]})
    last = [mint_key(client.http) for _ in range(MAX_ACTIVE_KEYS - 1)][-1]
    assert_problem(client.http.post(KEYS, json={"label": "x"}), 409, "key_limit_reached")
    assert rotate_key(client.http, last["id"])["id"] != last["id"]
    assert_problem(client.http.post(KEYS, json={"label": "x"}), 409, "key_limit_reached")


def test_a_revoked_admin_key_makes_no_key_elsewhere(two_gateways: list[Gateway]) -> None:
    """A caller that another process still remembers may read for seconds, and change nothing."""
    first, second = two_gateways
    with first.account() as owner:
        made = mint_key(owner.http, scopes=["admin", "account:read"])
        with open_agent(second, made) as thief:
            assert thief.http.get(BALANCE).status_code == 200  # now it is remembered
            owner.http.post(f"{KEYS}/revoke", json={"keyId": made["id"]})
            assert_problem(thief.http.post(KEYS, json={"label": "back door"}), 401, "unauthorized")
            deadline = time.monotonic() + 5
            while thief.http.get(BALANCE).status_code == 200:
                assert time.monotonic() < deadline, "reads pass for more than five seconds"
                time.sleep(0.05)


def test_a_key_under_an_old_pepper_works_and_moves_to_the_newest(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("peppers") / "data"
    old, new = "old:" + "a" * 64, "new:" + "b" * 64
    with serve_gateway(folder, KT_KEY_PEPPERS=old) as gateway, gateway.account() as client:
        key = client.key
    with (
        serve_gateway(folder, KT_KEY_PEPPERS=f"{new},{old}") as gateway,
        gateway.client(key) as http,
    ):
        assert http.get(BALANCE).status_code == 200
        assert gateway.stop() == 0  # what is noted in the background is written by then
    with serve_gateway(folder, KT_KEY_PEPPERS=new) as gateway, gateway.client(key) as http:
        assert http.get(BALANCE).status_code == 200
