"""The page of one result, as a browser without JavaScript uses it."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from tests.gateway import Client, Gateway, draw_picture, picture_input
from tests.studio.boards import STORYBOARDS_PATH

TAGS = re.compile(r"<(script|style|code|head).*?</\1>|<[^>]+>", re.DOTALL)
NOT_FOR_PEOPLE = re.compile(r"\b(job|ast|prj)_\w{6}|://|\b[a-z]+[A-Z]\w+|\bimage\.[a-z]+")
PART = {"HX-Request": "true"}


@pytest.fixture
def page(gateway: Gateway, client: Client) -> Iterator[httpx2.Client]:
    with gateway.browser(client.account_id) as http:
        yield http


def read_main(page: httpx2.Client, path: str) -> tuple[str, str]:
    """Return the middle of a page, and its words."""
    answer = page.get(path)
    assert answer.status_code == 200, answer.text
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    return main, " ".join(TAGS.sub(" ", f"<main{main}").split())


def find_link(main: str, words: str) -> dict[str, str]:
    """Return the query of the link with these words."""
    found = re.search(rf'href="([^"]+)"[^>]*>{re.escape(words)}<', main)
    assert found is not None, words
    query = parse_qs(urlsplit(unescape(found[1])).query)
    return {name: value for name, (value,) in query.items()}


def test_a_result_is_shown_in_words_and_leads_on(client: Client, page: httpx2.Client) -> None:
    task_input = picture_input("a fox", count=2, seed=41, negativePrompt="rain")
    job = client.run_job("image.generate", task_input)["jobId"]
    main, words = read_main(page, f"/create/{job}/1")
    for each in ("a fox", "256 × 256", "rain", "42", "$0.02", "h left"):  # noqa: RUF001
        assert each in words
    assert not NOT_FOR_PEOPLE.search(words), words
    like = {"task": "image.generate", "like": job, "index": "1", "relation": "seed"}
    assert find_link(main, "Use again") == like | {"seed": "42", "count": "1"}
    source = {"source": f"job://{job}/1"}
    assert find_link(main, "Edit") == {"task": "image.edit", "relation": "edit"} | source
    larger = {"task": "image.upscale", "relation": "upscale", "scale": "4"} | source
    assert find_link(main, "Upscale 4×") == larger  # noqa: RUF001 - multiplication
    assert page.get(f"/create/{job}/2").status_code == 404
    assert page.get(f"/create/{job}/1", headers=PART).text.lstrip().startswith("<article")


def test_what_was_not_made_says_so_and_can_be_made_again(
    client: Client, page: httpx2.Client, gateway: Gateway
) -> None:
    job = client.run_job("image.generate", picture_input("[sandbox:fail]"))["jobId"]
    main, words = read_main(page, f"/create/{job}/0")
    assert "Nothing was charged" in words
    assert find_link(main, "Make again")["like"] == job
    with gateway.account() as other, gateway.browser(other.account_id) as stranger:
        assert stranger.get(f"/create/{job}/0").status_code == 404


def test_a_larger_picture_is_laid_over_the_one_it_was_made_from(
    client: Client, page: httpx2.Client
) -> None:
    small = client.run_job("image.generate", picture_input())["jobId"]
    source = {"imageUrl": f"job://{small}/0", "scale": 2}
    job = client.run_job("image.upscale", source)["jobId"]
    main, words = read_main(page, f"/create/{job}/0")
    assert main.count('alt="Before: ') == main.count('alt="After: ') == 1
    assert f'href="/create/{small}/0"' in main
    assert "Made from" in words


def test_a_clip_that_goes_on_from_frames_was_made_from_the_clip(
    client: Client, page: httpx2.Client
) -> None:
    size = {"prompt": "a fox", "width": 256, "height": 256}
    first = client.run_job("video.generate", size | {"durationFrames": 17})["jobId"]
    names = [f"job://{first}/0/frames/{number}" for number in range(-9, 0)]
    order = size | {"durationFrames": 17, "overlapFrameImageUrls": names}
    job = client.run_job("video.generate", order)["jobId"]
    main, words = read_main(page, f"/create/{job}/0")
    assert words.count("A frame before it") == 1
    assert f'href="/create/{first}/0"' in main
    assert "of your own" not in words


def test_a_mask_is_chosen_as_a_file_and_goes_to_the_prompt_bar(
    client: Client, page: httpx2.Client
) -> None:
    job = client.run_job("image.generate", picture_input())["jobId"]
    path = f"/create/{job}/0/mask"
    assert 'enctype="multipart/form-data"' in page.get(path).text
    refused = page.post(path, files={"mask": ("", b"")})
    assert refused.status_code == 400
    assert "Nothing is painted" in refused.text
    sent = page.post(path, files={"mask": ("white.png", draw_picture(256, 256), "image/png")})
    assert sent.status_code == 303, sent.text
    query = parse_qs(urlsplit(sent.headers["location"]).query)
    mask = query.pop("maskUrl")[0]
    assert query == {
        "task": ["image.edit"],
        "source": [f"job://{job}/0"],
        "relation": ["edit"],
    }
    edit = {"imageUrl": f"job://{job}/0", "maskUrl": mask, "prompt": "night"}
    assert client.submit("image.edit", edit, dry=True).status_code == 200


def press(page: httpx2.Client, path: str, decision: str, **fields: str) -> str:
    """Press a button of a result without a script; return the page that comes then."""
    answer = page.post(path, data={"decision": decision, **fields})
    assert answer.status_code == 303, answer.text
    return page.get(answer.headers["location"]).text


def test_a_result_is_starred_named_deleted_and_taken_back(
    client: Client, page: httpx2.Client
) -> None:
    job = client.run_job("image.generate", picture_input("a fox"))["jobId"]
    path = f"/create/{job}/0"
    assert 'aria-pressed="false"' in page.get(path).text
    assert 'aria-pressed="true"' in press(page, path, "star")
    assert "<title>Reineke" in press(page, path, "name", name=" Reineke ")
    assert "<title>a fox" in press(page, path, "name", name="")
    gone = press(page, path, "delete")
    assert "Deleted" in gone
    assert 'value="restore"' in gone
    assert ">Download<" not in gone
    back = press(page, path, "restore")
    assert ">Download<" in back
    assert 'aria-pressed="true"' in back
    fragment = page.post(path, data={"decision": "unstar"}, headers=PART)
    assert fragment.text.lstrip().startswith("<article")
    assert 'aria-pressed="false"' in fragment.text
    assert page.post(path, data={"decision": "burn"}).status_code == 400


def test_the_ways_on_stay_in_the_filter_and_lead_over_jobs(
    client: Client, page: httpx2.Client
) -> None:
    prompts = ("a red fox", "a hare", "a grey fox")
    jobs = [client.run_job("image.generate", picture_input(each))["jobId"] for each in prompts]
    paths = [f"/create/{each}/0" for each in jobs]
    assert f'rel="prev" href="{paths[2]}"' in page.get(paths[1]).text
    assert f'rel="next" href="{paths[0]}"' in page.get(paths[1]).text
    found = page.get(f"{paths[2]}?q=fox").text
    assert 'rel="prev"' not in found
    assert f'rel="next" href="{paths[0]}?q=fox"' in found
    source = {"jobId": jobs[0], "outputIndex": 0, "relation": "vary"}
    child = client.run_job("image.generate", picture_input("a fox"), parent=source)["jobId"]
    main, words = read_main(page, paths[0])
    assert "Made into" in words
    assert f'href="/create/{child}/0"' in main
    assert f'href="{paths[0]}"' in read_main(page, f"/create/{child}/0")[0]


def test_a_picture_starts_a_film_and_a_clip_is_put_before_its_shot(
    client: Client, page: httpx2.Client
) -> None:
    picture = client.run_job("image.generate", picture_input("a fox"))["jobId"]
    clip = client.run_job("video.generate", picture_input("it runs", durationFrames=25))["jobId"]
    ask = page.get(f"/create/{picture}/0/film").text
    assert "A new film, called" in ask
    made = page.post(f"/create/{picture}/0/film", data={"title": "The hatch"})
    assert made.status_code == 303, made.text
    film_id = made.headers["location"].removeprefix("/films/")
    places = page.get(f"/create/{clip}/0/film", params={"film": film_id}).text
    assert "Add to The hatch" in places
    assert "Before shot 1: a fox" in places
    form = {"film": film_id, "place": "shot_1"}
    assert page.post(f"/create/{clip}/0/film", data=form).status_code == 303
    film = client.http.get("/api/v1/studio/films", params={"filmId": film_id}).json()
    query = {"assetId": film["storyboardAssetId"]}
    board = client.http.get(f"{STORYBOARDS_PATH}/document", params=query).json()
    first, second = board["document"]["scenes"][0]["shots"]
    assert first["take"].startswith("asset://")
    assert second["startFrame"].startswith("asset://")
    assert (first["id"], second["id"]) == ("shot_2", "shot_1")
