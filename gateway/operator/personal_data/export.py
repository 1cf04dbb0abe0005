"""The export of an account: every row that belongs to its person, and the files they name."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import text

from gateway.kit.database.sessions import Database, Session
from gateway.media.inputs.input_files import build_file_key
from gateway.operator import accounts
from gateway.operator.acts import ActOutcome, OperatorOrder, OutcomeFields, perform_act
from gateway.operator.gateway_location import load_existing_settings, open_database
from gateway.operator.personal_data.archive import Rows, write_files, write_tables
from gateway.operator.personal_data.tables import build_owner_condition, load_tables
from gateway.storage import storage_from_url


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
        moment, tables = await read_account_rows(database, account_id)
    keys = list_file_keys(tables)
    fields: dict[str, object] = {
        "accountId": account_id,
        "tableRows": sum(len(rows) for rows in tables.values()),
        "files": len(keys),
    }
    if not order.dry_run:
        await asyncio.to_thread(write_tables, target, account_id, moment, tables)
        storage = storage_from_url(settings.storage_url)
        fields["missing"] = await write_files(storage, target / "files", keys)

    async def record(_session: Session) -> ActOutcome:
        return ActOutcome(target=account_id, after=fields)

    return await perform_act(order, "account.export", record)


async def read_account_rows(database: Database, account_id: str) -> tuple[int, dict[str, Rows]]:
    """Read the rows of an account from each table, and their moment; both of one snapshot.

    Columns that are withheld are not among them; those withheld only from some rows are null there.
    """
    tables: dict[str, Rows] = {}
    async with database.open_snapshot() as connection:
        moment: int = (await connection.execute(text("SELECT kt_now()"))).scalar_one()
        for name, rule in load_tables().items():
            if rule.get("exported"):
                answer = await connection.execute(text(_build_query(name)), {"account": account_id})
                tables[name] = [dict(row) for row in answer.mappings()]
    return moment, tables


def _build_query(table: str) -> str:
    """Build the query of the rows of `:account` in a table."""
    rule = load_tables()[table]
    columns = {column: f'"{column}"' for column in rule["exported"]}
    for condition, part in rule.get("withheld_where", {}).items():
        for column in part["columns"]:
            columns[column] = f'CASE WHEN NOT ({condition}) THEN "{column}" END AS "{column}"'
    owner = build_owner_condition(table, exported=True)
    return f'SELECT {", ".join(columns.values())} FROM "{table}" WHERE {owner}'  # noqa: S608 - our own file


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
