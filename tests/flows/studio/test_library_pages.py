"""The library without JavaScript: files of all projects, projects as folders, uploads."""

import base64
import io
import re
import zipfile
from collections.abc import Iterator
from html import unescape

import httpx2
import pytest

from tests.gateway import Client, Gateway, draw_picture, picture_input
from tests.library.files import create_project, upload_asset

HOSTILE = "<img src=x onerror=alert(1)>"
TEXT = b"# The hatch\n\nA fox waits.\n"


@pytest.fixture
def page(gateway: Gateway, client: Client) -> Iterator[httpx2.Client]:
    with gateway.browser(client.account_id) as http:
        yield http


def read_hidden_field(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found is not None, name
    return unescape(found[1])


def list_tiles(page: httpx2.Client, **query: str) -> list[str]:
    """Return the ids of the assets on a page of the grid."""
    shown = page.get("/library", params=query)
    assert shown.status_code == 200, shown.text
    return re.findall(r'<li class="cell [^"]*" id="o-(\w+)">', shown.text)


def act(page: httpx2.Client, decision: str, *picked: str, **fields: str) -> httpx2.Response:
    boxes = {f"a.{asset}": "on" for asset in picked}
    done = page.post("/library/assets?mode=test", data={"decision": decision, **boxes, **fields})
    assert done.status_code == 303, done.text
    return done


def test_a_project_is_a_folder_made_once_and_its_name_is_text(page: httpx2.Client) -> None:
    front = page.get("/library").text
    assert "Drop pictures, videos, sounds or texts here" in front
    sent = {"name": HOSTILE, "idempotencyKey": read_hidden_field(front, "idempotencyKey")}
    made = {page.post("/library?mode=test", data=sent).headers["location"] for _ in range(2)}
    (path,) = made
    for at in ("/library", path):
        text = page.get(at).text
        assert HOSTILE not in text
        assert "&lt;img src=x" in text
    home = path.partition("projectId=")[2].partition("&")[0]
    renamed = {"projectId": home, "name": "The hatch", "description": "", "decision": "rename"}
    assert page.post("/library?mode=test", data=renamed).status_code == 303
    assert "The hatch" in page.get("/library").text
    assert (
        page.post("/library", data=sent, headers={"Sec-Fetch-Site": "cross-site"}).status_code
        == 403
    )
    refused = page.post("/library", data=sent | {"name": "", "idempotencyKey": "mine"})
    assert (refused.status_code, read_hidden_field(refused.text, "idempotencyKey")) == (422, "mine")


def test_files_of_all_projects_are_searched_starred_moved_tagged_and_deleted(
    client: Client, page: httpx2.Client
) -> None:
    home, other = create_project(client), create_project(client, "Storm")
    fox = upload_asset(client, home, "fox.png", draw_picture(256, 256))["assetId"]
    text = upload_asset(client, other, "notes.md", TEXT)["assetId"]
    kept = client.run_job("image.generate", picture_input("a storm at sea"), projectId=home)
    sea = kept["outputs"][0]["assetId"]
    assert list_tiles(page) == [sea, text, fox]
    assert f'href="/create/{kept["jobId"]}/0' in page.get("/library").text
    assert list_tiles(page, q="sea storm") == [sea]
    assert list_tiles(page, kind="text") == [text]
    act(page, f"star:{fox}")
    act(page, f"star:{sea}")
    assert list_tiles(page, starred="1") == [sea, fox]
    (output,) = client.http.get("/api/v1/media/outputs", params={"starred": "1"}).json()["data"]
    assert (output["jobId"], output["starred"]) == (kept["jobId"], True)
    act(page, "move", fox, text, projectId=other)
    assert list_tiles(page, projectId=other) == [text, fox]
    act(page, "tag", fox, sea, tags="hero, night")
    assert list_tiles(page, tag="night") == [sea, fox]
    act(page, "delete", fox, text)
    assert (list_tiles(page), list_tiles(page, archived="1")) == ([sea], [text, fox])
    act(page, "restore", fox)
    assert list_tiles(page) == [sea, fox]
    shown = page.get(f"/library/files/{fox}").text
    assert all(words in shown for words in ("hero", "Storm", "Animate", "256"))
    result = page.get(f"/library/files/{sea}")
    assert (result.status_code, result.headers["location"][:8]) == (303, "/create/")
    assert "A fox waits." in page.get(f"/library/files/{text}").text


def test_a_form_uploads_many_files_and_names_those_it_refuses(
    client: Client, page: httpx2.Client
) -> None:
    files = [
        ("file", ("fox.png", draw_picture(96, 64))),
        ("file", ("no.png", b"no picture")),
        ("file", ("notes.md", TEXT)),
    ]
    done = page.post("/library/upload?mode=test", files=files)
    assert done.status_code == 303, done.text
    toast = base64.urlsafe_b64decode(done.cookies["kt_toast"] + "==").decode()
    assert "2 files uploaded. no.png: " in toast
    fox, _ = list_tiles(page)
    inbox = client.http.get("/api/v1/studio/assets/metadata", params={"assetId": fox}).json()
    assert list_tiles(page, projectId=inbox["projectId"]) == list_tiles(page)
    empty = page.post("/library/upload", files=[("file", ("no.png", b"no picture"))])
    assert empty.status_code == 400
    home = create_project(client)
    raw = page.post(f"/library/upload?projectId={home}&filename=b.png", content=draw_picture(8, 8))
    assert raw.status_code in {200, 422}
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert page.post("/library/upload", files=files, headers=foreign).status_code == 403


def test_one_file_is_downloaded_by_its_name_and_several_in_a_package(
    client: Client, page: httpx2.Client
) -> None:
    home, other = create_project(client), create_project(client, "Storm")
    first = upload_asset(client, home, "fox.png", draw_picture(96, 64))
    twin = upload_asset(client, other, "fox.png", draw_picture(64, 64))
    one = page.get("/library/download", params={"assets": first["assetId"]})
    assert one.headers["content-disposition"] == "attachment; filename*=UTF-8''fox.png"
    assert len(one.content) == first["bytes"]
    led = act(page, "download", first["assetId"], twin["assetId"]).headers["location"]
    package = zipfile.ZipFile(io.BytesIO(page.get(led).content))
    assert package.testzip() is None
    assert package.namelist() == ["fox.png", "fox-2.png"]
    assert len(package.read("fox-2.png")) == twin["bytes"]
    gone = {"assets": f"{first['assetId']} ast_{'0' * 26}"}
    assert page.get("/library/download", params=gone).status_code == 404


def test_names_in_a_package_differ_on_every_disk_and_a_text_has_no_file(
    client: Client, page: httpx2.Client
) -> None:
    home = create_project(client)
    made = [
        upload_asset(client, home, name, draw_picture(96, 64 + place))["assetId"]
        for place, name in enumerate(("Fox.png", "fox.png"))
    ]
    led = act(page, "download", *made).headers["location"]
    names = zipfile.ZipFile(io.BytesIO(page.get(led).content)).namelist()
    assert names == ["Fox.png", "fox-2.png"]
    given = {"projectId": home, "name": r"..\Start", "content": "a"}
    text = client.http.post("/api/v1/studio/assets/text", json=given).json()
    assert text["filename"] == "Start.md"
    both = {"assets": f"{made[0]} {text['assetId']}"}
    assert page.get("/library/download", params=both).status_code == 400


def test_a_form_of_many_fields_is_refused(page: httpx2.Client) -> None:
    key = {"idempotencyKey": "many"}
    files = {"file": ("fox.png", draw_picture(96, 64), "image/png")}
    many = {f"field{number}": "x" for number in range(30)}
    assert page.post("/library/upload", data=key | many, files=files).status_code == 400


def test_files_are_used_in_create_by_their_kind(client: Client, page: httpx2.Client) -> None:
    home = create_project(client)
    one, two = (
        upload_asset(client, home, f"{side}.png", draw_picture(side, 64))["assetId"]
        for side in (96, 128)
    )
    text = upload_asset(client, home, "notes.md", TEXT)["assetId"]
    single = act(page, "use", one).headers["location"]
    assert single.startswith(f"/create?task=image.edit&source=asset%3A%2F%2F{one}")
    both = act(page, "use", one, two).headers["location"]
    assert all(f"asset%3A%2F%2F{each}" in both for each in (one, two))
    refused = page.post(
        "/library/assets?mode=test",
        data={"decision": "use", f"a.{one}": "on", f"a.{text}": "on"},
    )
    assert refused.status_code == 400


def test_old_addresses_lead_to_what_took_their_place(client: Client, page: httpx2.Client) -> None:
    home = create_project(client)
    talk = client.http.post("/api/v1/studio/threads", json={"projectId": home}).json()["threadId"]
    moved = {
        "/studio": "/library",
        f"/studio/{home}?mode=test": f"/library?projectId={home}&mode=test",
        f"/studio/{home}/{talk}": f"/library/{home}/talks/{talk}",
        "/studio/preview?ref=asset://x": "/create/preview?ref=asset://x",
    }
    for old, new in moved.items():
        answer = page.get(old)
        assert (answer.status_code, answer.headers["location"]) == (308, new)
    folder = page.get(f"/library?projectId={home}").text
    assert f"/library/{home}/talks/{talk}" in folder
    assert (
        "agent is not available here"
        in page.get(f"/library?projectId={create_project(client, 'Other')}").text
    )
    assert page.get(f"/library/{home}/talks/{talk}").status_code == 200


def test_a_script_becomes_a_film_of_the_open_project(client: Client, page: httpx2.Client) -> None:
    home = create_project(client)
    sent = {"projectId": home, "text": "INT. AIRLOCK\n\nA fox waits.\n", "decision": "script"}
    made = page.post("/library?mode=test", data=sent)
    assert (made.status_code, made.headers["location"][:11]) == (303, "/films/flm_")
    (tile,) = list_tiles(page, projectId=home, kind="storyboard")
    assert made.headers["location"].partition("?")[0] in page.get("/library").text, tile
