"""`outputs`: results of the account are listed, searched, starred, named, deleted and restored."""

from collections.abc import Sequence
from typing import Annotated

import typer

from killatamata.cli.completion import complete_outputs, complete_projects
from killatamata.cli.session import ListOptions, Session, command
from killatamata.cli.terminal import output, to_plain_text, to_short_time
from killatamata.types import MediaOutput

app = typer.Typer(help="List, search, star, name and delete what jobs made.", no_args_is_help=True)
USUAL_OUTPUTS = 48
Refs = Annotated[
    list[str],
    typer.Argument(
        help="JOB or JOB/INDEX each.", metavar="OUTPUT…", autocompletion=complete_outputs
    ),
]
Ref = Annotated[
    str,
    typer.Argument(help="JOB or JOB/INDEX.", metavar="OUTPUT", autocompletion=complete_outputs),
]


@command(app, "list", example="killatamata outputs list lighthouse --starred")
def list_outputs(
    session: Session,
    options: ListOptions,
    words: Annotated[str | None, typer.Argument(help="Words of prompt, name or tag.")] = None,
    project: Annotated[
        str | None,
        typer.Option(help="Only of this project, proj_….", autocompletion=complete_projects),
    ] = None,
    *,
    starred: Annotated[bool, typer.Option(help="Only those with a star.")] = False,
) -> None:
    """List results, newest first."""
    client = session.client
    listed = options.take(
        session,
        lambda limit: client.outputs.list(
            words, starred=True if starred else None, project_id=project, limit=limit
        ),
        USUAL_OUTPUTS,
    )
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
    session.print_rows(listed, head, rows)


@command(app, "star", example="killatamata outputs star job_01J8ZQ4V8Y6T3N5R7W9XABCDEF/1")
def star_outputs(
    session: Session,
    outputs: Refs,
    *,
    off: Annotated[bool, typer.Option("--off", help="Take the star away.")] = False,
) -> None:
    """Give results a star."""
    changed = session.client.outputs.star(map(_parse_ref, outputs), starred=not off)
    _print_changed(session, changed)


@command(app, "rename", example="killatamata outputs rename job_01J8ZQ4V8Y6T3N5R7W9XABCDEF Reineke")
def rename_output(
    session: Session, result: Ref, name: Annotated[str, typer.Argument(help="What to call it.")]
) -> None:
    """Name a result."""
    _print_changed(session, [session.client.outputs.rename(_parse_ref(result), name)])


@command(app, "keep", example="killatamata outputs keep job_01J8ZQ4V8Y6T3N5R7W9XABCDEF")
def keep_outputs(
    session: Session,
    outputs: Refs,
    project: Annotated[
        str | None,
        typer.Option(help="Project, proj_…; default: Inbox.", autocompletion=complete_projects),
    ] = None,
) -> None:
    """Keep results in the library for longer than 48 hours."""
    kept = session.client.outputs.keep(map(_parse_ref, outputs), project_id=project)
    lines = [
        f"{each.source.job_id}/{each.source.output_index} {each.asset_id}" for each in kept.data
    ]
    lines += [
        f"{each.job_id}/{each.output_index} not kept: {each.message}" for each in kept.not_kept
    ]
    words = to_plain_text("\n".join(lines))
    session.print_result(kept, lambda: output.print(words), (each.asset_id for each in kept.data))


@command(app, "delete", example="killatamata outputs delete job_01J8ZQ4V8Y6T3N5R7W9XABCDEF")
def delete_outputs(session: Session, outputs: Refs) -> None:
    """Delete results; `outputs restore` takes that back for ten minutes."""
    _print_changed(session, session.client.outputs.delete(map(_parse_ref, outputs)))


@command(app, "restore", example="killatamata outputs restore job_01J8ZQ4V8Y6T3N5R7W9XABCDEF")
def restore_outputs(session: Session, outputs: Refs) -> None:
    """Restore results that were deleted in the last ten minutes."""
    _print_changed(session, session.client.outputs.restore(map(_parse_ref, outputs)))


def _parse_ref(text: str) -> tuple[str, int]:
    job_id, _, index = text.partition("/")
    if index and not index.isdigit():
        raise typer.BadParameter(f"{text} is not JOB or JOB/INDEX")
    return job_id, int(index or 0)


def _print_changed(session: Session, changed: Sequence[MediaOutput]) -> None:
    refs = [f"{each.job_id}/{each.output_index}" for each in changed]
    lines = [f"{ref} {each.state}" for ref, each in zip(refs, changed, strict=True)]
    session.print_line(changed, "\n".join(lines), *refs)
