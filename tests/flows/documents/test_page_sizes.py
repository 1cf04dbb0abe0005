"""Of pages of every kind: what they load is small, and no two things of one have the same id."""

import re

from gateway.pages.assets import FILES, STATIC_FOLDER
from tests.flows.plan_calls import plan_step, prepare_plan
from tests.gateway import Client, Gateway, picture_input
from tests.library.files import create_project

LINKED = re.compile(r'(?:href|src)="/static/[0-9a-f]{16}/([^"]+)"')
ID = re.compile(r'<[^>]*\sid="([^"]+)"')
URL = re.compile(r'url\("\.\./([^"]+)"\)')
MAX_OWN_BYTES = {"css/": 45_000, "js/": 40_000}
MAX_CREATE_BYTES, MAX_CREATE_SCRIPT_BYTES = 30 * 1_024, 70_000
MODULE = re.compile(r"""^import [^;]*?"\./([^"]+)";""", re.MULTILINE)
LATER = re.compile(r"""import\("\.{1,2}/([^"]+)"\)""")
# What a page has that makes its scripts import a module as soon as it is shown.
IMPORTED_FOR = {
    "job-live.js": ("<job-live", "<time-left", " data-events="),
    "rare-parts.js": (" data-when", " data-wait", " data-copy", 'id="single-keys"'),
    "toast.js": (" data-toast",),
    "notices.js": ('id="notices"',),
    "palette.js": ('class="palette"',),
}
# Modules that come with a press, an end or an answer, not with the page.
IMPORTED_LATER = {
    *("notices.js", "toast.js", "refill.js", "lightbox.js", "compare.js", "upload.js"),
    "vendor/Sortable.min.js",
}
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
            "/library",
            f"/library?projectId={create_project(client)}",
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


def list_loaded_scripts(html: str) -> dict[str, int]:
    """Return the scripts that a page loads when it is shown, with what those import at once."""
    names = {name for name in LINKED.findall(html) if name.endswith(".js")}
    waiting = [*names]
    while waiting:
        source = FILES[waiting.pop()].decode()
        later = set(LATER.findall(source))
        assert later <= {*IMPORTED_FOR, *IMPORTED_LATER}, later
        found = {each for each in later if any(part in html for part in IMPORTED_FOR.get(each, ()))}
        imported = {f"js/{each}" for each in (*MODULE.findall(source), *found)} - names
        names |= imported
        waiting += imported
    return {name: len(FILES[name]) for name in names}


def test_create_loads_little_script_also_while_a_job_runs(gateway: Gateway, client: Client) -> None:
    with gateway.browser(client.account_id) as page:
        idle = page.get("/create", headers={"Accept": "text/html"}).text
        scripts = list_loaded_scripts(idle)
        assert "js/job-live.js" not in scripts
        client.submit("video.generate", {"prompt": "a fox", "durationFrames": 257})
        running = page.get("/create", headers={"Accept": "text/html"}).text
        followed = list_loaded_scripts(running)
        assert {"js/job-live.js", "js/shared-stream.js", *scripts} == followed.keys()
        edit = list_loaded_scripts(page.get("/create?task=image.edit").text)
        assert "js/upload-box.js" in edit
        assert sum_sizes(edit, "js/") < MAX_OWN_BYTES["js/"]
    assert sum_sizes(followed, "js/") < MAX_CREATE_BYTES, followed
    assert sum_sizes(followed, "js/", "vendor/") < MAX_CREATE_SCRIPT_BYTES, followed


def test_scripts_lose_only_comments_and_indentation() -> None:
    for path in sorted((STATIC_FOLDER / "js").glob("*.js")):
        source = path.read_text()
        assert not [line for line in source.splitlines() if line.count("`") % 2], path.name
        code = [line.strip() for line in source.splitlines() if not line.strip().startswith("//")]
        assert FILES[f"js/{path.name}"].decode() == "\n".join([*filter(None, code), ""]), path.name


def test_no_page_has_two_equal_ids(gateway: Gateway, client: Client) -> None:
    with gateway.browser(client.account_id) as page:
        for path in list_page_paths(client):
            ids = ID.findall(page.get(path, headers={"Accept": "text/html"}).text)
            assert len(ids) > 1, path
            assert [each for each in set(ids) if ids.count(each) > 1] == [], path
