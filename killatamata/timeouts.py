"""Timeouts of calls: how long one try of a call may take."""

from typing import TypeAlias

import httpx2

LONGEST_SILENCE_SECONDS = 30.0  # a gateway sends a comment every 15 seconds
Timeout: TypeAlias = float | httpx2.Timeout
"""Seconds without an answer after which a try is given up, or `httpx2.Timeout` for each phase."""


def to_stream_limits(timeout: Timeout) -> httpx2.Timeout:
    """Return the limits of an event stream, which is silent for a while when all is well."""
    limits = httpx2.Timeout(timeout)
    if limits.read is not None:
        limits.read = max(limits.read, LONGEST_SILENCE_SECONDS)
    return limits
