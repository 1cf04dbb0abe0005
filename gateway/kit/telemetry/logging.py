"""Logging: one line of JSON for each event, on stdout, without secrets.

Prompts, bodies and media are never given to a logger; redaction is the second line of defence.
"""

import atexit
import logging
import sys
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import TextIO, TypeAlias

import structlog
from pydantic_core import to_json
from structlog.types import EventDict, Processor

from gateway.kit.clock import SECOND
from gateway.kit.release import VERSION
from gateway.kit.telemetry.log_lines import LogLines
from gateway.kit.telemetry.redaction import redact

# These log URLs, statements with values, or requests that we log ourselves.
QUIET_LOGGERS = ("httpx2", "httpcore2", "sqlalchemy.engine", "stripe", "botocore", "PIL", "alembic")
OWN_LOGGERS = ("gateway", "workers", "mcp_server", "killatamata")
UVICORN_LOGGERS = ("uvicorn", "uvicorn.error", "uvicorn.access")

LogFields: TypeAlias = Mapping[str, object]


@dataclass(slots=True)
class _ProcessLogging:
    """The logging of this process: the fields on each line, and whether lines may go straight out.

    `is_direct` is set when lines are JSON, so `write_log_line` can make them without structlog.
    `forward` gets each line as well, after its redaction. `lines` are those that wait for the end
    of this turn of the event loop.
    """

    process_fields: dict[str, str] = field(default_factory=dict)
    is_direct: bool = False
    forward: Callable[[LogFields], None] | None = None
    lines: LogLines = field(default_factory=LogLines)


_process = _ProcessLogging()
atexit.register(_process.lines.flush)
_task_fields: ContextVar[LogFields] = ContextVar("task_fields")


class _Stdout(logging.StreamHandler[TextIO]):
    """A handler that writes to what `sys.stdout` is at the moment; tests replace it."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line, after those that came before it."""
        try:
            _process.lines.flush()
        except Exception:  # noqa: BLE001 - whoever logs must not fail because stdout does
            self.handleError(record)
        super().emit(record)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stdout


def set_log_fields(fields: LogFields) -> None:
    """Put these fields, and none that were set before, on every log line of the present task."""
    # structlog has a variable for each field, and finds the old ones by walking through all.
    _task_fields.set(fields)


def write_log_line(logger: str, level: int, event: str, fields: dict[str, object]) -> None:
    """Write one event whose fields are all words of ours, never a client's text.

    Each request costs one such line. So it skips structlog's processors and the redaction, which
    take longer than the line itself; a client's text must not come this way.
    """
    if not _process.is_direct:
        structlog.stdlib.get_logger(logger).log(level, event, **fields)
    elif _get_logger(logger).isEnabledFor(level):
        seconds, microseconds = divmod(time.time_ns() // 1_000, SECOND)
        line = {
            "ts": f"{_format_second(seconds)}.{microseconds:06d}Z",
            "level": _level_name(level),
            "event": event,
            **_process.process_fields,
            "logger": logger,
            **fields,
        }
        _process.lines.add(f"{to_json(line).decode()}\n")
        if _process.forward is not None:
            _process.forward(line)


# Finding a logger takes a lock.
_get_logger = lru_cache(logging.getLogger)


@lru_cache(maxsize=8)
def _format_second(seconds: int) -> str:
    """Return a time in seconds since 1970 UTC as ISO 8601, without a zone."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


@lru_cache
def _level_name(level: int) -> str:
    return logging.getLevelName(level).lower()


def configure_logging(level: str = "INFO", *, json: bool = True, role: str = "gateway") -> None:
    """Send structlog and stdlib loggers through the same processors; without `json` as plain text.

    `role` stands on each line and names this process.
    uvicorn must be started with `log_config=None, access_log=False`.

    Raises:
        ValueError: the level is not known.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        _add_task_fields,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
        _add_process_fields,
    ]
    _process.process_fields = {"role": role, "version": VERSION} if json else {}
    _process.is_direct = json
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = _Stdout()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=_final_processors(json=json)
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    # At DEBUG, libraries log statements with their values: prompts, addresses. Our loggers never
    # do, so only they may go below INFO. The first call reads the name of the level.
    root.setLevel(level.upper())
    root.setLevel(max(root.level, logging.INFO))
    for name in OWN_LOGGERS:
        logging.getLogger(name).setLevel(level.upper())
    _quiet_libraries()


def forward_log_events(forward: Callable[[LogFields], None] | None) -> None:
    """Give each line to this function as well, with secrets hidden; None: to nobody."""
    _process.forward = forward


def _final_processors(*, json: bool) -> list[Processor]:
    """Return the processors that end each event, ours or a library's: exceptions, redaction, JSON.

    Redaction comes after the exceptions are text: a traceback may hold a secret.
    """
    console = structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty(), timestamp_key="ts")
    return [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.StackInfoRenderer(),
        # The plain traceback: structlog's traceback as a dictionary would show local variables.
        structlog.processors.format_exc_info,
        _redact_event,
        _forward_event,
        structlog.processors.JSONRenderer(ensure_ascii=False) if json else console,
    ]


def _add_task_fields(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Add the fields of the present task to an event, unless it has them itself."""
    return {**_task_fields.get({}), **event}


def _add_process_fields(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Add role and version of the process to an event."""
    event.update(_process.process_fields)
    return event


def _redact_event(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Hide the secrets of an event, and drop its empty fields."""
    return {name: value for name, value in _order_fields(event).items() if value is not None}


def _forward_event(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Give the event to whoever gets each line as well."""
    if _process.forward is not None:
        _process.forward(event)
    return event


def _order_fields(event: EventDict) -> EventDict:
    """Return the redacted fields, with time, level and event first."""
    plain = redact(event)
    assert isinstance(plain, dict)  # noqa: S101 - a mapping stays a mapping
    first = {name: plain.pop(name) for name in ("ts", "level", "event") if name in plain}
    return first | plain


def _quiet_libraries() -> None:
    """Send uvicorn's lines through the root logger, and of chatty libraries only warnings."""
    for name in UVICORN_LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = name != "uvicorn.access"
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
