"""Timeouts of calls: how long one try of a call may take."""

from typing import TypeAlias

import httpx2

Timeout: TypeAlias = float | httpx2.Timeout
"""Seconds without an answer after which a try is given up, or `httpx2.Timeout` for each phase."""
