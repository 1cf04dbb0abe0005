"""The one search over pages, actions, films and results: a dialog, a page without a script."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.media.outputs.operations import list_outputs
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
from gateway.studio.films.operations import get_films

MOST_WORDS = 200  # characters of a search
MOST_RESULTS, MOST_FILMS, SEARCHED_FILMS = 8, 4, "100"
ACTIONS = (
    NavigationItem("/keys/new", "Create an API key", "key-round"),
    NavigationItem("/credits", "Add credit", "wallet"),
    NavigationItem("/library#name", "Start a project", "clapperboard"),
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
    picture: str = ""


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
        operates = await is_operator(self._client.ports, caller.person_id)
        found = [
            item
            for item in _list_places(request, operates=operates)
            if _has_words(item.words, words)
        ]
        if words:
            found += [item async for item in self._find_films(request, caller, words)]
            found += [item async for item in self._find_results(request, caller, words)]
        return render_dialog(request, "parts/search.html", title="Search", found=found, words=words)

    async def _find_films(
        self, request: Request, caller: Caller, words: str
    ) -> AsyncIterator[FoundItem]:
        """Yield the newest films whose title has these words."""
        page = await self._client.read_wire(get_films, request, caller, limit=SEARCHED_FILMS)
        films = [each for each in page["data"] if _has_words(each["title"], words)]
        for film in films[:MOST_FILMS]:
            path = get_shell(request).to(f"/films/{film['filmId']}")
            yield FoundItem(href=path, words=film["title"], icon="clapperboard", kind="Film")

    async def _find_results(
        self, request: Request, caller: Caller, words: str
    ) -> AsyncIterator[FoundItem]:
        """Yield the newest results whose prompt or name has these words."""
        query = {"q": words, "limit": str(MOST_RESULTS)}
        page = await self._client.read_wire(list_outputs, request, caller, **query)
        for output in page["data"]:
            place = f"/create/{output['jobId']}/{output['outputIndex']}"
            yield FoundItem(
                href=get_shell(request).to(place),
                words=output["name"] or output["prompt"] or output["filename"],
                icon="images",
                kind="Result",
                picture=output["previewUrls"].get("256", ""),
            )


def _has_words(text: str, words: str) -> bool:
    return all(each in text.casefold() for each in words.casefold().split())


def _list_places(request: Request, *, operates: bool) -> Iterator[FoundItem]:
    """Yield pages and actions, each address and words once."""
    shell, seen = get_shell(request), set()
    groups: list[tuple[str, Sequence[NavigationItem]]] = [
        ("Page", (*NAVIGATION, *CONSOLE_NAVIGATION)),
        ("Action", ACTIONS),
    ]
    if operates:
        groups.append(("Operate", OPERATOR_NAVIGATION))
    for kind, items in groups:
        for item in items:
            if (item.path, item.words) not in seen:
                seen.add((item.path, item.words))
                path, hash_sign, part = item.path.partition("#")
                href = f"{shell.to(path)}{hash_sign}{part}"
                yield FoundItem(href=href, words=item.words, icon=item.icon, kind=kind)
