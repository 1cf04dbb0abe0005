"""`keys`: API keys are listed, created, revoked and rotated."""

from datetime import UTC, datetime
from typing import Annotated, Any, cast

import typer

from killatamata.cli.session import Session, command, exit_with_message, parse_dollars
from killatamata.cli.terminal import errors, output, print_table, to_plain_text, to_short_time
from killatamata.fields import SpendPolicy
from killatamata.types import CreatedKey, Key

app = typer.Typer(help="List, create, rotate and revoke API keys.", no_args_is_help=True)
Prefix = Annotated[str, typer.Argument(help="Its prefix or id.")]
Limit = Annotated[str | None, typer.Option(help="Spending cap in dollars.", callback=parse_dollars)]


@command(app, "list")
def list_keys(session: Session) -> None:
    """List this account's keys, without their secrets."""
    keys = [*session.client.keys.list(limit=100)]
    session.print_result(
        keys,
        lambda: print_table(
            ("key", "label", "mode", "scopes", "last used", "state"),
            (
                (
                    f"{each.key_prefix}…{each.last4}",
                    each.label,
                    each.mode,
                    " ".join(each.scopes),
                    to_short_time(each.last_used_at),
                    _to_state_text(each),
                )
                for each in keys
            ),
        ),
    )


def _to_state_text(key: Key) -> str:
    if key.revoked_at:
        return "revoked"
    return f"until {to_short_time(key.expires_at)}" if key.expires_at else "active"


@command(app, "create")
def create_key(
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
    policy: SpendPolicy = {}
    if daily_limit is not None:
        policy["daily_limit_usd"] = daily_limit
    if monthly_limit is not None:
        policy["monthly_limit_usd"] = monthly_limit
    if total_limit is not None:
        policy["total_limit_usd"] = total_limit
    # The gateway refuses a scope or mode that it does not know, and says which there are.
    _print_created_key(
        session,
        session.client.keys.create(
            label,
            scopes=cast("Any", scope),
            spend_policy=policy or None,
            expires_at=expires and expires.replace(tzinfo=UTC),
            mode=cast("Any", mode),
        ),
    )


@command(app, "revoke")
def revoke_key(session: Session, prefix: Prefix) -> None:
    """Revoke a key permanently."""
    revoked = session.client.keys.revoke(prefix)
    session.print_result(revoked, lambda: output.print(to_plain_text(f"Revoked {revoked.id}.")))


@command(app, "rotate")
def rotate_key(
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
        exit_with_message(f"{len(matching)} keys start with {prefix}.")
    _print_created_key(session, session.client.keys.rotate(matching[0].id, grace_seconds=grace))


def _print_created_key(session: Session, key: CreatedKey) -> None:
    session.print_result(key, lambda: output.print(to_plain_text(key.api_key or "")))
    if not session.as_json:
        errors.print(to_plain_text(f"{key.label}: {' '.join(key.scopes)}. It is not shown again."))
