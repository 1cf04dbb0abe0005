"""The refusals of media jobs, quotes and media inputs: leaves of the tree in `gateway.kit.errors`.

402  PriceExceedsMax
409  QuoteMismatch, QuoteUsed, JobFinished, SourceNotReady, PriceChanged, NoPrice
410  QuoteExpired, OutputDeleted
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
    hint = "Send exactly the quoted task and input, or request a new quote."


class QuoteUsed(Conflict):
    """This item of the quote has already been run."""

    code = "quote_used"
    hint = "Read the job named in `jobId`, or request a new quote to run it again."


class PriceChanged(Conflict):
    """The operator withdrew the price of this plan or quote."""

    code = "price_changed"
    hint = "Prepare the plan or request the quote again; `newTotalUsd` is what it costs now."


class NoPrice(Conflict):
    """Nothing has a price here now: the operator withdrew the price table."""

    code = "no_price"
    hint = (
        "Nothing was spent. Do not prepare or quote it again: tell the user that it has no price "
        "until the operator publishes a new price table."
    )


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
    """This output has been deleted."""

    status = 410
    code = "output_deleted"
    hint = "Outputs are kept for 48 hours; run the job again with a `projectId` to keep them."


class QuoteExpired(Problem):
    """This quote is no longer valid."""

    status = 410
    code = "quote_expired"
    hint = "Request a new quote; quotes are valid for 15 minutes."


class UnknownTask(Unprocessable):
    """There is no such task."""

    code = "unknown_task"
    hint = "List the tasks with GET /api/v1/media/tasks."


class TaskNotEnabled(Unprocessable):
    """This task is not enabled here."""

    code = "task_not_enabled"
    hint = "List the enabled tasks with GET /api/v1/media/tasks."


class AdjustmentRequired(Unprocessable):
    """The input would be adjusted, and `strict` forbids it."""

    code = "adjustment_required"
    hint = "Send the effective values listed in `errors`, or omit `strict`."


class JobTooLarge(Unprocessable):
    """The job exceeds what the task allows or any node can run."""

    code = "job_too_large"
    hint = "Make the job smaller."


class MissingAnchor(Unprocessable):
    """Reference audio needs a frame to start from."""

    code = "missing_anchor"
    hint = (
        "Add startFrameImageUrl or overlapFrameImageUrls; finalFrameImageUrl alone is not enough."
    )


class AudioTooShort(Unprocessable):
    """The reference audio is shorter than the clip."""

    code = "audio_too_short"
    hint = "Set padAudio to true to add silence, use longer audio, or make the clip shorter."


class MediaNotFound(Unprocessable):
    """The asset or output does not exist, has expired, or is not yours."""

    code = "media_not_found"
    hint = "Check the id; outputs are kept for 48 hours, assets until you archive them."


class MediaTooLarge(Unprocessable):
    """The inline media is too large."""

    code = "media_too_large"
    hint = "Upload it as an asset and use asset://…"


class WebhookUrlRefused(Unprocessable):
    """The webhook URL cannot be used."""

    code = "webhook_url_refused"
    hint = "Use a public https URL on port 443."


class ContentRejected(Unprocessable):
    """The request violates the content rules of this gateway."""

    code = "content_rejected"
    hint = "Change the prompt or the media."


class NoCapacity(Unavailable):
    """No node able to run this task has been seen for 10 minutes."""

    code = "no_capacity"


class QueueFull(Unavailable):
    """The gateway's queue is full."""

    code = "queue_full"
