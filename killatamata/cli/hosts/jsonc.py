"""Edits of JSON with comments: one member is set or removed, every other byte stays.

People write comments and trailing commas into the settings of their hosts, so a file is not parsed
and written anew: an edit replaces only the part of the member.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from killatamata.cli.hosts.jsonc_parser import Member, Value, parse_document
from killatamata.cli.hosts.unreadable import Unreadable
from killatamata.wire import JsonObject

LINE_REST = re.compile(r"[ \t]*(?:/\*[^\n]*?\*/[ \t]*)*(?://[^\r\n]*)?(?=\r?\n)")
DEFAULT_INDENT, BLANKS_AND_COMMA = "  ", " \t\r\n,"


def load(text: str) -> JsonObject:
    """Return the object in a text; empty if there is nothing in it.

    Raises:
        Unreadable: it is not an object in JSON with comments.
    """
    root = _parse_root(text)
    return {} if root is None else root.data


def set_value(text: str, path: Sequence[str], value: object) -> str:
    """Return the text with the value at a path set.

    Raises:
        Unreadable: see `load`; or the path leads through something that is not an object.
    """
    root = _parse_root(text)
    if root is None:
        return json.dumps(_nest(path, value), indent=2, ensure_ascii=False) + "\n"
    layout = _Layout(text, root)
    node = root
    for depth, key in enumerate(path):
        if node.members is None:
            raise Unreadable(f"{path[depth - 1]} is not an object")
        member = node.find_member(key)
        if member is None:
            return layout.insert(node, key, _nest(path[depth + 1 :], value))
        node = member.value
    return text if node.data == value else layout.replace(node, value)


def remove_value(text: str, path: Sequence[str]) -> str:
    """Return the text without the value at a path, and without objects that it leaves empty."""
    root = _parse_root(text)
    chain: list[tuple[Value, Member]] = []
    node = root
    for key in path:
        member = node.find_member(key) if node is not None else None
        if node is None or member is None:
            return text
        chain.append((node, member))
        node = member.value
    while len(chain) > 1 and _is_alone(text, *chain[-1]):
        chain.pop()
    return _cut(text, *chain[-1])


def _parse_root(text: str) -> Value | None:
    if not text.strip():
        return None
    root = parse_document(text)
    if root.members is None:
        raise Unreadable("line 1: it is not an object")
    return root


def _is_alone(text: str, node: Value, member: Member) -> bool:
    """Return True if there is nothing else in an object, no comment either."""
    around = text[node.start + 1 : member.start] + text[member.value.end : node.end - 1]
    return len(node.members or ()) == 1 and not around.strip(BLANKS_AND_COMMA)


def _nest(path: Sequence[str], value: object) -> Any:  # noqa: ANN401 - whatever JSON holds
    for key in reversed(path):
        value = {key: value}
    return value


class _Layout:
    """The indentation and the line ends of a text, for what is put into it."""

    def __init__(self, text: str, root: Value) -> None:
        self.text = text
        self.newline = "\r\n" if "\r\n" in text else "\n"
        first = root.members[0] if root.members else None
        self.unit = (first and self._get_indent(first.start)) or DEFAULT_INDENT

    def replace(self, node: Value, data: object) -> str:
        indent = self._get_indent(node.start)
        return self.text[: node.start] + self._render(data, indent) + self.text[node.end :]

    def insert(self, node: Value, key: str, data: object) -> str:
        """Insert a member behind the others of an object."""
        members = node.members or []
        if not members:
            return self._insert_first(node, key, data)
        last = members[-1]
        if "\n" not in self.text[node.start : members[0].start]:  # all on one line
            words = f", {json.dumps(key)}: {json.dumps(data, ensure_ascii=False)}"
            return self.text[: last.value.end] + words + self.text[last.value.end :]
        # The new member goes behind a comment on the last one's line, which speaks of that one.
        end = last.value.end if last.comma is None else last.comma + 1
        rest = LINE_REST.match(self.text, end)
        place = rest.end() if rest else end
        indent = self._get_indent(members[0].start)
        comma, trailing = (",", "") if last.comma is None else ("", ",")
        member = f"{self.newline}{indent}{self._render_member(key, data, indent)}{trailing}"
        return self.text[:end] + comma + self.text[end:place] + member + self.text[place:]

    def _insert_first(self, node: Value, key: str, data: object) -> str:
        outer = self._get_indent(node.start)
        indent = outer + self.unit
        member = f"{self.newline}{indent}{self._render_member(key, data, indent)}"
        inner = self.text[node.start + 1 : node.end - 1]
        place = node.start + 1 + len(inner.rstrip())
        tail = self.text[place:]
        if "\n" not in inner[len(inner.rstrip()) :]:
            tail = self.newline + outer + self.text[node.end - 1 :]
        return self.text[:place] + member + tail

    def _render_member(self, key: str, data: object, indent: str) -> str:
        return f"{json.dumps(key)}: {self._render(data, indent)}"

    def _render(self, data: object, indent: str) -> str:
        lines = json.dumps(data, indent=self.unit, ensure_ascii=False).split("\n")
        return f"{self.newline}{indent}".join(lines)

    def _get_indent(self, place: int) -> str:
        """Return the blanks at the beginning of a line."""
        line = self.text[self.text.rfind("\n", 0, place) + 1 : place]
        return line[: len(line) - len(line.lstrip())]


def _cut(text: str, node: Value, member: Member) -> str:
    """Cut a member out of its object, with its own line and one comma."""
    members: list[Any] = node.members or []
    index = next(at for at, each in enumerate(members) if each is member)
    start, end = member.start, member.value.end
    blanks = text[: member.start].rstrip(" \t")
    rest = text[end if member.comma is None else member.comma + 1 :]
    if blanks.endswith("\n") and LINE_REST.match(rest):
        start = len(blanks.removesuffix("\n").removesuffix("\r"))
    elif blanks.endswith(","):
        start = len(blanks)
    if member.comma is not None:
        end = member.comma + 1
    kept = text[:start]
    previous = members[index - 1] if index else None
    if previous is not None and member.comma is None:  # it was the last: no comma is left behind
        kept = text[: previous.comma] + text[previous.comma + 1 : start]
    rest = text[end:]
    if len(members) == 1 and not text[node.start + 1 : start].strip() and rest.lstrip()[:1] == "}":
        return text[: node.start + 1] + rest.lstrip()
    return kept + rest
