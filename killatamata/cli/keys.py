"""`keys`: API keys are listed, created, revoked and rotated."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from killatamata.cli.session import Session, command, dollars, refuse
from killatamata.cli.showing import errors, output, plain, table, when
from killatamata.types import CreatedKey, Key

app = typer.Typer(help="List, create, rotate and revoke API keys.", no_args_is_help=True)
Prefix = Annotated[str, typer.Argument(help="Its prefix or id.")]
Limit = Annotated[str | None, typer.Option(help="Spending cap in dollars.", callback=dollars)]


@command(app, "list")
def listed(session: Session) -> None:
    """List this account's keys, without their secrets."""
    keys = [*session.client.keys.list(limit=100)]
    session.show(
        keys,
        lambda: table(
            ("key", "label", "mode", "scopes", "last used", "state"),
            (
                (
                    f"{each.key_prefix}…{each.last4}",
                    each.label,
                    each.mode,
                    " ".join(each.scopes),
                    when(each.last_used_at),
                    _state(each),
                )
                for each in keys
            ),
        ),
    )


def _state(key: Key) -> str:
    if key.revoked_at:
        return "revoked"
    return f"until {when(key.expires_at)}" if key.expires_at else "active"


@command(app, "create")
def create(
    session: Session,
    label: Annotated[str, typer.Argument(help="What it is for.")],
    scope: Annotated[list[str] | None, typer.Option(help="A scope of the key; repeatable.")] = None,
    daily_limit: Limit = None,
    monthly_limit: Limit = None,
    total_limit: Limit = None,
    expires: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="When it expires, in UTC."),
    ] = None,
    mode: Annotated[str | None, typer.Option(help="test or live.")] = None,
) -> None:
    """Create a key; it is printed only once."""
    limits = {
        "daily_limit_usd": daily_limit,
        "monthly_limit_usd": monthly_limit,
        "total_limit_usd": total_limit,
    }
    policy = {name: value for name, value in limits.items() if value is not None}
    _made(
        session,
        session.client.keys.create(
            label,
            scopes=scope,
            spend_policy=policy or None,
            expires_at=expires and expires.replace(tzinfo=UTC),
            mode=mode,
        ),
    )


@command(app, "revoke")
def revoke(session: Session, prefix: Prefix) -> None:
    """Revoke a key permanently."""
    revoked = session.client.keys.revoke(prefix)
    session.show(revoked, lambda: output.print(plain(f"Revoked {revoked.id}.")))


@command(app, "rotate")
def rotate(
    session: Session,
    prefix: Prefix,
    grace: Annotated[int, typer.Option(help="Seconds the old key keeps working.")] = 0,
) -> None:
    """Replace a key with a new one, printed only once; limits and usage carry over."""
    matching = [
        each
        for each in session.client.keys.list(limit=100)
        if each.id == prefix
        or each.key_prefix.startswith(prefix)
        or f"_{prefix}" in each.key_prefix
    ]
    if len(matching) != 1:
        refuse(f"{len(matching)} keys start with {prefix}.")
    _made(session, session.client.keys.rotate(matching[0].id, grace_seconds=grace))


def _made(session: Session, key: CreatedKey) -> None:
    session.show(key, lambda: output.print(plain(key.api_key or "")))
    if not session.as_json:
        errors.print(plain(f"{key.label}: {' '.join(key.scopes)}. It is not shown again."))
