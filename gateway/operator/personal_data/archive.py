"""The folder of an export: a page that explains it, a JSON file for each table, and the files."""

import asyncio
import inspect
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from gateway.kit.clock import to_iso
from gateway.kit.database.columns import Base
from gateway.library.inspection.inspector import sniff_format
from gateway.media.inputs.input_files import FILE_KEY
from gateway.operator.personal_data.tables import load_tables
from gateway.storage import KeyMissing, Storage

Rows: TypeAlias = Sequence[Mapping[str, Any]]
"""Rows of a table as the database has them: each table has its own columns."""

TIME_ENDINGS = ("_at", "_until", "_from", "_after")
SNIFFED_BYTES = 64
ENDINGS = {"JPEG": ".jpg", "matroska": ".mkv", "mov": ".mp4"}
GUIDE = "READ_ME.txt"
NOUN_END = re.compile(r"[.:;\n]")
GUIDE_TEXT = """\
The data of account {account_id}, as of {moment}.

tables/   What is recorded about you: a JSON file for each kind of record.
          A name that ends in _at is a time, in UTC. One that ends in _microusd is an amount of
          money in millionths of a US dollar: 20000 is $0.02. Records name each other by their ids.
files/    What you uploaded or had made. The `key` of a record in tables/asset.json or
          tables/job_output.json is the place of its file here; files/inputs/ has a folder for
          each record of tables/input_file.json.

The records:

{records}

Left out, and why:

{withheld}
"""


def write_tables(target: Path, account_id: str, moment: int, tables: Mapping[str, Rows]) -> None:
    """Write the tables that have rows into a new folder, and a page that explains them."""
    folder = target / "tables"
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700)
    for name, rows in tables.items():
        if rows:
            records = [{key: to_readable(key, row[key]) for key in row} for row in rows]
            document = json.dumps(records, indent=1, ensure_ascii=False)
            (folder / f"{name}.json").write_text(document + "\n")
    text = GUIDE_TEXT.format(
        account_id=account_id,
        moment=to_iso(moment),
        records="\n".join(_describe_records(tables)),
        withheld="\n".join(_describe_withheld()),
    )
    (target / GUIDE).write_text(text)


def to_readable(column: str, value: object) -> object:
    """Return a value as a person reads it: times in UTC, JSON as such, bytes in hexadecimal."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, str) and column.endswith("_json"):
        return json.loads(value)
    if isinstance(value, int) and (column == "at" or column.endswith(TIME_ENDINGS)):
        return to_iso(value)
    return value


def _describe_records(tables: Mapping[str, Rows]) -> Iterator[str]:
    meanings = {  # the noun that the docstring of a table opens with, not what only we need to know
        mapper.local_table.description: NOUN_END.split(inspect.getdoc(mapper.class_) or "")[0]
        for mapper in Base.registry.mappers
    }
    for name, rows in tables.items():
        if rows:
            yield f"  {name}.json ({len(rows)}): {meanings[name]}"


def _describe_withheld() -> Iterator[str]:
    """Yield a line for each table of which something is left out, the same for everybody."""
    for name, rule in load_tables().items():
        reasons: dict[str, list[str]] = {}
        for column, reason in rule.get("withheld", {}).items():
            reasons.setdefault(reason, []).append(column)
        for part in rule.get("withheld_where", {}).values():
            reasons.setdefault(f"in some records, {part['reason']}", []).extend(part["columns"])
        for reason, columns in reasons.items():
            yield f"  {name}: {', '.join(columns)} ({reason})"


async def write_files(storage: Storage, folder: Path, keys: Sequence[str]) -> list[str]:
    """Write files below a folder, under their storage keys; return the keys that are not stored.

    The key of an input has no ending, without which nothing opens its file; it is given one.
    """
    missing = []
    for key in keys:
        path = folder / key
        await asyncio.to_thread(path.parent.mkdir, mode=0o700, parents=True, exist_ok=True)
        try:
            await storage.fetch_to(key, path)
        except KeyMissing:
            missing.append(key)
            continue
        if FILE_KEY.fullmatch(key):
            await asyncio.to_thread(_add_ending, path)
    return missing


def _add_ending(path: Path) -> None:
    with path.open("rb") as file:
        sniffed = sniff_format(file.read(SNIFFED_BYTES))
    if sniffed is not None:
        name = sniffed[0]
        path.rename(path.with_name(f"{path.name}{ENDINGS.get(name, f'.{name.lower()}')}"))
