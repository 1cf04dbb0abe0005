"""One call from a prompt to a file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from killatamata._async.jobs import Jobs
from killatamata.errors import note_job
from killatamata.idempotency import KeptKey, make_key
from killatamata.output_files import check_target


async def generate_file(
    jobs: Jobs, prompt: str, to: str | Path, task: str, fields: Mapping[str, Any]
) -> Path:
    """Run a task with a prompt and save its outputs; return the path of the first.

    Raises:
        JobFailed: the job ended without success; nothing was charged.
        StatusError: a refusal, such as `PaymentRequired`.
        OSError: `to` cannot be written; checked before the job is submitted, where possible.
    """
    count = fields.get("count")
    check_target(to, count if isinstance(count, int) else 1)
    given: dict[str, Any] = {**fields}
    key = given["idempotency_key"] = given.get("idempotency_key") or make_key()
    if "input" in given:
        given["input"] = {"prompt": prompt, **given["input"]}
    else:
        given["prompt"] = prompt
    with KeptKey(key):
        job = await jobs.create_and_wait(task, **given)
        try:
            return (await jobs.download(job, to, timeout=given.get("timeout")))[0]
        except BaseException as error:
            words = f"{job.id} charged ${job.billing.charged_usd}"
            note_job(error, job.id, f"{words}: save it with jobs.download({job.id!r}).")
            raise
