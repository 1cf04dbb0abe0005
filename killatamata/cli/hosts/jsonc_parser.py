"""A parser of JSON with comments that notes where each value and member stands."""

import json
import re
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]  # the scanner of `json` itself
from typing import Any

from killatamata.cli.hosts.unreadable import Unreadable

BLANKS = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
SCALAR = re.compile(r"[^\s,\]}/]*")


@dataclass(slots=True)
class Value:
    """A value and its place; `members` is None unless it is an object."""

    start: int
    end: int
    data: Any
    members: "list[Member] | None" = None

    def find_member(self, key: str) -> "Member | None":
        """Return the member that counts for readers: the last of this key."""
        members = self.members or []
        return next((each for each in reversed(members) if each.key == key), None)


@dataclass(slots=True)
class Member:
    """A member of an object, from its key on; `comma` is the place of the comma behind it."""

    key: str
    start: int
    value: Value
    comma: int | None = None


def parse_document(text: str) -> Value:
    """Parse a whole text.

    Raises:
        Unreadable: it is not JSON with comments; the message names the line.
    """
    parser = _Parser(text)
    value = parser.parse_value()
    if parser.peek():
        raise parser.build_error("there is something behind the value")
    return value


@dataclass(slots=True)
class _Parser:
    text: str
    at: int = 0

    def peek(self) -> str:
        """Return the next character that counts, and stand before it; empty at the end."""
        blanks = BLANKS.match(self.text, self.at)
        self.at = blanks.end() if blanks else self.at
        return self.text[self.at : self.at + 1]

    def build_error(self, problem: str) -> Unreadable:
        line = self.text.count("\n", 0, self.at) + 1
        return Unreadable(f"line {line}: {problem}")

    def parse_value(self) -> Value:
        first, start = self.peek(), self.at
        if first == "{":
            members = self._parse_members()
            data = {each.key: each.value.data for each in members}
            return Value(start, self.at, data, members)
        if first == "[":
            items = self._parse_items()
            return Value(start, self.at, [each.data for each in items])
        if first == '"':
            string = self._parse_string()
            return Value(start, self.at, string)
        word = SCALAR.match(self.text, start)
        try:
            scalar = json.loads(word[0] if word else "")
        except ValueError:
            raise self.build_error("a value is missing here") from None
        self.at = start + len(word[0] if word else "")
        return Value(start, self.at, scalar)

    def _parse_string(self) -> str:
        try:
            string, self.at = scanstring(self.text, self.at + 1, True)  # noqa: FBT003 - strict
        except ValueError as error:
            raise self.build_error(str(error)) from None
        return str(string)

    def _parse_members(self) -> list[Member]:
        members: list[Member] = []
        self.at += 1
        while self.peek() != "}":
            start = self.at
            if self.peek() != '"':
                raise self.build_error("the name of a member is missing here")
            key = self._parse_string()
            self._take(":")
            member = Member(key, start, self.parse_value())
            members.append(member)
            member.comma = self._take_comma("}")
        self.at += 1
        return members

    def _parse_items(self) -> list[Value]:
        items: list[Value] = []
        self.at += 1
        while self.peek() != "]":
            items.append(self.parse_value())
            self._take_comma("]")
        self.at += 1
        return items

    def _take(self, character: str) -> None:
        if self.peek() != character:
            raise self.build_error(f"{character} is missing here")
        self.at += 1

    def _take_comma(self, closer: str) -> int | None:
        """Pass the comma behind an item and return its place; the last item may have none."""
        if self.peek() == closer:
            return None
        self._take(",")
        return self.at - 1
