"""Threads, settings and the snapshot, through the front door."""

from collections.abc import Callable

from tests.gateway import Client, Gateway, assert_problem, call_at_once, picture_input
from tests.library.files import create_project, make_png, upload_asset
from tests.studio.talks import (
    THREADS_PATH,
    change_settings,
    create_thread,
    get_snapshot,
    get_thread_detail,
)

PLANS = "/api/v1/studio/agent/approval-plans/prepare"
PLAN = {"steps": [{"operation": "image.generate", "input": picture_input()}]}


def test_a_thread_is_made_once_for_one_key(client: Client) -> None:
    home = create_project(client)
    given, headers = {"projectId": home, "title": "Teaser"}, {"X-Idempotency-Key": "one"}
    first, again = (client.http.post(THREADS_PATH, json=given, headers=headers) for _ in range(2))
    assert (first.status_code, first.json()) == (201, again.json())
    other = client.http.post(THREADS_PATH, json=given | {"title": "Other"}, headers=headers)
    assert_problem(other, 409, "idempotency_conflict")
    seen = get_thread_detail(client, first.json()["threadId"])
    assert (seen["title"], seen["messages"], seen["previousCursor"]) == ("Teaser", [], None)
    assert get_snapshot(client)["projects"][0]["counts"]["threads"] == 1


def test_an_archived_project_takes_no_thread_and_an_archived_thread_is_not_listed(
    client: Client,
) -> None:
    home = create_project(client)
    talk, kept = create_thread(client, home, title="Old"), create_thread(client, home)
    changed = client.http.patch(
        f"{THREADS_PATH}/update", json={"threadId": talk, "title": "Older", "archived": True}
    )
    assert (changed.json()["title"], changed.json()["archived"]) == ("Older", True)
    seen = get_snapshot(client, projectId=home)
    assert [each["threadId"] for each in seen["threads"]] == [kept]
    assert seen["projects"][0]["counts"]["threads"] == 1
    client.http.patch("/api/v1/studio/projects/update", json={"projectId": home, "archived": True})
    assert_problem(
        client.http.post(THREADS_PATH, json={"projectId": home}), 409, "project_archived"
    )


def test_settings_are_merged_and_each_change_is_counted(client: Client) -> None:
    first = change_settings(client, defaults={"video": {"fps": 30}})
    assert first["defaults"]["video"] == {
        "width": 1280, "height": 704, "fps": 30, "durationFrames": 121,
    }  # fmt: skip
    assert (first["agent"]["enabled"], first["agent"]["maxPriceUsd"]) == (True, "0.25")
    second = change_settings(client, agent={"maxPriceUsd": "0.15", "instructions": "Be brief."})
    assert second["revision"] == first["revision"] + 1
    assert second["defaults"] == first["defaults"]
    assert second["agent"]["maxPriceMicrousd"] == 150_000
    assert get_snapshot(client)["settings"] == second
    for price in ("2.01", "0"):
        given = {"agent": {"maxPriceUsd": price}}
        answer = client.http.patch("/api/v1/studio/settings", json=given)
        told = assert_problem(answer, 422, "invalid_input")
        assert told["field"] == "agent.maxPriceUsd"


def test_two_changes_at_once_are_both_kept(client: Client) -> None:
    before = change_settings(client)["revision"]
    call_at_once(
        [
            lambda: change_settings(client, defaults={"image": {"width": 512}}),
            lambda: change_settings(client, defaults={"image": {"height": 768}}),
            lambda: change_settings(client, agent={"instructions": "Short."}),
        ]
    )
    after = get_snapshot(client)["settings"]
    assert after["revision"] == before + 3
    assert after["defaults"]["image"] == {"width": 512, "height": 768}
    assert after["agent"]["instructions"] == "Short."


def test_a_selected_thread_brings_its_project_and_shows_in_the_snapshot(client: Client) -> None:
    first, second = create_project(client), create_project(client)
    talk = create_thread(client, second)
    change_settings(client, selectedProjectId=first)
    assert get_snapshot(client)["projectId"] == first
    chosen = client.http.post(f"{THREADS_PATH}/select", json={"threadId": talk}).json()
    assert (chosen["selectedProjectId"], chosen["selectedThreadId"]) == (second, talk)
    seen = get_snapshot(client)
    assert (seen["projectId"], seen["threadId"]) == (second, talk)
    assert get_snapshot(client, projectId=first)["threadId"] is None
    change_settings(client, selectedThreadId=None, selectedProjectId=None)
    assert (get_snapshot(client)["projectId"], get_snapshot(client)["threads"]) == (None, [])


def test_polling_the_snapshot_is_cheap_until_something_changes(client: Client) -> None:
    home = create_project(client)
    url = "/api/v1/studio/snapshot"
    first = client.http.get(url, params={"projectId": home})
    known = {"If-None-Match": first.headers["etag"]}
    same = client.http.get(url, params={"projectId": home}, headers=known)
    assert (same.status_code, same.content) == (304, b"")
    revisions = [first.json()["revision"]]
    changes: list[Callable[[], object]] = [
        lambda: create_thread(client, home),
        lambda: upload_asset(client, home, "fox.png", make_png()),
        lambda: change_settings(client, agent={"enabled": True}),
        lambda: client.submit("image.generate", picture_input(), wait=20),
        lambda: client.http.post(PLANS, json=PLAN),
    ]
    for change in changes:
        change()
        now = client.http.get(url, params={"projectId": home}, headers=known)
        assert now.status_code == 200
        known = {"If-None-Match": now.headers["etag"]}
        revisions.append(now.json()["revision"])
    assert revisions == sorted(set(revisions))
    assert len(now.json()["assets"]) == 1
    assert now.json()["quota"]["assets"] == 1
    assert now.json()["balance"]["availableUsd"] == "4.98"
    assert [each["totalUsd"] for each in now.json()["pendingPlans"]] == ["0.02"]
    client.http.post(
        f"{PLANS.removesuffix('prepare')}reject",
        json={"planId": now.json()["pendingPlans"][0]["planId"]},
    )
    after = client.http.get(url, params={"projectId": home}, headers=known)
    assert (after.status_code, after.json()["pendingPlans"]) == (200, [])


def test_live_and_test_mode_have_their_own_studio(gateway: Gateway, client: Client) -> None:
    home = create_project(client)
    create_thread(client, home)
    seen = get_snapshot(client)
    assert (seen["livemode"], len(seen["projects"])) == (False, 1)
    with gateway.account() as other:
        assert get_snapshot(other)["projects"] == []
