"""Errors of pipelines: each has its job error code, and if another attempt may help.

    PipelineFailed
    ├── EngineFailed              PlanRefused, NodeIncompatible, InputUnreadable
    ├── NodeBusy
    ├── InputOversized
    ├── OutOfMemory
    ├── RunTimeout                Stalled
    ├── WorkerLost                PaidWorkLost
    ├── FreeElsewhere
    ├── OutputInvalid             ClipsDiffer
    ├── OutputMissing             OutputWithheld
    ├── AudioConditioningFailed
    ├── ContentRejected
    └── StorageFailed

The docstring of an error is what the user reads; `detail` is for the operator's log only.
"""

from inspect import getdoc
from typing import ClassVar


class PipelineFailed(Exception):  # noqa: N818 - said of the pipeline
    """The job failed."""

    code: ClassVar[str] = "engine_failed"
    retryable_elsewhere: ClassVar[bool] = False
    uses_attempt: ClassVar[bool] = True

    def __init__(self, detail: str = "") -> None:
        """Keep `detail`, raw text for the operator that no user may see."""
        super().__init__(self.message())
        self.detail = detail

    @classmethod
    def message(cls) -> str:
        """Return the sentence for the user."""
        return (getdoc(cls) or "").split("\n")[0]


class EngineFailed(PipelineFailed):
    """The engine failed while rendering."""

    retryable_elsewhere = True


class PlanRefused(EngineFailed):
    """The engine rejected the job."""

    retryable_elsewhere = False


class NodeIncompatible(EngineFailed):
    """The node lacks something this job needs."""

    uses_attempt = False


class InputUnreadable(EngineFailed):
    """An input could not be read."""

    retryable_elsewhere = False


class InputOversized(PipelineFailed):
    """An input is larger than the node accepts."""

    code = "input_too_large"
    retryable_elsewhere = True


class OutOfMemory(PipelineFailed):
    """The job did not fit into the memory of the node."""

    code = "out_of_memory"
    retryable_elsewhere = True


class RunTimeout(PipelineFailed):
    """The job exceeded its run time limit."""

    code = "run_timeout"


class Stalled(RunTimeout):
    """The engine stopped making progress."""

    retryable_elsewhere = True


class WorkerLost(PipelineFailed):
    """The worker running the job was lost."""

    code = "worker_lost"
    retryable_elsewhere = True


class PaidWorkLost(WorkerLost):
    """The answer to the job was lost."""

    # We may have to pay for it: made again elsewhere we would pay twice for what is sold once.
    retryable_elsewhere = False


class NodeBusy(PipelineFailed):
    """The node did not take the job."""

    uses_attempt = False


class FreeElsewhere(PipelineFailed):
    """Another node is free while this one works for others."""

    uses_attempt = False


class OutputInvalid(PipelineFailed):
    """The output does not match the request."""

    code = "output_invalid"
    retryable_elsewhere = True


class ClipsDiffer(OutputInvalid):
    """A clip does not contain the number of frames it declares."""

    retryable_elsewhere = False


class OutputMissing(PipelineFailed):
    """The output could not be fetched from the node that made it."""

    code = "output_missing"
    retryable_elsewhere = True


class OutputWithheld(OutputMissing):
    """The output could not be fetched from the node that made it."""

    retryable_elsewhere = False


class AudioConditioningFailed(PipelineFailed):
    """The reference audio could not be applied."""

    code = "audio_conditioning_failed"


class ContentRejected(PipelineFailed):
    """The output was rejected by moderation."""

    code = "content_rejected"


class StorageFailed(PipelineFailed):
    """There was no space to store the output."""

    code = "storage_failed"
    retryable_elsewhere = True
