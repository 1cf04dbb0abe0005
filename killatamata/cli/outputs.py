"""`outputs`: results of the account are listed, searched, starred, named, deleted and restored."""

from collections.abc import Sequence
from typing import Annotated

import typer

from killatamata.cli.session import Session, command
from killatamata.cli.terminal import output, print_table, to_plain_text, to_short_time
from killatamata.types import MediaOutput

app = typer.Typer(help="List, search, star, name and delete what jobs made.", no_args_is_help=True)
Refs = Annotated[list[str], typer.Argument(help="JOB or JOB/INDEX each.", metavar="OUTPUT…")]
Ref = Annotated[str, typer.Argument(help="JOB or JOB/INDEX.", metavar="OUTPUT")]


@command(app, "list")
def list_outputs(
    session: Session,
    words: Annotated[str | None, typer.Argument(help="Words of prompt, name or tag.")] = None,
    project: Annotated[str | None, typer.Option(help="Only of this project, proj_….")] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=100, help="Maximum number of results to show.")
    ] = 48,
    *,
    starred: Annotated[bool, typer.Option(help="Only those with a star.")] = False,
) -> None:
    """List results, newest first."""
    listed = session.client.outputs.list(
        words, starred=True if starred else None, project_id=project, limit=limit
    ).data
    rows = (
        (
            f"{each.job_id}/{each.output_index}",
            each.kind,
            each.state,
            "*" if each.starred else "",
            each.name or each.prompt or "",
            to_short_time(each.created_at),
        )
        for each in listed
    )
    head = ("output", "kind", "state", "star", "words", "created")
    session.print_result(listed, lambda: print_table(head, rows))


@command(app, "star")
def star_outputs(
    session: Session,
    outputs: Refs,
    *,
    off: Annotated[bool, typer.Option("--off", help="Take the star away.")] = False,
) -> None:
    """Give results a star."""
    changed = session.client.outputs.star(map(_parse_ref, outputs), starred=not off)
    _print_changed(session, changed)


@command(app, "rename")
def rename_output(
    session: Session, result: Ref, name: Annotated[str, typer.Argument(help="What to call it.")]
) -> None:
    """Name a result."""
    _print_changed(session, [session.client.outputs.rename(_parse_ref(result), name)])


@command(app, "keep")
def keep_outputs(
    session: Session,
    outputs: Refs,
    project: Annotated[str | None, typer.Option(help="Project, proj_…; default: Inbox.")] = None,
) -> None:
    """Keep results in the library for longer than 48 hours."""
    kept = session.client.outputs.keep(map(_parse_ref, outputs), project_id=project)
    lines = [
        f"{each.source.job_id}/{each.source.output_index} {each.asset_id}" for each in kept.data
    ]
    lines += [
        f"{each.job_id}/{each.output_index} not kept: {each.message}" for each in kept.not_kept
    ]
    session.print_result(kept, lambda: output.print(to_plain_text("\n".join(lines))))


@command(app, "delete")
def delete_outputs(session: Session, outputs: Refs) -> None:
    """Delete results; `outputs restore` takes that back for ten minutes."""
    _print_changed(session, session.client.outputs.delete(map(_parse_ref, outputs)))


@command(app, "restore")
def restore_outputs(session: Session, outputs: Refs) -> None:
    """Restore results that were deleted in the last ten minutes."""
    _print_changed(session, session.client.outputs.restore(map(_parse_ref, outputs)))


def _parse_ref(text: str) -> tuple[str, int]:
    job_id, _, index = text.partition("/")
    if index and not index.isdigit():
        raise typer.BadParameter(f"{text} is not JOB or JOB/INDEX")
    return job_id, int(index or 0)


def _print_changed(session: Session, changed: Sequence[MediaOutput]) -> None:
    lines = [f"{each.job_id}/{each.output_index} {each.state}" for each in changed]
    session.print_result(changed, lambda: output.print(to_plain_text("\n".join(lines))))
