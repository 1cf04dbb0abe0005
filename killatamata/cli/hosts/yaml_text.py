"""Edits of YAML: lines of one value are inserted or cut out, every other line stays.

PyYAML writes no comments, so it only tells where each node stands, and renders the new lines.
"""

from collections.abc import Sequence
from typing import Any

import yaml

from killatamata.cli.hosts.unreadable import Unreadable
from killatamata.wire import JsonObject

INDENT, WIDTH = 2, 1_000
Pair = tuple[yaml.Node, yaml.Node]


def load(text: str) -> JsonObject:
    """Return the mapping in a text; empty if there is nothing in it.

    Raises:
        Unreadable: it is not a mapping in YAML.
    """
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise Unreadable(str(error)) from None
    if not isinstance(document, dict | None):
        raise Unreadable("line 1: it is not a mapping")
    return document or {}


def set_value(text: str, path: Sequence[str], value: object) -> str:
    """Return the text with the value at a path set.

    Raises:
        Unreadable: see `load`; or the path leads through something that is not a mapping.
    """
    lines = _end_lines(text)
    if (found := _find_pair(text, path)) and not _find_parent(text, path).flow_style:
        first, end = _find_span(lines, found)
        new = _render({path[-1]: value}, found[0].start_mark.column)
        return "".join([*lines[:first], *new, *lines[end:]])
    if len(path) == 1:
        return "".join([*lines, *_render({path[0]: value}, 0)])
    parent = _find_pair(text, path[:-1])
    if parent is None:
        return set_value(text, path[:-1], {path[-1]: value})
    key, values = parent
    if isinstance(values, yaml.MappingNode) and not values.flow_style:
        at = key.end_mark.line + 1
        new = _render({path[-1]: value}, values.start_mark.column)
        return "".join([*lines[:at], *new, *lines[at:]])
    return _rewrite_as_block(text, path, value, parent)


def remove_value(text: str, path: Sequence[str]) -> str:
    """Return the text without the value at a path, and without a mapping that it leaves empty.

    Raises:
        Unreadable: it stands in braces, whose lines others share.
    """
    found = _find_pair(text, path)
    if found is None:
        return text
    parent = _find_parent(text, path)
    if parent.flow_style:
        raise Unreadable(f"{path[-1]} is in braces")
    lines = _end_lines(text)
    first, end = _find_span(lines, found)
    holder = _find_pair(text, path[:-1]) if len(parent.value) == 1 else None
    if holder is None:
        return "".join([*lines[:first], *lines[end:]])
    key = holder[0]
    around = [*lines[key.start_mark.line : first], *lines[end : parent.end_mark.line]]
    if not any("#" in line for line in around):
        return remove_value(text, path[:-1])
    # The comments of the others stay, below a mapping that is empty.
    at, column = key.end_mark.line, key.end_mark.column
    before, colon, after = lines[at][column:].partition(":")
    lines[at] = f"{lines[at][:column]}{before}{colon} {{}}{after}"
    return "".join([*lines[:first], *lines[end:]])


def _rewrite_as_block(text: str, path: Sequence[str], value: object, parent: Pair) -> str:
    """Set a value in a mapping that is empty or in braces, which is written anew in lines.

    Raises:
        Unreadable: there are comments in the braces, or it is not a mapping.
    """
    key, values = parent
    others: Any = load(text)
    for name in path[:-1]:
        others = others[name]
    if not isinstance(others, dict | None):
        raise Unreadable(f"{path[-2]} is not a mapping")
    first, last = values.start_mark, values.end_mark
    if first.line < last.line and "#" in text[first.index : last.index]:
        raise Unreadable(f"{path[-2]} is in braces with comments")
    lines = _end_lines(text)
    head = lines[first.line][: first.column].rstrip() + lines[last.line][last.column :]
    block = _render({**(others or {}), path[-1]: value}, key.start_mark.column + INDENT)
    return "".join([*lines[: first.line], head, *block, *lines[last.line + 1 :]])


def _find_span(lines: Sequence[str], pair: Pair) -> tuple[int, int]:
    """Return the first line and the end of a pair, without blank lines and comments behind it."""
    key, value = pair
    first, end = key.start_mark.line, value.end_mark.line
    if not _is_block(value):
        end += 1  # it ends within this line; a block ends where the next one begins
    end = max(end, key.end_mark.line + 1)
    while end > first + 1 and lines[end - 1].strip()[:1] in {"", "#"}:
        end -= 1
    return first, end


def _is_block(value: yaml.Node) -> bool:
    if isinstance(value, yaml.ScalarNode):
        return value.style in {"|", ">"}
    return isinstance(value, yaml.CollectionNode) and not value.flow_style


def _find_parent(text: str, path: Sequence[str]) -> yaml.MappingNode:
    node = pair[1] if (pair := _find_pair(text, path[:-1])) else _compose(text)
    assert isinstance(node, yaml.MappingNode)  # noqa: S101 - a pair was found in it
    return node


def _find_pair(text: str, path: Sequence[str]) -> Pair | None:
    node, found = _compose(text), None
    for name in path:
        if not isinstance(node, yaml.MappingNode):
            return None
        found = next((pair for pair in node.value if pair[0].value == name), None)
        if found is None:
            return None
        node = found[1]
    return found


def _compose(text: str) -> yaml.Node | None:
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise Unreadable(str(error)) from None
    return node


def _render(values: JsonObject, column: int) -> list[str]:
    text: str = yaml.safe_dump(
        values, sort_keys=False, indent=INDENT, allow_unicode=True, width=WIDTH
    )
    return [f"{' ' * column}{line}" for line in text.splitlines(keepends=True)]


def _end_lines(text: str) -> list[str]:
    """Return the lines, of which the last one has an end too."""
    lines = text.splitlines(keepends=True)
    return lines if text.endswith("\n") or not lines else [*lines[:-1], f"{lines[-1]}\n"]
