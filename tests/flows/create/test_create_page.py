"""The prompt bar and the grid, as a browser without JavaScript uses them."""

import json
import re
from collections.abc import Iterator
from html import unescape

import httpx2
import pytest

from tests.gateway import Client, Gateway, draw_picture, picture_input

INPUT = re.compile(r'<input type="(?:hidden|checkbox)"[^>]*name="([^"]+)" value="([^"]*)"')
NUMBER = re.compile(r'<input type="number"[^>]*value="([^"]*)" id="f-[^"]+" name="([^"]+)"')
CHECKED = re.compile(r'<input type="radio" name="([^"]+)" value="([^"]*)" checked>')


@pytest.fixture
def page(gateway: Gateway, client: Client) -> Iterator[httpx2.Client]:
    with gateway.browser(client.account_id) as http:
        yield http


def read_bar(html: str) -> dict[str, str]:
    """Return the fields of the bar as a browser would send them."""
    form = html.partition('<form id="try"')[2].partition("</form>")[0]
    prompt = re.search(r"<textarea[^>]*id=\"f-prompt\"[^>]*>(.*?)</textarea>", form, re.DOTALL)
    numbers = [(name, text) for text, name in NUMBER.findall(form)]
    found = (*INPUT.findall(form), *CHECKED.findall(form), *numbers)
    fields = {name: unescape(text) for name, text in found}
    return fields | ({"prompt": unescape(prompt[1])} if prompt else {})


def press(page: httpx2.Client, fields: dict[str, str], decision: str) -> httpx2.Response:
    return page.post("/create", data={**fields, "decision": decision})


def list_prices(html: str) -> list[str]:
    return re.findall(r"<span>([^<]*Make[^<]*)</span>", html)


def test_a_prompt_is_priced_then_made_for_that_price(client: Client, page: httpx2.Client) -> None:
    bar = read_bar(page.get("/create").text)
    assert bar["count"] == "1"
    priced = press(page, {**bar, "prompt": "a fox", "count": "2"}, "price")
    assert list_prices(priced.text) == ["Make for $0.04"]
    made = press(page, read_bar(priced.text), "run")
    assert made.status_code == 303
    (job,) = client.http.get("/api/v1/media/jobs").json()["data"]
    assert job["jobId"] in made.headers["location"]
    again = press(page, read_bar(priced.text), "run")
    assert again.headers["location"] == made.headers["location"]
    client.wait_for_job(job["jobId"])
    html = page.get("/create").text
    assert html.count('class="tile"') == 2
    assert f"/create/{job['jobId']}/1" in html


def test_a_form_that_changed_after_its_price_is_not_run(
    client: Client, page: httpx2.Client
) -> None:
    priced = page.get("/create?task=image.generate&prompt=a+fox")
    assert list_prices(priced.text) == ["Make for $0.02"]
    refused = press(page, {**read_bar(priced.text), "count": "4"}, "run")
    assert list_prices(refused.text) == ["Now $0.08 \N{EN DASH} Make for $0.08"]
    assert client.http.get("/api/v1/media/jobs").json()["data"] == []


def test_a_job_to_vary_fills_the_bar_without_its_seed(client: Client, page: httpx2.Client) -> None:
    job = client.run_job(
        "image.generate", {"prompt": "a fox", "aspectRatio": "16:9", "seed": 7, "count": 3}
    )
    path = f"/create?task=image.generate&like={job['jobId']}&relation="
    seed, vary = read_bar(page.get(f"{path}seed").text), read_bar(page.get(f"{path}vary").text)
    assert vary["prompt"] == "a fox"
    assert (vary["aspectRatio"], vary["count"]) == ("16:9", "4")
    assert (seed["count"], seed["like"]) == ("3", job["jobId"])
    picture = f"{path}vary&index=2"
    press(page, read_bar(page.get(picture).text), "run")
    varied = client.http.get("/api/v1/media/jobs?includeDetails=1").json()["data"][0]
    assert varied["parent"]["outputIndex"] == 2
    press(page, seed, "run")
    newest = client.http.get("/api/v1/media/jobs?includeDetails=1").json()["data"][0]
    assert newest["effectiveInput"]["seed"] == 7


def test_a_source_fills_the_slot_and_a_style_its_words(client: Client, page: httpx2.Client) -> None:
    job = client.run_job("image.generate", picture_input("a fox"))["jobId"]
    html = page.get(f"/create?task=image.edit&source=job://{job}/0&relation=edit").text
    assert "a fox" in html.partition('class="held"')[2].partition("</ol>")[0]
    preset = page.get("/api/v1/media/presets").json()["data"][0]
    styled = press(page, {**read_bar(html), "prompt": "at night"}, f"words:{preset['presetId']}")
    bar = read_bar(styled.text)
    assert bar["prompt"] == f"at night, {preset['words']}"
    assert press(page, bar, "run").status_code == 303
    made = client.http.get("/api/v1/media/jobs?limit=1").json()["data"][0]["jobId"]
    client.wait_for_job(made)
    output = client.http.get("/api/v1/media/outputs", params={"jobId": made}).json()["data"][0]
    assert output["parent"] == {"jobId": job, "outputIndex": 0, "relation": "edit"}


def test_results_are_starred_deleted_and_brought_back(client: Client, page: httpx2.Client) -> None:
    job = client.run_job("image.generate", picture_input("a fox", count=2))["jobId"]

    def act(decision: str, **picked: str) -> None:
        answer = page.post("/create/outputs", data={**picked, "decision": decision})
        assert answer.status_code == 303, answer.text

    def count_tiles(query: str = "") -> int:
        return page.get(f"/create?{query}").text.count('class="tile"')

    act(f"star:{job}/1")
    assert (count_tiles(), count_tiles("starred=1")) == (2, 1)
    both = {f"o.{job}.0": "on", f"o.{job}.1": "on", "decision": "delete"}
    told = page.post("/create/outputs", data=both, headers={"HX-Request": "true"})
    undo = json.loads(told.headers["HX-Trigger"])["toast"]["action"]["fields"]
    assert count_tiles() == 0
    assert len(undo) == 2  # as short for a hundred
    act(undo.pop("decision"), **undo)
    lost = page.post("/create/outputs", data={**undo, "decision": "restore"})
    assert lost.status_code == 404
    act("keep", unkept=f"{job}/0 {job}/1")
    assert count_tiles() == 2
    kept = client.http.get("/api/v1/media/outputs").json()["data"]
    assert all(each["assetId"] for each in kept)


def test_a_file_is_put_into_a_slot_without_a_script(page: httpx2.Client) -> None:
    picker = page.get("/create/pick?task=image.edit&field=imageUrls&kind=image").text
    action = re.search(r'action="(/create/upload[^"]*)"', picker)
    assert action is not None
    file = {"file": ("hill.png", draw_picture(320, 256), "image/png")}
    sent = page.post(unescape(action[1]), files=file)
    assert sent.status_code == 303, sent.text
    bar = read_bar(page.get(sent.headers["location"]).text)
    assert bar["imageUrls"].startswith("asset://")


def test_chosen_videos_are_joined_or_added_to_a_film(client: Client, page: httpx2.Client) -> None:
    job = client.run_job("video.generate", picture_input("a fox", durationFrames=9))["jobId"]
    picked = {f"o.{job}.0": "on"}
    joined = page.post("/create/outputs", data={**picked, "decision": "join"})
    bar = read_bar(page.get(joined.headers["location"]).text)
    assert bar["clips.0.videoUrl"] == f"job://{job}/0"
    lost = {**picked, "decision": "film", "filmId": f"flm_{job.removeprefix('job_')}"}
    assert page.post("/create/outputs", data=lost).status_code == 404
    assert client.http.get("/api/v1/media/outputs").json()["data"][0]["assetId"] is None
    added = page.post("/create/outputs", data={**picked, "decision": "film", "filmId": ""})
    film_id = added.headers["location"].rpartition("/")[2]
    film = client.http.get("/api/v1/studio/films", params={"filmId": film_id}).json()
    assert [clip["source"][:8] for clip in film["cut"]] == ["asset://"]
