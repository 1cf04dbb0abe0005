"""Edits of YAML: lines of one entry are inserted or cut out, every other line stays.

PyYAML writes no comments, so it only tells where each node stands, and renders the new lines.
"""

from collections.abc import Sequence
from typing import cast

import yaml

from killatamata.cli.hosts.unreadable import Unreadable
from killatamata.wire import JsonObject

INDENT, WIDTH = 2, 1_000
Pair = tuple[yaml.Node, yaml.Node]


def load(text: str) -> JsonObject:
    """Return the mapping in a text; empty if there is nothing in it.

    Raises:
        Unreadable: it is no mapping in YAML.
    """
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise Unreadable(str(error)) from None
    if not isinstance(document, dict | None):
        raise Unreadable("line 1: it is no mapping")
    return document or {}


def set_entry(text: str, path: Sequence[str], entry: JsonObject) -> str:
    """Return the text with the entry at a path of two keys set.

    Raises:
        Unreadable: see `load`.
    """
    section, name = path
    entries = load(text).get(section) or {}
    if not isinstance(entries, dict):
        raise Unreadable(f"{section} is no mapping")
    if entries.get(name) == entry:
        return text
    if name in entries:
        text = _cut(text, path)
    lines = text.splitlines(keepends=True)
    found = _find_pair(text, (section,))
    if found is None:
        block = _render({section: {name: entry}}, 0)
        return "".join([*_end_lines(lines), *block])
    key, value = found
    if isinstance(value, yaml.MappingNode) and not value.flow_style and value.value:
        at = key.end_mark.line + 1
        return "".join([*lines[:at], *_render({name: entry}, value.start_mark.column), *lines[at:]])
    # A section in braces, or an empty one, is written anew as a block.
    others = cast("JsonObject", load(text)[section] or {})
    first, end = key.start_mark.line, value.end_mark.line + 1
    return "".join([*lines[:first], *_render({section: {**others, name: entry}}, 0), *lines[end:]])


def remove_entry(text: str, path: Sequence[str]) -> str:
    """Return the text without the entry at a path, and without a section that it leaves empty."""
    section, name = path
    entries = load(text).get(section)
    if not isinstance(entries, dict) or name not in entries:
        return text
    return _cut(text, path if len(entries) > 1 else (section,))


def _cut(text: str, path: Sequence[str]) -> str:
    """Cut out the lines of a pair; blank lines and comments behind it stay."""
    found = _find_pair(text, path)
    if found is None:
        return text
    key, value = found
    lines = text.splitlines(keepends=True)
    first, end = key.start_mark.line, max(value.end_mark.line, key.end_mark.line + 1)
    while end > first + 1 and lines[end - 1].strip()[:1] in {"", "#"}:
        end -= 1
    return "".join([*lines[:first], *lines[end:]])


def _find_pair(text: str, path: Sequence[str]) -> Pair | None:
    node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    found: Pair | None = None
    for name in path:
        if not isinstance(node, yaml.MappingNode):
            return None
        found = next((pair for pair in node.value if pair[0].value == name), None)
        if found is None:
            return None
        node = found[1]
    return found


def _render(entry: JsonObject, column: int) -> list[str]:
    text: str = yaml.safe_dump(
        entry, sort_keys=False, indent=INDENT, allow_unicode=True, width=1000
    )
    return [f"{' ' * column}{line}" for line in text.splitlines(keepends=True)]


def _end_lines(lines: list[str]) -> list[str]:
    """Return the lines with an end of the last one."""
    if not lines or lines[-1].endswith("\n"):
        return lines
    return [*lines[:-1], f"{lines[-1]}\n"]
