"""A host of MCP Apps in Chromium: the official client and bridge from npm, bundled by esbuild."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from playwright.sync_api import Browser, Frame, FrameLocator

from tests.gateway import Gateway
from tests.installing import ROOT, install_from_npm
from tests.pages.browser import AXE, RUN_AXE, WatchedPage, open_tab

FOLDER = ROOT / ".tools" / "mcp-apps"
PACKAGES = {
    "node": "22.23.3",
    "@modelcontextprotocol/ext-apps": "2.0.4",
    "@modelcontextprotocol/client": "2.4.0",
    "@modelcontextprotocol/core": "2.4.0",
    "zod": "4.6.7",
    "esbuild": "0.28.2",
}
HOST_SCRIPT = Path(__file__).with_name("apps_host.js")
HOST_PAGE = (
    '<!doctype html><html lang="en"><title>A host</title>'
    "<style>body { margin: 0; } iframe { display: block; border: 0; width: 100%; }</style>"
    '<body><script src="host.js"></script>'
)
BUNDLE_SECONDS, HEIGHT = 60, 1_600
FOUND = "({violations}) => violations.flatMap(e => e.nodes.map(n => `${e.id}: ${n.html}`))"


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves the host's files without a word in the log."""

    def log_message(self, *_words: object) -> None:
        """Log nothing."""


@dataclass(frozen=True, slots=True)
class ChatHost:
    """A host that is connected to a gateway, with at most one page open in it."""

    seen: WatchedPage
    theme: str

    def call_tool(self, name: str, arguments: dict[str, Any], **result: object) -> dict[str, Any]:
        """Call a tool as a model would, and open its page; `result` overrides parts of it."""
        options = {"theme": self.theme, "result": result}
        answer: dict[str, Any] = self.seen.page.evaluate(
            "([name, given, options]) => callTool(name, given, options)", [name, arguments, options]
        )
        self.frame.locator("main:not([aria-busy])").wait_for()
        return answer

    @property
    def frame(self) -> FrameLocator:
        """Return the frame of the open page, to look into."""
        return self.seen.page.frame_locator("#frame")

    @property
    def inner(self) -> Frame:
        """Return the frame of the open page, to run scripts in."""
        element = self.seen.page.locator("#frame").element_handle()
        inner = None if element is None else element.content_frame()
        assert inner is not None
        return inner

    def read_told(self, name: str) -> list[Any]:
        """Return what pages asked of the host: `links`, `context`, `sizes`, `refusals`."""
        told: list[Any] = self.seen.page.evaluate("name => told[name]", name)
        return told

    def check_page(self) -> None:
        """Check the page as it is now: its width, its heading, complaints, accessibility."""
        inner = self.inner
        wide = inner.evaluate("() => document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{wide} pixels too wide"
        assert self.frame.locator("h1").count() == 1
        inner.evaluate(f"() => {{ {AXE} }}")
        found = inner.evaluate(f"() => {RUN_AXE}.then({FOUND})")
        assert not found, "\n".join(found)
        assert not self.seen.complaints, self.seen.complaints


def bundle_host() -> Path:
    """Return the folder of the host's page and script."""
    install_from_npm(FOLDER, PACKAGES)
    site = FOLDER / "site"
    site.mkdir(exist_ok=True)
    (site / "index.html").write_text(HOST_PAGE)
    # Beside its packages, because that is where the bundler looks for them.
    source = FOLDER / HOST_SCRIPT.name
    source.write_text(HOST_SCRIPT.read_text())
    words = ["--bundle", "--format=iife", "--log-level=error", f"--outfile={site / 'host.js'}"]
    ran = subprocess.run(
        [str(FOLDER / "node_modules/.bin/esbuild"), str(source), *words],
        capture_output=True,
        text=True,
        timeout=BUNDLE_SECONDS,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    return site


@contextmanager
def serve_host(site: Path) -> Iterator[str]:
    """Serve the host's page on loopback; yield its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(site)))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def open_host(
    browser: Browser,
    url: str,
    gateway: Gateway,
    key: str,
    width: int = 640,
    theme: str = "light",
    toolsets: str = "",
) -> Iterator[ChatHost]:
    """Open a host of this width and theme, connected to the gateway with this key."""
    with open_tab(browser, viewport={"width": width, "height": HEIGHT}) as seen:
        seen.page.goto(url)
        given = {"url": f"{gateway.base}/mcp", "key": key, "toolsets": toolsets}
        seen.page.evaluate("given => connectHost(given)", given)
        yield ChatHost(seen, theme)
