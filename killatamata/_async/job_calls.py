"""Calls of `client.jobs` that name a task, typed by its name.

Rendered by `python -m gateway.sdk`, not written by hand.
"""

from collections.abc import Mapping
from typing import Any, Literal, Unpack, overload

from killatamata import fields
from killatamata._async.inputs import OnUpload
from killatamata._async.job_requests import JobRequests
from killatamata._async.waits import OnJob
from killatamata.timeouts import Timeout
from killatamata.types import DryRun, Job
from killatamata.wire import JsonObject


class JobCalls(JobRequests):
    """Submits, dry runs and bodies of jobs."""

    @overload
    async def create(
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
    async def create(
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
    async def create(
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
    async def create(
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
    async def create(
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
    async def create(
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
    async def create(
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
    async def create(
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
    async def create(
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

    async def create(
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
        return await self._submit(task, fields, idempotency_key, on_upload, timeout)

    @overload
    async def create_and_wait(
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
    async def create_and_wait(
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
    async def create_and_wait(
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
    async def create_and_wait(
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
    async def create_and_wait(
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
    async def create_and_wait(
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
    async def create_and_wait(
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
    async def create_and_wait(
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
    async def create_and_wait(
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

    async def create_and_wait(
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
        return await self._run(
            task,
            fields,
            idempotency_key,
            timeout_seconds=wait_seconds,
            on_progress=on_progress,
            on_status=on_status,
            on_upload=on_upload,
            timeout=timeout,
        )

    @overload
    async def dry_run(
        self,
        task: Literal["image.generate"],
        /,
        *,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.ImageGenerateJob],
    ) -> DryRun: ...

    @overload
    async def dry_run(
        self,
        task: Literal["image.edit"],
        /,
        *,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.ImageEditJob],
    ) -> DryRun: ...

    @overload
    async def dry_run(
        self,
        task: Literal["image.upscale"],
        /,
        *,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.ImageUpscaleJob],
    ) -> DryRun: ...

    @overload
    async def dry_run(
        self,
        task: Literal["video.generate"],
        /,
        *,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.VideoGenerateJob],
    ) -> DryRun: ...

    @overload
    async def dry_run(
        self,
        task: Literal["video.extend"],
        /,
        *,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.VideoExtendJob],
    ) -> DryRun: ...

    @overload
    async def dry_run(
        self,
        task: Literal["video.upscale"],
        /,
        *,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.VideoUpscaleJob],
    ) -> DryRun: ...

    @overload
    async def dry_run(
        self,
        task: Literal["video.combine"],
        /,
        *,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.VideoCombineJob],
    ) -> DryRun: ...

    @overload
    async def dry_run(
        self,
        task: Literal["audio.generate"],
        /,
        *,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.AudioGenerateJob],
    ) -> DryRun: ...

    @overload
    async def dry_run(
        self,
        task: str,
        /,
        *,
        input: Mapping[str, Any],
        timeout: Timeout | None = None,
        **fields: Unpack[fields.JobOptions],
    ) -> DryRun: ...

    async def dry_run(
        self, task: str, /, *, timeout: Timeout | None = None, **fields: Any
    ) -> DryRun:
        """Return the effective input and price of a submit; nothing is stored.

        Raises:
            StatusError: a refusal.
        """
        return await self._dry_run(task, fields, timeout)

    @overload
    async def body(
        self,
        task: Literal["image.generate"],
        /,
        *,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.ImageGenerateJob],
    ) -> JsonObject: ...

    @overload
    async def body(
        self,
        task: Literal["image.edit"],
        /,
        *,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.ImageEditJob],
    ) -> JsonObject: ...

    @overload
    async def body(
        self,
        task: Literal["image.upscale"],
        /,
        *,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.ImageUpscaleJob],
    ) -> JsonObject: ...

    @overload
    async def body(
        self,
        task: Literal["video.generate"],
        /,
        *,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.VideoGenerateJob],
    ) -> JsonObject: ...

    @overload
    async def body(
        self,
        task: Literal["video.extend"],
        /,
        *,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.VideoExtendJob],
    ) -> JsonObject: ...

    @overload
    async def body(
        self,
        task: Literal["video.upscale"],
        /,
        *,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.VideoUpscaleJob],
    ) -> JsonObject: ...

    @overload
    async def body(
        self,
        task: Literal["video.combine"],
        /,
        *,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.VideoCombineJob],
    ) -> JsonObject: ...

    @overload
    async def body(
        self,
        task: Literal["audio.generate"],
        /,
        *,
        timeout: Timeout | None = None,
        **fields: Unpack[fields.AudioGenerateJob],
    ) -> JsonObject: ...

    @overload
    async def body(
        self,
        task: str,
        /,
        *,
        input: Mapping[str, Any],
        timeout: Timeout | None = None,
        **fields: Unpack[fields.JobOptions],
    ) -> JsonObject: ...

    async def body(
        self, task: str, /, *, timeout: Timeout | None = None, **fields: Any
    ) -> JsonObject:
        """Return the body of a submit as it goes over the wire; large files are uploaded."""
        return await self._build_body(task, fields, timeout)
