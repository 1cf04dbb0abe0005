"""Of pages of every kind: what they load is small, and no two things of one have the same id."""

import re

from gateway.pages.assets import FILES
from tests.flows.plan_calls import plan_step, prepare_plan
from tests.gateway import Client, Gateway, picture_input
from tests.library.files import create_project

LINKED = re.compile(r'(?:href|src)="/static/[0-9a-f]{16}/([^"]+)"')
ID = re.compile(r'<[^>]*\sid="([^"]+)"')
URL = re.compile(r'url\("\.\./([^"]+)"\)')
MAX_OWN_BYTES = {"css/": 45_000, "js/": 40_000}
MAX_TOTAL_BYTES = 200_000


def list_loaded_files(html: str) -> dict[str, int]:
    """Return what a page loads: the files it links, and the fonts that its sheets name."""
    names = set(LINKED.findall(html))
    for name in [each for each in names if each.endswith(".css")]:
        names |= set(URL.findall(FILES[name].decode()))
    return {name: len(FILES[name]) for name in names}


def sum_sizes(files: dict[str, int], *starts: str) -> int:
    return sum(size for name, size in files.items() if name.startswith(starts))


def list_page_paths(client: Client) -> list[str]:
    """Return a page of every kind."""
    job = client.submit("image.generate", picture_input()).json()["jobId"]
    plan = prepare_plan(client, plan_step("image.generate", picture_input()))["planId"]
    return [
        *("/", "/login", "/dashboard", "/jobs", "/playground", "/playground/video.combine"),
        *("/keys", "/keys/new", "/credits", "/usage", "/webhooks", "/settings", "/oauth/apps"),
        *(
            "/studio",
            f"/studio/{create_project(client)}",
            f"/jobs/{job}",
            f"/plans/{plan}",
            "/device",
        ),
        *("/shortcuts", "/legal/privacy", "/no/such/page"),
    ]


def test_a_page_loads_little(gateway: Gateway, client: Client) -> None:
    with gateway.browser(client.account_id) as page:
        for path in list_page_paths(client):
            html = page.get(path, headers={"Accept": "text/html"}).text
            files = list_loaded_files(html)
            assert {"css/base.css", "js/app.js"} <= files.keys(), path
            for kind, most in MAX_OWN_BYTES.items():
                assert sum_sizes(files, kind) < most, (path, files)
            assert sum_sizes(files, "") + len(html.encode()) < MAX_TOTAL_BYTES, (path, len(html))


def test_no_page_has_two_equal_ids(gateway: Gateway, client: Client) -> None:
    with gateway.browser(client.account_id) as page:
        for path in list_page_paths(client):
            ids = ID.findall(page.get(path, headers={"Accept": "text/html"}).text)
            assert len(ids) > 1, path
            assert [each for each in set(ids) if ids.count(each) > 1] == [], path
