"""`threads`: conversations with the agent of the studio."""

import uuid
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any

import typer

from killatamata.cli.completion import complete_assets, complete_projects, complete_threads
from killatamata.cli.fields import read_stdin
from killatamata.cli.job_run import load_confirm_limit
from killatamata.cli.resume_hints import answer_hint, retry_hint
from killatamata.cli.session import (
    EXIT_JOB_FAILED,
    EXIT_NEEDS_APPROVAL,
    Session,
    can_ask,
    command,
    exit_with_message,
    parse_dollars,
)
from killatamata.cli.terminal import STDIN, print_paged, to_plain_text, to_short_time
from killatamata.types import AgentRequest, Message, MessageQuote

app = typer.Typer(help="Talk with the agent of the studio.", no_args_is_help=True)
ThreadId = Annotated[
    str, typer.Argument(help="Its id, thr_….", metavar="THREAD", autocompletion=complete_threads)
]


@command(app, "list", example="killatamata threads list")
def list_threads(
    session: Session,
    project: Annotated[
        str | None,
        typer.Option(
            help="Of this project, proj_…; if not given, of the selected one.",
            autocompletion=complete_projects,
        ),
    ] = None,
) -> None:
    """List the threads of a project, the last used first."""
    listed = session.client.studio.snapshot(project_id=project).threads
    rows = (
        (
            each.thread_id,
            each.title,
            each.message_count,
            to_short_time(each.last_message_at),
            "archived" if each.archived else "",
        )
        for each in listed
    )
    session.print_rows(listed, ("thread", "title", "messages", "last message", ""), rows)


@command(
    app,
    "create",
    example="killatamata threads create proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF --title Storm",
)
def create_thread(
    session: Session,
    project: Annotated[
        str,
        typer.Argument(help="Its id, proj_….", metavar="PROJECT", autocompletion=complete_projects),
    ],
    title: Annotated[str | None, typer.Option(help="What it is about.")] = None,
) -> None:
    """Start a thread in a project."""
    thread = session.client.studio.threads.create(project, title=title)
    session.print_line(thread, thread.thread_id)


@command(app, "show", example="killatamata threads show thr_01J8ZQ4V8Y6T3N5R7W9XABCDEF")
def show_thread(
    session: Session,
    thread: ThreadId,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many messages.")] = 30,
) -> None:
    """Show the newest messages of a thread, the oldest of them first."""
    detail = session.client.studio.threads.get(thread, limit=limit)
    messages = sorted(detail.messages, key=lambda each: (each.created_at, each.message_id))
    session.print_result(
        detail,
        lambda: print_paged(*(_render_message(each) for each in messages)),
        (each.message_id for each in messages),
    )


def _render_message(message: Message) -> str:
    head = f"{message.role}  {to_short_time(message.created_at)}"
    return to_plain_text("\n".join([head, *_render_blocks(message.blocks), ""]))


def _render_blocks(blocks: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the lines of a message: its texts, and the ids of what it speaks of."""
    for block in blocks:
        yield str(block.get("markdown") or block.get("text") or _describe_reference(block))


def _describe_reference(block: Mapping[str, Any]) -> str:
    ids = (str(value) for name, value in block.items() if name.endswith("Id"))
    return " ".join([str(block.get("type")), *ids])


@command(
    app,
    "send",
    example='killatamata threads send thr_01J8ZQ4V8Y6T3N5R7W9XABCDEF "Three shots of a storm"',
)
def send_message(
    session: Session,
    thread: ThreadId,
    content: Annotated[str, typer.Argument(help="What you say; - is stdin.", metavar="TEXT")],
    attachments: Annotated[
        list[str] | None,
        typer.Option(
            "--attach", help="An asset to look at; repeatable.", autocompletion=complete_assets
        ),
    ] = None,
    max_price: Annotated[
        str | None,
        typer.Option(
            help="Maximum price in dollars; up to it, you are not asked.", callback=parse_dollars
        ),
    ] = None,
    timeout: Annotated[float | None, typer.Option(help="Maximum seconds to wait.")] = None,
    idempotency_key: Annotated[
        str | None, typer.Option(help="Your own idempotency key: it sends only one message.")
    ] = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    wait: Annotated[bool, typer.Option(help="Wait for the answer.")] = True,
) -> None:
    """Send a message to the agent and print its answer; what it proposes is run by `plans`."""
    agent = session.client.studio.agent
    text = read_stdin().decode() if content == STDIN else content
    key = idempotency_key or f"cli-{uuid.uuid4()}"
    # The quote has a key too: repeated, the command gets the same quote, and so sends the same.
    quote = agent.prepare(
        thread,
        text,
        attachments=attachments or (),
        max_price_usd=max_price,
        idempotency_key=f"{key}-quote",
    )
    session.print_note(f"{quote.model}  at most ${quote.price_usd}")
    confirmed = _confirm_price(quote, asked=not yes and max_price is None)
    with retry_hint(key, does_not="sends no second message"):
        sent = agent.send(
            quote_id=quote.quote_id, confirmed_in_client=confirmed, idempotency_key=key
        )
    if not wait:
        session.print_line(sent, sent.request_id)
        return
    with answer_hint(session, sent, thread):
        request = agent.wait(sent, timeout_seconds=timeout)
    session.print_result(request, lambda: _print_answer(request), request.plan_ids)
    session.print_note(f"{request.status}, charged ${request.billing.charged_usd}")
    for plan_id in request.plan_ids:
        session.print_note(f"To run it:  killatamata plans execute {plan_id}")
    if request.status != "succeeded":
        raise typer.Exit(EXIT_JOB_FAILED)


def _confirm_price(quote: MessageQuote, *, asked: bool) -> bool:
    """Return True if the person at this terminal was asked and has agreed."""
    if not asked or (quote.consent == "auto" and Decimal(quote.price_usd) <= load_confirm_limit()):
        return False
    if not can_ask():
        exit_with_message(
            f"It costs up to ${quote.price_usd}: allow it by --max-price or --yes.",
            EXIT_NEEDS_APPROVAL,
        )
    if not typer.confirm(f"It costs up to ${quote.price_usd}. Send it?", err=True):
        exit_with_message("Nothing was sent.", EXIT_NEEDS_APPROVAL)
    return True


def _print_answer(request: AgentRequest) -> None:
    print_paged(*(to_plain_text(line) for line in _render_blocks(request.blocks)))
    if request.error is not None:
        print_paged(to_plain_text(request.error.get("message", "")))


@command(app, "cancel", example="killatamata threads cancel req_01J8ZQ4V8Y6T3N5R7W9XABCDEF")
def cancel_request(
    session: Session,
    request: Annotated[str, typer.Argument(help="Its id, req_….", metavar="REQUEST")],
) -> None:
    """Cancel what the agent is working on; what it has used is charged."""
    canceled = session.client.studio.agent.cancel(request)
    session.print_line(canceled, f"{canceled.request_id} {canceled.status}", canceled.request_id)


@command(app, "rename", example="killatamata threads rename thr_01J8ZQ4V8Y6T3N5R7W9XABCDEF Storm")
def rename_thread(
    session: Session,
    thread: ThreadId,
    title: Annotated[str, typer.Argument(help="What it is about.")],
) -> None:
    """Give a thread a title."""
    changed = session.client.studio.threads.update(thread, title=title)
    session.print_line(changed, f"{changed.thread_id} {changed.title}", changed.thread_id)


@command(app, "archive", example="killatamata threads archive thr_01J8ZQ4V8Y6T3N5R7W9XABCDEF")
def archive_thread(
    session: Session,
    thread: ThreadId,
    *,
    undo: Annotated[bool, typer.Option("--undo", help="Bring it back.")] = False,
) -> None:
    """Put a thread away; nothing of it is deleted."""
    changed = session.client.studio.threads.update(thread, archived=not undo)
    state = "archived" if changed.archived else "active"
    session.print_line(changed, f"{changed.thread_id} {state}", changed.thread_id)
