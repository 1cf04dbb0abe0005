"""Pages of a list: the first one, an iterator over all items, an iterator over all pages."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Generic, Self, TypeVar

from pydantic import BaseModel, ValidationError

from killatamata._sync.transport import Transport, build_unexpected
from killatamata.first_page import FirstPage
from killatamata.raw_response import RawResponse, read_raw_response
from killatamata.timeouts import Timeout

T = TypeVar("T", bound=BaseModel)


class Page(FirstPage, Generic[T]):
    """One page in `data`; iterating goes on through all pages after it."""

    def __init__(
        self,
        transport: Transport,
        kind: type[T],
        path: str,
        params: Mapping[str, Any],
        *,
        timeout: Timeout | None = None,
    ) -> None:
        self._transport, self._kind, self._path, self._params = transport, kind, path, params
        self._timeout = timeout
        self._raw_response: RawResponse | None = None
        self._data: list[T] = []
        self._next_cursor: str | None = None

    def __repr__(self) -> str:
        """Return the kind of its items, how many it has, and if more follow."""
        if self._raw_response is None:
            return f"<{type(self).__name__} of {self._kind.__name__}, not fetched yet>"
        more = "more follow" if self.has_next else "the last"
        return f"<{type(self).__name__} of {len(self.data)} {self._kind.__name__}, {more}>"

    @property
    def raw_response(self) -> RawResponse | None:
        """The HTTP answer that this page was read from."""
        return self._raw_response

    @property
    def data(self) -> list[T]:
        """The items of this page.

        Raises:
            RuntimeError: the page was not fetched; in the asynchronous client, await it.
        """
        self._require_fetch()
        return self._data

    @property
    def next_cursor(self) -> str | None:
        """The cursor of the page after this one; None on the last page."""
        self._require_fetch()
        return self._next_cursor

    @property
    def has_next(self) -> bool:
        """Return True if another page follows."""
        return self.next_cursor is not None

    def _require_fetch(self) -> None:
        """Refuse to pass a page that was not fetched off as an empty one."""
        if self._raw_response is None:
            raise RuntimeError(f"This page of a list was not fetched: {self.missing_fetch}.")

    def load(self) -> Self:
        """Fetch this page, once.

        Raises:
            UnexpectedResponse: the answer is not a page.
        """
        if self._raw_response is not None:
            return self
        answer = self._transport.send("GET", self._path, params=self._params, timeout=self._timeout)
        try:
            page = json.loads(answer.content)
            self._data = [self._kind.model_validate(each) for each in page["data"]]
            self._next_cursor = page["nextCursor"]
        except (ValidationError, LookupError, ValueError, TypeError) as error:
            raise build_unexpected(f"a page of {self._kind.__name__}", answer, error) from None
        self._raw_response = read_raw_response(answer)
        return self

    def next_page(self) -> "Page[T] | None":
        """Return the page after this one, or None."""
        if self.next_cursor is None:
            return None
        params = {**self._params, "cursor": self.next_cursor}
        page = Page(self._transport, self._kind, self._path, params, timeout=self._timeout)
        return page.load()

    def pages(self) -> Iterator["Page[T]"]:
        """Yield this page and all pages after it."""
        page: Page[T] | None = self.load()
        while page is not None:
            yield page
            page = page.next_page()

    def __iter__(self) -> Iterator[T]:
        """Yield the items of this page and of all pages after it."""
        for page in self.pages():
            for each in page.data:
                yield each


class Resource:
    """A group of calls that share one transport."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def __repr__(self) -> str:
        """Return the name of the group and the gateway that it calls."""
        return f"<{type(self).__name__} of {self._transport.base_url}>"

    def _list(
        self, kind: type[T], path: str, params: Mapping[str, Any], *, timeout: Timeout | None
    ) -> Page[T]:
        return list_pages(self._transport, kind, path, params, timeout=timeout)


def list_pages(
    transport: Transport,
    kind: type[T],
    path: str,
    params: Mapping[str, Any],
    *,
    timeout: Timeout | None,
) -> Page[T]:
    """Return the first page of a list; `timeout` is that of each of its pages."""
    return Page(transport, kind, path, params, timeout=timeout).open()
