"""Uploads that go wrong, or come without a key: nothing is left of what was refused."""

import json
import os
import shlex
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from tests.gateway import Client, Gateway, assert_problem, serve_gateway
from tests.library.files import (
    create_project,
    list_assets,
    make_mp4,
    make_png,
    upload_asset,
    upload_file,
)
from tests.media.made_media import make_png_bomb, write_song

UPLOAD = "/api/v1/studio/assets/upload"
HTML = b"<html><script>alert(1)</script></html>"
BLOCK = 2**20


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway where a test account may keep 400 kB and five assets."""
    limits = {"KT_TEST_STUDIO_BYTES": "400000", "KT_TEST_STUDIO_ASSETS": "5"}
    with serve_gateway(tmp_path_factory.mktemp("small") / "data", **limits) as one:
        yield one


def list_left_files(gateway: Gateway) -> list[str]:
    """Return the files of uploads and assets that lie in a data folder."""
    places = [gateway.data_dir / "uploads", gateway.data_dir / "files" / "assets"]
    return [file.name for place in places for file in place.rglob("*") if file.is_file()]


@pytest.mark.promise("studio: hostile-uploads")
def test_what_is_refused_leaves_neither_row_nor_bytes_nor_room(small: Gateway) -> None:
    hostile = [
        ("fox.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "unsupported_media"),
        ("fox.gif", b"GIF89a/*<script>" + bytes(100), 415, "unsupported_media"),
        ("page.html", HTML, 415, "unsupported_media"),
        ("list.m3u8", b"#EXTM3U\nhttp://127.0.0.1/x.ts\n", 415, "unsupported_media"),
        ("fox.png", make_png()[:200], 422, "media_unreadable"),
        ("bomb.png", make_png_bomb(7000, 7000), 422, "media_unreadable"),
        ("tiny.png", make_png(8, 8), 422, "media_unreadable"),
        ("notes.md", b"caf\xe9", 415, "unsupported_media"),
        ("notes.txt", b"a\0b", 415, "unsupported_media"),
        ("empty.png", b"", 422, "media_unreadable"),
    ]
    with small.account() as client:
        home = create_project(client)
        for filename, data, status, code in hostile:
            assert_problem(upload_file(client, home, filename, data), status, code)
            # without a length the room is taken as the bytes come
            assert upload_file(client, home, filename, iter([data])).status_code == status
        assert list_assets(client, home) == []
        assert list_left_files(small) == []
        for number in range(5):  # all of the room is there
            upload_asset(client, home, "n.txt", bytes([65 + number]) * 80_000)
        told = assert_problem(
            upload_file(client, home, "n.txt", b"one"), 413, "storage_quota_exceeded"
        )
        assert (told["usedBytes"], told["maxBytes"]) == (400_000, 400_000)


def test_each_kind_has_its_own_limit(client: Client, tmp_path: Path) -> None:
    home = create_project(client)
    told = assert_problem(
        upload_file(client, home, "n.md", b"x" * (BLOCK + 1)), 413, "payload_too_large"
    )
    assert told["limitBytes"] == BLOCK
    answer = upload_file(client, home, "n.txt", iter([b"x" * BLOCK, b"x"]))
    assert assert_problem(answer, 413, "payload_too_large")["limitBytes"] == BLOCK
    long = write_song(tmp_path / "long.flac", form="flac", codec="flac", seconds=601)
    told = assert_problem(
        upload_file(client, home, "s.flac", long.read_bytes()), 422, "media_unreadable"
    )
    assert "600 seconds" in told["detail"]
    film = make_mp4(tmp_path, sound="aac")
    assert b"PROMPT" in film
    asset = upload_asset(client, home, "film.mp4", film)
    assert b"PROMPT" not in client.http.get(asset["downloadUrl"]).content


def test_a_filename_is_only_a_label(client: Client) -> None:
    home = create_project(client)
    for number, (given, kept) in enumerate(
        {
            "../../etc/passwd.txt": "passwd.txt",
            "C:\\evil\\n.txt": "n.txt",
            "fox\u202egnp.txt": "foxgnp.txt",
            "e\u0301.txt": "\u00e9.txt",
            "a\"; filename=b'.txt": "a\"; filename=b'.txt",
            f"{'x' * 300}.md": None,
        }.items()
    ):
        data = b"label %d" % number
        if kept is None:
            assert_problem(upload_file(client, home, given, data), 415, "unsupported_media")
            continue
        asset = upload_asset(client, home, given, data)
        assert asset["filename"] == kept
        got = client.http.get(asset["downloadUrl"])
        assert got.content == data
        disposition = got.headers["content-disposition"]
        assert disposition.startswith("attachment; filename*=UTF-8''")
        assert not set('";\\') & set(disposition.partition("''")[2])
    line = upload_file(client, home, "a\nb.txt", b"line")
    assert line.json()["filename"] == "ab.txt"


@pytest.mark.promise("studio: no-stored-script")
def test_a_text_is_never_shown_by_a_browser(gateway: Gateway, client: Client) -> None:
    asset = upload_asset(client, create_project(client), "page.txt", HTML)
    with gateway.client() as anyone:
        got = anyone.get(asset["downloadUrl"])
    assert got.headers["content-type"] == "text/plain; charset=utf-8"
    assert got.headers["content-disposition"].startswith("attachment;")
    assert got.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in got.headers
    changed = asset["downloadUrl"].replace("sig=", "sig=0")
    assert_problem(client.http.get(changed), 404, "not_found")


@pytest.mark.promise("studio: upload-link")
def test_a_link_uploads_one_file_without_a_key(gateway: Gateway, client: Client) -> None:
    home, given = create_project(client), make_png()
    body = {"filename": "my {fox}.png", "projectId": home, "bytes": len(given)}
    made = client.http.post("/api/v1/studio/assets/upload-link", json=body)
    assert made.status_code == 201, made.text
    link = made.json()
    assert shlex.split(link["curl"])[-2:] == ["./my {fox}.png", link["uploadUrl"]]
    parts = urlsplit(link["uploadUrl"])
    query = dict(parse_qsl(parts.query))
    with gateway.client() as anyone:
        for change in (
            {"filename": "other.png"},
            {"projectId": create_project(client)},
            {"uploadToken": query["uploadToken"][:-1] + "x"},
            {"uploadToken": "upl_" + "0" * 26},
        ):
            forged = f"{UPLOAD}?{urlencode(query | change)}"
            assert_problem(anyone.post(forged, content=given), 404, "not_found")
        too_much = anyone.post(link["uploadUrl"], content=given + b"x")
        assert_problem(too_much, 413, "payload_too_large")
        answer = anyone.post(link["uploadUrl"], content=given)
        assert answer.status_code == 201, answer.text
        told = assert_problem(
            anyone.post(link["uploadUrl"], content=given), 410, "upload_link_ended"
        )
    assert told["assetId"] == answer.json()["assetId"]
    assert [each["assetId"] for each in list_assets(client, home)] == [told["assetId"]]


@pytest.mark.promise("studio: upload-link")
def test_one_command_uploads_several_files_each_once(
    gateway: Gateway, client: Client, tmp_path: Path
) -> None:
    names = ["one fox.png", "two's.png", "notes.md"]
    for side, name in enumerate(names, 80):
        (tmp_path / name).write_bytes(make_png(side) if name.endswith("png") else b"# Fox")
    home, path = create_project(client), "/api/v1/studio/assets/upload-link"
    made = client.http.post(path, json={"filenames": names, "projectId": home})
    assert made.status_code == 201, made.text
    links = made.json()
    assert (len(links["uploadUrls"]), links["uploadUrls"][0]) == (3, links["uploadUrl"])
    ran = run_curl(links["curl"], tmp_path)
    assert ran.returncode == 0, ran.stderr
    answers = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [each["filename"] for each in answers] == names
    assert {each["filename"] for each in list_assets(client, home)} == set(names)
    with gateway.client() as anyone:
        for url in links["uploadUrls"]:
            assert_problem(anyone.post(url, content=b"x"), 410, "upload_link_ended")
    odd: list[dict[str, Any]] = [{}, {"filename": "a", "filenames": ["b"]}, {"filenames": []}]
    for body in odd:
        assert_problem(client.http.post(path, json=body), 422, "invalid_input")
    full = {"filenames": [f"{place}.mp4" for place in range(32)], "bytes": 100_000_000}
    assert_problem(client.http.post(path, json=full), 413, "storage_quota_exceeded")


@pytest.mark.promise("studio: upload-link")
def test_a_command_fails_if_one_of_its_files_does(client: Client, tmp_path: Path) -> None:
    home, path = create_project(client), "/api/v1/studio/assets/upload-link"
    (tmp_path / "fox.png").write_bytes(make_png())
    (tmp_path / "odd.png").write_bytes(b"no picture")
    for name in ("missing.png", "odd.png"):
        body = {"filenames": [name, "fox.png"], "projectId": home}
        ran = run_curl(client.http.post(path, json=body).json()["curl"], tmp_path)
        assert ran.returncode != 0, ran.stdout
        assert ("unsupported_media" in ran.stdout) == (name == "odd.png")
    assert list_assets(client, home) == []


@pytest.mark.promise("studio: upload-link")
def test_a_command_uploads_no_other_file_than_was_named(client: Client, tmp_path: Path) -> None:
    path = "/api/v1/studio/assets/upload-link"
    for names, place in (
        (["one/01.png", "two/01.png"], 0),
        (["a.png", "/shots/b.png"], 1),
        (["a.png", ".env.png"], 1),
        (["a.png", "b.png", "a.png"], 2),
        (["e\u0301.png", "\u00e9.png"], 1),
    ):
        refused = assert_problem(
            client.http.post(path, json={"filenames": names}), 422, "invalid_input"
        )
        assert refused["field"] == f"filenames.{place}", names
    for name in ("shots/fox.png", ".env.png", str(tmp_path / "fox.png")):
        curl = client.http.post(path, json={"filename": name}).json()["curl"]
        words = shlex.split(curl)
        named = tmp_path / words[words.index("-T") + 1]
        assert named == tmp_path / name


def run_curl(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command of an upload link in a folder, without its progress bar."""
    words = ["curl", "-s", *shlex.split(command)[1:]]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)


def test_a_link_without_a_project_leads_to_the_inbox(gateway: Gateway, client: Client) -> None:
    made = [
        client.http.post("/api/v1/studio/assets/upload-link", json={"filename": name}).json()
        for name in ("a.txt", "b.txt")
    ]
    with gateway.client() as anyone:
        answers = [anyone.post(each["uploadUrl"], content=each["curl"].encode()) for each in made]
    homes = {each.json()["projectId"] for each in answers}
    assert len(homes) == 1
    assert len(list_assets(client, homes.pop())) == 2


@pytest.mark.promise("studio: killed-upload")
def test_a_gateway_killed_in_mid_upload_leaves_only_what_is_swept(data_dir: Path) -> None:
    with serve_gateway(data_dir) as gateway, gateway.account() as client:
        home = create_project(client)
        head = (
            f"POST {UPLOAD}?projectId={home}&filename=f.mp4 HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Authorization: Bearer {client.key}\r\nContent-Length: {8 * BLOCK}\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", gateway.port), 10) as connection:
            connection.sendall(head.encode() + b"\0\0\0\x18ftypisom" + bytes(2 * BLOCK))
            deadline = time.monotonic() + 20
            while not any(
                file.stat().st_size >= BLOCK for file in (data_dir / "uploads").iterdir()
            ):
                assert time.monotonic() < deadline, "the upload never came"
                time.sleep(0.02)
            gateway.kill()
        for file in (data_dir / "uploads").iterdir():
            os.utime(file, (0, 0))  # as if an hour had passed
        gateway.start()
        assert list_left_files(gateway) == []
        assert list_assets(client, home) == []
        assert upload_file(client, home, "n.txt", b"on").status_code == 201
