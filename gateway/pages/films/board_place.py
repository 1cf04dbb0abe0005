"""The place of a board: the address of its pages, and the storyboard that they show."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from gateway.kit.operation import Caller


@dataclass(frozen=True, slots=True)
class BoardPlace:
    """A board in an address.

    `frame` holds the template around its pages, and the values that this one shows.
    """

    path: str
    asset_id: str
    frame: Mapping[str, Any] = field(default_factory=dict)


FindPlace = Callable[[Request, Caller], Awaitable[BoardPlace]]
