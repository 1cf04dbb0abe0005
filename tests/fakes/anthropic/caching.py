"""The provider's cache of prompts, as its documents describe it: prefixes that end at a mark.

A request reads the longest prefix that an earlier one wrote, if it ends at most 20 blocks before
one of its marks, and writes the rest up to its last mark. Prefixes under 1,024 tokens are not kept.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

MOST_MARKS, BLOCKS_BACK, LEAST_TOKENS, BYTES_A_TOKEN = 4, 20, 1_024, 4


class PromptUse(NamedTuple):
    """The tokens of a prompt: at the full price, read from the cache, written to it."""

    full: int
    read: int
    written: int


def use_cache(body: dict[str, Any], cached_prefixes: set[str]) -> PromptUse:
    """Return what a request pays, and keep the prefixes that it marks."""
    prefix = ""
    prefixes: list[str] = []
    marks: list[int] = []
    for block in _list_blocks(body):
        plain = {name: each for name, each in block.items() if name != "cache_control"}
        prefix += json.dumps(plain)
        if "cache_control" in block:
            marks.append(len(prefixes))
        prefixes.append(prefix)
    total = len(prefix) // BYTES_A_TOKEN
    reads = [
        prefixes[place]
        for mark in marks
        for place in range(max(0, mark - BLOCKS_BACK), mark + 1)
        if prefixes[place] in cached_prefixes
    ]
    written = [
        prefixes[mark] for mark in marks if len(prefixes[mark]) >= LEAST_TOKENS * BYTES_A_TOKEN
    ]
    cached_prefixes.update(written)
    read = max(map(len, reads), default=0) // BYTES_A_TOKEN
    end = max(map(len, written), default=0) // BYTES_A_TOKEN
    return PromptUse(total - max(read, end), read, max(0, end - read))


def count_marks(body: dict[str, Any]) -> int:
    """Return how many marks a request has; the provider takes at most four."""
    return sum("cache_control" in block for block in _list_blocks(body))


def _list_blocks(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from body.get("tools", [])
    contents = [body.get("system", []), *(message["content"] for message in body["messages"])]
    for content in contents:
        # The provider reads a plain string as one block of text.
        yield from [{"type": "text", "text": content}] if isinstance(content, str) else content
