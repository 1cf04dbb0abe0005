"""The first page of a list: fetched at once, or in the asynchronous client when it is awaited."""

from collections.abc import Generator
from typing import Any, Self


class FirstPage:
    """A page that is fetched by the call that returns it."""

    missing_fetch = "call load() first"

    def load(self) -> Self:
        """Fetch this page."""
        raise NotImplementedError

    def open(self) -> Self:
        """Fetch this page and return it."""
        return self.load()


class AsyncFirstPage:
    """A page that is fetched when it is awaited, or when its items are."""

    missing_fetch = "await it first"

    async def load(self) -> Self:
        """Fetch this page."""
        raise NotImplementedError

    def open(self) -> Self:
        """Return this page, not fetched yet."""
        return self

    def __await__(self) -> Generator[Any, Any, Self]:
        """Fetch this page and return it."""
        return self.load().__await__()
