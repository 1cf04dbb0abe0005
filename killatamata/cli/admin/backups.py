"""`admin backup` and `admin restore`."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from killatamata.cli.operator_command import (
    DataDir,
    DryRun,
    OperatorChange,
    Reason,
    change_command,
    print_result,
    run_or_exit,
)
from killatamata.cli.print_options import AsJson, Jq, Quiet
from killatamata.cli.session import Session

Programs = Annotated[
    Path | None,
    typer.Option("--pg-bin", help="Folder of pg_dump and pg_restore, not older than the server."),
]
Keep = Annotated[
    int, typer.Option(min=0, help="Keep only this many backups, the newest; 0 keeps all.")
]


def backup(
    target: Annotated[Path, typer.Argument(metavar="TO", help="The folder of backups.")],
    *,
    keep: Keep = 0,
    pg_bin: Programs = None,
    reason: Reason = "backup",
    data_dir: DataDir = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    jq: Jq = None,
    quiet: Quiet = False,
) -> None:
    """Back up the database and the files it names; exit 1 if something is lost or damaged.

    That is a file which is new since the last backup, or the list of an older backup. `admin check
    --storage` looks for all files.
    """
    from gateway.operator.acts import OperatorOrder  # noqa: PLC0415 - the server is an extra
    from gateway.operator.backups.backup import create_backup  # noqa: PLC0415

    order = OperatorOrder(where=data_dir, reason=reason, dry_run=dry_run)
    made = run_or_exit(create_backup(order, target, keep=keep, programs_folder=pg_bin))
    print_result(made, Session(as_json=as_json, jq=jq, quiet=quiet))
    sys.exit(1 if any(made.get(name) for name in ("lost", "damaged", "damagedBackups")) else 0)


@change_command("restored from a backup")
def restore(
    source: Annotated[
        Path, typer.Argument(metavar="FROM", help="A backup, or a folder of backups: the newest.")
    ],
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Only check every hash of the backup.")
    ] = False,
    only: Annotated[
        Literal["database", "files"] | None,
        typer.Option(help="Restore only the database, or only the files."),
    ] = None,
    pg_bin: Programs = None,
) -> OperatorChange:
    """Restore a backup into an empty database and an empty storage."""
    from gateway.operator.backups import restore as restoring  # noqa: PLC0415 - the server is an extra

    if check:
        return lambda _order: restoring.check_backup(source, pg_bin)
    return lambda order: restoring.restore_backup(order, source, only=only, programs_folder=pg_bin)
