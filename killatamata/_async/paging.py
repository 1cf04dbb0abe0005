"""Pages of a list: one call each, and an iterator over all of them."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from killatamata._async.transport import Transport
from killatamata.errors import UnexpectedResponse

T = TypeVar("T", bound=BaseModel)


class AsyncPage(Generic[T]):
    """One page in `data`; iterating goes on through all pages after it."""

    def __init__(
        self, transport: Transport, kind: type[T], path: str, params: Mapping[str, Any]
    ) -> None:
        self._transport, self._kind, self._path, self._params = transport, kind, path, params
        self.data: list[T] = []
        self.next_cursor: str | None = None

    async def load(self) -> "AsyncPage[T]":
        """Fetch this page.

        Raises:
            UnexpectedResponse: the answer is not a page.
        """
        answer = await self._transport.send("GET", self._path, params=self._params)
        try:
            page = json.loads(answer.content)
            self.data = [self._kind.model_validate(each) for each in page["data"]]
            self.next_cursor = page["nextCursor"]
        except (ValidationError, LookupError, ValueError, TypeError) as error:
            raise UnexpectedResponse(f"{self._path} did not answer with a page.") from error
        return self

    async def next_page(self) -> "AsyncPage[T] | None":
        """Return the page after this one, or None."""
        if self.next_cursor is None:
            return None
        params = {**self._params, "cursor": self.next_cursor}
        return await AsyncPage(self._transport, self._kind, self._path, params).load()

    async def __aiter__(self) -> AsyncIterator[T]:
        """Yield the items of this page and of all pages after it."""
        page: AsyncPage[T] | None = self
        while page is not None:
            for each in page.data:
                yield each
            page = await page.next_page()


class Resource:
    """A group of calls that share one transport."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def _fetch_page(
        self, kind: type[T], path: str, params: Mapping[str, Any]
    ) -> AsyncPage[T]:
        return await AsyncPage(self._transport, kind, path, params).load()
