"""Each operation and each task has a page of its own, small enough to be given to a model."""

import re
import statistics
from collections.abc import Iterator

import httpx2
import pytest

from gateway.catalogue import list_operations
from gateway.kit.operation import Operation
from gateway.media.tasks.catalogue import TASKS
from gateway.openapi import list_problems
from tests.flows.documents.test_discovery import ABSOLUTE, PageElements
from tests.gateway import Gateway, assert_problem

MEDIAN_BYTES, MOST_BYTES = 4_000, 12_000
MARKDOWN = {"Accept": "text/markdown"}


@pytest.fixture(scope="module")
def http(gateway: Gateway) -> Iterator[httpx2.Client]:
    with gateway.client() as one:
        yield one


def read_page_text(http: httpx2.Client, path: str) -> str:
    answer = http.get(f"/api-docs/{path}")
    assert answer.status_code == 200, path
    return answer.text


def list_field_names(each: Operation) -> set[str]:
    models = [model for model in (each.query, each.body) if model is not None]
    return {
        field.alias or name for model in models for name, field in model.model_fields.items()
    } - {"root"}


@pytest.mark.promise("discovery: own-pages")
def test_an_operations_page_has_all_that_a_call_needs_and_few_words(http: httpx2.Client) -> None:
    sizes = {}
    for each in list_operations():
        text = read_page_text(http, f"{each.id}.md")
        sizes[each.id] = len(text.encode())
        assert f"`{each.method} {http.base_url}".rstrip("/") in text
        assert f"{each.path}` (`{each.id}`)" in text
        for kind in list_problems(each):
            assert f"- {kind.status} `{kind.code}`" in text
            assert kind.hint in text
        assert all(f"`{name}`" in text for name in list_field_names(each)), each.id
        assert all(scope in text for scope in each.scopes)
        assert f"{http.base_url}".rstrip("/") + each.path in text.partition("```sh")[2]
    assert statistics.median(sizes.values()) <= MEDIAN_BYTES
    assert max(sizes.values()) <= MOST_BYTES, sizes


@pytest.mark.promise("discovery: own-pages")
def test_a_tasks_page_has_its_fields_a_call_and_its_guidance(http: httpx2.Client) -> None:
    submit = read_page_text(http, "submitJob.md")
    for name, task in TASKS.items():
        text = read_page_text(http, f"tasks/{name}.md")
        assert len(text.encode()) <= MOST_BYTES
        fields = task.model.model_json_schema(by_alias=True)["properties"]
        assert all(f"- `{field}`" in text for field in fields)
        assert f'-d \'{{"task": "{name}"' in text
        assert f"/api-docs/tasks/{name}.md" in submit


@pytest.mark.promise("discovery: own-pages")
def test_the_page_is_there_for_people_too_and_its_links_lead(http: httpx2.Client) -> None:
    names = [*(each.id for each in list_operations()), *(f"tasks/{name}" for name in TASKS)]
    pages = {name: PageElements(http, f"/api-docs/{name}") for name in names}
    links = set[str]()
    for name, page in pages.items():
        found = page.list_attribute("href", "a")
        assert {link[1:] for link in found if link.startswith("#")} <= page.list_attribute("id"), (
            name
        )
        links |= {link.partition("#")[0] for link in found} - {""}
        assert f"/api-docs/{name}.md" in page.list_attribute("href", "link")
    texts = [read_page_text(http, f"{name}.md") for name in names]
    places = {url for text in texts for url in re.findall(r"\]\((\S+?)\)", text)}
    assert all(map(ABSOLUTE.fullmatch, places))
    for link in sorted(links | places):
        assert http.get(link, follow_redirects=True).status_code == 200, link


def test_the_reference_and_llms_txt_lead_to_every_page(http: httpx2.Client) -> None:
    whole = PageElements(http).list_attribute("href", "a")
    reference, llms = http.get("/api-docs.md").text, http.get("/llms.txt").text
    for each in list_operations():
        assert f"/api-docs/{each.id}" in whole
        assert f"/api-docs/{each.id}.md" in reference
        assert f"/api-docs/{each.id}.md)" in llms
    for name, task in TASKS.items():
        assert f"/api-docs/tasks/{name}" in whole
        assert f"/api-docs/tasks/{name}.md" in reference
        assert not task.enabled or f"/api-docs/tasks/{name}.md)" in llms


def test_a_page_comes_in_the_form_that_is_asked_for_and_is_kept(http: httpx2.Client) -> None:
    markdown = http.get("/api-docs/submitJob", headers=MARKDOWN)
    assert markdown.content == http.get("/api-docs/submitJob.md").content
    assert "Accept" in markdown.headers["vary"]
    tag = {"If-None-Match": markdown.headers["etag"]}
    assert http.get("/api-docs/submitJob.md", headers=tag).status_code == 304
    assert http.head("/api-docs/submitJob").headers["content-type"] == "text/html; charset=utf-8"
    moved = http.get("/api-docs/submitJob/")
    assert (moved.status_code, moved.headers["location"]) == (308, "/api-docs/submitJob")


@pytest.mark.parametrize("path", ["/api-docs/createJob.md", "/api-docs/tasks/image.paint"])
def test_a_page_that_is_not_there_says_where_all_are_listed(http: httpx2.Client, path: str) -> None:
    assert "/llms.txt" in assert_problem(http.get(path), 404, "not_found")["hint"]
    page = http.get(path, headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert "/llms.txt" in page.text
