"""Text documents: every version kept, and nobody's words lost."""

from functools import partial

import httpx2
import pytest

from tests.gateway import Client, Gateway, assert_problem, call_at_once
from tests.library.files import create_project, list_assets, upload_asset
from tests.studio.boards import (
    TEXT_PATH,
    VERSIONS_PATH,
    create_text,
    read_document,
    read_made,
    save_document,
)


def test_a_text_is_saved_version_by_version_and_each_can_be_read(
    gateway: Gateway, client: Client
) -> None:
    home = create_project(client)
    first = create_text(client, home, "one")
    asset_id = first["assetId"]
    assert (first["kind"], first["version"], first["content"]) == ("text", 1, "one")
    assert first["etag"] == f'"{asset_id}.v1"'
    second = read_made(
        save_document(client, TEXT_PATH, first["etag"], assetId=asset_id, content="zwei €"), 200
    )
    assert (second["version"], second["bytes"], second["content"]) == (2, 8, "zwei €")
    again = read_made(
        save_document(client, TEXT_PATH, second["etag"], assetId=asset_id, content="zwei €"), 200
    )
    assert again["version"] == 2
    old = read_document(client, TEXT_PATH, asset_id, version=1)
    assert (old["content"], old["etag"], old["sha256"]) == ("one", first["etag"], first["sha256"])
    page = read_made(client.http.get(VERSIONS_PATH, params={"assetId": asset_id, "limit": 1}), 200)
    (newest,) = page["data"]
    assert (newest["version"], newest["createdBy"]["type"]) == (2, "key")
    rest = {"assetId": asset_id, "limit": 1, "cursor": page["nextCursor"]}
    page = read_made(client.http.get(VERSIONS_PATH, params=rest), 200)
    assert [each["etag"] for each in page["data"]] == [first["etag"]]
    assert page["nextCursor"] is None
    (asset,) = list_assets(client, home)
    assert (asset["version"], asset["etag"]) == (2, second["etag"])
    with gateway.client() as anyone:
        got = anyone.get(asset["downloadUrl"])
    assert (got.content.decode(), got.headers["content-disposition"][:10]) == (
        "zwei €",
        "attachment",
    )


def test_a_save_says_which_version_it_replaces(client: Client) -> None:
    first = create_text(client, create_project(client))
    asset_id, etag = first["assetId"], first["etag"]
    for missing in (None, "*", ""):
        refused = save_document(client, TEXT_PATH, missing, assetId=asset_id, content="two")
        assert_problem(refused, 428, "if_match_required")
    second = read_made(save_document(client, TEXT_PATH, etag, assetId=asset_id, content="two"), 200)
    refusal = assert_problem(
        save_document(client, TEXT_PATH, etag, assetId=asset_id, content="three"),
        412,
        "version_conflict",
    )
    assert (refusal["currentEtag"], refusal["currentVersion"]) == (second["etag"], 2)
    assert read_document(client, TEXT_PATH, asset_id)["content"] == "two"


def test_who_has_the_version_gets_no_body(client: Client) -> None:
    first = create_text(client, create_project(client))
    params = {"assetId": first["assetId"]}
    answer = client.http.get(
        f"{TEXT_PATH}/document", params=params, headers={"If-None-Match": first["etag"]}
    )
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (
        304,
        b"",
        first["etag"],
    )
    answer = client.http.get(
        f"{TEXT_PATH}/document", params=params, headers={"If-None-Match": '"other"'}
    )
    assert answer.status_code == 200


@pytest.mark.promise("studio: two-savers")
def test_of_two_who_save_at_once_one_is_told_of_the_other(gateways: list[Gateway]) -> None:
    with gateways[0].account() as one, gateways[-1].client(one.key) as http:
        other = Client(http, one.key, one.account_id)
        current = create_text(one, create_project(one))
        for turn in range(4):
            last = partial(
                save_document, path=TEXT_PATH, etag=current["etag"], assetId=current["assetId"]
            )
            answers: list[httpx2.Response] = call_at_once(
                [
                    partial(last, one, content=f"left {turn}"),
                    partial(last, other, content=f"right {turn}"),
                ]
            )
            assert sorted(each.status_code for each in answers) == [200, 412]
            won, lost = sorted(answers, key=lambda each: each.status_code)
            current = won.json()
            assert lost.json()["currentEtag"] == current["etag"]
            assert current["version"] == turn + 2
        for gateway, who in ((gateways[0], one), (gateways[-1], other)):
            assert (
                read_document(who, TEXT_PATH, current["assetId"])["content"] == current["content"]
            )
            assert not gateway.list_findings()


def test_an_uploaded_text_is_the_first_version_of_a_document(client: Client) -> None:
    asset = upload_asset(client, create_project(client), "notes.txt", b"as it came")
    asset_id = asset["assetId"]
    found = read_document(client, TEXT_PATH, asset_id)
    assert (found["content"], found["etag"]) == ("as it came", asset["etag"])
    read_made(
        save_document(client, TEXT_PATH, asset["etag"], assetId=asset_id, content="changed"), 200
    )
    assert read_document(client, TEXT_PATH, asset_id, version=1)["content"] == "as it came"
    page = read_made(client.http.get(VERSIONS_PATH, params={"assetId": asset_id}), 200)
    assert [each["version"] for each in page["data"]] == [2, 1]


def test_another_account_and_other_kinds_find_nothing(gateway: Gateway, client: Client) -> None:
    first = create_text(client, create_project(client))
    with gateway.account() as stranger:
        for path in (f"{TEXT_PATH}/document", VERSIONS_PATH):
            answer = stranger.http.get(path, params={"assetId": first["assetId"]})
            assert_problem(answer, 404, "not_found")
        refused = save_document(
            stranger, TEXT_PATH, first["etag"], assetId=first["assetId"], content="mine"
        )
        assert_problem(refused, 404, "not_found")
    board = "/api/v1/studio/assets/storyboards"
    answer = client.http.get(f"{board}/document", params={"assetId": first["assetId"]})
    assert_problem(answer, 404, "not_found")
    answer = client.http.get(
        f"{TEXT_PATH}/document", params={"assetId": first["assetId"], "version": 2}
    )
    assert assert_problem(answer, 404, "not_found")["field"] == "version"


def test_a_text_above_a_mebibyte_is_refused(client: Client) -> None:
    first = create_text(client, create_project(client))
    long = "é" * 2**19 + "x"
    refused = save_document(
        client, TEXT_PATH, first["etag"], assetId=first["assetId"], content=long
    )
    assert_problem(refused, 413, "payload_too_large")
    fits = save_document(
        client, TEXT_PATH, first["etag"], assetId=first["assetId"], content=long[:-1]
    )
    assert read_made(fits, 200)["bytes"] == 2**20


def test_the_same_key_makes_one_document(client: Client) -> None:
    body = {"projectId": create_project(client), "name": "Notes", "content": "one"}
    headers = {"X-Idempotency-Key": "notes-1"}
    first, second = (client.http.post(TEXT_PATH, json=body, headers=headers) for _ in range(2))
    assert read_made(first)["assetId"] == read_made(second)["assetId"]
    assert second.headers["idempotency-replayed"] == "true"


def test_the_newest_hundred_versions_are_kept_and_older_ones_free_their_room(
    client: Client,
) -> None:
    current = create_text(client, create_project(client), "x" * 1000)
    asset_id = current["assetId"]
    for number in range(100):
        saved = save_document(
            client, TEXT_PATH, current["etag"], assetId=asset_id, content=str(number)
        )
        current = read_made(saved, 200)
    page = read_made(
        client.http.get(VERSIONS_PATH, params={"assetId": asset_id, "limit": 100}), 200
    )
    assert [page["data"][0]["version"], page["data"][-1]["version"]] == [101, 2]
    assert read_document(client, TEXT_PATH, asset_id, version=2)["content"] == "0"
    params = {"assetId": asset_id, "version": 1}
    assert_problem(client.http.get(f"{TEXT_PATH}/document", params=params), 404, "not_found")
    snapshot = read_made(client.http.get("/api/v1/studio/snapshot"), 200)
    assert snapshot["quota"]["bytes"] == sum(each["bytes"] for each in page["data"])
