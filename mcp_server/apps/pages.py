"""The three pages as resources: one HTML document each, and the tools that they belong to.

A document is whole: style and script stand in it, nothing is loaded or built. The three share them,
because one leads to the next: an approved plan runs, and what ran becomes results.
"""

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from mcp_server.json_types import Schema
from mcp_server.rest.offers import ToolOffer
from mcp_server.server_info import get_version

URI_PREFIX = "ui://kt/"  # short: each tool of the list repeats it
STYLE_FILES = ("page.css",)
SCRIPT_FILES = ("host.js", "view.js", "plan.js", "jobs.js", "results.js", "page.js")
PLAN_HASH, LIST_PATHS = "planHash", ("/api/v1/media/jobs", "/api/v1/media/outputs")
AWAITED_BY_PROGRESS = frozenset({"plan", "job"})
# Beside the host's policy, which says where pictures may come from. With no Trusted Types policy no
# text can become markup or script, whatever a prompt, a title or a file name holds.
POLICY = (
    "require-trusted-types-for 'script'; trusted-types 'none'; object-src 'none'; "
    "frame-src 'none'; base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its name in the URI, its title, and the words while it waits for a result."""

    name: str
    title: str
    waiting_words: str

    @property
    def uri(self) -> str:
        """Return the URI that tools name."""
        return f"{URI_PREFIX}{self.name}"


PLAN_PAGE = Page("plan", "Plan", "Preparing a plan")
PROGRESS_PAGE = Page("run", "Progress", "Starting")
RESULTS_PAGE = Page("results", "Results", "Looking for results")
PAGES = (PLAN_PAGE, PROGRESS_PAGE, RESULTS_PAGE)


def find_page(offer: ToolOffer) -> Page | None:
    """Return the page that draws what a tool answers; None if there is none."""
    promised = (offer.output_schema or {}).get("properties", {})
    if PLAN_HASH in promised:
        return PLAN_PAGE
    if offer.awaited_kind in AWAITED_BY_PROGRESS:
        return PROGRESS_PAGE
    is_list = offer.is_read_only and offer.path in LIST_PATHS and "data" in promised
    return RESULTS_PAGE if is_list else None


def find_tool_meta(offer: ToolOffer) -> Schema | None:
    """Return the `_meta` of a tool that has a page."""
    page = find_page(offer)
    return None if page is None else {"ui": {"resourceUri": page.uri}}


@cache
def render_page(page: Page) -> str:
    """Render the document of a page."""
    style, script = (_join_files(names) for names in (STYLE_FILES, SCRIPT_FILES))
    return (
        f'<!doctype html>\n<html lang="en" data-page="{page.name}" '
        f'data-version="{html.escape(get_version())}" '
        f'data-waiting="{html.escape(page.waiting_words)}">\n'
        f'<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{page.title}</title>\n<style>\n{style}</style>\n</head>\n"
        f'<body>\n<main id="page" aria-busy="true"><h1>{page.waiting_words} …</h1></main>\n'
        f'<script type="module">\n{script}</script>\n</body>\n</html>\n'
    )


def read_file_origins(document: Schema) -> Sequence[str]:
    """Read the origins of the gateway's files from its document; an older one tells none."""
    origins: Iterable[object] = document.get("x-file-origins", ())
    return [origin for origin in origins if isinstance(origin, str)]


def _join_files(names: Iterable[str]) -> str:
    folder = files(__package__) / "static"
    return "".join((folder / name).read_text(encoding="utf-8") for name in names)
