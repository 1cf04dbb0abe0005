"""One line of JSON for each event, on stdout, without secrets.

Prompts, bodies and media are never given to a logger; redaction is the second line of defence.
"""

import logging
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import version
from typing import TextIO

import structlog
from pydantic_core import to_json
from structlog.types import EventDict, Processor

from gateway.kit.redaction import redacted

# These log URLs, statements with values, or requests that we log ourselves.
QUIET = ("httpx2", "httpcore2", "sqlalchemy.engine", "stripe", "botocore", "PIL", "alembic")
OURS = ("gateway", "workers", "mcp_server", "killatamata")
UVICORN = ("uvicorn", "uvicorn.error", "uvicorn.access")


@dataclass(slots=True)
class _Now:
    """How this process logs: who it is, and whether lines of our own words may go straight out."""

    about: dict[str, str] = field(default_factory=dict)
    straight: bool = False


_now = _Now()


class _Stdout(logging.StreamHandler[TextIO]):
    """Writes to what stdout is at the moment, as the last resort of `logging` does to stderr."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stdout


def write_line(logger: str, level: int, event: str, fields: dict[str, object]) -> None:
    """Write one event whose fields are all words of ours, never a client's text.

    It is the line that each request costs, so it goes around the processors that others need.
    """
    if not _now.straight:
        structlog.stdlib.get_logger(logger).log(level, event, **fields)
    elif logging.getLogger(logger).isEnabledFor(level):
        ts = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        head = {"ts": ts, "level": _level(level), "event": event, **_now.about, "logger": logger}
        sys.stdout.write(f"{to_json(head | fields).decode()}\n")
        sys.stdout.flush()


@lru_cache
def _level(level: int) -> str:
    return logging.getLevelName(level).lower()


def configure(level: str = "INFO", *, json: bool = True, role: str = "gateway") -> None:
    """Send structlog and stdlib loggers through the same processors; text for a developer's eyes.

    `role` says on each line what this process is.
    uvicorn must be started with `log_config=None, access_log=False`.

    Raises:
        ValueError: the level is not known.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
        _about,
    ]
    _now.about = {"role": role, "version": version("killatamata")} if json else {}
    _now.straight = json
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
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=_last(json=json))
    )
    root = logging.getLogger()
    root.handlers = [handler]
    # At debug, libraries log statements with their values: prompts, addresses. Ours never do.
    root.setLevel(level.upper())
    root.setLevel(max(root.level, logging.INFO))
    for name in OURS:
        logging.getLogger(name).setLevel(level.upper())
    _tame()


def _last(*, json: bool) -> list[Processor]:
    """Return what happens to each event, ours or foreign: render exceptions, redact, write."""
    console = structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty(), timestamp_key="ts")
    return [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.StackInfoRenderer(),
        # The plain traceback: unlike the one as a dictionary it never shows locals.
        structlog.processors.format_exc_info,
        _redact,
        structlog.processors.JSONRenderer(ensure_ascii=False) if json else console,
    ]


def _about(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Add the name of the process to each log line."""
    event.update(_now.about)
    return event


def _redact(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Redact the rendered event as the last thing before it is written."""
    return {name: value for name, value in _fields(event).items() if value is not None}


def _fields(event: EventDict) -> EventDict:
    plain = redacted(event)
    assert isinstance(plain, dict)  # noqa: S101 - a mapping stays a mapping
    first = {name: plain.pop(name) for name in ("ts", "level", "event") if name in plain}
    return first | plain


def _tame() -> None:
    """Let uvicorn speak through the root logger, and the chatty libraries only of trouble."""
    for name in UVICORN:
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = name != "uvicorn.access"
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
