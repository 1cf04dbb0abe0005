"""Results: one list of all that jobs made, searched, named, starred, deleted and restored."""

from typing import Any

import httpx2
import pytest

from tests.gateway import Client, Gateway, assert_problem, picture_input

OUTPUTS = "/api/v1/media/outputs"


def list_outputs(client: Client, **query: str | int) -> list[dict[str, Any]]:
    """Walk all pages of two and return what they hold."""
    found: list[dict[str, Any]] = []
    page: dict[str, Any] = {"nextCursor": None}
    while page["nextCursor"] is not None or not found:
        cursor = {} if page["nextCursor"] is None else {"cursor": page["nextCursor"]}
        answer = client.http.get(OUTPUTS, params={"limit": 2, **query, **cursor})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += page["data"]
        if not found:
            break
    return found


def name_places(outputs: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(each["jobId"], each["outputIndex"]) for each in outputs]


def change(
    client: Client, verb: str, *outputs: dict[str, Any], **fields: object
) -> httpx2.Response:
    """Send a change of results: PATCH for an empty verb."""
    refs = [{name: each[name] for name in ("jobId", "outputIndex")} for each in outputs]
    method, path = ("POST", f"{OUTPUTS}/{verb}") if verb else ("PATCH", OUTPUTS)
    return client.http.request(method, path, json={"outputs": refs, **fields})


def test_each_file_is_one_tile_newest_first_and_found_by_its_words(client: Client) -> None:
    first = client.run_job("image.generate", picture_input("a fox"))
    second = client.run_job("image.generate", picture_input("Élan 100%_sure", count=3, seed=41))
    found = list_outputs(client)
    assert name_places(found) == [*((second["jobId"], n) for n in range(3)), (first["jobId"], 0)]
    assert [each["seed"] for each in found[:3]] == [41, 42, 43]
    assert found[1]["filename"] == "elan-100-sure-2.png"
    assert sum(each["costMicrousd"] for each in found[:3]) == second["billing"]["chargedMicrousd"]
    assert len(list_outputs(client, q="ELAN 100%_")) == 3
    assert list_outputs(client, q="100%sure") == []
    assert list_outputs(client, kind="video") == []
    answer = change(client, "", found[3], name="Reineke", starred=True)
    assert answer.json()["data"][0]["name"] == "Reineke"
    assert name_places(list_outputs(client, starred=1)) == name_places(found[3:])
    assert name_places(list_outputs(client, q="fox reineke")) == name_places(found[3:])
    assert len(list_outputs(client, starred=0)) == 3
    assert_problem(change(client, "", *found[:2], name="Both"), 422, "invalid_input")
    assert [each["prompt"] for each in client.http.get("/api/v1/media/prompts").json()["data"]] == [
        "Élan 100%_sure",
        "a fox",
    ]


def test_a_download_is_named_after_the_prompt(gateway: Gateway, client: Client) -> None:
    client.run_job("image.generate", picture_input("Fox astronaut", count=2))
    _, second = list_outputs(client)
    with gateway.client() as anyone:
        given = anyone.get(second["url"]).headers["content-disposition"]
    assert given == "inline; filename*=UTF-8''fox-astronaut-2.png"


def test_what_is_deleted_is_gone_everywhere_and_an_undo_brings_it_back(
    gateway: Gateway, client: Client
) -> None:
    project = client.http.post("/api/v1/studio/projects", json={"name": "Fox"}).json()["projectId"]
    job = client.run_job("image.generate", picture_input("a fox"), projectId=project)
    (tile,) = list_outputs(client)
    asset_id, source = tile["assetId"], f"job://{job['jobId']}/0"
    assert (tile["projectId"], tile["expiresAt"]) == (project, None)
    asset = {"assetId": asset_id}
    kept = client.http.get("/api/v1/studio/assets/metadata", params=asset).json()
    ref = {"jobId": job["jobId"], "outputIndex": 0}
    with gateway.client() as anyone:
        assert change(client, "delete", tile).json()["data"][0]["state"] == "deleted"
        for url in (tile["url"], kept["downloadUrl"]):
            assert_problem(anyone.get(url), 404, "not_found")
        assert list_outputs(client) == []
        assert_problem(client.http.get(OUTPUTS, params=ref), 404, "not_found")
        (seen,) = client.get_job(job["jobId"])["outputs"]
        assert (seen["state"], seen["url"], seen["assetId"]) == ("deleted", None, None)
        edit = client.submit("image.edit", {"prompt": "night", "imageUrl": source})
        assert_problem(edit, 422, "media_not_found")
        child = client.submit("image.generate", picture_input(), parent={**ref, "relation": "vary"})
        assert_problem(child, 404, "not_found")
        preview = client.http.get("/api/v1/studio/preview", params={"ref": source})
        assert_problem(preview, 410, "output_deleted")
        keep = client.http.post("/api/v1/studio/assets/keep", json={"projectId": project, **ref})
        assert_problem(keep, 410, "output_deleted")
        page = client.http.get("/api/v1/studio/assets").json()
        assert page["data"] == []
        assert change(client, "restore", tile).status_code == 200
        assert [anyone.get(url).status_code for url in (tile["url"], kept["downloadUrl"])] == [
            200,
            200,
        ]
    (back,) = list_outputs(client, projectId=project)
    assert back["assetId"] == asset_id


def test_results_of_others_cannot_be_changed_or_made_from(gateway: Gateway, client: Client) -> None:
    client.run_job("image.generate", picture_input())
    (tile,) = list_outputs(client)
    with gateway.account() as other:
        for verb in ("", "delete", "restore"):
            assert_problem(change(other, verb, tile), 404, "not_found")
        parent = {"jobId": tile["jobId"], "outputIndex": 0, "relation": "seed"}
        answer = other.submit("image.generate", picture_input(), parent=parent)
        assert_problem(answer, 404, "not_found")
        assert list_outputs(other) == []


def test_a_result_knows_what_it_was_made_from_and_what_was_made_of_it(client: Client) -> None:
    origin = client.run_job("image.generate", picture_input("a fox", count=2))
    parent = {"jobId": origin["jobId"], "outputIndex": 1, "relation": "vary"}
    chosen = ["style_clay", "camera_low"]
    made = client.run_job("image.generate", picture_input(), parent=parent, presetIds=chosen)
    assert (made["parent"], made["presetIds"]) == (parent, chosen)
    query = {"parentJobId": origin["jobId"], "parentIndex": 1}
    (child,) = list_outputs(client, **query)
    assert (child["jobId"], child["parent"]) == (made["jobId"], parent)
    assert list_outputs(client, **query | {"parentIndex": 0}) == []
    wrong = client.submit("image.generate", picture_input(), presetIds=["style_secret"])
    assert assert_problem(wrong, 422, "invalid_input")["field"] == "presetIds.0"


@pytest.mark.parametrize("query", [{"q": "BÄR"}, {"tag": "Hero"}, {"starred": 1}])
def test_assets_of_all_projects_are_searched_by_words_tag_and_star(
    client: Client, query: dict[str, Any]
) -> None:
    made = []
    for name in ("Bär", "Fox"):
        home = client.http.post("/api/v1/studio/projects", json={"name": name}).json()["projectId"]
        body = {"projectId": home, "name": name, "content": "x"}
        made.append(client.http.post("/api/v1/studio/assets/text", json=body).json()["assetId"])
    body = {"assetId": made[0], "tags": ["Hero"], "rating": 5}
    client.http.patch("/api/v1/studio/assets/metadata", json=body)
    everything = client.http.get("/api/v1/studio/assets").json()["data"]
    assert [each["assetId"] for each in everything] == made[::-1]
    found = client.http.get("/api/v1/studio/assets", params=query).json()["data"]
    assert [each["assetId"] for each in found] == made[:1]


def test_a_star_takes_the_asset_that_keeps_a_result_out_of_the_archive(client: Client) -> None:
    client.run_job("image.generate", picture_input(), keep=True)
    (tile,) = list_outputs(client)
    archive = {"assetId": tile["assetId"], "archived": True}
    client.http.patch("/api/v1/studio/assets/metadata", json=archive).raise_for_status()
    assert list_outputs(client)[0]["assetId"] is None
    change(client, "", tile, starred=True).raise_for_status()
    assert list_outputs(client)[0]["assetId"] == tile["assetId"]
