"""The headers of a request, found by one look-up each."""

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.requests import Request


class IndexedHeaders(Headers):
    """Starlette's headers, which it walks through for each name that is asked for.

    Of a header that was sent twice, the first counts, as there.
    """

    def __init__(self, raw: Sequence[tuple[bytes, bytes]]) -> None:
        super().__init__(raw=list(raw))
        self._first = dict(reversed(raw))

    def __getitem__(self, key: str) -> str:
        """Return the value of a header.

        Raises:
            KeyError: the request has none of this name.
        """
        return self._first[key.lower().encode("latin-1")].decode("latin-1")

    def get(self, key: str, default: str | None = None) -> str | None:  # type: ignore[override]
        """Return the value of a header, or the default."""
        value = self._first.get(key.lower().encode("latin-1"))
        return default if value is None else value.decode("latin-1")

    def __contains__(self, key: object) -> bool:
        """Return True if the request has a header of this name."""
        return isinstance(key, str) and key.lower().encode("latin-1") in self._first


class IndexedRequest(Request):
    """A request whose headers are indexed; worth it where several are asked for."""

    @property
    def headers(self) -> Headers:
        """The headers, indexed at the first question."""
        if not hasattr(self, "_headers"):
            self._headers = IndexedHeaders(self.scope["headers"])
        return self._headers
