"""Run of one job: price, consent, submit, wait, download."""

import mimetypes
import sys
import uuid
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any

import typer

from killatamata import profiles
from killatamata.cli.completion import complete_projects
from killatamata.cli.fields import read_stdin
from killatamata.cli.resume_hints import (
    check_output,
    check_output_before_submit,
    download_hint,
    is_stdout,
    retry_hint,
    wait_hint,
)
from killatamata.cli.session import (
    EXIT_NEEDS_APPROVAL,
    Session,
    can_ask,
    exit_with_message,
    parse_dollars,
    render_document,
)
from killatamata.cli.terminal import STDIN, JobProgress, output, print_picture, to_plain_text
from killatamata.errors import JobFailed
from killatamata.fields import JobOptions
from killatamata.output_files import StreamSink
from killatamata.types import DryRun, InputWarning, Job
from killatamata.wire import JsonObject

CONFIRM_ABOVE_USD = Decimal(1)


@dataclass(kw_only=True)
class RunOptions:
    """Options of the commands that run a job."""

    max_price: Annotated[
        str | None,
        typer.Option(
            help="Maximum price in dollars; up to it, you are not asked.", callback=parse_dollars
        ),
    ] = None
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the price.")] = False
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Submit and do not wait.")] = False
    timeout: Annotated[float | None, typer.Option(help="Maximum seconds to wait.")] = None
    out: Annotated[
        str | None,
        typer.Option("--output", "-o", help="A file, a folder ending in /, or - for stdout."),
    ] = None
    project: Annotated[
        str | None,
        typer.Option(help="A project to file it under.", autocompletion=complete_projects),
    ] = None
    idempotency_key: Annotated[
        str | None, typer.Option(help="Your own idempotency key: it creates only one job.")
    ] = None


def run_job(session: Session, run_options: RunOptions, task: str, task_input: JsonObject) -> None:
    """Price a job, submit it if the price is agreed, wait for it and save its outputs.

    The price that was shown is the `maxPriceUsd` of the submit: a price that rises in between is
    refused instead of charged.

    Raises:
        KillaTamataError: a refusal, a failed job, or a wait that timed out.
    """
    jobs = session.client.jobs
    job_options: JobOptions = {}
    if run_options.project is not None:
        job_options["project_id"] = run_options.project
    out = None if run_options.dry_run or run_options.no_wait else run_options.out
    check_output_before_submit(out)
    # Media are uploaded once, here; price and submit below use the same wire input.
    wire_input = jobs.body(task, input=task_input)["input"]
    priced = jobs.dry_run(task, input=wire_input, **job_options)
    _print_price(session, task, priced)
    if run_options.dry_run:
        session.print_line(priced, f"${priced.price_usd}")
        return
    check_output_before_submit(out, priced.effective_input.get("count", 1))
    job_options["max_price_usd"] = _agree_on_price(priced, run_options)
    key = run_options.idempotency_key or f"cli-{uuid.uuid4()}"
    with retry_hint(key):
        job = jobs.create(task, input=wire_input, idempotency_key=key, **job_options)
    if run_options.no_wait:
        session.print_line(job, job.id)
        return
    finish_job(session, job, timeout=run_options.timeout, out=out)


def finish_job(session: Session, job: Job | str, *, timeout: float | None, out: str | None) -> None:
    """Wait for a job, save its outputs and print their paths.

    Raises:
        JobFailed: the job ended without success.
        OutputRefused: its outputs cannot be saved there.
        WaitTimedOut: the job has not ended in time.
    """
    with wait_hint(session, job, out), JobProgress(quiet=session.quiet) as progress:
        check_output(out)
        ended = session.client.jobs.wait(job, timeout_seconds=timeout, on_progress=progress)
    if ended.status != "succeeded":
        raise JobFailed(ended)
    deliver_outputs(session, ended, out)


def deliver_outputs(session: Session, job: Job, out: str | None) -> None:
    """Save the outputs of a job, print their paths or URLs, and report the charge."""
    with download_hint(session, job, out):
        if is_stdout(out):
            _write_to_stdout(session, job)
            return
        files = [] if out is None else session.client.jobs.download(job, out)
        if session.as_json:
            session.print_document(render_document(job) | {"files": [*map(str, files)]})
            return
    for file, saved in zip(files, job.outputs, strict=False):
        named = mimetypes.guess_type(file)[0]
        if named is not None and named.replace("/x-", "/") != saved.mime_type:
            session.print_note(f"{file} holds {saved.mime_type}, whatever its name says.")
    for file in files:
        if not session.quiet:
            print_picture(file)
        output.print(to_plain_text(file))
    if out is None:
        for url in job.downloadable_output_urls:
            output.print(to_plain_text(url))
    session.print_note(f"{job.id} charged ${job.billing.charged_usd}")


def _write_to_stdout(session: Session, job: Job) -> None:
    if len(job.outputs) != 1:
        exit_with_message(f"{job.id} has {len(job.outputs)} outputs; only one goes to stdout.")
    sys.stdout.flush()
    sink = StreamSink(Path("stdout"), sys.stdout.buffer)
    for chunk in session.client.jobs.stream(job):
        sink.write(chunk)
    sink.finish(job.outputs[0])


def _print_price(session: Session, task: str, priced: DryRun) -> None:
    size = priced.effective_input
    shape = f"  {size['width']}x{size['height']}" if "width" in size and "height" in size else ""
    session.print_note(f"{task}{shape}  ${priced.price_usd}")
    for each in priced.input_adjustments:
        words = f"  {each.field}: {each.requested} becomes {each.effective}. {each.message}"
        session.print_note(words)
    print_warnings(session, priced.warnings)


def print_warnings(session: Session, warnings: list[InputWarning]) -> None:
    """Print the advice of the gateway; it changes neither the job nor its price."""
    for warning in warnings:
        session.print_note(f"  {warning.message}")


def _agree_on_price(priced: DryRun, run_options: RunOptions) -> str:
    """Return the most that the job may cost: of `--max-price`, or the price that was accepted."""
    if run_options.max_price is not None:
        return run_options.max_price
    if run_options.yes or Decimal(priced.price_usd) <= load_confirm_limit():
        return priced.price_usd
    if not can_ask():
        exit_with_message(
            f"It costs ${priced.price_usd}, more than ${load_confirm_limit()}:"
            " allow it by --max-price or --yes.",
            EXIT_NEEDS_APPROVAL,
        )
    if not typer.confirm(f"It costs ${priced.price_usd}. Continue?", err=True):
        exit_with_message("Nothing was submitted.", EXIT_NEEDS_APPROVAL)
    return priced.price_usd


def load_confirm_limit() -> Decimal:
    """Return the dollars up to which a job runs without a question: of `config.toml`, else 1."""
    limit = profiles.load_config().get("confirm_above_usd", CONFIRM_ABOVE_USD)
    try:
        return Decimal(str(limit))
    except InvalidOperation:
        exit_with_message(
            f"confirm_above_usd in {profiles.get_config_path()} is not an amount: {limit}"
        )


def parse_media_reference(word: str) -> tuple[str, Any]:
    """Parse a word that names media: return `file`, `jobId` or `url`, and its value.

    `-` is a file whose bytes stand on stdin.
    """
    if word == STDIN:
        return "file", read_stdin()
    file = Path(word).expanduser()
    if file.is_file():
        return "file", file
    if word.startswith("job_"):
        return "jobId", word
    if "://" not in word:
        exit_with_message(f"{word} is neither a file, nor a job, nor a URL.")
    return "url", word
