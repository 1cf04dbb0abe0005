"""From a prompt to a file in one call, without a client; rendered by `python -m gateway.sdk`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Unpack, overload

from killatamata import fields
from killatamata._sync.client import Client
from killatamata._sync.inputs import OnUpload
from killatamata._sync.saving import generate_file
from killatamata._sync.waits import OnJob
from killatamata.timeouts import Timeout


@overload
def generate(
    prompt: str,
    to: str | Path = "./",
    *,
    task: Literal["image.generate"] = "image.generate",
    wait_seconds: float | None = None,
    on_progress: OnJob | None = None,
    on_status: OnJob | None = None,
    on_upload: OnUpload | None = None,
    idempotency_key: str | None = None,
    timeout: Timeout | None = None,
    **fields: Unpack[fields.ImageGenerateFile],
) -> Path: ...


@overload
def generate(
    prompt: str,
    to: str | Path = "./",
    *,
    task: Literal["image.edit"],
    wait_seconds: float | None = None,
    on_progress: OnJob | None = None,
    on_status: OnJob | None = None,
    on_upload: OnUpload | None = None,
    idempotency_key: str | None = None,
    timeout: Timeout | None = None,
    **fields: Unpack[fields.ImageEditFile],
) -> Path: ...


@overload
def generate(
    prompt: str,
    to: str | Path = "./",
    *,
    task: Literal["video.generate"],
    wait_seconds: float | None = None,
    on_progress: OnJob | None = None,
    on_status: OnJob | None = None,
    on_upload: OnUpload | None = None,
    idempotency_key: str | None = None,
    timeout: Timeout | None = None,
    **fields: Unpack[fields.VideoGenerateFile],
) -> Path: ...


@overload
def generate(
    prompt: str,
    to: str | Path = "./",
    *,
    task: Literal["video.extend"],
    wait_seconds: float | None = None,
    on_progress: OnJob | None = None,
    on_status: OnJob | None = None,
    on_upload: OnUpload | None = None,
    idempotency_key: str | None = None,
    timeout: Timeout | None = None,
    **fields: Unpack[fields.VideoExtendFile],
) -> Path: ...


@overload
def generate(
    prompt: str,
    to: str | Path = "./",
    *,
    task: Literal["audio.generate"],
    wait_seconds: float | None = None,
    on_progress: OnJob | None = None,
    on_status: OnJob | None = None,
    on_upload: OnUpload | None = None,
    idempotency_key: str | None = None,
    timeout: Timeout | None = None,
    **fields: Unpack[fields.AudioGenerateFile],
) -> Path: ...


@overload
def generate(
    prompt: str,
    to: str | Path = "./",
    *,
    task: str,
    input: Mapping[str, Any],
    wait_seconds: float | None = None,
    on_progress: OnJob | None = None,
    on_status: OnJob | None = None,
    on_upload: OnUpload | None = None,
    idempotency_key: str | None = None,
    timeout: Timeout | None = None,
    **fields: Unpack[fields.JobOptions],
) -> Path: ...


def generate(
    prompt: str, to: str | Path = "./", *, task: str = "image.generate", **fields: Any
) -> Path:
    """Run a task with a prompt and save its outputs; return the path of the first.

    `to` is a file or a folder; `fields` are those of `run`. If the file cannot be saved in the
    end, a note on the error names the job, which `jobs.download` saves elsewhere.

        killatamata.generate("a lighthouse in the first snow", "lighthouse.png")

    Raises:
        JobFailed: the job ended without success; nothing was charged.
        StatusError: a refusal, such as `PaymentRequired`.
        OSError: `to` cannot be written; checked before the job is submitted, where possible.
    """
    with Client() as client:
        return generate_file(client.jobs, prompt, to, task, fields)
