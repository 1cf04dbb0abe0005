"""Hints to resume a job: the command that a user types after one that ended early.

Once a job is submitted its price is held, whatever ends the command. So each step from submit to
download runs inside a hint, which adds a note to any error, Ctrl-C included.
"""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

from killatamata.cli.session import OutputRefused, Session, exit_with_message
from killatamata.errors import KillaTamataError, StatusError
from killatamata.output_files import check_target, find_descriptor
from killatamata.types import Job

STDOUT = "-"


def check_output(out: str | None, outputs: int = 1) -> None:
    """Check that outputs can be saved there.

    Raises:
        OutputRefused: they cannot be saved.
    """
    if out is None:
        return
    try:
        check_target("/dev/stdout" if out == STDOUT else out, outputs)
    except OSError as error:
        raise OutputRefused(f"Cannot save to {out}: {error.strerror}.") from error


def check_output_before_submit(out: str | None, outputs: int = 1) -> None:
    """End the command before it costs anything if its outputs cannot be saved there."""
    try:
        check_output(out, outputs)
    except OutputRefused as error:
        exit_with_message(f"{error} Nothing was charged.")


def is_stdout(out: str | None) -> bool:
    """Return True for `-`, `/dev/stdout` and links to it."""
    return out is not None and (out == STDOUT or find_descriptor(Path(out)) == 1)


@contextmanager
def retry_hint(key: str) -> Iterator[None]:
    """Name the idempotency key if a submit failed and a job may exist all the same."""
    try:
        yield
    except (KillaTamataError, OSError, KeyboardInterrupt) as error:
        # A 5xx may come from a proxy after the gateway has accepted the job: only 4xx are certain.
        if isinstance(error, StatusError) and error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise  # there is no job
        error.add_note(
            "It may have been submitted. Repeated with this option, the same command"
            f" makes no second job:\n  --idempotency-key {shlex.quote(key)}"
        )
        raise


@contextmanager
def wait_hint(session: Session, job: Job | str, out: str | None) -> Iterator[None]:
    """Name the command that waits for a job, if this one ends before the job does."""
    try:
        yield
    except (KillaTamataError, OSError, ValueError, KeyboardInterrupt) as error:
        if isinstance(job, Job):
            words = f"{job.id} was submitted, ${job.billing.price_usd} held. To wait for it:"
            error.add_note(words + _build_command(session, "wait", job.id, out))
        elif not isinstance(error, StatusError):  # a refusal may mean that there is no such job
            words = f"{job} was not waited for to its end. To wait for it:"
            error.add_note(words + _build_command(session, "wait", job, out))
        raise


@contextmanager
def download_hint(session: Session, job: Job, out: str | None) -> Iterator[None]:
    """Name the command that saves the outputs of a job, if this one cannot."""
    try:
        yield
    except (KillaTamataError, OSError, ValueError, KeyboardInterrupt) as error:
        words = f"{job.id} charged ${job.billing.charged_usd}. To save it:"
        error.add_note(words + _build_command(session, "download", job.id, out))
        raise


def _build_command(session: Session, verb: str, job_id: str, out: str | None) -> str:
    words = ["killatamata", "jobs", verb, job_id]
    options = {"-o": out, "--profile": session.profile, "--base-url": session.base_url}
    for option, value in options.items():
        words += [] if value is None else [option, value]
    key = "" if session.api_key is None else "\n  with the same --api-key"
    return f"\n  {shlex.join(words)}{key}"
