"""Operator commands: they work on the database itself."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Operator commands; they need the database.", no_args_is_help=True)
account = typer.Typer(help="Accounts.", no_args_is_help=True)
app.add_typer(account, name="account")

DataDir = Annotated[Path | None, typer.Option(help="Folder of database, files and secrets.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@account.command("create")
def create(
    credit_usd: Annotated[str, typer.Option(help="Credit to give, in dollars.")] = "0",
    mode: Annotated[str, typer.Option(help="test or live.")] = "test",
    label: Annotated[str, typer.Option(help="What the account is for.")] = "operator",
    data_dir: DataDir = None,
    *,
    as_json: Json = False,
) -> None:
    """Make an account with exactly this credit, and its first key."""
    from gateway import operator  # noqa: PLC0415 - the server is an extra

    if mode not in {"test", "live"}:
        sys.exit("--mode is test or live")
    try:
        made = asyncio.run(operator.create_account(data_dir, credit_usd, mode, label))
    except ValueError as error:
        sys.exit(f"--credit-usd {error}")
    if as_json:
        print(json.dumps(made))
    else:
        print(f"account {made['accountId']}\nkey     {made['apiKey']}")


@app.command("check")
def check(
    only: Annotated[str, typer.Option(help="One invariant, such as I06.")] = "",
    data_dir: DataDir = None,
    *,
    as_json: Json = False,
) -> None:
    """Check every invariant of ledger and jobs; exit 1 if one is broken."""
    from gateway import operator  # noqa: PLC0415 - the server is an extra

    findings = asyncio.run(operator.check(data_dir, only or None))
    if as_json:
        print(json.dumps({"ran": True, "findings": findings}))
    else:
        for finding in findings:
            print(f"{finding['id']}: {finding['text']}")
            for row in finding["rows"]:
                print(f"    {row}")
        print("clean" if not findings else f"{len(findings)} broken")
    sys.exit(1 if findings else 0)
