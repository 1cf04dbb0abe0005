"""The export of an account: every row that belongs to its person, and the files they name."""

import asyncio
import json
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from sqlalchemy import text

from gateway.kit.database.sessions import Database, Session
from gateway.media.inputs.input_files import build_file_key
from gateway.operator import accounts
from gateway.operator.acts import ActOutcome, OperatorOrder, OutcomeFields, perform_act
from gateway.operator.gateway_location import load_existing_settings, open_database
from gateway.storage import KeyMissing, Storage, storage_from_url

CUSTOMER = "SELECT id FROM ledger_account WHERE owner_id = :account AND kind = 'customer'"
Rows = Sequence[Mapping[str, Any]]
"""Rows of a table as the database has them: each table has its own columns."""


@cache
def load_tables() -> Mapping[str, Mapping[str, Any]]:
    """Load what an export takes from each table, and what an erasure leaves in it."""
    source = resources.files("gateway.operator.personal_data") / "tables.toml"
    return tomllib.loads(source.read_text())


async def export_account(order: OperatorOrder, account: str, target: Path) -> OutcomeFields:
    """Write all rows and files of an account to a new folder; return how many.

    Raises:
        ValueError: the folder is not empty.
        LookupError: there is no such account.
    """
    if not isinstance(order.where, Path | None):
        raise TypeError("an export is made by command, not by a serving gateway")
    if await asyncio.to_thread(lambda: target.exists() and any(target.iterdir())):
        raise ValueError(f"{target} is not empty: give a new folder")
    account_id = (await accounts.get_account_details(order.where, account))["accountId"]
    settings = load_existing_settings(order.where)
    async with open_database(settings, create=False) as database:
        tables = await read_account_rows(database, account_id)
    keys = list_file_keys(tables)
    fields: dict[str, object] = {
        "accountId": account_id,
        "tableRows": sum(len(rows) for rows in tables.values()),
        "files": len(keys),
    }
    if not order.dry_run:
        await asyncio.to_thread(_write_tables, target, tables)
        storage = storage_from_url(settings.storage_url)
        fields["missing"] = await _write_files(storage, target / "files", keys)

    async def record(_session: Session) -> ActOutcome:
        return ActOutcome(target=account_id, after=fields)

    return await perform_act(order, "account.export", record)


async def read_account_rows(database: Database, account_id: str) -> dict[str, Rows]:
    """Read the rows of an account from each table, without the columns that are withheld."""
    tables: dict[str, Rows] = {}
    async with database.read() as snapshot:
        for name, rule in load_tables().items():
            if not rule.get("exported"):
                continue
            columns = ", ".join(f'"{column}"' for column in rule["exported"])
            owner = rule["owner"].replace("{customer}", CUSTOMER)
            statement = f'SELECT {columns} FROM "{name}" WHERE {owner}'  # noqa: S608 - our own file
            answer = await snapshot.execute(text(statement), {"account": account_id})
            tables[name] = [dict(row) for row in answer.mappings()]
    return tables


def list_file_keys(tables: Mapping[str, Rows]) -> list[str]:
    """List the storage keys of the files that exported rows name: results, posters, assets, inputs.

    Previews are not among them: they are smaller copies.
    """
    outputs = [row for row in tables["job_output"] if row["deleted_at"] is None]
    assets = [row for row in tables["asset"] if row["purged_at"] is None]
    named = [row[column] for row in outputs for column in ("key", "poster_key")]
    named += [row["key"] for row in assets]
    named += [build_file_key(row["id"]) for row in tables["input_file"]]
    return [key for key in named if key]


def _write_tables(target: Path, tables: Mapping[str, Rows]) -> None:
    folder = target / "tables"
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700)
    for name, rows in tables.items():
        if rows:
            document = json.dumps(rows, indent=1, ensure_ascii=False, default=bytes.hex)
            (folder / f"{name}.json").write_text(document + "\n")


async def _write_files(storage: Storage, folder: Path, keys: Sequence[str]) -> list[str]:
    """Write files below a folder, under their storage keys; return the keys that are not stored."""
    missing = []
    for key in keys:
        path = folder / key
        await asyncio.to_thread(path.parent.mkdir, mode=0o700, parents=True, exist_ok=True)
        try:
            await storage.fetch_to(key, path)
        except KeyMissing:
            missing.append(key)
    return missing
