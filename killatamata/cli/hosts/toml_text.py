"""Edits of TOML by tomlkit, which keeps comments and order."""

from collections.abc import MutableMapping, Sequence
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import InlineTable, Table

from killatamata.cli.hosts.unreadable import Unreadable
from killatamata.wire import JsonObject


def load(text: str) -> JsonObject:
    """Return the document in a text.

    Raises:
        Unreadable: it is not TOML.
    """
    return _parse(text).unwrap()


def set_entry(text: str, path: Sequence[str], entry: JsonObject) -> str:
    """Return the text with the table at a path set to `entry`.

    Raises:
        Unreadable: see `load`; or the path leads through something that is no table.
    """
    document = _parse(text)
    table: MutableMapping[str, Any] = document
    for key in path[:-1]:
        if key not in table:
            table[key] = tomlkit.table(is_super_table=True)
        table = table[key]
        if not isinstance(table, MutableMapping):
            raise Unreadable(f"{key} is no table")
    name = path[-1]
    if name in table and _unwrap(table[name]) == entry:
        return text
    is_inline = isinstance(table, InlineTable)
    table[name] = _build_inline_table(entry) if is_inline else _build_table(entry)
    after = tomlkit.dumps(document)
    # The blank line that parts our table from the next one is too much at the end of the file.
    is_last = after.endswith("\n\n") and [*document][-1] == path[0]
    return after.removesuffix("\n") if is_last and not text.endswith("\n\n") else after


def remove_entry(text: str, path: Sequence[str]) -> str:
    """Return the text without the table at a path, and without tables that it leaves empty."""
    document = _parse(text)
    tables: list[MutableMapping[str, Any]] = [document]
    for key in path[:-1]:
        inner = tables[-1].get(key)
        if not isinstance(inner, MutableMapping):
            return text
        tables.append(inner)
    if path[-1] not in tables[-1]:
        return text
    for table, key in zip(reversed(tables), reversed(path), strict=True):
        del table[key]
        if table:
            break
    return tomlkit.dumps(document)


def _parse(text: str) -> tomlkit.TOMLDocument:
    try:
        # Without a line end the next table would begin on the last line.
        return tomlkit.parse(text if not text or text.endswith("\n") else f"{text}\n")
    except TOMLKitError as error:
        raise Unreadable(str(error)) from None


def _build_table(entry: JsonObject) -> Table:
    table = tomlkit.table()
    for key, value in entry.items():
        table[key] = _build_inline_table(value) if isinstance(value, dict) else value
    table.add(tomlkit.nl())
    return table


def _build_inline_table(values: JsonObject) -> InlineTable:
    inline = tomlkit.inline_table()
    inline.update(values)
    return inline


def _unwrap(item: Any) -> object:  # noqa: ANN401 - an item of tomlkit
    return item.unwrap() if hasattr(item, "unwrap") else item
