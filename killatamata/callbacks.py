"""Callbacks of waits: plain functions, and in the asynchronous client coroutines too."""

from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import TypeAlias, TypeVar

V = TypeVar("V")
Callback: TypeAlias = Callable[[V], object]
"""A function that gets what has changed; what it returns is ignored."""
AsyncCallback: TypeAlias = Callable[[V], Awaitable[object] | object]
"""A function that gets what has changed; if it returns an awaitable, that is awaited."""
Fetch: TypeAlias = Callable[[int, int], V]
"""A read that takes the seconds of its long poll and the version that is known."""
AsyncFetch: TypeAlias = Callable[[int, int], Awaitable[V]]
"""The same, to be awaited."""


def call_blocking(callback: Callback[V] | None, value: V) -> None:
    """Call a callback, if there is one."""
    if callback is not None:
        callback(value)


async def call_async(callback: AsyncCallback[V] | None, value: V) -> None:
    """Call a callback, if there is one, and await what it returns."""
    if callback is not None and isawaitable(answer := callback(value)):
        await answer
