"""Operators and shares: reports are decided, shares taken down, the front page is picked."""

import html
import json
import re
from collections.abc import Iterator
from urllib.parse import urlencode, urlsplit

import httpx2
import pytest

from tests.admin_commands import REASON_OPTION, run_admin, run_admin_json
from tests.flows.operators.test_admin_pages import open_operator_browser, post_act
from tests.flows.sharing.test_shares import FORM, share_result, to_path
from tests.gateway import Client, Gateway, assert_problem, picture_input

HTML = {"accept": "text/html"}
PROMPT = "a lighthouse of the front page"
DRAWING = re.compile(r'<img src="(/static/\w+/img/drawings/\d\.webp)"')


@pytest.fixture
def visitor(gateway: Gateway) -> Iterator[httpx2.Client]:
    with gateway.client(**HTML) as http:
        yield http


@pytest.fixture
def job_id(client: Client) -> str:
    return str(client.run_job("image.generate", picture_input(PROMPT))["jobId"])


def test_a_reported_share_is_taken_down_at_once_and_can_be_restored(
    gateway: Gateway, client: Client, job_id: str, visitor: httpx2.Client
) -> None:
    share = share_result(client, job_id)
    path, share_id = to_path(share), share["shareId"]
    twin = to_path(share_result(client, job_id))
    form = {"reason": "copyright", "words": "<b>Mine</b>", "contact": "ana@example.com"}
    assert visitor.post(f"{path}/report", data=form, headers=FORM).status_code == 303
    reports = run_admin_json(gateway, "share", "reports")
    assert [each["words"] for each in reports if each["shareId"] == share_id] == ["<b>Mine</b>"]
    with open_operator_browser(gateway) as (page, _):
        shown = page.get("/admin/shares", headers=HTML).text
        assert "&lt;b&gt;Mine&lt;/b&gt;" in shown
        assert post_act(page, "share.takedown", share_id).status_code == 303
        assert share_id not in json.dumps(run_admin_json(gateway, "share", "reports"))
        for address in (path, f"{path}/media.png", f"{path}/og.jpg", f"{path}/remix", twin):
            assert visitor.get(address).status_code == 404, address
        for own in client.http.get("/api/v1/shares").json()["data"]:
            assert (own["state"], own["url"]) == ("taken-down", None)
        again = client.http.post("/api/v1/shares", json={"ref": f"job://{job_id}/0"})
        assert_problem(again, 422, "share_taken_down")
        run_admin(gateway, "share", "restore", share_id, *REASON_OPTION)
        assert visitor.get(f"{path}/media.png").status_code == 200
        assert visitor.get(twin).status_code == 200
        run_admin(gateway, "share", "takedown", share_id, *REASON_OPTION)
        assert visitor.get(path).status_code == 404
        log = json.dumps(run_admin_json(gateway, "audit", "list", "--about", share_id))
    assert all(action in log for action in ("share.takedown", "share.restore"))


@pytest.mark.promise("shares: front-page-is-chosen")
def test_the_front_page_shows_what_its_owner_allows_and_an_operator_picks(
    gateway: Gateway, client: Client, job_id: str, visitor: httpx2.Client
) -> None:
    before = visitor.get("/").text
    drawings = DRAWING.findall(before)
    assert len(drawings) == 3
    assert "Drawn by the sandbox, not by a model" in before
    assert all(visitor.get(each).status_code == 200 for each in drawings)
    share = share_result(client, job_id)
    refused = run_admin(gateway, "share", "feature", share["shareId"], *REASON_OPTION, code=1)
    assert "has not allowed" in refused.output
    allow = {"shareId": share["shareId"], "show": {"showcase": True}}
    assert client.http.patch("/api/v1/shares", json=allow).status_code == 200
    assert PROMPT not in visitor.get("/").text
    run_admin(gateway, "share", "feature", share["shareId"], *REASON_OPTION)
    shown = visitor.get("/").text
    path = urlsplit(share["url"]).path
    assert all(words in shown for words in (PROMPT, "$0.02", path, "Drawn by the sandbox"))
    assert visitor.get(f"{path}/small.jpg").headers["content-type"] == "image/jpeg"
    deny = {"shareId": share["shareId"], "show": {"showcase": False}}
    client.http.patch("/api/v1/shares", json=deny)
    assert DRAWING.findall(visitor.get("/").text) == drawings


def test_the_prompt_of_the_front_page_survives_the_sign_in(visitor: httpx2.Client) -> None:
    assert '<form class="wish" method="get" action="/create">' in visitor.get("/").text
    words = "ein Leuchtturm, früh, № 1 " * 15
    path = f"/create?{urlencode({'task': 'image.generate', 'prompt': words[:400]})}"
    page = visitor.get("/login", params={"returnPath": path}).text
    assert html.escape(path) in page
