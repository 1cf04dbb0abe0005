"""Errors of jobs that failed: our code, words and next step; never the engine's own text."""

from gateway.media.jobs.job_schemas import JobError

NOTHING_CHARGED = "Nothing was charged."
JOB_ERROR_TEXTS: dict[str, tuple[str, str, bool]] = {
    "engine_failed": ("The engine failed to produce this.", "Submit it again as a new job.", True),
    "input_too_large": (
        "An input is larger than the nodes accept.",
        "Send a smaller or shorter file.",
        False,
    ),
    "out_of_memory": (
        "The job needs more memory than the node has.",
        "Use a smaller size or fewer frames.",
        False,
    ),
    "run_timeout": (
        "The job exceeded its task's time limit.",
        (
            "Submit it again, or make it smaller. On a slow GPU, its operator can allow more time: "
            "patience, in the engines file."
        ),
        True,
    ),
    "worker_lost": ("The workers running it were lost.", "Submit it again as a new job.", True),
    "output_invalid": (
        "The engine's output does not match the request.",
        "Submit it again as a new job.",
        True,
    ),
    "output_missing": (
        "It was made, but the file could not be fetched from the engine.",
        "Submit it again as a new job.",
        True,
    ),
    "audio_conditioning_failed": (
        "The reference audio could not be applied.",
        "Try another audio file, or omit it.",
        False,
    ),
    "content_rejected": (
        "The output violates the content rules of this gateway.",
        "Change the prompt.",
        False,
    ),
    "storage_failed": ("The file could not be stored.", "Submit it again later.", True),
}


def render_job_error(code: str | None) -> JobError | None:
    """Render the `error` of a job from its code; an unknown code reads as `engine_failed`."""
    if code is None:
        return None
    message, hint, retryable = JOB_ERROR_TEXTS.get(code, JOB_ERROR_TEXTS["engine_failed"])
    return JobError(
        code=code, message=f"{message} {NOTHING_CHARGED}", hint=hint, retryable=retryable
    )
