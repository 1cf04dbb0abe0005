"""Edits of TOML: tables are added and cut out by their lines, and tomlkit changes values in place.

tomlkit counts every comment up to the next header to a table, also those that speak of the next
one. So a table that is cut out ends at its last value, and a new one begins behind one.
"""

import tomllib
from collections.abc import Iterator, MutableMapping, Sequence
from itertools import pairwise
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import InlineTable, Table

from killatamata.cli.hosts.unreadable import Unreadable
from killatamata.wire import JsonObject

TABLE_DEPTH = 2  # a table at a deeper path is written on one line


def load(text: str) -> JsonObject:
    """Return the document in a text.

    Raises:
        Unreadable: it is not TOML.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Unreadable(str(error)) from None


def set_value(text: str, path: Sequence[str], value: object) -> str:
    """Return the text with the value at a path set.

    Raises:
        Unreadable: see `load`; or the path leads through something that is not a table.
    """
    parents = _find_tables(text, path[:-1])
    is_new = len(parents) < len(path) or path[-1] not in parents[-1]
    if any(isinstance(each, InlineTable) for each in parents) or not is_new:
        return _change(text, path, value)
    lines = _end_lines(text)
    spans = [*_list_spans(lines, path[:-1])]
    if isinstance(value, dict) and len(path) <= TABLE_DEPTH:
        new = _render_table(path, value)
        if not spans:
            return "".join([*lines, *["\n"][: len(lines)], *new])
        place = spans[-1][1]
        return "".join([*lines[:place], "\n", *new, *lines[place:]])
    if not spans:
        return _change(text, path, value)
    place = spans[0][1]
    return "".join([*lines[:place], *_render_values({path[-1]: value}), *lines[place:]])


def remove_value(text: str, path: Sequence[str]) -> str:
    """Return the text without the value at a path; comments behind it stay."""
    lines = _end_lines(text)
    if not (spans := [*_list_spans(lines, path)]):
        return _delete(text, path)
    for first, end in reversed(spans):
        # With the blank line that parts it from what is before, as `set_value` adds one.
        is_parted = first > 0 and not lines[first - 1].strip()
        del lines[first - is_parted : end]
    return "".join(lines)


def _change(text: str, path: Sequence[str], value: object) -> str:
    """Change a value in place, which leaves its comment where it is."""
    document = _parse(text)
    table: MutableMapping[str, Any] = document
    for key in path[:-1]:
        table = table.setdefault(key, tomlkit.table(is_super_table=True))
    earlier = table.get(path[-1])
    if isinstance(earlier, Table) and isinstance(value, dict):
        for key in [key for key in earlier if key not in value]:
            del earlier[key]
        earlier.update(value)
    else:
        table[path[-1]] = _build_inline_table(value) if isinstance(value, dict) else value
    return tomlkit.dumps(document)


def _delete(text: str, path: Sequence[str]) -> str:
    document = _parse(text)
    table: MutableMapping[str, Any] = document
    for key in path[:-1]:
        inner = table.get(key)
        if not isinstance(inner, MutableMapping):
            return text
        table = inner
    if path[-1] not in table:
        return text
    del table[path[-1]]
    return tomlkit.dumps(document)


def _find_tables(text: str, path: Sequence[str]) -> list[MutableMapping[str, Any]]:
    """Return the document and the tables on a path, as far as they exist.

    Raises:
        Unreadable: it is not TOML, or something on the path is not a table.
    """
    found: list[MutableMapping[str, Any]] = [_parse(text)]
    for key in path:
        if key not in found[-1]:
            break
        inner = found[-1][key]
        if not isinstance(inner, MutableMapping):
            raise Unreadable(f"{key} is not a table")
        found.append(inner)
    return found


def _parse(text: str) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise Unreadable(str(error)) from None


def _list_spans(lines: Sequence[str], path: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield first line and end of each table at a path or below, without comments behind it."""
    headers = [(at, key) for at, line in enumerate(lines) if (key := _read_header(line))]
    for (first, key), (stop, _) in pairwise([*headers, (len(lines), ())]):
        if key[: len(path)] != tuple(path):
            continue
        end = stop
        while lines[end - 1].strip()[:1] in {"", "#"}:
            end -= 1
        yield first, end


def _read_header(line: str) -> tuple[str, ...]:
    """Return the path of the table that begins on a line; empty if none does."""
    if not line.lstrip().startswith("["):
        return ()
    try:
        found: object = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return ()
    path: list[str] = []
    while found:
        found = found[0] if isinstance(found, list) else found
        if not isinstance(found, dict) or not found:
            break
        ((key, found),) = found.items()
        path.append(key)
    return tuple(path)


def _render_table(path: Sequence[str], values: JsonObject) -> list[str]:
    return [f"[{tomlkit.key([*path]).as_string()}]\n", *_render_values(values)]


def _render_values(values: JsonObject) -> list[str]:
    document = tomlkit.document()
    for key, value in values.items():
        document[key] = _build_inline_table(value) if isinstance(value, dict) else value
    return tomlkit.dumps(document).splitlines(keepends=True)


def _build_inline_table(values: JsonObject) -> InlineTable:
    inline = tomlkit.inline_table()
    inline.update(values)
    return inline


def _end_lines(text: str) -> list[str]:
    """Return the lines, of which the last one has an end too."""
    return [f"{line}\n" for line in text.removesuffix("\n").split("\n")] if text else []
