"""`admin audit`: verify, head, list, export."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from killatamata.cli.operator_command import (
    DataDir,
    OperatorQuery,
    print_result,
    query_command,
    run_or_exit,
)
from killatamata.cli.print_options import AsJson, Jq, Quiet
from killatamata.cli.session import Session

app = typer.Typer(help="The audit log.", no_args_is_help=True)


@app.command("verify")
def verify_audit(
    *, data_dir: DataDir = None, as_json: AsJson = False, jq: Jq = None, quiet: Quiet = False
) -> None:
    """Recompute the hash chain; exit 1 if it is broken."""
    from gateway.operator import database_checks  # noqa: PLC0415 - the server is an extra

    report = run_or_exit(database_checks.verify_audit_log(data_dir))
    print_result(report, Session(as_json=as_json, jq=jq, quiet=quiet))
    sys.exit(1 if report["wrong"] else 0)


@app.command("head")
@query_command
def show_audit_head() -> OperatorQuery:
    """Print the number of rows and the hash of the last one; keep it elsewhere."""
    from gateway.operator import database_checks  # noqa: PLC0415 - the server is an extra

    return database_checks.get_audit_head


@app.command("list")
@query_command
def list_audit_rows(
    about: Annotated[
        str, typer.Option(help="A target, an actor, an action, or the noun of one, such as job.")
    ] = "",
    before: Annotated[int, typer.Option(min=0, help="Only rows below this number.")] = 0,
) -> OperatorQuery:
    """List the 50 newest rows."""
    from gateway.operator import database_checks  # noqa: PLC0415 - the server is an extra

    return lambda folder: database_checks.list_audit_entries(folder, about, before)


@app.command("export")
def export_audit(*, data_dir: DataDir = None) -> None:
    """Print every row, oldest first, one JSON object per line."""
    asyncio.run(_print_audit_rows(data_dir))


async def _print_audit_rows(data_dir: Path | None) -> None:
    from gateway.operator import database_checks  # noqa: PLC0415 - the server is an extra

    async for row in database_checks.stream_audit_rows(data_dir):
        print(json.dumps(row))
