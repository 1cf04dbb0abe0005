"""The log of calls: the lines that `KT_LOG=info` or `KT_LOG=debug` writes to stderr.

Never a key, a secret or a text: of a body only names, numbers, yes and no, ids and tasks are
written, of a text how long it is. A signed address is cut before its query.
"""

import logging
import os
import re
import sys
from collections.abc import Mapping
from time import monotonic
from typing import Any, TextIO
from urllib.parse import urlsplit

import httpx2

LOG = logging.getLogger("killatamata")
LOG_VARIABLE = "KT_LOG"
LEVELS = {"debug": logging.DEBUG, "info": logging.INFO}
ID = re.compile(r"[a-z]{2,8}_[0-9A-Z]{26}")
TASK_FIELD = re.compile(r"(?:(?:items|steps)\.\d+\.)?(?:task|operation)")
TASK_NAME = re.compile(r"[a-z]+(?:\.[a-z]+)+")
CLOSED_NAMES = {"metadata"}  # its names are the caller's own
API_PATH = "/api/"


def set_up_log() -> None:
    """Write the log to stderr, as `KT_LOG` says; without it the program's own settings decide."""
    level = LEVELS.get(os.environ.get(LOG_VARIABLE, "").lower())
    if level is None:
        return
    LOG.setLevel(level)
    if not LOG.handlers:
        handler = _StderrHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
        LOG.addHandler(handler)
        LOG.propagate = False  # a program that logs to stderr too would show each line twice


class _StderrHandler(logging.StreamHandler[TextIO]):
    """A handler that writes to the stderr of the moment: a program may replace it."""

    @property
    def stream(self) -> TextIO:
        """Return the stderr of the moment."""
        return sys.stderr

    @stream.setter
    def stream(self, _: TextIO) -> None:
        """Keep nothing: the base class sets it once."""


class TryLog:
    """The log of one try of a call: its start, and its answer or failure."""

    def __init__(self, method: str, path: str, number: int, most: int) -> None:
        self._call = f"{method} {to_loggable_url(path)}"
        self._number, self._most = number, most
        self._began = monotonic()

    def begin(self, params: Mapping[str, Any] | None, body: object) -> None:
        """Log what is sent, for `debug`."""
        if LOG.isEnabledFor(logging.DEBUG):
            query, sent = describe_fields(params or {}), describe_fields(body or {})
            LOG.debug(
                "%s, try %d of %d; query: %s; body: %s",
                self._call, self._number, self._most, query, sent,
            )  # fmt: skip

    def end(self, response: httpx2.Response) -> None:
        """Log an answer."""
        LOG.info(
            "%s -> %d in %.2f s, request %s",
            self._call,
            response.status_code,
            monotonic() - self._began,
            response.headers.get("x-request-id", "-"),
        )

    def fail(self, error: Exception, pause_seconds: float | None) -> None:
        """Log a failure by its kind, status and code; the next try comes after a pause, if any."""
        LOG.info(
            "%s -> %s in %.2f s, %s",
            self._call,
            " ".join(str(getattr(error, each, "")) for each in ("status", "code")).strip()
            or type(error).__name__,
            monotonic() - self._began,
            "no further try" if pause_seconds is None else f"again in {pause_seconds:.2f} s",
        )


def to_loggable_url(path: str) -> str:
    """Return a path of the API as it is, and of another address only its host."""
    parts = urlsplit(path)
    if not parts.netloc and parts.path.startswith(API_PATH):
        return parts.path
    host = parts.netloc.rpartition("@")[2]  # no password
    return f"{parts.scheme}://{host}/…" if host else "/…"


def describe_fields(fields: object) -> str:
    """Describe a body or a query: its names, and of its values what cannot be a secret."""
    return ", ".join(_list_fields(fields, "")) or "nothing"


def _list_fields(value: object, name: str) -> list[str]:
    if isinstance(value, Mapping) and name not in CLOSED_NAMES:
        inner = ((f"{name}.{key}" if name else str(key), each) for key, each in value.items())
        return [line for key, each in inner for line in _list_fields(each, key)]
    if isinstance(value, list) and any(isinstance(each, Mapping | list) for each in value):
        return [line for i, each in enumerate(value) for line in _list_fields(each, f"{name}.{i}")]
    return [f"{name}={_describe_value(value, name)}"]


def _describe_value(value: Any, name: str) -> str:  # noqa: ANN401 - any JSON value
    if isinstance(value, bool | int | float) or value is None:
        return str(value)
    if isinstance(value, str):
        is_task = TASK_FIELD.fullmatch(name) and TASK_NAME.fullmatch(value)
        is_plain = is_task or ID.fullmatch(value)
        return value if is_plain else f"<{len(value)} characters>"
    return f"<{len(value)}>" if isinstance(value, list | Mapping) else f"<{type(value).__name__}>"
