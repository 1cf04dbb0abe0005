"""Hints to resume: the command that a user types after one that ended early.

Once a job, a plan or a message is submitted its price is held, whatever ends the command. So each
step from submit to download runs inside a hint, which adds a note to any error, Ctrl-C included.
"""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

from killatamata.cli.session import OutputRefused, Session, exit_with_message
from killatamata.errors import KillaTamataError, StatusError
from killatamata.output_files import check_target, find_descriptor
from killatamata.types import Job, MessageSent, Plan

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
def retry_hint(key: str, *, does_not: str = "makes no second job") -> Iterator[None]:
    """Name the idempotency key if a submit failed and may have been accepted all the same."""
    try:
        yield
    except (KillaTamataError, OSError, ValueError, KeyboardInterrupt) as error:
        if not _is_certain(error):
            error.add_note(
                "It may have been submitted. Repeated with this option, the same command"
                f" {does_not}:\n  --idempotency-key {shlex.quote(key)}"
            )
        raise


def _is_certain(error: BaseException) -> bool:
    """Return True if the gateway has surely refused; a 5xx may be of a proxy after it accepted."""
    return isinstance(error, StatusError) and error.status < HTTPStatus.INTERNAL_SERVER_ERROR


@contextmanager
def plan_hint(session: Session, plan: Plan) -> Iterator[None]:
    """Name the command that shows a plan, if its execution or the wait for it fails."""
    try:
        yield
    except (KillaTamataError, OSError, ValueError, KeyboardInterrupt) as error:
        is_running = plan.outcome is not None
        if is_running or not _is_certain(error):
            state = "was executed" if is_running else "may have been executed; it runs only once"
            words = f"{plan.plan_id} {state}. To see how it goes:"
            error.add_note(words + _build_command(session, "plans", "show", plan.plan_id))
        raise


@contextmanager
def answer_hint(session: Session, sent: MessageSent, thread_id: str) -> Iterator[None]:
    """Name the commands that show and cancel the answer of the agent, if it was not awaited."""
    try:
        yield
    except (KillaTamataError, OSError, ValueError, KeyboardInterrupt) as error:
        held = f"{sent.request_id} was sent, ${sent.billing.price_usd} held."
        show = _build_command(session, "threads", "show", thread_id)
        cancel = _build_command(session, "threads", "cancel", sent.request_id)
        error.add_note(f"{held} To read the answer:{show}\nTo cancel it:{cancel}")
        raise


@contextmanager
def wait_hint(session: Session, job: Job | str, out: str | None) -> Iterator[None]:
    """Name the command that waits for a job, if this one ends before the job does."""
    try:
        yield
    except (KillaTamataError, OSError, ValueError, KeyboardInterrupt) as error:
        if isinstance(job, Job):
            words = f"{job.id} was submitted, ${job.billing.price_usd} held. To wait for it:"
            error.add_note(words + _build_command(session, "jobs", "wait", job.id, out=out))
        elif not isinstance(error, StatusError):  # a refusal may mean that there is no such job
            words = f"{job} was not waited for to its end. To wait for it:"
            error.add_note(words + _build_command(session, "jobs", "wait", job, out=out))
        raise


@contextmanager
def download_hint(session: Session, job: Job, out: str | None) -> Iterator[None]:
    """Name the command that saves the outputs of a job, if this one cannot."""
    try:
        yield
    except (KillaTamataError, OSError, ValueError, KeyboardInterrupt) as error:
        words = f"{job.id} charged ${job.billing.charged_usd}. To save it:"
        error.add_note(words + _build_command(session, "jobs", "download", job.id, out=out))
        raise


def _build_command(session: Session, *verb: str, out: str | None = None) -> str:
    words = ["killatamata", *verb]
    options = {"-o": out, "--profile": session.profile, "--base-url": session.base_url}
    for option, value in options.items():
        words += [] if value is None else [option, value]
    key = "" if session.api_key is None else "\n  with the same --api-key"
    return f"\n  {shlex.join(words)}{key}"
