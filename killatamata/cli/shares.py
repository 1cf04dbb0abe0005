"""Commands for shares: results behind secret links."""

from datetime import UTC, datetime
from typing import Annotated, cast

import typer

from killatamata._sync.shares import EVERY_SHOWN, Shown
from killatamata.cli.completion import complete_outputs, complete_shares
from killatamata.cli.session import ListOptions, Session, command
from killatamata.cli.terminal import to_short_time
from killatamata.types import Share

app = typer.Typer(help="Share results by secret links.", no_args_is_help=True)
USUAL_SHARES = 50
ShareIds = Annotated[
    list[str],
    typer.Argument(help="shr_… each.", metavar="SHARE…", autocompletion=complete_shares),
]
Show = Annotated[
    str | None,
    typer.Option(help=f"What the page tells: {', '.join(EVERY_SHOWN)}; commas between; '' hides."),
]
Until = Annotated[
    datetime | None,
    typer.Option(
        "--until", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="When the link ends, in UTC."
    ),
]


@command(app, "create", example="killatamata shares create job_01J8ZQ4V8Y6T3N5R7W9XABCDEF")
def create_share(
    session: Session,
    result: Annotated[
        str,
        typer.Argument(
            help="JOB, JOB/INDEX, asset://ID or film://ID.",
            metavar="RESULT",
            autocompletion=complete_outputs,
        ),
    ],
    show: Show = None,
    expires_at: Until = None,
    *,
    no_remix: Annotated[bool, typer.Option("--no-remix", help="Offer no Remix.")] = False,
) -> None:
    """Share a result: print the link, which anybody can open for 30 days."""
    shared = session.client.shares.create(
        _parse_result(result),
        show=_parse_show(show) or (),
        remix=not no_remix,
        expires_at=_to_utc(expires_at),
    )
    session.print_line(shared, shared.url or "")


@command(app, "list", example="killatamata shares list --active --all")
def list_shares(
    session: Session,
    options: ListOptions,
    *,
    active: Annotated[bool, typer.Option(help="Only those whose links work.")] = False,
) -> None:
    """List shares with their links, newest first."""
    client = session.client
    listed = options.take(
        session, lambda limit: client.shares.list(active=active, limit=limit), USUAL_SHARES
    )
    rows = (
        (each.share_id, each.media_kind, each.state, each.url or "", to_short_time(each.expires_at))
        for each in listed
    )
    head = ("share", "kind", "state", "link", "ends")
    session.print_rows(listed, head, rows)


@command(
    app, "update", example="killatamata shares update shr_01J8ZQ4V8Y6T3N5R7W9XABCDEF --no-remix"
)
def update_share(
    session: Session,
    share: Annotated[
        str, typer.Argument(help="shr_….", metavar="SHARE", autocompletion=complete_shares)
    ],
    show: Show = None,
    expires_at: Until = None,
    *,
    remix: Annotated[
        bool | None, typer.Option("--remix/--no-remix", help="Whether to offer Remix.")
    ] = None,
) -> None:
    """Change what a share shows, whether it offers Remix, or when it ends."""
    changed = session.client.shares.update(
        share, show=_parse_show(show), remix=remix, expires_at=_to_utc(expires_at)
    )
    _print_changed(session, [changed])


@command(app, "revoke", example="killatamata shares revoke shr_01J8ZQ4V8Y6T3N5R7W9XABCDEF")
def revoke_shares(session: Session, shares: ShareIds) -> None:
    """End shares at once and permanently; the results themselves stay."""
    _print_changed(session, [session.client.shares.revoke(each) for each in shares])


def _parse_result(text: str) -> str:
    if "://" in text:
        return text
    job_id, _, index = text.partition("/")
    if index and not index.isdigit():
        raise typer.BadParameter(f"{text} is not JOB or JOB/INDEX")
    return f"job://{job_id}/{index or 0}"


def _parse_show(text: str | None) -> list[Shown] | None:
    if text is None:
        return None
    words = [each.strip() for each in text.split(",") if each.strip()]
    if unknown := set(words) - {*EVERY_SHOWN}:
        raise typer.BadParameter(f"{', '.join(sorted(unknown))}: not {', '.join(EVERY_SHOWN)}")
    return cast("list[Shown]", words)


def _to_utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC)


def _print_changed(session: Session, changed: list[Share]) -> None:
    lines = [f"{each.share_id} {each.state}" for each in changed]
    session.print_line(changed, "\n".join(lines), *(each.share_id for each in changed))
