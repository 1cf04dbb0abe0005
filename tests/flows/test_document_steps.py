"""Plans that save documents: free, together with everything else of the plan, or not at all."""

from typing import Any

import httpx2

from tests.flows.plans import PLANS, execute, prepare, prepared, step
from tests.gateway import Client, picture, problem
from tests.library.files import listed, project
from tests.studio.boards import DOCUMENT, STORYBOARDS, TEXT, made, new_text, read, save


def texted(asset_id: str, content: str, **more: object) -> dict[str, Any]:
    return step("studio.text.save", {"assetId": asset_id, "content": content, **more})


def test_a_plan_saves_documents_when_it_is_executed(client: Client) -> None:
    home = project(client)
    first = new_text(client, home)
    board = step("studio.storyboard.save", {"projectId": home, "name": "B", "document": DOCUMENT})
    plan = prepared(client, texted(first["assetId"], "two"), board)
    assert (plan["totalMicrousd"], plan["steps"][0]["input"]["baseVersion"]) == (0, 1)
    assert read(client, TEXT, first["assetId"])["content"] == "one"
    assert execute(client, plan).status_code == 202
    assert read(client, TEXT, first["assetId"])["content"] == "two"
    (new,) = listed(client, home, kind="storyboard")
    assert read(client, STORYBOARDS, new["assetId"])["document"]["title"] == DOCUMENT["title"]
    assert execute(client, plan).status_code == 200
    assert read(client, TEXT, first["assetId"])["version"] == 2


def test_a_plan_for_an_older_version_is_stale_and_does_nothing(client: Client) -> None:
    first = new_text(client, project(client))
    asset_id = first["assetId"]
    plan = prepared(
        client, step("image.generate", picture()), texted(asset_id, "theirs", baseVersion=1)
    )
    made(save(client, TEXT, first["etag"], assetId=asset_id, content="mine"), 200)
    before = client.balance()
    refusal = problem(execute(client, plan), 409, "plan_stale")
    assert refusal["currentVersion"] == 2
    assert client.balance() == before
    assert read(client, TEXT, asset_id)["content"] == "mine"
    pending: httpx2.Response = client.http.get(PLANS, params={"planId": plan["planId"]})
    assert pending.json()["state"] == "pending"


def test_a_document_step_that_cannot_be_is_refused_with_its_path(client: Client) -> None:
    nowhere = prepare(client, texted(f"ast_{'0' * 26}", "x"))
    assert problem(nowhere, 404, "not_found")["field"] == "steps.0.input.assetId"
    bad = DOCUMENT | {"scenes": [{"id": "s1"}, {"id": "s1"}]}
    refused = prepare(client, step("studio.storyboard.save", {"document": bad}))
    refusal = problem(refused, 422, "invalid_input")
    assert refusal["field"] == "steps.0.input.document.scenes.1.id"
    refused = prepare(client, step("studio.text.save", {"contents": "x"}))
    fields = {each["field"] for each in problem(refused, 422, "invalid_input")["errors"]}
    assert fields == {"steps.0.input.content", "steps.0.input.contents"}
