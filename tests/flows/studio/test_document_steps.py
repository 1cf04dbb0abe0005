"""Plans that save documents: free, together with everything else of the plan, or not at all."""

from typing import Any

import httpx2

from tests.flows.plan_calls import PLANS, execute_plan, plan_step, prepare_plan, request_plan
from tests.gateway import Client, Gateway, assert_problem, picture_input
from tests.library.files import create_project, list_assets
from tests.studio.boards import (
    DOCUMENT,
    STORYBOARDS_PATH,
    TEXT_PATH,
    VERSIONS_PATH,
    create_text,
    read_document,
    read_made,
    save_document,
)


def text_step(asset_id: str, content: str, **more: object) -> dict[str, Any]:
    return plan_step("studio.text.save", {"assetId": asset_id, "content": content, **more})


def test_a_plan_saves_documents_when_it_is_executed(client: Client) -> None:
    home = create_project(client)
    first = create_text(client, home)
    board = plan_step(
        "studio.storyboard.save", {"projectId": home, "name": "B", "document": DOCUMENT}
    )
    plan = prepare_plan(client, text_step(first["assetId"], "two"), board)
    assert (plan["totalMicrousd"], plan["steps"][0]["input"]["baseVersion"]) == (0, 1)
    assert read_document(client, TEXT_PATH, first["assetId"])["content"] == "one"
    assert execute_plan(client, plan).status_code == 202
    assert read_document(client, TEXT_PATH, first["assetId"])["content"] == "two"
    (new,) = list_assets(client, home, kind="storyboard")
    assert (
        read_document(client, STORYBOARDS_PATH, new["assetId"])["document"]["title"]
        == DOCUMENT["title"]
    )
    assert execute_plan(client, plan).status_code == 200
    assert read_document(client, TEXT_PATH, first["assetId"])["version"] == 2


def test_what_a_plan_saves_says_so(client: Client) -> None:
    home, other = create_project(client), create_project(client, "Other")
    first = create_text(client, home)
    client.http.patch("/api/v1/studio/settings", json={"selectedProjectId": other})
    new = plan_step("studio.text.save", {"name": "New", "content": "x"})
    plan = prepare_plan(client, text_step(first["assetId"], "two"), new, projectId=home)
    assert plan["steps"][1]["input"]["projectId"] == home
    assert execute_plan(client, plan).status_code == 202
    (made_now,) = (
        each for each in list_assets(client, home) if each["assetId"] != first["assetId"]
    )
    assert made_now["source"] == {"type": "key", "planId": plan["planId"]} | {
        name: None for name in ("jobId", "outputIndex") if name in made_now["source"]
    }
    for asset_id in (first["assetId"], made_now["assetId"]):
        versions = client.http.get(VERSIONS_PATH, params={"assetId": asset_id}).json()["data"]
        assert versions[0]["createdBy"] == {"type": "plan", "id": plan["planId"]}


def test_a_stale_plan_is_told_before_its_price_or_consent(gateway: Gateway, client: Client) -> None:
    first = create_text(client, create_project(client))
    steps = (plan_step("image.generate", picture_input()), text_step(first["assetId"], "theirs"))
    plan = prepare_plan(client, *steps)
    read_made(
        save_document(client, TEXT_PATH, first["etag"], assetId=first["assetId"], content="mine"),
        200,
    )
    assert_problem(execute_plan(client, plan, maxTotalUsd="0.01"), 409, "plan_stale")
    given = {"label": "a", "scopes": ["studio"], "spendPolicy": {"autoApproveUsd": "0"}}
    key = client.http.post("/api/v1/keys", json=given).json()["apiKey"]
    with gateway.client(key) as http:
        assert_problem(execute_plan(Client(http, key, client.account_id), plan), 409, "plan_stale")


def test_a_plan_for_a_project_that_was_archived_is_stale(client: Client) -> None:
    home = create_project(client)
    plan = prepare_plan(client, plan_step("studio.text.save", {"content": "x"}), projectId=home)
    archived = {"projectId": home, "archived": True}
    changed = client.http.patch("/api/v1/studio/projects/update", json=archived)
    assert changed.status_code == 200
    assert_problem(execute_plan(client, plan), 409, "plan_stale")


def test_a_plan_saves_a_document_once(client: Client) -> None:
    asset_id = create_text(client, create_project(client))["assetId"]
    refused = request_plan(client, text_step(asset_id, "one"), text_step(asset_id, "two"))
    assert assert_problem(refused, 422, "invalid_input")["field"] == "steps.1.input.assetId"


def test_a_plan_for_an_older_version_is_stale_and_does_nothing(client: Client) -> None:
    first = create_text(client, create_project(client))
    asset_id = first["assetId"]
    plan = prepare_plan(
        client,
        plan_step("image.generate", picture_input()),
        text_step(asset_id, "theirs", baseVersion=1),
    )
    read_made(
        save_document(client, TEXT_PATH, first["etag"], assetId=asset_id, content="mine"), 200
    )
    before = client.get_balance()
    refusal = assert_problem(execute_plan(client, plan), 409, "plan_stale")
    assert refusal["currentVersion"] == 2
    assert client.get_balance() == before
    assert read_document(client, TEXT_PATH, asset_id)["content"] == "mine"
    pending: httpx2.Response = client.http.get(PLANS, params={"planId": plan["planId"]})
    assert pending.json()["state"] == "pending"


def test_a_document_step_that_cannot_be_is_refused_with_its_path(client: Client) -> None:
    nowhere = request_plan(client, text_step(f"ast_{'0' * 26}", "x"))
    assert assert_problem(nowhere, 404, "not_found")["field"] == "steps.0.input.assetId"
    bad = DOCUMENT | {"scenes": [{"id": "s1"}, {"id": "s1"}]}
    refused = request_plan(client, plan_step("studio.storyboard.save", {"document": bad}))
    refusal = assert_problem(refused, 422, "invalid_input")
    assert refusal["field"] == "steps.0.input.document.scenes.1.id"
    refused = request_plan(client, plan_step("studio.text.save", {"contents": "x"}))
    fields = {each["field"] for each in assert_problem(refused, 422, "invalid_input")["errors"]}
    assert fields == {"steps.0.input.content", "steps.0.input.contents"}


def test_a_key_without_scope_studio_writes_no_document(gateway: Gateway, client: Client) -> None:
    first = create_text(client, create_project(client))
    saved = text_step(first["assetId"], "theirs")
    plan = prepare_plan(client, plan_step("image.generate", picture_input()), saved)
    key = client.http.post("/api/v1/keys", json={"label": "a", "scopes": ["media"]}).json()[
        "apiKey"
    ]
    with gateway.client(key) as http:
        maker = Client(http, key, client.account_id)
        for refused in (request_plan(maker, saved), execute_plan(maker, plan)):
            told = assert_problem(refused, 403, "scope_denied")
            assert told["requiredScope"] == "studio"
        picture_alone = [plan["steps"][0]["stepId"]]
        assert execute_plan(maker, plan, stepIds=picture_alone).status_code == 202
    assert read_document(client, TEXT_PATH, first["assetId"])["content"] == "one"
