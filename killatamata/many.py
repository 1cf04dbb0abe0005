"""A list or tuple of what can be text: `str` is a `Sequence[str]` too, and passes by mistake."""

from collections.abc import Iterator
from typing import Protocol, SupportsIndex, TypeVar

T_co = TypeVar("T_co", covariant=True)


class Many(Protocol[T_co]):
    """A list or tuple, but no `str`: a type checker refuses `images="a.png"`."""

    def __contains__(self, value: object, /) -> bool:
        """Return True if a value is in it; a `str` takes none but a `str` here."""
        ...

    def __getitem__(self, index: SupportsIndex, /) -> T_co:
        """Return an item."""
        ...

    def __iter__(self) -> Iterator[T_co]:
        """Iterate over the items."""
        ...

    def __len__(self) -> int:
        """Return how many there are."""
        ...
