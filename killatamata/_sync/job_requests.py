"""Requests of jobs, whatever their task: submit, price, wait; `job_calls` gives them types."""

from collections.abc import Iterable, Mapping
from typing import Any

from killatamata import fields
from killatamata._sync.inputs import Inputs, OnUpload
from killatamata._sync.paging import Resource
from killatamata._sync.waits import OnJob, wait_for_end
from killatamata.errors import JobFailed, note_job
from killatamata.idempotency import KeptKey, make_key
from killatamata.timeouts import Timeout
from killatamata.types import DryRun, Job, Quote
from killatamata.wire import JsonObject, build_query, split_item

JOBS_PATH = "/api/v1/media/jobs"


class JobRequests(Resource):
    """The jobs of this account, to request and to wait for."""

    def get(
        self,
        job_id: str,
        *,
        include_details: bool = True,
        wait_seconds: int = 0,
        since_version: int | None = None,
        timeout: Timeout | None = None,
    ) -> Job:
        """Return a job; wait up to 30 seconds for its end, or for a change since a version.

        Without details, as in a list, its `effective_input`, `input_adjustments` and `warnings`
        are None.

        Raises:
            NotFound: there is no such job of this account.
        """
        query = build_query(
            job_id=job_id,
            include_details=include_details,
            wait_seconds=wait_seconds,
            since_version=since_version,
        )
        return self._transport.request_model(Job, "GET", JOBS_PATH, params=query, timeout=timeout)

    def wait(
        self,
        job: Job | str,
        *,
        timeout_seconds: float | None = None,
        on_progress: OnJob | None = None,
        on_status: OnJob | None = None,
        timeout: Timeout | None = None,
    ) -> Job:
        """Wait until the job has ended, with or without success, and return it.

        `on_progress` gets the job as it is and whenever it has changed, `on_status` whenever its
        status has. `timeout` is that of each request, `timeout_seconds` of the whole wait.

        Raises:
            WaitTimedOut: the job has not ended in time; it goes on.
        """
        current = job if isinstance(job, Job) else self.get(job, timeout=timeout)

        def fetch(wait_seconds: int, since_version: int) -> Job:
            return self.get(
                current.id, wait_seconds=wait_seconds, since_version=since_version, timeout=timeout
            )

        return wait_for_end(
            current,
            fetch,
            call_seconds=self._transport.to_call_seconds(timeout),
            timeout_seconds=timeout_seconds,
            on_progress=on_progress,
            on_status=on_status,
        )

    def quote_all(self, items: Iterable[fields.Item], *, timeout: Timeout | None = None) -> Quote:
        """Return the exact prices of up to 100 jobs; one bad item refuses all.

            client.quote_all([{"task": "image.generate", "input": {"prompt": "a fox"}}])

        Raises:
            StatusError: a refusal; nothing is held either way.
        """
        # One for all items: they go in one request.
        inputs = Inputs(self._transport, timeout=timeout)
        bodies = [inputs.build_body(*split_item(item)) for item in items]
        return self._transport.request_model(
            Quote, "POST", "/api/v1/media/quote", json={"items": bodies}, timeout=timeout
        )

    def _submit(
        self,
        task: str,
        fields: Mapping[str, Any],
        idempotency_key: str | None,
        on_upload: OnUpload | None,
        timeout: Timeout | None,
    ) -> Job:
        key = idempotency_key or make_key()
        inputs = Inputs(self._transport, on_upload, timeout=timeout)
        with KeptKey(key):  # the error of an upload names it too: the caller repeats the submit
            body = inputs.build_body(task, fields)
        return self._transport.request_model(
            Job, "POST", JOBS_PATH, json=body, idempotency_key=key, timeout=timeout
        )

    def _run(
        self,
        task: str,
        fields: Mapping[str, Any],
        idempotency_key: str | None,
        *,
        on_upload: OnUpload | None,
        timeout_seconds: float | None,
        on_progress: OnJob | None,
        on_status: OnJob | None,
        timeout: Timeout | None,
    ) -> Job:
        key = idempotency_key or make_key()
        with KeptKey(key):
            submitted = self._submit(task, fields, key, on_upload, timeout)
            try:
                job = self.wait(
                    submitted,
                    timeout_seconds=timeout_seconds,
                    on_progress=on_progress,
                    on_status=on_status,
                    timeout=timeout,
                )
            except BaseException as error:
                name = submitted.id
                words = f"{name} was submitted: jobs.wait({name!r}) waits for it."
                note_job(error, name, f"{words} Submitting again would pay again.")
                raise
            if job.status != "succeeded":
                raise JobFailed(job)
            return job

    def _dry_run(self, task: str, fields: Mapping[str, Any], timeout: Timeout | None) -> DryRun:
        body = self._build_body(task, fields, timeout)
        return self._transport.request_model(
            DryRun, "POST", JOBS_PATH, json=body, params={"dryRun": 1}, timeout=timeout
        )

    def _build_body(
        self, task: str, fields: Mapping[str, Any], timeout: Timeout | None
    ) -> JsonObject:
        return Inputs(self._transport, timeout=timeout).build_body(task, fields)
