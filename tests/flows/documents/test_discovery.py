"""The documents as they come over the wire: types, tags, caches, origins, and links that lead."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import httpx2
import pytest

from gateway.catalogue import list_operations
from tests.gateway import Gateway, assert_problem

JSON, MARKDOWN = "application/json", "text/markdown; charset=utf-8"
TEXT, ZIP, HTML = "text/plain; charset=utf-8", "application/zip", "text/html; charset=utf-8"
USUAL_CACHING, FRESH_CACHING = "public, max-age=300", "public, no-cache"
SKILL = "/skills/killatamata/"
SERVED_DOCUMENTS = {
    "/openapi.json": (JSON, USUAL_CACHING),
    "/openapi-agent.json": (JSON, USUAL_CACHING),
    "/api-docs": (HTML, USUAL_CACHING),
    "/api-docs.md": (MARKDOWN, USUAL_CACHING),
    "/api-docs/interactive": (HTML, USUAL_CACHING),
    "/llms.txt": (TEXT, USUAL_CACHING),
    "/llms-full.txt": (TEXT, USUAL_CACHING),
    "/robots.txt": (TEXT, USUAL_CACHING),
    "/.well-known/ai-plugin.json": (JSON, USUAL_CACHING),
    "/.well-known/agent-skills/index.json": (JSON, FRESH_CACHING),
    "/.well-known/agent-skills.json": (JSON, FRESH_CACHING),
    "/.well-known/api-catalog": (
        'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"',
        USUAL_CACHING,
    ),
    "/.well-known/ai-catalog.json": ("application/ai-catalog+json", USUAL_CACHING),
    "/.well-known/mcp/server.json": (JSON, USUAL_CACHING),
    "/mcp/server-card": ("application/mcp-server-card+json", USUAL_CACHING),
    "/skills/index.json": (JSON, FRESH_CACHING),
    SKILL: (JSON, FRESH_CACHING),
    f"{SKILL}SKILL.md": (MARKDOWN, USUAL_CACHING),
    f"{SKILL}version.json": (JSON, FRESH_CACHING),
    f"{SKILL}agents/openai.yaml": ("application/yaml", USUAL_CACHING),
    f"{SKILL}references/api.md": (MARKDOWN, USUAL_CACHING),
    f"{SKILL}scripts/kt.py": ("text/x-python; charset=utf-8", USUAL_CACHING),
    f"{SKILL}scripts/frames.py": ("text/x-python; charset=utf-8", USUAL_CACHING),
    f"{SKILL}assets/icon.svg": ("image/svg+xml", USUAL_CACHING),
    f"{SKILL}assets/icon.png": ("image/png", USUAL_CACHING),
    "/skills/killatamata.zip": (ZIP, f"{USUAL_CACHING}, no-transform"),
    "/plugins/killatamata.zip": (ZIP, f"{USUAL_CACHING}, no-transform"),
    "/plugins/killatamata.mcpb": (ZIP, f"{USUAL_CACHING}, no-transform"),
}
ABSOLUTE = re.compile(r"https?://127\.0\.0\.1:[^\s\"'`)<>\\,;\]]+")


class PageElements(HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self, http: httpx2.Client, path: str = "/api-docs") -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(http.get(path).text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def list_attribute(self, attribute: str, *tags: str) -> set[str]:
        """Return every value of an attribute, of these elements or of all."""
        return {
            value
            for tag, found in self.elements
            if (value := found.get(attribute)) and (not tags or tag in tags)
        }


@pytest.fixture(scope="module")
def http(gateway: Gateway) -> Iterator[httpx2.Client]:
    with gateway.client() as one:
        yield one


@pytest.mark.promise("discovery: documents")
@pytest.mark.parametrize("path", SERVED_DOCUMENTS)
def test_a_document_has_its_type_its_tag_its_cache_and_every_origin(
    http: httpx2.Client, path: str
) -> None:
    media_type, cache = SERVED_DOCUMENTS[path]
    got = http.get(path)
    assert got.status_code == 200
    head = http.head(path)
    for answer in (got, head):
        assert answer.headers["content-type"] == media_type
        assert answer.headers["cache-control"] == cache
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in answer.headers
        assert re.fullmatch(r'"[0-9a-f]{32}"', answer.headers["etag"])
    assert head.content == b""
    again = http.get(path, headers={"If-None-Match": got.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    refused = http.post(path)
    assert_problem(refused, 405, "method_not_allowed")
    assert refused.headers["allow"] == "GET, HEAD"


def test_the_archive_that_the_index_names_may_be_kept_for_ever(http: httpx2.Client) -> None:
    (skill,) = http.get("/.well-known/agent-skills.json").json()["skills"]
    archive = http.get(skill["url"])
    assert archive.headers["cache-control"] == ("public, max-age=31536000, immutable, no-transform")


def test_what_is_not_there_is_a_problem_and_no_page(http: httpx2.Client) -> None:
    for path in ("/.well-known/openid-configuration", "/skills/other", f"{SKILL}x", "/.well-known"):
        for accept in ("*/*", "text/html,application/xhtml+xml"):
            assert_problem(http.get(path, headers={"Accept": accept}), 404, "not_found")
    assert_problem(http.get("/.well-known/security.txt"), 404, "not_found")


def test_the_documents_come_in_the_form_that_is_asked_for(http: httpx2.Client) -> None:
    for path in ("/openapi.json", "/openapi-agent.json"):
        openapi = http.get(path, headers={"Accept": "application/openapi+json"})
        assert openapi.headers["content-type"] == "application/openapi+json"
    markdown = http.get("/api-docs", headers={"Accept": "text/markdown"})
    assert markdown.content == http.get("/api-docs.md").content
    assert "Accept" in markdown.headers["vary"]
    assert http.get(f"{SKILL}assets/icon.svg").headers["content-security-policy"] == "sandbox"
    assert 'rel="api-catalog"' in http.get("/").headers["link"]
    assert 'rel="service-desc"' in http.get("/api-docs").headers["link"]


@pytest.mark.promise("discovery: every-surface")
def test_every_operation_has_its_place_in_the_reference(http: httpx2.Client) -> None:
    ids = PageElements(http).list_attribute("id", "article")
    markdown = http.get("/api-docs.md").text
    paths = http.get("/openapi.json").json()["paths"]
    for each in list_operations():
        assert each.id in ids
        assert f"### {each.method} {each.path}\n" in markdown
        assert each.method.lower() in paths[each.path]


def test_each_anchor_of_the_reference_leads_somewhere(http: httpx2.Client) -> None:
    page = PageElements(http)
    links = page.list_attribute("href", "a")
    assert {link[1:] for link in links if link.startswith("#")} <= page.list_attribute("id")
    assert not page.list_attribute("style")
    for path in page.list_attribute("src") | page.list_attribute("href", "link"):
        assert http.get(path).status_code == 200, path


@pytest.mark.promise("discovery: links-lead")
def test_each_address_in_the_documents_answers(gateway: Gateway, http: httpx2.Client) -> None:
    wellknown = [f"/.well-known/{name}" for name in ("ai-plugin.json", "api-catalog")]
    names = ["/llms.txt", *wellknown, f"{SKILL}version.json", f"{SKILL}SKILL.md"]
    texts = [http.get(path).text for path in names]
    health = http.get("/api/v1/health").text
    found = {url.rstrip(".") for text in [*texts, health] for url in ABSOLUTE.findall(text)}
    ids = PageElements(http).list_attribute("id")
    for url in sorted(found):
        address, _, anchor = url.partition("#")
        path = address.removeprefix(gateway.base) or "/"
        if path in {"/api/v1", "/mcp", "/v1"} or path.startswith(("/api/v1/", "/v1/")):
            continue
        answer = http.get(path, follow_redirects=True)
        assert answer.status_code == 200, url
        if anchor:
            assert anchor in ids, url
