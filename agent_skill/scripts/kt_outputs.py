"""Outputs of `kt.py`: jobs are followed to their end, and their files saved."""

from __future__ import annotations

import shlex
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kt_gateway import DONE, JOB_FAILED, STILL_RUNNING, USAGE, JsonObject, say, show, stop

if TYPE_CHECKING:
    import argparse

    from kt_gateway import Api

OPEN, LONGEST_WAIT_SECONDS = {"queued", "running"}, 30
STDOUT = {"/dev/stdout", "/dev/fd/1"}
JOBS = "/api/v1/media/jobs"


def followed(api: Api, job: JsonObject, words: argparse.Namespace) -> int:
    """Wait for a job, save its outputs and show it; any error names the command that continues."""
    again = again_with("job", job["jobId"], words.output)
    try:
        job = ended(api, job, words.timeout, again)
        if words.output and job["status"] == "succeeded":
            download(job, Path(words.output))
    except (Exception, KeyboardInterrupt):
        say(f"${job['billing']['priceUsd']} {job['billing']['state']}. Continue with: {again}")
        raise
    if words.output not in STDOUT:
        show(job)
    return DONE if job["status"] == "succeeded" else JOB_FAILED


def ended(api: Api, job: JsonObject, timeout: int, again: str) -> JsonObject:
    """Wait until a job has ended and return it; stop when the time is up."""
    ends, seen = time.monotonic() + timeout, None
    while job["status"] in OPEN:
        if job["status"] != seen:
            say(f"{job['jobId']} {(seen := job['status'])}")
        left = int(ends - time.monotonic())
        if left <= 0:
            stop(STILL_RUNNING, f"It is still running. Continue with: {again}")
        job = poll(api, JOBS, job, left, jobId=job["jobId"])
    return job


def poll(api: Api, path: str, known: JsonObject, left: int, **query: str) -> Any:
    """Read a job or plan once it has news, or after up to `left` seconds.

    A gateway that stops answers at once without news: a pause keeps the caller's loop calm.
    """
    began, seen = time.monotonic(), known["version"]
    found = api.get(path, waitSeconds=min(left, LONGEST_WAIT_SECONDS), sinceVersion=seen, **query)
    if found["version"] == seen and time.monotonic() - began < 1:
        time.sleep(1)
    return found


def again_with(*words: Any) -> str:
    """Return the command that continues; the last word is the output file, or None."""
    *command, output = words
    return shlex.join(["kt.py", *command, *(["-o", output] if output else [])])


def is_special(to: Path) -> bool:
    """Return True for devices and pipes: they are written through, never replaced."""
    return str(to) in STDOUT or (to.exists() and not to.is_file())


def check_output(to: Path, cost: str = "") -> None:
    """Stop, before anything is waited for, where no file can be written; say what it has cost."""
    try:
        if to.is_dir():
            stop(USAGE, f"{to} is a folder: name a file.")
        if not is_special(to):
            tempfile.TemporaryFile(dir=to.parent).close()
    except OSError as error:
        stop(USAGE, f"Cannot save to {to}: {error.strerror}. {cost}".rstrip())


def download(job: JsonObject, to: Path) -> None:
    """Save each output; the signed URLs need no key and get none."""
    for number, url in enumerate(job["downloadableOutputUrls"], 1):
        file = to if number == 1 or is_special(to) else to.with_stem(f"{to.stem}-{number}")
        part = file if is_special(file) else file.with_name(f"{file.name}.part")
        with urllib.request.urlopen(url, timeout=60) as answer, part.open("wb") as handle:
            while data := answer.read(1 << 20):
                handle.write(data)
        part.replace(file)  # of a device onto itself: nothing happens
        say(f"saved {file}")
