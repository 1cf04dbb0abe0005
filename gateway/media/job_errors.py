"""Why a job ended without success: our code, words and next step; never the engine's text."""

from typing import Any

FREE = "Nothing was charged."
ERRORS: dict[str, tuple[str, str, bool]] = {
    "engine_failed": ("The engine could not make this.", "Submit it again as a new job.", True),
    "input_too_large": (
        "An input is larger than the nodes take.",
        "Send a smaller or shorter file.",
        False,
    ),
    "out_of_memory": (
        "The job needs more memory than the node has.",
        "Ask for a smaller size or fewer frames.",
        False,
    ),
    "run_timeout": ("The job ran longer than its task may.", "Submit it again, or smaller.", True),
    "worker_lost": ("The workers running it were lost.", "Submit it again as a new job.", True),
    "output_invalid": (
        "The engine's file is not what was ordered.",
        "Submit it again as a new job.",
        True,
    ),
    "audio_conditioning_failed": (
        "The reference audio could not be applied.",
        "Try another audio file, or leave it out.",
        False,
    ),
    "content_rejected": (
        "The output does not pass the content rules of this gateway.",
        "Change the prompt.",
        False,
    ),
    "storage_failed": ("The file could not be stored.", "Submit it again in a while.", True),
}


def explain(code: str | None) -> dict[str, Any] | None:
    """Return the `error` of a job on the wire."""
    if code is None:
        return None
    message, hint, retryable = ERRORS.get(code, ERRORS["engine_failed"])
    return {
        "code": code,
        "message": f"{message} {FREE}",
        "hint": hint,
        "retryable": retryable,
    }
