"""`keys`: API keys are listed, created, changed, revoked and rotated."""

from datetime import UTC, datetime
from typing import Annotated, Any, cast

import typer

from killatamata.cli.completion import complete_keys
from killatamata.cli.session import (
    ListOptions,
    Session,
    command,
    exit_with_message,
    parse_dollars,
)
from killatamata.cli.terminal import to_short_time
from killatamata.fields import SpendPolicy
from killatamata.types import CreatedKey, Key

app = typer.Typer(help="List, create, change, rotate and revoke API keys.", no_args_is_help=True)
KeyName = Annotated[
    str, typer.Argument(help="Its prefix or id.", metavar="KEY", autocompletion=complete_keys)
]
Scopes = Annotated[
    list[str] | None, typer.Option("--scope", help="A scope of the key; repeatable.")
]
Limit = Annotated[str | None, typer.Option(help="Spending cap in dollars.", callback=parse_dollars)]


LowerLimit = Annotated[
    str | None,
    typer.Option(
        help="Lower cap in dollars; a person raises it in the browser.", callback=parse_dollars
    ),
]
ExpiresAt = Annotated[
    datetime | None,
    typer.Option(
        "--expires", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="When it expires, in UTC."
    ),
]


@command(app, "list", example="killatamata keys list --json --jq '.[] | select(.revokedAt) | .id'")
def list_keys(session: Session, options: ListOptions) -> None:
    """List this account's keys, without their secrets."""
    keys = options.take(session, lambda limit: session.client.keys.list(limit=limit))
    rows = (
        (
            f"{each.key_prefix}…{each.last4}",
            each.label,
            each.mode,
            " ".join(each.scopes),
            to_short_time(each.last_used_at),
            _to_state_text(each),
        )
        for each in keys
    )
    head = ("key", "label", "mode", "scopes", "last used", "state")
    session.print_rows(keys, head, rows, ids=(each.id for each in keys))


def _to_state_text(key: Key) -> str:
    if key.revoked_at:
        return "revoked"
    return f"until {to_short_time(key.expires_at)}" if key.expires_at else "active"


@command(
    app, "create", example="killatamata keys create agent --scope media --daily-limit 1.50 --quiet"
)
def create_key(
    session: Session,
    label: Annotated[str, typer.Argument(help="What it is for.")],
    scopes: Scopes = None,
    daily_limit: Limit = None,
    monthly_limit: Limit = None,
    total_limit: Limit = None,
    expires_at: ExpiresAt = None,
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
            scopes=cast("Any", scopes),
            spend_policy=policy or None,
            expires_at=expires_at and expires_at.replace(tzinfo=UTC),
            mode=cast("Any", mode),
        ),
    )


@command(app, "update", example="killatamata keys update kt_test_3f9a --daily-limit 2 --label bot")
def update_key(
    session: Session,
    key: KeyName,
    *,
    label: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    scopes: Scopes = None,
    daily_limit: LowerLimit = None,
    monthly_limit: LowerLimit = None,
    total_limit: LowerLimit = None,
    auto_approve: Annotated[
        str | None,
        typer.Option(help="Dollars up to which plans need no approval.", callback=parse_dollars),
    ] = None,
    confirm_up_to: Annotated[
        str | None,
        typer.Option(
            help="Dollars up to which a yes here is enough, or none: any amount.",
            callback=parse_dollars,
        ),
    ] = None,
    expires_at: ExpiresAt = None,
    never_expires: Annotated[
        bool, typer.Option("--never-expires", help="Take the expiry away.")
    ] = False,
) -> None:
    """Change what a key may do and spend; what is not named stays, and so does its usage."""
    limits = {
        "daily_limit_usd": daily_limit,
        "monthly_limit_usd": monthly_limit,
        "total_limit_usd": total_limit,
        "auto_approve_usd": auto_approve,
        "confirm_up_to_usd": confirm_up_to,
    }
    policy = {name: value for name, value in limits.items() if value is not None}
    changes: dict[str, Any] = {"label": label, "scopes": scopes, "spend_policy": policy or None}
    changes = {name: value for name, value in changes.items() if value is not None}
    if expires_at or never_expires:
        changes["expires_at"] = (
            None if expires_at is None else expires_at.replace(tzinfo=UTC).isoformat()
        )
    if not changes:
        exit_with_message("Nothing is to change: name a limit, a scope, a label or an expiry.")
    changed = session.client.keys.update(_find_key(session, key).id, **changes)
    policy_shown = changed.spend_policy
    session.print_values(
        changed,
        id=changed.id,
        key=f"{changed.key_prefix}…{changed.last4}",
        label=changed.label,
        scopes=changed.scopes,
        daily_limit=policy_shown.daily_limit_usd,
        monthly_limit=policy_shown.monthly_limit_usd,
        total_limit=policy_shown.total_limit_usd,
        auto_approve=policy_shown.auto_approve_usd,
        confirm_up_to=policy_shown.confirm_up_to_usd,
        expires=to_short_time(changed.expires_at),
    )


@command(app, "revoke", example="killatamata keys revoke kt_test_3f9a")
def revoke_key(session: Session, key: KeyName) -> None:
    """Revoke a key permanently."""
    revoked = session.client.keys.revoke(key)
    session.print_line(revoked, f"Revoked {revoked.id}.", revoked.id)


@command(app, "rotate", example="killatamata keys rotate kt_test_3f9a --grace 3600")
def rotate_key(
    session: Session,
    key: KeyName,
    grace: Annotated[int, typer.Option(help="Seconds the old key keeps working.")] = 0,
) -> None:
    """Replace a key with a new one, printed only once; limits and usage carry over."""
    found = _find_key(session, key)
    _print_created_key(session, session.client.keys.rotate(found.id, grace_seconds=grace))


def _find_key(session: Session, prefix: str) -> Key:
    """Return the one key with this id or prefix, else end the command."""
    matching = [
        each
        for each in session.client.keys.list(limit=100)
        if each.id == prefix
        or each.key_prefix.startswith(prefix)
        or prefix.startswith(each.key_prefix)
        or f"_{prefix}" in each.key_prefix
    ]
    if len(matching) != 1:
        exit_with_message(f"{len(matching)} keys start with {prefix}.")
    return matching[0]


def _print_created_key(session: Session, key: CreatedKey) -> None:
    session.print_line(key, key.api_key or "")
    if not session.as_json:
        session.print_note(f"{key.label}: {' '.join(key.scopes)}. It is not shown again.")
