"""`webhooks`: their secret, their deliveries, a test message, and the check of a signature."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from killatamata import webhooks
from killatamata.cli.completion import complete_deliveries, complete_jobs
from killatamata.cli.fields import read_stdin
from killatamata.cli.session import EXIT_ERROR, ListOptions, Session, command
from killatamata.cli.terminal import STDIN, to_short_time
from killatamata.types import Delivery, WebhookSettings

app = typer.Typer(
    help="See the secret and the deliveries of webhooks, test and verify.", no_args_is_help=True
)
USUAL_DELIVERIES = 20


@command(app, "show", example="killatamata webhooks show --quiet")
def show_webhooks(session: Session) -> None:
    """Show the signing secret and the counters of deliveries; --quiet prints the secret."""
    _print_settings(session, session.client.webhooks.get())


@command(app, "rotate", example="killatamata webhooks rotate")
def rotate_secret(session: Session) -> None:
    """Make a new secret; for 24 hours messages are signed with both."""
    _print_settings(session, session.client.webhooks.rotate_secret())


def _print_settings(session: Session, settings: WebhookSettings) -> None:
    counters = settings.deliveries
    session.print_values(
        settings,
        secret=settings.secret,
        previous_secret=settings.previous_secret,
        previous_ends=to_short_time(settings.previous_secret_ends_at),
        pending=str(counters.pending),
        delivered=str(counters.delivered),
        stopped=str(counters.stopped),
        failed=str(counters.failed),
    )


@command(app, "deliveries", example="killatamata webhooks deliveries --status failed --all")
def list_deliveries(
    session: Session,
    options: ListOptions,
    job: Annotated[
        str | None, typer.Option(help="Only of this job, job_….", autocompletion=complete_jobs)
    ] = None,
    status: Annotated[
        Literal["pending", "delivered", "stopped", "failed"] | None,
        typer.Option(help="Only these."),
    ] = None,
) -> None:
    """List the deliveries of the last 30 days, newest first."""
    client = session.client
    listed = options.take(
        session,
        lambda limit: client.webhooks.deliveries(job_id=job, status=status, limit=limit),
        USUAL_DELIVERIES,
    )
    rows = (
        (
            each.delivery_id,
            each.type,
            each.status,
            len(each.tries),
            _describe_last_try(each),
            to_short_time(each.created_at),
            each.url,
        )
        for each in listed
    )
    head = ("delivery", "type", "status", "tries", "last", "created", "url")
    session.print_rows(listed, head, rows)


def _describe_last_try(delivery: Delivery) -> str:
    last = delivery.tries[-1] if delivery.tries else None
    return "" if last is None else str(last.http_status or last.error or "")


@command(
    app,
    "redeliver",
    example="killatamata webhooks redeliver whd_01J8ZQ4V8Y6T3N5R7W9XABCDEF",
)
def redeliver(
    session: Session,
    delivery: Annotated[
        str,
        typer.Argument(
            help="Its id, whd_….", metavar="DELIVERY", autocompletion=complete_deliveries
        ),
    ],
) -> None:
    """Send a delivery again, under the same id."""
    sent = session.client.webhooks.redeliver(delivery)
    session.print_line(sent, f"{sent.delivery_id} {sent.status}", sent.delivery_id)


@command(app, "test", example="killatamata webhooks test https://example.com/hooks")
def test_webhook(
    session: Session, url: Annotated[str, typer.Argument(help="Where to send it.")]
) -> None:
    """Send a signed test.ping to a URL; exit 1 if it is not taken with a 2xx."""
    tested = session.client.webhooks.test(url)
    answer = [tested.error, tested.http_status and f"answered {tested.http_status}"]
    words = ", ".join(str(each) for each in answer if each)
    session.print_line(tested, f"{url} {words}, in {tested.duration_ms} ms", url)
    if tested.http_status is None or not 200 <= tested.http_status < 300:  # noqa: PLR2004 - 2xx
        raise typer.Exit(EXIT_ERROR)


@command(
    app,
    "verify",
    example="killatamata webhooks verify --id whd_1 --timestamp 1780000000"
    " --signature v1,… body.json",
)
def verify_webhook(
    session: Session,
    message_id: Annotated[str, typer.Option("--id", help="Header webhook-id.")],
    timestamp: Annotated[str, typer.Option(help="Header webhook-timestamp.")],
    signature: Annotated[str, typer.Option(help="Header webhook-signature.")],
    file: Annotated[str, typer.Argument(help="The raw body; - is stdin.")] = STDIN,
    secret: Annotated[
        str | None,
        typer.Option(envvar="KT_WEBHOOK_SECRET", help="whsec_…; default: ask the gateway for it."),
    ] = None,
    tolerance: Annotated[int, typer.Option(help="Allowed difference from now, in seconds.")] = 300,
) -> None:
    """Check whether a message is signed with this account's secret."""
    body = read_stdin() if file == STDIN else Path(file).read_bytes()
    if secret is None:
        settings = session.client.webhooks.get()
        secrets = [each for each in (settings.secret, settings.previous_secret) if each]
    else:
        secrets = [secret]
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": signature,
    }
    event = webhooks.unwrap(body, headers, secrets, tolerance_seconds=tolerance)
    session.print_line(
        event, f"{event.type} of {to_short_time(event.timestamp)}: signed", message_id
    )
