"""The account: sign in and out, balance, buying, usage."""

import contextlib
import socket
import sys
import time
import webbrowser
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, cast

import typer

from killatamata import profiles
from killatamata._sync.client import Client
from killatamata.cli import stored_profiles
from killatamata.cli.completion import complete_packages
from killatamata.cli.session import (
    EXIT_REFUSED,
    EXIT_STILL_RUNNING,
    Session,
    can_ask,
    command,
    exit_with_message,
)
from killatamata.cli.terminal import errors, print_pairs, to_plain_text
from killatamata.errors import BadRequest
from killatamata.types import Claimed

app = typer.Typer()
Scopes = Annotated[
    list[str] | None, typer.Option("--scope", help="A scope of the key; repeatable.")
]
OPEN_CLAIM_STATES = {"creating", "open", "processing"}
CLAIM_POLL_SECONDS = 3


@command(app, "login", example="killatamata login --base-url http://127.0.0.1:8787")
def login(
    session: Session,
    with_key: Annotated[
        str | None, typer.Option(help="- reads a key from stdin instead of opening a browser.")
    ] = None,
    mode: Annotated[str | None, typer.Option(help="test or live.")] = None,
    scope: Scopes = None,
    *,
    browser: Annotated[bool, typer.Option(help="Open the page automatically.")] = True,
) -> None:
    """Sign in, by approving in your browser or with a key, and store the key on this machine."""
    name = session.profile or profiles.DEFAULT_PROFILE
    base = session.base_url or profiles.get_sign_in_url(session.profile)
    if with_key is None:
        key = _link_device(base, mode, scope, browser=browser)
    elif with_key == "-":
        key = sys.stdin.readline().strip()
    else:
        exit_with_message(
            "Others can see a command line. Use --with-key - and pass the key on stdin."
        )
    with Client(key, base_url=base) as client:
        balance = client.balance()
    stored_profiles.store_profile(name, api_key=key, base_url=base)
    result = {
        "profile": name,
        "baseUrl": base,
        "apiKey": stored_profiles.mask_key(key),
        "livemode": balance.livemode,
        "availableUsd": balance.available_usd,
    }
    words = (
        f"Signed in at {base} with {stored_profiles.mask_key(key)} "
        f"({'live' if balance.livemode else 'test'} mode, ${balance.available_usd}).\n"
        f"Kept in {profiles.get_config_path()}"
    )
    session.print_line(result, words, name)


def _link_device(base: str, mode: str | None, scopes: list[str] | None, *, browser: bool) -> str:
    """Return a key that a person approved in the browser; exit if they declined."""
    with Client("", base_url=base) as client:
        name = f"killatamata on {socket.gethostname()}"[:60]
        # The gateway refuses a scope or mode that it does not know, and says which there are.
        link = client.device.start(name, mode=cast("Any", mode), scopes=cast("Any", scopes))
        errors.print(to_plain_text(f"Open     {link.verification_uri_complete}"))
        errors.print(to_plain_text(f"Compare  {link.user_code}"))
        if browser and can_ask():
            with contextlib.suppress(webbrowser.Error):
                webbrowser.open(link.verification_uri_complete)
        try:
            return client.device.wait(link).api_key
        except BadRequest as refused:
            exit_with_message(str(refused), EXIT_REFUSED)


@command(app, "logout", example="killatamata logout --revoke")
def logout(
    session: Session,
    *,
    revoke: Annotated[bool, typer.Option(help="Also revoke the key.")] = False,
) -> None:
    """Forget the key stored on this machine."""
    name = session.profile or profiles.DEFAULT_PROFILE
    stored = profiles.load_profile(session.profile)
    if revoke and stored.api_key is not None:
        with Client(stored.api_key, base_url=stored.base_url) as client:
            own_key = client.balance().key
            if own_key is not None:
                client.keys.revoke(own_key.key_id)
    forgotten = stored_profiles.remove_profile(name)
    words = (
        f"Forgot {name}." if forgotten else f"No key is kept as {name}; there is nothing to forget."
    )
    session.print_line({"profile": name, "forgotten": forgotten}, words, name)


@command(app, "whoami", example="killatamata whoami --jq .key.scopes")
def whoami(session: Session) -> None:
    """Show which key is used, where, and its scopes."""
    key, base = profiles.resolve_credentials(session.api_key, session.base_url, session.profile)
    balance = session.client.balance()
    own_key = balance.key
    masked = stored_profiles.mask_key(key or "")
    result = {
        "baseUrl": base,
        "apiKey": masked,
        "livemode": balance.livemode,
        "key": own_key,
    }
    values = {
        "gateway": base,
        "key": masked,
        "mode": "live" if balance.livemode else "test",
        "id": own_key and own_key.key_id,
        "scopes": own_key and own_key.scopes,
        "daily_limit": own_key and own_key.spend_policy.daily_limit_usd,
        "monthly_limit": own_key and own_key.spend_policy.monthly_limit_usd,
        "total_limit": own_key and own_key.spend_policy.total_limit_usd,
    }
    ids = (own_key.key_id if own_key else masked,)
    session.print_result(result, lambda: print_pairs(**values), ids)


@command(app, "balance", example="killatamata balance --jq .availableUsd")
def balance(session: Session) -> None:
    """Show the balance, and what running jobs hold."""
    answer = session.client.balance()
    session.print_values(
        answer,
        available=f"${answer.available_usd}",
        held=f"${answer.held_usd}",
        balance=f"${answer.balance_usd}",
        mode="live" if answer.livemode else "test",
        frozen=answer.frozen_reasons,
        top_up=answer.top_up_url if answer.low_balance else None,
    )


@command(app, "packages", example="killatamata packages --mode live")
def packages(
    session: Session, mode: Annotated[str | None, typer.Option(help="test or live.")] = None
) -> None:
    """List the credit packages for sale."""
    on_sale = session.client.packages(mode=cast("Literal['live', 'test'] | None", mode))
    rows = (
        (
            each.code,
            each.name,
            f"${each.price_usd}",
            f"${each.credit_usd}",
            f"${each.bonus_usd}",
            ", ".join(each.methods),
        )
        for each in on_sale.packages
    )
    session.print_rows(on_sale, ("package", "name", "price", "credit", "bonus", "by"), rows)


@command(app, "buy", example="killatamata buy starter")
def buy(
    session: Session,
    package: Annotated[
        str,
        typer.Argument(
            help="Package code, as listed by `packages`.", autocompletion=complete_packages
        ),
    ],
    timeout: Annotated[float, typer.Option(help="Maximum seconds to wait for the payment.")] = 900,
    *,
    browser: Annotated[bool, typer.Option(help="Open the page automatically.")] = True,
    wait: Annotated[bool, typer.Option(help="Wait for the payment.")] = True,
) -> None:
    """Buy credit by card: opens the payment page and waits until the credit arrives."""
    checkout = session.client.checkout.page(package)
    errors.print(to_plain_text(f"Pay ${checkout.price_usd} at\n{checkout.checkout_url}"))
    if browser and can_ask():
        with contextlib.suppress(webbrowser.Error):
            webbrowser.open(checkout.checkout_url)
    if not wait:
        session.print_line(checkout, checkout.checkout_id)
        return
    claimed = _wait_for_claim(session.client, checkout.checkout_id, time.monotonic() + timeout)
    words = f"${claimed.credited_usd} credited, balance ${claimed.balance_usd}"
    session.print_line(claimed, f"{claimed.state}: {words}", checkout.checkout_id)
    if claimed.state != "credited":
        raise typer.Exit(EXIT_STILL_RUNNING if claimed.state in OPEN_CLAIM_STATES else 1)


def _wait_for_claim(client: Client, checkout_id: str, until: float) -> Claimed:
    """Poll a payment until it has an outcome, or the monotonic time `until`."""
    while True:
        claimed = client.claims.page(checkout_id)
        if claimed.state not in OPEN_CLAIM_STATES or time.monotonic() > until:
            return claimed
        time.sleep(claimed.retry_after_seconds or CLAIM_POLL_SECONDS)


@command(app, "usage", example="killatamata usage --by task --from 2026-11-01")
def usage(
    session: Session,
    by: Annotated[str, typer.Option(help="day, task, key, project or member.")] = "day",
    first: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First UTC day.")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last UTC day.")
    ] = None,
) -> None:
    """Show usage, by UTC day, task, key, project or member."""
    usage_sums = session.client.usage(
        cast("Literal['day', 'task', 'key', 'project', 'member']", by),
        first=first and first.date(),
        last=last and last.date(),
    )
    rows = [
        (
            each.day or each.task or each.key_id or each.project_id or each.member_id,
            each.jobs,
            each.succeeded,
            charged,
        )
        for each in usage_sums.data
        for charged in [f"${each.charged_usd}"]
    ]
    total = ("total", "", "", f"${usage_sums.total_usd}")
    head = (by, "jobs", "succeeded", "charged")
    session.print_rows(usage_sums, head, [*rows, total], ids=(row[0] for row in rows))


@command(app, "statement", example="killatamata statement 2026-11")
def statement(
    session: Session,
    month: Annotated[
        str | None, typer.Argument(help="A UTC month, such as 2026-11; default: the current one.")
    ] = None,
) -> None:
    """Show the statement of a month: opening balance, what moved it, closing balance."""
    shown = session.client.statement(month or f"{datetime.now(UTC):%Y-%m}")
    rows = [
        (line.kind, line.detail or "", line.movements, f"${line.amount_usd}")
        for line in shown.lines
    ]
    opening = ("opening balance", "", "", f"${shown.opening_usd}")
    closing = ("closing balance", "", "", f"${shown.closing_usd}")
    head = (shown.month, "detail", "movements", "amount")
    session.print_rows(shown, head, [opening, *rows, closing], ids=[shown.month])
