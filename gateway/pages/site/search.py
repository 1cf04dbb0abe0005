"""The one search over pages and actions: a dialog by Ctrl+K, a page without a script."""

from collections.abc import Iterator
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.operator.operators import is_operator
from gateway.pages.dialogs import render_dialog
from gateway.pages.operation_client import OperationClient
from gateway.pages.shell import (
    CONSOLE_NAVIGATION,
    NAVIGATION,
    OPERATOR_NAVIGATION,
    NavigationItem,
    get_shell,
)

MOST_WORDS = 200  # characters of a search
ACTIONS = (
    NavigationItem("/keys/new", "Create an API key", "key-round"),
    NavigationItem("/credits", "Add credit", "wallet"),
    NavigationItem("/studio#name", "Start a project", "clapperboard"),
    NavigationItem("/device", "Link a device", "monitor"),
    NavigationItem("/settings", "Change the theme", "moon"),
    NavigationItem("/shortcuts", "Show keyboard shortcuts", "terminal"),
    NavigationItem("/api-docs", "Read the API reference", "book-open"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundItem:
    """One thing that was found: where it is, its words and icon, and the kind of thing it is."""

    href: str
    words: str
    icon: str
    kind: str


class SearchPage:
    """The view of the search."""

    def __init__(self, client: OperationClient) -> None:
        self._client = client

    def routes(self) -> list[Route]:
        """Return the route of this page."""
        return [Route("/search", self._client.person_view(self.show_search), methods=["GET"])]

    async def show_search(self, request: Request, caller: Caller) -> Response:
        """Show what matches the words; without words, the places to go."""
        words = request.query_params.get("q", "")[:MOST_WORDS].strip()
        operates = await is_operator(self._client.ports, caller.account_id)
        found = [
            item
            for item in _list_places(request, operates=operates)
            if all(each in item.words.casefold() for each in words.casefold().split())
        ]
        return render_dialog(request, "parts/search.html", title="Search", found=found, words=words)


def _list_places(request: Request, *, operates: bool) -> Iterator[FoundItem]:
    """Yield pages and actions, each address and words once."""
    shell, seen = get_shell(request), set()
    groups = [("Page", (*NAVIGATION, *CONSOLE_NAVIGATION)), ("Action", ACTIONS)]
    if operates:
        groups.append(("Operate", OPERATOR_NAVIGATION))
    for kind, items in groups:
        for item in items:
            if (item.path, item.words) not in seen:
                seen.add((item.path, item.words))
                path, hash_sign, part = item.path.partition("#")
                href = f"{shell.to(path)}{hash_sign}{part}"
                yield FoundItem(href=href, words=item.words, icon=item.icon, kind=kind)
