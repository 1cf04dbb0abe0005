"""The refusals of media jobs, quotes and media inputs: leaves of the tree in `gateway.kit.errors`.

402  PriceExceedsMax
409  QuoteMismatch, QuoteUsed, JobFinished, SourceNotReady        410  QuoteExpired, OutputDeleted
422  UnknownTask, TaskNotEnabled, AdjustmentRequired, JobTooLarge, MissingAnchor, AudioTooShort,
     MediaNotFound, MediaTooLarge, WebhookUrlRefused, ContentRejected
503  NoCapacity, QueueFull
"""

from gateway.kit.errors import (
    Conflict,
    PaymentRequired,
    Problem,
    Unavailable,
    Unprocessable,
)


class PriceExceedsMax(PaymentRequired):
    """The price is above `maxPriceUsd`."""

    code = "price_exceeds_max"
    hint = "Raise maxPriceUsd to at least `priceUsd`, or make the job smaller."


class QuoteMismatch(Conflict):
    """The quote has no unused item with this task and input."""

    code = "quote_mismatch"
    hint = "Send exactly the quoted task and input, or ask for a new quote."


class QuoteUsed(Conflict):
    """This item of the quote has already been run."""

    code = "quote_used"
    hint = "Read the job named in `jobId`, or ask for a new quote to run it again."


class JobFinished(Conflict):
    """The job has already ended."""

    code = "job_finished"
    hint = "There is nothing to do; read the job to see how it ended."


class SourceNotReady(Conflict):
    """The source job has not succeeded yet."""

    code = "source_not_ready"
    hint = "Wait for the job named in `jobId`, then send the same request."
    retryable = True


class OutputDeleted(Problem):
    """The bytes of this output are gone."""

    status = 410
    code = "output_deleted"
    hint = "Outputs are kept for 48 hours; run the job again, with a project that keeps them."


class QuoteExpired(Problem):
    """This quote is no longer valid."""

    status = 410
    code = "quote_expired"
    hint = "Ask for a new quote; quotes are valid for 15 minutes."


class UnknownTask(Unprocessable):
    """There is no such task."""

    code = "unknown_task"
    hint = "Read the names of the tasks with GET /api/v1/media/tasks."


class TaskNotEnabled(Unprocessable):
    """No pipeline for this task is enabled here."""

    code = "task_not_enabled"
    hint = "Read the enabled tasks with GET /api/v1/media/tasks."


class AdjustmentRequired(Unprocessable):
    """The input would be changed, and `strict` forbids it."""

    code = "adjustment_required"
    hint = "Send the effective values listed in `errors`, or leave `strict` out."


class JobTooLarge(Unprocessable):
    """The job is larger than any node, or the task, can carry."""

    code = "job_too_large"
    hint = "Make it smaller."


class MissingAnchor(Unprocessable):
    """Reference audio needs a frame to start from."""

    code = "missing_anchor"
    hint = "Add startFrameImageUrl or overlapFrameImageUrls; finalFrameImageUrl alone is no anchor."


class AudioTooShort(Unprocessable):
    """The reference audio ends before the clip."""

    code = "audio_too_short"
    hint = "Set padAudio to true to add silence, give longer audio, or make the clip shorter."


class MediaNotFound(Unprocessable):
    """There is no such asset or output, it has expired, or it is not yours."""

    code = "media_not_found"
    hint = "Check the id; outputs are kept for 48 hours, assets for as long as you keep them."


class MediaTooLarge(Unprocessable):
    """The inline media has too many bytes."""

    code = "media_too_large"
    hint = "Upload it as an asset and use asset://…"


class WebhookUrlRefused(Unprocessable):
    """The webhook URL cannot be used."""

    code = "webhook_url_refused"
    hint = "Give a public https URL on port 443."


class ContentRejected(Unprocessable):
    """The request does not pass the content rules of this gateway."""

    code = "content_rejected"
    hint = "Change the prompt or the media."


class NoCapacity(Unavailable):
    """No node that can run this task has been seen for 10 minutes."""

    code = "no_capacity"


class QueueFull(Unavailable):
    """The queue of the whole gateway is full."""

    code = "queue_full"
