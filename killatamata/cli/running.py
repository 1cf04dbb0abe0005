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
from killatamata.cli.resuming import (
    check_output,
    check_output_before_submit,
    is_stdout,
    offering_download,
    offering_retry,
    offering_wait,
)
from killatamata.cli.session import (
    APPROVAL,
    Session,
    asks,
    document,
    dollars,
    refuse,
)
from killatamata.cli.showing import JobProgress, errors, output, picture, plain
from killatamata.errors import JobFailed
from killatamata.saving import Stream
from killatamata.types import DryRun, InputWarning, Job
from killatamata.wire import JsonObject

CONFIRM_ABOVE_USD = Decimal(1)


@dataclass(kw_only=True)
class Order:
    """Options of the commands that run a job."""

    max_price: Annotated[
        str | None,
        typer.Option(
            help="Maximum price in dollars; up to it, you are not asked.", callback=dollars
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
    project: Annotated[str | None, typer.Option(help="A project to file it under.")] = None
    idempotency_key: Annotated[
        str | None, typer.Option(help="Your own idempotency key: it creates only one job.")
    ] = None


def order(session: Session, asked: Order, task: str, given: JsonObject) -> None:
    """Price a job, submit it if the price is agreed, wait for it and save its outputs.

    The price that was shown is the `maxPriceUsd` of the submit: a price that rises in between is
    refused instead of charged.

    Raises:
        KillaTamataError: a refusal, a failed job, or a wait that timed out.
    """
    jobs = session.client.jobs
    job_options = {} if asked.project is None else {"project_id": asked.project}
    out = None if asked.dry_run or asked.no_wait else asked.out
    check_output_before_submit(out)
    # Media are uploaded once, here; price and submit below use the same wire input.
    wire_input = jobs.body(task, **given)["input"]
    priced = jobs.dry_run(task, **wire_input, **job_options)
    _say_price(task, priced)
    if asked.dry_run:
        session.show(priced, lambda: output.print(plain(f"${priced.price_usd}")))
        return
    check_output_before_submit(out, priced.effective_input.get("count", 1))
    job_options |= {"max_price_usd": _agreed(priced, asked)}
    key = asked.idempotency_key or f"cli-{uuid.uuid4()}"
    with offering_retry(key):
        job = jobs.create(task, idempotency_key=key, **wire_input, **job_options)
    if asked.no_wait:
        session.show(job, lambda: output.print(plain(job.id)))
        return
    finish(session, job, timeout=asked.timeout, out=out)


def finish(session: Session, job: Job | str, *, timeout: float | None, out: str | None) -> None:
    """Wait for a job, save its outputs and print their paths.

    Raises:
        JobFailed: the job ended without success.
        OutputRefused: its outputs cannot be saved there.
        WaitTimedOut: the job has not ended in time.
    """
    with offering_wait(session, job, out), JobProgress() as progress:
        check_output(out)
        ended = session.client.jobs.wait(job, timeout_seconds=timeout, on_progress=progress)
    if ended.status != "succeeded":
        raise JobFailed(ended)
    deliver(session, ended, out)


def deliver(session: Session, job: Job, out: str | None) -> None:
    """Save the outputs of a job, print their paths or URLs, and report the charge."""
    with offering_download(session, job, out):
        if is_stdout(out):
            _write_to_stdout(session, job)
            return
        files = [] if out is None else session.client.jobs.download(job, out)
    for file, saved in zip(files, job.outputs, strict=False):
        named = mimetypes.guess_type(file)[0]
        if named is not None and named.replace("/x-", "/") != saved.mime_type:
            errors.print(plain(f"{file} holds {saved.mime_type}, whatever its name says."))
    if session.as_json:
        session.show(document(job) | {"files": [str(file) for file in files]}, lambda: None)
        return
    for file in files:
        picture(file)
        output.print(plain(file))
    if out is None:
        for url in job.downloadable_output_urls:
            output.print(plain(url))
    errors.print(plain(f"{job.id} charged ${job.billing.charged_usd}"))


def _write_to_stdout(session: Session, job: Job) -> None:
    if len(job.outputs) != 1:
        refuse(f"{job.id} has {len(job.outputs)} outputs; only one goes to stdout.")
    sys.stdout.flush()
    sink = Stream(Path("stdout"), sys.stdout.buffer)
    for chunk in session.client.jobs.stream(job):
        sink.write(chunk)
    sink.finish(job.outputs[0])


def _say_price(task: str, priced: DryRun) -> None:
    size = priced.effective_input
    shape = f"  {size['width']}x{size['height']}" if "width" in size and "height" in size else ""
    errors.print(plain(f"{task}{shape}  ${priced.price_usd}"))
    for each in priced.input_adjustments:
        words = f"  {each.field}: {each.requested} becomes {each.effective}. {each.message}"
        errors.print(plain(words))
    print_warnings(priced.warnings)


def print_warnings(warnings: list[InputWarning]) -> None:
    """Print the advice of the gateway; it changes neither the job nor its price."""
    for warning in warnings:
        errors.print(plain(f"  {warning.message}"))


def _agreed(priced: DryRun, asked: Order) -> str:
    """Return the most that the job may cost: of `--max-price`, or the price that was accepted."""
    if asked.max_price is not None:
        return asked.max_price
    if asked.yes or Decimal(priced.price_usd) <= _limit():
        return priced.price_usd
    if not asks():
        refuse(
            f"It costs ${priced.price_usd}, more than ${_limit()}:"
            " allow it by --max-price or --yes.",
            APPROVAL,
        )
    if not typer.confirm(f"It costs ${priced.price_usd}. Continue?", err=True):
        refuse("Nothing was submitted.", APPROVAL)
    return priced.price_usd


def _limit() -> Decimal:
    """Return the dollars up to which a job runs without a question: of `config.toml`, else 1."""
    limit = profiles.load().get("confirm_above_usd", CONFIRM_ABOVE_USD)
    try:
        return Decimal(str(limit))
    except InvalidOperation:
        refuse(f"confirm_above_usd in {profiles.path()} is not an amount: {limit}")


def media(word: str) -> tuple[str, Any]:
    """Parse a word that names media: return `file`, `jobId` or `url`, and its value."""
    file = Path(word).expanduser()
    if file.is_file():
        return "file", file
    if word.startswith("job_"):
        return "jobId", word
    if "://" not in word:
        refuse(f"{word} is neither a file, nor a job, nor a URL.")
    return "url", word
