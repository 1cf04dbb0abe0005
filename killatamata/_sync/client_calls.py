"""Calls of the client that name a task, typed by its name.

Rendered by `python -m gateway.sdk`, not written by hand.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Unpack, cast, overload

from killatamata import fields
from killatamata._sync.inputs import OnUpload
from killatamata._sync.jobs import Jobs
from killatamata._sync.saving import generate_file
from killatamata._sync.waits import OnJob
from killatamata.timeouts import Timeout
from killatamata.types import Job, Quote


class ClientCalls:
    """Calls that name a task; `jobs` does them."""

    jobs: Jobs

    @overload
    def run(
        self,
        task: Literal["image.generate"],
        /,
        *,
        wait_seconds: float | None = None,
        on_progress: OnJob | None = None,
        on_status: OnJob | None = None,
        on_upload: OnUpload | None = None,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.ImageGenerateJob],
    ) -> Job: ...

    @overload
    def run(
        self,
        task: Literal["image.edit"],
        /,
        *,
        wait_seconds: float | None = None,
        on_progress: OnJob | None = None,
        on_status: OnJob | None = None,
        on_upload: OnUpload | None = None,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.ImageEditJob],
    ) -> Job: ...

    @overload
    def run(
        self,
        task: Literal["image.upscale"],
        /,
        *,
        wait_seconds: float | None = None,
        on_progress: OnJob | None = None,
        on_status: OnJob | None = None,
        on_upload: OnUpload | None = None,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.ImageUpscaleJob],
    ) -> Job: ...

    @overload
    def run(
        self,
        task: Literal["video.generate"],
        /,
        *,
        wait_seconds: float | None = None,
        on_progress: OnJob | None = None,
        on_status: OnJob | None = None,
        on_upload: OnUpload | None = None,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.VideoGenerateJob],
    ) -> Job: ...

    @overload
    def run(
        self,
        task: Literal["video.extend"],
        /,
        *,
        wait_seconds: float | None = None,
        on_progress: OnJob | None = None,
        on_status: OnJob | None = None,
        on_upload: OnUpload | None = None,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.VideoExtendJob],
    ) -> Job: ...

    @overload
    def run(
        self,
        task: Literal["video.upscale"],
        /,
        *,
        wait_seconds: float | None = None,
        on_progress: OnJob | None = None,
        on_status: OnJob | None = None,
        on_upload: OnUpload | None = None,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.VideoUpscaleJob],
    ) -> Job: ...

    @overload
    def run(
        self,
        task: Literal["video.combine"],
        /,
        *,
        wait_seconds: float | None = None,
        on_progress: OnJob | None = None,
        on_status: OnJob | None = None,
        on_upload: OnUpload | None = None,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.VideoCombineJob],
    ) -> Job: ...

    @overload
    def run(
        self,
        task: Literal["audio.generate"],
        /,
        *,
        wait_seconds: float | None = None,
        on_progress: OnJob | None = None,
        on_status: OnJob | None = None,
        on_upload: OnUpload | None = None,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.AudioGenerateJob],
    ) -> Job: ...

    @overload
    def run(
        self,
        task: str,
        /,
        *,
        input: Mapping[str, Any],
        wait_seconds: float | None = None,
        on_progress: OnJob | None = None,
        on_status: OnJob | None = None,
        on_upload: OnUpload | None = None,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.JobOptions],
    ) -> Job: ...

    def run(
        self,
        task: str,
        /,
        *,
        wait_seconds: float | None = None,
        on_progress: OnJob | None = None,
        on_status: OnJob | None = None,
        on_upload: OnUpload | None = None,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
        **fields: Any,
    ) -> Job:
        """Submit a job, wait for its end and return it; see `submit` for the fields.

        `on_progress` gets the job whenever it has changed, `on_status` whenever its status has.
        `timeout` bounds each request in seconds, `wait_seconds` the whole wait.

            job = client.run("image.generate", prompt="a lighthouse", on_status=print)

        Raises:
            JobFailed: the job ended without success; nothing was charged.
            WaitTimedOut: the job has not ended within `wait_seconds`; it goes on.
            StatusError: a refusal; nothing is held.
            KillaTamataError: any other; the same call with its `idempotency_key` makes no second
                job, and its `job_id` is the job, if one was submitted.
        """
        return self.jobs.create_and_wait(
            task,
            wait_seconds=wait_seconds,
            on_progress=on_progress,
            on_status=on_status,
            on_upload=on_upload,
            idempotency_key=idempotency_key,
            timeout=timeout,
            **fields,
        )

    @overload
    def submit(
        self,
        task: Literal["image.generate"],
        /,
        *,
        on_upload: OnUpload | None = None,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.ImageGenerateJob],
    ) -> Job: ...

    @overload
    def submit(
        self,
        task: Literal["image.edit"],
        /,
        *,
        on_upload: OnUpload | None = None,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.ImageEditJob],
    ) -> Job: ...

    @overload
    def submit(
        self,
        task: Literal["image.upscale"],
        /,
        *,
        on_upload: OnUpload | None = None,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.ImageUpscaleJob],
    ) -> Job: ...

    @overload
    def submit(
        self,
        task: Literal["video.generate"],
        /,
        *,
        on_upload: OnUpload | None = None,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.VideoGenerateJob],
    ) -> Job: ...

    @overload
    def submit(
        self,
        task: Literal["video.extend"],
        /,
        *,
        on_upload: OnUpload | None = None,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.VideoExtendJob],
    ) -> Job: ...

    @overload
    def submit(
        self,
        task: Literal["video.upscale"],
        /,
        *,
        on_upload: OnUpload | None = None,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.VideoUpscaleJob],
    ) -> Job: ...

    @overload
    def submit(
        self,
        task: Literal["video.combine"],
        /,
        *,
        on_upload: OnUpload | None = None,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.VideoCombineJob],
    ) -> Job: ...

    @overload
    def submit(
        self,
        task: Literal["audio.generate"],
        /,
        *,
        on_upload: OnUpload | None = None,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.AudioGenerateJob],
    ) -> Job: ...

    @overload
    def submit(
        self,
        task: str,
        /,
        *,
        input: Mapping[str, Any],
        on_upload: OnUpload | None = None,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.JobOptions],
    ) -> Job: ...

    def submit(
        self,
        task: str,
        /,
        *,
        on_upload: OnUpload | None = None,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
        **fields: Any,
    ) -> Job:
        """Submit a job and return it at once; its exact price is held now.

        `fields` are the input of the task and the options of a job, in snake_case. A media field
        takes a `Path`, bytes, an open binary file or a picture of Pillow or NumPy, sent along, or
        uploaded if it is large (`on_upload` gets how far); or an address, asset or output. One
        idempotency key is one job, however often it is sent. A task that this version does not know
        takes its input as one argument, `input={…}`, which only the gateway checks.

            job = client.submit("image.generate", prompt="a lighthouse", width=1024, height=1024)

        Raises:
            StatusError: a refusal; nothing is held.
            ConnectionFailed: no answer; it may have been submitted. The same call with the
                `idempotency_key` of the error makes no second job.
        """
        return self.jobs.create(
            task, on_upload=on_upload, idempotency_key=idempotency_key, timeout=timeout, **fields
        )

    @overload
    def quote(
        self,
        task: Literal["image.generate"],
        /,
        *,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.ImageGenerateQuote],
    ) -> Quote: ...

    @overload
    def quote(
        self,
        task: Literal["image.edit"],
        /,
        *,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.ImageEditQuote],
    ) -> Quote: ...

    @overload
    def quote(
        self,
        task: Literal["image.upscale"],
        /,
        *,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.ImageUpscaleQuote],
    ) -> Quote: ...

    @overload
    def quote(
        self,
        task: Literal["video.generate"],
        /,
        *,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.VideoGenerateQuote],
    ) -> Quote: ...

    @overload
    def quote(
        self,
        task: Literal["video.extend"],
        /,
        *,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.VideoExtendQuote],
    ) -> Quote: ...

    @overload
    def quote(
        self,
        task: Literal["video.upscale"],
        /,
        *,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.VideoUpscaleQuote],
    ) -> Quote: ...

    @overload
    def quote(
        self,
        task: Literal["video.combine"],
        /,
        *,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.VideoCombineQuote],
    ) -> Quote: ...

    @overload
    def quote(
        self,
        task: Literal["audio.generate"],
        /,
        *,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.AudioGenerateQuote],
    ) -> Quote: ...

    @overload
    def quote(
        self,
        task: str,
        /,
        *,
        input: Mapping[str, Any],
        timeout: Timeout | None = None,
        **fields: Unpack[fields.ItemOptions],
    ) -> Quote: ...

    def quote(self, task: str, /, *, timeout: Timeout | None = None, **fields: Any) -> Quote:
        """Return the exact price of a job, for 15 minutes; run it with `quote_id`.

            quote = client.quote("image.generate", prompt="a lighthouse", high_detail=True)

        Raises:
            StatusError: a refusal; nothing is held either way.
        """
        return self.jobs.quote_all([cast("Any", (task, fields))], timeout=timeout)

    @overload
    def generate(
        self,
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
        self,
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
        self,
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
        self,
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
        self,
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
        self,
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
        self, prompt: str, to: str | Path = "./", *, task: str = "image.generate", **fields: Any
    ) -> Path:
        """Run a task with a prompt and save its outputs; return the path of the first.

        `to` is a file or a folder; `fields` are those of `run`. If the file cannot be saved in the
        end, a note on the error names the job, which `jobs.download` saves elsewhere.

            client.generate("a lighthouse in the first snow", "lighthouse.png")

        Raises:
            JobFailed: the job ended without success; nothing was charged.
            StatusError: a refusal, such as `PaymentRequired`.
            OSError: `to` cannot be written; checked before the job is submitted, where possible.
        """
        return generate_file(self.jobs, prompt, to, task, fields)
