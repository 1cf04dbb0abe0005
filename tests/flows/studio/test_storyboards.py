"""Storyboards: saved whole or by operations, and through Markdown and back."""

from typing import Any

from tests.gateway import Client, Gateway, assert_problem
from tests.library.files import create_project
from tests.studio.boards import (
    DOCUMENT,
    STORYBOARDS_PATH,
    create_board,
    read_document,
    read_made,
    save_document,
)
from tests.style.source import ROOT

PAGE = ROOT / "docs" / "storyboards.md"


def import_storyboard(client: Client, text: str, etag: str | None = None, **more: Any) -> Any:  # noqa: ANN401
    headers = {} if etag is None else {"If-Match": etag}
    body = {"text": text, **more}
    return client.http.post(f"{STORYBOARDS_PATH}/import", json=body, headers=headers)


def export_storyboard(client: Client, asset_id: str, **more: Any) -> Any:  # noqa: ANN401
    params = {"assetId": asset_id, **more}
    return client.http.get(f"{STORYBOARDS_PATH}/export-markdown", params=params)


def fill_defaults(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with the defaults that the schema adds."""
    shown = {**document, "scenes": [dict(scene) for scene in document["scenes"]]}
    for scene in shown["scenes"]:
        scene["shots"] = [
            shot | {"continuity": {"overlapFrames": 9} | shot["continuity"]}
            if "continuity" in shot
            else shot
            for shot in scene["shots"]
        ]
    return shown


def test_a_storyboard_is_stored_in_its_normal_form(client: Client) -> None:
    home = create_project(client)
    board = create_board(client, home)
    assert board["document"] == fill_defaults(DOCUMENT)
    assert (board["kind"], board["version"], board["takes"]) == ("storyboard", 1, [])
    empty = read_made(
        client.http.post(STORYBOARDS_PATH, json={"projectId": home, "name": " The \n ship"})
    )
    assert empty["document"] == {"title": "The ship", "characters": [], "scenes": []}


def test_operations_make_one_new_version_or_none(client: Client) -> None:
    board = create_board(client, create_project(client))
    asset_id = board["assetId"]
    rename = {"op": "set", "fields": {"title": "The door"}}
    gone = {"op": "removeShot", "shotId": "s1a"}
    refused = save_document(
        client, STORYBOARDS_PATH, board["etag"], assetId=asset_id, operations=[rename, gone]
    )
    refusal = assert_problem(refused, 422, "invalid_input")
    assert refusal["field"] == "document.scenes.0.shots.0.continuity.fromShotId"
    assert read_document(client, STORYBOARDS_PATH, asset_id)["etag"] == board["etag"]
    add = {"op": "putShot", "sceneId": "s1", "shot": {"id": "s1c", "action": "Dust."}}
    saved = read_made(
        save_document(
            client, STORYBOARDS_PATH, board["etag"], assetId=asset_id, operations=[rename, add]
        ),
        200,
    )
    assert (saved["version"], saved["document"]["title"]) == (2, "The door")
    assert [shot["id"] for shot in saved["document"]["scenes"][0]["shots"]] == ["s1a", "s1b", "s1c"]
    assert (
        read_document(client, STORYBOARDS_PATH, asset_id, version=1)["document"]
        == board["document"]
    )
    stale = save_document(
        client, STORYBOARDS_PATH, board["etag"], assetId=asset_id, operations=[add]
    )
    assert assert_problem(stale, 412, "version_conflict")["currentVersion"] == 2
    back = save_document(
        client, STORYBOARDS_PATH, saved["etag"], assetId=asset_id, document=board["document"]
    )
    assert read_made(back, 200)["version"] == 3


def test_what_is_wrong_in_a_document_is_said_with_its_paths(client: Client) -> None:
    shots = [{"id": "A b"}, {"id": "b", "size": "HUGE"}]
    document = {"title": "T", "scenes": [{"id": "s1", "shots": shots}]}
    body = {"projectId": create_project(client), "name": "T", "document": document}
    refusal = assert_problem(client.http.post(STORYBOARDS_PATH, json=body), 422, "invalid_input")
    assert [each["field"] for each in refusal["errors"]] == [
        "document.scenes.0.shots.0.id",
        "document.scenes.0.shots.1.size",
    ]
    body["document"] = {"title": "T", "scenes": [{"id": "s1"}, {"id": "s1"}]}
    refusal = assert_problem(client.http.post(STORYBOARDS_PATH, json=body), 422, "invalid_input")
    assert refusal["field"] == "document.scenes.1.id"


def test_the_example_of_the_documentation_comes_back_as_it_went_in(client: Client) -> None:
    _, _, rest = PAGE.read_text().partition("````markdown\n")
    text, end, _ = rest.partition("````\n")
    assert end
    home = create_project(client)
    board = read_made(import_storyboard(client, text, projectId=home))
    assert (board["warnings"], board["source"]["type"]) == ([], "import")
    assert board["name"] == board["document"]["title"]
    answer = export_storyboard(client, board["assetId"])
    assert answer.text == text
    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["etag"] == board["etag"]
    json = client.http.get(
        f"{STORYBOARDS_PATH}/export-markdown",
        params={"assetId": board["assetId"]},
        headers={"Accept": "application/json"},
    )
    assert read_made(json, 200) == {"markdown": text, "etag": board["etag"]}


def test_an_import_replaces_a_version_that_was_read(client: Client) -> None:
    board = create_board(client, create_project(client))
    asset_id = board["assetId"]
    text = export_storyboard(client, asset_id).text.replace("The hatch", "The door")
    assert_problem(import_storyboard(client, text, assetId=asset_id), 428, "if_match_required")
    saved = read_made(import_storyboard(client, text, board["etag"], assetId=asset_id), 200)
    assert (saved["version"], saved["document"]["title"]) == (2, "The door")
    assert_problem(
        import_storyboard(client, text, board["etag"], assetId=asset_id), 412, "version_conflict"
    )
    assert "The hatch" in export_storyboard(client, asset_id, version=1).text
    same = read_made(import_storyboard(client, text, saved["etag"], assetId=asset_id), 200)
    assert same["version"] == 2


def test_a_screenplay_is_imported_and_bad_markdown_refused(client: Client) -> None:
    home = create_project(client)
    script = "Title: Fox\n\nINT. HALL\n\nA fox runs.\n\nFOX\nNow.\n\n===\n"
    board = read_made(import_storyboard(client, script, projectId=home))
    (shot,) = board["document"]["scenes"][0]["shots"]
    assert (shot["id"], shot["dialogue"]) == ("s1a", [{"character": "FOX", "line": "Now."}])
    assert [each["line"] for each in board["warnings"]] == [10]
    bad = (
        '---\nkillatamata: storyboard/1\ntitle: "T"\n---\n\n## Scene s1\n\n### Shot a\n- sise: CU\n'
    )
    refusal = assert_problem(
        import_storyboard(client, bad, projectId=home), 422, "storyboard_syntax"
    )
    assert (refusal["line"], refusal["field"]) == (9, "text")
    assert (refusal["quoted"], "sise" in refusal["detail"]) == ("sise", False)
    refused = import_storyboard(client, script, projectId=home, format="markdown")
    assert assert_problem(refused, 422, "storyboard_syntax")["line"] == 1


def test_another_account_finds_no_storyboard(gateway: Gateway, client: Client) -> None:
    board = create_board(client, create_project(client))
    with gateway.account() as stranger:
        assert_problem(export_storyboard(stranger, board["assetId"]), 404, "not_found")
        refused = import_storyboard(stranger, "A fox.", board["etag"], assetId=board["assetId"])
        assert_problem(refused, 404, "not_found")


def test_a_text_of_more_than_a_storyboard_holds_is_refused(client: Client) -> None:
    home = create_project(client)
    front = '---\nkillatamata: storyboard/1\ntitle: "T"\n---\n'
    for part in ("Scene", "Character"):
        text = front + "".join(f"## {part} a{number}\n" for number in range(201))
        refusal = assert_problem(
            import_storyboard(client, text, projectId=home), 422, "invalid_input"
        )
        assert refusal["field"] == f"document.{part.lower()}s"
