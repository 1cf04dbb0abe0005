"""Shares in hostile hands: guessed, foreign, linked from elsewhere, pressed twice, long gone."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import av
import httpx2
import pytest

from tests.flows.plan_calls import execute_plan, wait_for_plan
from tests.flows.sharing.test_shares import ASSET, SHARES, change_rows, share_result, to_path
from tests.gateway import Client, Gateway, assert_problem, call_at_once, picture_input
from tests.library.files import create_project
from tests.studio.boards import FILMS_PATH, create_board

OUTPUTS = "/api/v1/media/outputs"
LOADED = re.compile(r'(?:src|poster|href|content|srcset)="([^"]*)"')
CLIP = {"prompt": "a fox", "width": 256, "height": 256, "durationFrames": 9}


@pytest.fixture
def visitor(gateway: Gateway) -> Iterator[httpx2.Client]:
    with gateway.client(accept="text/html") as http:
        yield http


@pytest.fixture
def shared(client: Client) -> dict[str, Any]:
    """A share of a fresh picture."""
    return share_result(client, client.run_job("image.generate", picture_input())["jobId"])


@pytest.mark.promise("shares: gone-at-once")
def test_a_share_revoked_while_it_is_served_is_gone_for_whoever_comes_later(
    gateways: list[Gateway],
) -> None:
    with gateways[0].account() as owner, ExitStack() as stack:
        ways = [stack.enter_context(each.client()) for each in gateways]
        share = share_result(owner, owner.run_job("image.generate", picture_input())["jobId"])
        media, body = f"{to_path(share)}/media.png", {"shareId": share["shareId"]}
        whole = ways[0].get(media).content
        calls = [partial(way.get, media) for way in (*ways, *ways) * 4]
        calls.insert(len(calls) // 2, partial(owner.http.post, f"{SHARES}/revoke", json=body))
        answers = call_at_once(calls)
        served = [each for each in answers if each.request.method == "GET"]
        assert {each.status_code for each in served} <= {200, 404}
        assert all(each.content == whole for each in served if each.status_code == 200)
        seen = {"If-None-Match": f'"{share["assetId"]}"', "Range": "bytes=0-9"}
        for way in ways:
            assert way.get(media).status_code == 404
            assert way.get(media, headers=seen).status_code == 404


def test_a_share_that_is_pressed_twice_at_once_is_one(gateways: list[Gateway]) -> None:
    with gateways[0].account() as owner, ExitStack() as stack:
        ways = [stack.enter_context(each.client(owner.key)) for each in gateways]
        job_id = owner.run_job("image.generate", picture_input())["jobId"]
        body, key = {"ref": f"job://{job_id}/0"}, {"X-Idempotency-Key": "pressed-twice"}
        answers = call_at_once(
            partial(way.post, SHARES, json=body, headers=key) for way in (*ways, *ways) * 2
        )
        assert {each.status_code for each in answers} == {201}
        assert len({each.json()["url"] for each in answers}) == 1
        assert len(owner.http.get(SHARES).json()["data"]) == 1
        assert owner.http.get(OUTPUTS).json()["data"][0]["assetId"] is not None


def test_what_belongs_to_another_account_is_neither_shared_nor_changed(
    gateway: Gateway, client: Client, shared: dict[str, Any]
) -> None:
    film = client.http.post(FILMS_PATH, json={"title": "Fox"}).json()["filmId"]
    one = {"shareId": shared["shareId"]}
    with gateway.account() as stranger:
        for ref in (shared["ref"], f"asset://{shared['assetId']}", f"film://{film}"):
            assert_problem(stranger.http.post(SHARES, json={"ref": ref}), 404, "not_found")
        assert_problem(stranger.http.patch(SHARES, json=one | {"remix": False}), 404, "not_found")
        assert_problem(stranger.http.post(f"{SHARES}/revoke", json=one), 404, "not_found")
        assert_problem(stranger.http.get(SHARES, params=one), 404, "not_found")
        assert stranger.http.get(SHARES).json()["data"] == []
    assert client.http.get(SHARES, params=one).json()["data"][0]["state"] == "active"


def test_a_guess_near_a_link_opens_nothing(visitor: httpx2.Client, shared: dict[str, Any]) -> None:
    path = to_path(shared)
    token = path.removeprefix("/s/")
    last = {"A": "B", "Q": "R", "g": "h", "w": "x"}[token[-1]]  # the same 128 bits, otherwise coded
    guesses = (token.swapcase(), token[:-1] + last, token + "A", shared["shareId"])
    for guess in guesses:
        for name in ("", "/media.png", "/og.jpg", "/remix", "/report"):
            assert visitor.get(f"/s/{guess}{name}").status_code == 404, (guess, name)
    for name in ("media.png/", "media", "media.png.mp4", "%2e%2e/media.png", "small.png", "1.png"):
        assert visitor.get(f"{path}/{name}").status_code == 404, name


def test_a_page_loads_nothing_of_its_owner_but_what_lies_below_its_link(
    client: Client, shared: dict[str, Any], visitor: httpx2.Client
) -> None:
    path, page = to_path(shared), visitor.get(to_path(shared))
    loaded = {urlsplit(each).path for each in LOADED.findall(page.text) if "/" in each}
    media = {each for each in loaded if each.endswith((".png", ".jpg", ".webp", ".mp4"))}
    assert media == {f"{path}/media.png", f"{path}/og.jpg"}
    assert not {each for each in loaded if each.startswith(("/files/", "/api/v1/"))}
    assert "sig=" not in page.text
    assert client.account_id not in page.text
    for name in ("media.png", "poster.jpg", "small.jpg", "og.jpg"):
        headers = visitor.get(f"{path}/{name}").headers
        assert headers["content-security-policy"] == "sandbox; default-src 'none'"
        assert (headers["x-content-type-options"], headers["x-robots-tag"]) == (
            "nosniff",
            "noindex",
        )
        assert headers["cache-control"] == "private, no-cache"
        assert "set-cookie" not in headers
        assert shared["jobId"] not in str(headers)
    framed = {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Dest": "iframe"}
    assert visitor.get(f"{path}/media.png", headers=framed).status_code == 404
    typed = {"Sec-Fetch-Site": "none", "Sec-Fetch-Dest": "document"}
    assert visitor.get(f"{path}/media.png", headers=typed).status_code == 200


def test_a_film_is_rendered_shared_from_its_page_and_played_by_strangers(
    client: Client, gateway: Gateway, visitor: httpx2.Client, tmp_path: Path
) -> None:
    shots = [{"id": name, "prompt": f"a secret {name}"} for name in ("a", "b")]
    defaults = {"width": 256, "height": 256, "fps": 24, "durationFrames": 9}
    document = {"title": "Fox", "defaults": defaults, "scenes": [{"id": "s", "shots": shots}]}
    board = create_board(client, create_project(client), document=document)["assetId"]
    film = client.http.get(FILMS_PATH, params={"storyboardAssetId": board}).json()
    unmade = client.http.post(SHARES, json={"ref": f"film://{film['filmId']}"})
    assert_problem(unmade, 422, "not_shareable")
    made = client.http.post(f"{FILMS_PATH}/prepare-render", json={"filmId": film["filmId"]}).json()
    assert execute_plan(client, made).status_code == 202
    assert wait_for_plan(client, made)["outcome"] == "succeeded"
    with gateway.browser(client.account_id) as person:
        watch = person.get(f"/films/{film['filmId']}/watch", headers={"accept": "text/html"}).text
        form = re.search(r'href="(/create/[^"]+/share)"', watch)
        assert form is not None
        pressed = {"days": "7", "idempotencyKey": "share-film", "prompt": "on"}
        assert person.post(form[1], data=pressed).status_code == 303
    (share,) = client.http.get(SHARES, params={"active": 1}).json()["data"]
    path = to_path(share)
    page = visitor.get(path).text
    for tag in ("og:image", "og:video", "og:video:width"):
        assert f'<meta property="{tag}"' in page
    assert f'poster="{path}/poster.jpg"' in page
    for name in ("poster.jpg", "og.jpg"):
        assert visitor.get(f"{path}/{name}").headers["content-type"] == "image/jpeg"
    whole = visitor.get(f"{path}/media.mp4")
    for asked, (start, end) in {"bytes=0-1": (0, 2), "bytes=-5": (-5, None)}.items():
        part = visitor.get(f"{path}/media.mp4", headers={"Range": asked})
        assert (part.status_code, part.content) == (206, whole.content[start:end])
    beyond = visitor.get(f"{path}/media.mp4", headers={"Range": f"bytes={len(whole.content)}-"})
    assert beyond.status_code == 416
    assert visitor.head(f"{path}/media.mp4").headers["content-length"] == str(len(whole.content))
    (file := tmp_path / "film.mp4").write_bytes(whole.content)
    with av.open(file) as played:
        tags = str(played.metadata | played.streams.video[0].metadata)
    assert not {"secret", share["jobId"], client.account_id}.intersection(re.split(r"\W+", tags))
    again = client.http.post(SHARES, json={"ref": f"film://{film['filmId']}", "kind": "film"})
    assert (again.status_code, again.json()["assetId"]) == (201, share["assetId"])


def list_addresses_of_result(client: Client, share: dict[str, Any]) -> list[str]:
    """Return every address under which the bytes of a shared result are served to its owner."""
    place = {"jobId": share["jobId"], "outputIndex": share["outputIndex"]}
    (output,) = client.http.get(OUTPUTS, params=place).json()["data"]
    job = client.get_job(share["jobId"])["outputs"][0]
    asset = {"assetId": share["assetId"]}
    kept = client.http.get(ASSET, params=asset).json()
    signed = [each["url"] for each in (output, job)] + [kept["downloadUrl"]]
    signed += [*output["previewUrls"].values(), *job["previewUrls"].values()]
    signed += [output["posterUrl"], output["previewClipUrl"]]
    refs = (f"asset://{share['assetId']}", f"job://{share['jobId']}/0")
    return [each for each in signed if each] + [f"/api/v1/studio/preview?ref={ref}" for ref in refs]


@pytest.mark.promise("shares: gone-at-once")
def test_a_deleted_result_is_gone_everywhere_and_comes_back_whole(
    client: Client, gateway: Gateway, visitor: httpx2.Client
) -> None:
    job_id = client.run_job("video.generate", CLIP)["jobId"]
    share = share_result(client, job_id)
    film = client.http.post(FILMS_PATH, json={"title": "Hatch"})
    cut = [{"source": f"asset://{share['assetId']}"}, {"source": f"job://{job_id}/0"}]
    one, etag = {"filmId": film.json()["filmId"]}, {"If-Match": film.headers["etag"]}
    assert client.http.patch(FILMS_PATH, json=one | {"cut": cut}, headers=etag).status_code == 200
    addresses = list_addresses_of_result(client, share)
    media = f"{to_path(share)}/media.mp4"
    for each in (*addresses, media):
        assert client.http.get(each).status_code == 200, each
    place = {"outputs": [{"jobId": job_id, "outputIndex": 0}]}
    deleted = client.http.post(f"{OUTPUTS}/delete", json=place).json()
    for each in addresses:
        assert client.http.get(each).status_code in {404, 410}, each
    for name in ("", "/media.mp4", "/poster.jpg", "/og.jpg", "/small.jpg", "/remix"):
        assert visitor.get(f"{to_path(share)}{name}").status_code == 404, name
    for listed in (OUTPUTS, f"{OUTPUTS}?q=fox", "/api/v1/studio/assets?q=fox"):
        assert client.http.get(listed).json()["data"] == [], listed
    read = client.http.get(FILMS_PATH, params=one).json()
    assert [clip["url"] for clip in read["cut"]] == [None, None]
    assert read["poster"] is None
    with gateway.browser(client.account_id) as person:
        for path in ("/create", "/library", f"/films/{one['filmId']}", "/library/shares"):
            html = person.get(path, headers={"accept": "text/html"}).text
            assert "/files/" not in html, path
    restored = client.http.post(f"{OUTPUTS}/restore", json={"deletedAt": deleted["deletedAt"]})
    assert restored.status_code == 200, restored.text
    for each in (*addresses, media):
        assert client.http.get(each).status_code == 200, each
    change_rows(gateway, "share", expires_at=1)
    assert visitor.get(media).status_code == 404
