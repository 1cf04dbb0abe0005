"""A real browser for the pages: Debian's Chromium on loopback only, every complaint recorded."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    Request,
    expect,
    sync_playwright,
)

expect.set_options(timeout=20_000)  # a page of a busy machine is slow, not wrong
CHROMIUM = os.environ.get("KT_TEST_CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN_AXE = f"axe.run(document, {{runOnly: {{type: 'tag', values: {RULES}}}}})"
WATCH = (
    "document.addEventListener('securitypolicyviolation', (event) => "
    "console.error('policy: ' + event.violatedDirective + ' ' + event.blockedURI))"
)
HAS_FOCUS = "element => element === document.activeElement"
MOST_STOPS = 150
SHOTS = Path(__file__).parent / "shots"
SHEET = '<figure><a href="{0}"><img src="{0}" width="320"></a><figcaption>{0}</figcaption></figure>'
LOCAL = re.compile(r"(http://127\.0\.0\.1[:/]|data:|blob:)")


@dataclass
class WatchedPage:
    """A page of the browser and the complaints it caused."""

    page: Page
    runs_scripts: bool = True
    complaints: list[str] = field(default_factory=list)

    def show_page(self, url: str, status: int = 200) -> None:
        """Open a page and check its status."""
        answer = self.page.goto(url, wait_until="load")
        assert answer is not None
        assert answer.status == status, f"{url}: {answer.status}"
        self.page.evaluate("document.fonts.ready")

    def check_accessibility(self) -> None:
        """Check the page as it is now: width, complaints, headings; with scripts, by axe too."""
        url = self.page.url
        wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{url} is {wide} pixels too wide"
        assert self.page.locator("h1").count() == 1, url
        heading = self.page.locator("h1").inner_text().strip()
        assert heading
        assert self.page.title().strip(), url
        assert not self.complaints, f"{url}: {self.complaints}"
        found = self._run_axe() if self.runs_scripts else []
        assert not found, f"{url}: " + "\n".join(found)

    def _run_axe(self) -> list[str]:
        """Run axe, injected past the policy of the page, and return its findings."""
        session = self.page.context.new_cdp_session(self.page)
        loaded = {"expression": "typeof axe", "returnByValue": True}
        if session.send("Runtime.evaluate", loaded)["result"]["value"] == "undefined":
            session.send("Runtime.evaluate", {"expression": AXE})
        asked = {"expression": RUN_AXE, "awaitPromise": True, "returnByValue": True}
        result: dict[str, Any] = session.send("Runtime.evaluate", asked)["result"]["value"]
        session.detach()
        return [
            f"{each['id']}: {node['html'][:200]} {node.get('failureSummary', '')[:300]}"
            for each in result["violations"]
            for node in each["nodes"]
        ]

    def take_screenshot(self, name: str) -> None:
        """Save a screenshot of the whole page, where a reviewer asks for them."""
        if not os.environ.get("KT_TEST_SHOTS"):
            return
        SHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
        shown = [SHEET.format(path.name) for path in sorted(SHOTS.glob("*.png"))]
        (SHOTS / "index.html").write_text("".join(shown), encoding="utf-8")


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until this element has the focus, as a person without a mouse would."""
    wanted.wait_for()
    for _ in range(MOST_STOPS):
        if wanted.evaluate(HAS_FOCUS):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no Tab leads to {wanted}")


def press_by_keyboard(page: Page, wanted: Locator, key: str = "Enter") -> None:
    """Move to an element by Tab and press a key there."""
    tab_to(page, wanted)
    page.keyboard.press(key)


@contextmanager
def start_browser() -> Iterator[Browser]:
    """Start the browser for the block; without Chromium skip the test, in CI fail it."""
    if not Path(CHROMIUM).exists():
        if os.environ.get("CI"):
            pytest.fail(f"there is no browser at {CHROMIUM}")
        pytest.skip(f"there is no browser at {CHROMIUM}: set KT_TEST_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def open_tab(browser: Browser, token: str = "", **options: Any) -> Iterator[WatchedPage]:  # noqa: ANN401
    """Open a fresh context, signed in with the cookie `name=value` at this base URL."""
    context: BrowserContext = browser.new_context(**options)
    context.set_default_timeout(60_000)
    page = context.new_page()
    seen = WatchedPage(page, runs_scripts=options.get("java_script_enabled", True))
    page.add_init_script(WATCH)
    page.on("console", lambda each: _record_complaint(seen, each.type, each.text))
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.on("request", lambda request: _allow_local_only(seen, request))
    if token:
        name, _, value = token.partition("=")
        url = options["base_url"]
        context.add_cookies([{"name": name, "value": value, "url": url}])
    try:
        yield seen
    finally:
        context.close()


def _record_complaint(seen: WatchedPage, kind: str, text: str) -> None:
    if kind == "error" and "the server responded with a status of 4" not in text:
        seen.complaints.append(text)


def _allow_local_only(seen: WatchedPage, request: Request) -> None:
    if not LOCAL.match(request.url):
        seen.complaints.append(f"asked {request.url}")
