"""Shares: what a secret link shows, to whom, and how everything about it ends at once."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import av
import httpx2
import pytest
from PIL import Image
from sqlalchemy import update

from gateway import operator
from gateway.migrations.metadata import METADATA
from tests.flows.oauth_apps import open_client_elsewhere
from tests.gateway import Client, Gateway, assert_problem, picture_input
from tests.library.files import create_project, make_png, upload_asset

SHARES = "/api/v1/shares"
ASSET = "/api/v1/studio/assets/metadata"
SECRET_WORDS = "a fox that nobody may read of"
FORM = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def owner(gateway: Gateway) -> Iterator[Client]:
    with gateway.account() as one:
        yield one


@pytest.fixture(scope="module")
def job_id(owner: Client) -> str:
    made = owner.run_job("image.generate", picture_input(SECRET_WORDS, seed=41))
    return str(made["jobId"])


@pytest.fixture
def person(gateway: Gateway) -> Iterator[httpx2.Client]:
    with gateway.account() as other, gateway.browser(other.account_id) as browser:
        yield browser


@pytest.fixture
def visitor(gateway: Gateway) -> Iterator[httpx2.Client]:
    with open_client_elsewhere(gateway, accept="text/html") as http:
        yield http


def share_result(owner: Client, job_id: str, **fields: object) -> dict[str, Any]:
    answer = owner.http.post(SHARES, json={"ref": f"job://{job_id}/0", **fields})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def to_path(share: dict[str, Any]) -> str:
    path: str = urlsplit(share["url"]).path
    return path


def list_addresses(path: str, extension: str = "png") -> list[str]:
    files = [f"{path}/{name}" for name in (f"media.{extension}", "poster.jpg", "og.jpg")]
    return [path, f"{path}/remix", f"{path}/report", *files]


def read_told(answer: httpx2.Response) -> tuple[int, str]:
    """Return status and words of an answer, without what differs between any two requests."""
    assert answer.status_code == 404, answer.text
    words = answer.text.replace(answer.headers["x-request-id"], "")
    return answer.status_code, words.replace(answer.url.path, "")


def change_rows(gateway: Gateway, table: str, *, of_job: str = "", **values: object) -> None:
    """Write values into every row of a table, or of one job, as the passing of time would."""

    async def write() -> None:
        settings = operator.load_settings(gateway.data_dir)
        async with operator.open_database(settings) as database, database.write() as session:
            rows = METADATA.tables[table]
            which = [rows.c.job_id == of_job] if of_job else []
            await session.execute(update(rows).where(*which).values(**values))

    gateway.run_as_operator(write)


@pytest.mark.promise("shares: shows-what-was-chosen")
def test_a_link_shows_the_result_to_anybody_and_only_what_its_owner_chose(
    owner: Client, job_id: str, visitor: httpx2.Client
) -> None:
    bare = visitor.get(path := to_path(share_result(owner, job_id)))
    assert bare.status_code == 200
    for secret in (SECRET_WORDS, job_id, owner.account_id, "$0.02", ">41<"):
        assert secret not in bare.text
    assert "Drawn by the sandbox, not by a model" in bare.text
    assert bare.headers["referrer-policy"] == "no-referrer"
    assert bare.headers["x-robots-tag"] == "noindex"
    for tag in ("og:title", "og:image"):
        assert f'<meta property="{tag}"' in bare.text
    all_shown = {"prompt": True, "seed": True, "cost": True}
    told = visitor.get(to_path(share_result(owner, job_id, show=all_shown))).text
    assert all(words in told for words in (SECRET_WORDS, "$0.02", ">41<"))
    card = Image.open(io.BytesIO(visitor.get(f"{path}/og.jpg").content))
    assert (card.format, card.size) == ("JPEG", (1200, 630))


def test_the_shared_bytes_are_those_of_the_result_without_metadata(
    owner: Client, job_id: str, visitor: httpx2.Client
) -> None:
    path = to_path(share_result(owner, job_id))
    whole = visitor.get(f"{path}/media.png")
    picture = Image.open(io.BytesIO(whole.content))
    assert (picture.format, picture.size) == ("PNG", (256, 256))
    assert (picture.info, dict(picture.getexif())) == ({}, {})
    assert job_id not in str(whole.headers)
    part = visitor.get(f"{path}/media.png", headers={"Range": "bytes=8-15"})
    assert (part.status_code, part.content) == (206, whole.content[8:16])
    seen = {"If-None-Match": whole.headers["etag"]}
    assert visitor.get(f"{path}/media.png", headers=seen).status_code == 304
    assert visitor.get(f"{path}/media.jpg").status_code == 404


def test_a_shared_clip_plays_from_its_link_and_carries_no_tags(
    owner: Client, visitor: httpx2.Client, tmp_path: Path
) -> None:
    clip = {"prompt": SECRET_WORDS, "width": 256, "height": 256, "durationFrames": 17}
    made = owner.run_job("video.generate", clip)
    assert made["status"] == "succeeded", made
    path = to_path(share_result(owner, made["jobId"]))
    page = visitor.get(path).text
    assert '<meta property="og:video"' in page
    (file := tmp_path / "clip.mp4").write_bytes(visitor.get(f"{path}/media.mp4").content)
    with av.open(file) as film:
        tags = film.metadata | film.streams.video[0].metadata
    assert SECRET_WORDS not in str(tags)
    assert not {"comment", "title", "description", "encoder"}.intersection(tags)
    poster = Image.open(io.BytesIO(visitor.get(f"{path}/poster.jpg").content))
    assert poster.format == "JPEG"


@pytest.mark.promise("shares: gone-at-once")
def test_links_that_do_not_work_answer_alike_and_at_once(
    gateway: Gateway, owner: Client, job_id: str, visitor: httpx2.Client
) -> None:
    share, other = share_result(owner, job_id), share_result(owner, job_id)
    for address in list_addresses(to_path(share)):
        assert visitor.get(address).status_code < 400, address
    revoked = owner.http.post(f"{SHARES}/revoke", json={"shareId": share["shareId"]}).json()
    assert (revoked["state"], revoked["url"]) == ("revoked", None)
    change_rows(gateway, "share", expires_at=1)
    guessed, cut = f"/s/{'A' * 22}", to_path(other)[:-1]
    for here in zip(
        *(list_addresses(each) for each in (to_path(share), to_path(other), guessed, cut)),
        strict=True,
    ):
        told = {read_told(visitor.get(address)) for address in here}
        assert len(told) == 1, told
    states = [each["state"] for each in owner.http.get(SHARES).json()["data"]]
    assert set(states) == {"revoked", "expired"}


def test_a_link_ends_with_its_result_and_with_its_account(
    gateway: Gateway, visitor: httpx2.Client
) -> None:
    with gateway.account() as client, gateway.browser(client.account_id) as browser:
        first, second = (
            share_result(client, client.run_job("image.generate", picture_input())["jobId"])
            for _ in range(2)
        )
        gone = {"assetId": first["assetId"], "archived": True}
        assert client.http.patch(ASSET, json=gone).status_code == 200
        assert visitor.get(f"{to_path(first)}/media.png").status_code == 404
        assert visitor.get(f"{to_path(second)}/media.png").status_code == 200
        closed = browser.post("/api/v1/account/close", json={"forfeitUsd": "0.00"})
        assert closed.status_code == 200, closed.text
        for address in list_addresses(to_path(second)):
            assert visitor.get(address).status_code == 404, address


def test_other_sites_show_only_the_card(owner: Client, job_id: str, visitor: httpx2.Client) -> None:
    path = to_path(share_result(owner, job_id))
    foreign = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "image"}
    for name in ("media.png", "poster.jpg"):
        assert visitor.get(f"{path}/{name}", headers=foreign).status_code == 404
        own = visitor.get(f"{path}/{name}")
        assert own.headers["cross-origin-resource-policy"] == "same-origin"
        assert "no-cache" in own.headers["cache-control"]
    assert visitor.get(f"{path}/og.jpg", headers=foreign).status_code == 200


def test_a_remix_reveals_prompt_and_settings_but_neither_seed_nor_files(
    owner: Client, job_id: str, visitor: httpx2.Client, person: httpx2.Client
) -> None:
    source = {"prompt": "make it night", "imageUrl": f"job://{job_id}/0", "seed": 7}
    edited = owner.run_job("image.edit", source)
    told = [(job_id, SECRET_WORDS), (edited["jobId"], "make it night")]
    words = "狐狸" * 1000  # as part of an address it is longer than any may be
    told.append((owner.run_job("image.generate", picture_input(words))["jobId"], words))
    for made, words in told:
        path = to_path(share_result(owner, made))
        answer = visitor.get(f"{path}/remix")
        target = urlsplit(answer.headers["location"])
        assert (answer.status_code, target.path) == (303, "/create")
        assert parse_qs(target.query) == {"remix": [path.removeprefix("/s/")]}
        bar = person.get(answer.headers["location"], headers={"accept": "text/html"})
        assert words in bar.text
        assert '<input type="hidden" name="relation" value="remix">' in bar.text
        assert 'value="7"' not in bar.text
        assert job_id not in bar.text
    closed = to_path(share_result(owner, job_id, remix=False))
    assert visitor.get(f"{closed}/remix").status_code == 404
    assert "Remix" not in visitor.get(closed).text


def test_a_share_is_made_once_under_its_key_and_changed_by_its_owner_alone(
    gateway: Gateway, owner: Client, job_id: str
) -> None:
    body, key = {"ref": f"job://{job_id}/0"}, {"X-Idempotency-Key": "share-once"}
    first, again = (owner.http.post(SHARES, json=body, headers=key) for _ in range(2))
    assert (first.json(), again.headers["idempotency-replayed"]) == (again.json(), "true")
    conflict = owner.http.post(SHARES, json=body | {"remix": False}, headers=key)
    assert_problem(conflict, 409, "idempotency_conflict")
    one = {"shareId": first.json()["shareId"]}
    changed = owner.http.patch(SHARES, json=one | {"show": {"cost": True}, "remix": False}).json()
    assert (changed["show"]["cost"], changed["show"]["prompt"]) == (True, False)
    assert (changed["remix"], changed["url"]) == (False, first.json()["url"])
    with gateway.account() as stranger:
        assert_problem(stranger.http.post(SHARES, json=body), 404, "not_found")
        assert_problem(stranger.http.patch(SHARES, json=one), 404, "not_found")
    late = {"expiresAt": "2099-01-01T00:00:00Z"}
    assert_problem(owner.http.post(SHARES, json=body | late), 422, "invalid_input")


def test_only_what_a_job_made_is_shared(owner: Client) -> None:
    upload = upload_asset(owner, create_project(owner), "fox.png", make_png())
    refused = owner.http.post(SHARES, json={"ref": f"asset://{upload['assetId']}"})
    assert_problem(refused, 422, "not_shareable")
    film = owner.http.post("/api/v1/studio/films", json={"title": "Fox"}).json()
    unmade = owner.http.post(SHARES, json={"ref": f"film://{film['filmId']}", "kind": "film"})
    assert_problem(unmade, 422, "not_shareable")


@pytest.mark.promise("shares: gone-at-once")
def test_a_deleted_result_ends_its_share_until_its_asset_is_restored(
    gateway: Gateway, visitor: httpx2.Client
) -> None:
    with gateway.account() as client:
        job_id = client.run_job("image.generate", picture_input())["jobId"]
        share = share_result(client, job_id)
        media = f"{to_path(share)}/media.png"
        place = {"jobId": job_id, "outputIndex": 0}
        asset = {"assetId": share["assetId"]}
        deleted = client.http.post("/api/v1/media/outputs/delete", json={"outputs": [place]})
        assert deleted.status_code == 200, deleted.text
        assert visitor.get(media).status_code == 404
        for ref in (f"job://{job_id}/0", f"asset://{share['assetId']}"):
            assert client.http.post(SHARES, json={"ref": ref}).status_code >= 400
        change_rows(gateway, "job_output", of_job=job_id, hidden_at=1)  # long ago
        back = client.http.patch(ASSET, json=asset | {"archived": False})
        assert back.status_code == 200, back.text
        assert client.http.get(back.json()["downloadUrl"]).status_code == 200
        listed = client.http.get("/api/v1/media/outputs", params=place).json()["data"]
        assert [each["assetId"] for each in listed] == [share["assetId"]]
        assert visitor.get(media).status_code == 200
        change_rows(gateway, "job_output", of_job=job_id, hidden_at=1)  # whatever the asset says
        assert visitor.get(media).status_code == 404


def test_a_report_needs_no_account_reaches_the_operators_and_is_limited(
    gateway: Gateway, owner: Client, job_id: str, visitor: httpx2.Client
) -> None:
    path = to_path(share_result(owner, job_id))
    form = {"reason": "likeness", "words": "That is my fox.", "contact": "ana@example.com"}
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert visitor.post(f"{path}/report", data=form, headers=foreign).status_code == 403
    sent = visitor.post(f"{path}/report", data=form, headers=FORM)
    assert sent.status_code == 303, sent.text
    assert "Thank you" in visitor.get(sent.headers["location"]).text
    answers = [visitor.post(f"{path}/report", data=form, headers=FORM) for _ in range(6)]
    assert answers[-1].status_code == 429
    bare = visitor.post(f"{path}/report", data={"reason": "because"}, headers=FORM)
    assert bare.status_code == 422
