"""Logging: one line of JSON for each event, on stdout, without secrets.

Prompts, bodies and media are never given to a logger; redaction is the second line of defence.
"""

import logging
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import TextIO, TypeAlias

import structlog
from pydantic_core import to_json
from structlog.types import EventDict, Processor

from gateway.kit.release import VERSION
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
    `forward` gets each line as well, after its redaction.
    """

    process_fields: dict[str, str] = field(default_factory=dict)
    is_direct: bool = False
    forward: Callable[[LogFields], None] | None = None


_process = _ProcessLogging()


class _Stdout(logging.StreamHandler[TextIO]):
    """A handler that writes to what `sys.stdout` is at the moment; tests replace it."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stdout


def write_log_line(logger: str, level: int, event: str, fields: dict[str, object]) -> None:
    """Write one event whose fields are all words of ours, never a client's text.

    Each request costs one such line. So it skips structlog's processors and the redaction, which
    take longer than the line itself; a client's text must not come this way.
    """
    if not _process.is_direct:
        structlog.stdlib.get_logger(logger).log(level, event, **fields)
    elif logging.getLogger(logger).isEnabledFor(level):
        ts = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        head = {
            "ts": ts,
            "level": _level_name(level),
            "event": event,
            **_process.process_fields,
            "logger": logger,
        }
        line = head | fields
        sys.stdout.write(f"{to_json(line).decode()}\n")
        sys.stdout.flush()
        if _process.forward is not None:
            _process.forward(line)


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
