"""Operator commands: they work on the database itself."""

import sys
from typing import Annotated, Any

import typer

from killatamata.cli import providers
from killatamata.cli.admin import (
    accounts,
    affiliates,
    audit,
    backups,
    codes,
    deliveries,
    invoices,
    jobs,
    keys,
    nodes,
    operators,
    outbox,
    payments,
    plans,
    shares,
    spending,
    teams,
    top_ups,
)
from killatamata.cli.operator_command import (
    DataDir,
    OperatorQuery,
    print_result,
    query_command,
    run_or_exit,
)
from killatamata.cli.print_options import AsJson, Jq, Quiet
from killatamata.cli.session import Session

app = typer.Typer(help="Operator commands; they need the database.", no_args_is_help=True)
app.add_typer(accounts.app, name="account")
app.add_typer(operators.app, name="operator")
app.add_typer(teams.app, name="team")
app.add_typer(keys.app, name="key")
app.add_typer(jobs.app, name="job")
app.add_typer(plans.app, name="plan")
app.add_typer(plans.prices, name="prices")
app.add_typer(shares.app, name="share")
app.add_typer(deliveries.app, name="delivery")
app.add_typer(nodes.app, name="node")
app.add_typer(audit.app, name="audit")
app.add_typer(outbox.app, name="outbox")
app.add_typer(payments.app, name="payments")
app.add_typer(payments.events, name="event")
app.add_typer(invoices.app, name="invoice")
app.add_typer(top_ups.app, name="topup")
for name, commands in providers.ADMIN.items():
    app.add_typer(commands, name=name)
app.add_typer(codes.app, name="code")
app.add_typer(affiliates.app, name="affiliate")
app.add_typer(affiliates.payouts, name="payout")
app.command("backup")(backups.backup)
app.command("restore")(backups.restore)
app.command("refund")(payments.refund_purchase)
app.command("reconcile")(payments.reconcile_provider)
app.command("usage")(spending.list_usage)
app.command("statement")(spending.show_statement)


@app.command("status")
@query_command
def status() -> OperatorQuery:
    """Show queues, held money, what was given up, and the nodes."""
    from gateway.operator import overview  # noqa: PLC0415 - the server is an extra

    return overview.get_overview


@app.command("check")
def check(
    only: Annotated[str, typer.Option(help="One invariant, such as I06.")] = "",
    *,
    storage: Annotated[
        bool,
        typer.Option("--storage", help="Also check that every file exists; list those of no row."),
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
    jq: Jq = None,
    quiet: Quiet = False,
) -> None:
    """Check every invariant of ledger and jobs; exit 1 if any is broken."""
    from gateway import operator  # noqa: PLC0415 - the server is an extra
    from gateway.operator import database_checks  # noqa: PLC0415

    findings = run_or_exit(operator.check_invariants(data_dir, only or None))
    report: dict[str, Any] = {"ran": True, "findings": findings}
    orphans = []
    if storage:
        findings += run_or_exit(database_checks.check_storage(data_dir))
        report["orphans"] = orphans = run_or_exit(database_checks.list_orphan_files(data_dir))
    session = Session(as_json=as_json, jq=jq, quiet=quiet)
    if session.as_json:
        print_result(report, session)
    elif quiet:
        print_result(findings, session)
    else:
        for finding in findings:
            print(f"{finding['id']}: {finding['text']}")
            for row in finding["rows"]:
                print(f"    {row}")
        for orphan in orphans:
            print(f"no row names {orphan['key']}: {orphan['bytes']} bytes, {orphan['storedAt']}")
        print("clean" if not findings else f"{len(findings)} broken")
    sys.exit(1 if findings else 0)
