"""One line of JSON for each event, on stdout, without secrets.

Prompts, bodies and media are never given to a logger; redaction is the second line of defence.
"""

import logging
import sys
from typing import TextIO

import structlog
from structlog.types import EventDict, Processor

from gateway.kit.redaction import redacted

# These log URLs, statements with values, or requests that we log ourselves.
QUIET = ("httpx2", "httpcore2", "sqlalchemy.engine", "stripe", "botocore", "PIL", "alembic")
UVICORN = ("uvicorn", "uvicorn.error", "uvicorn.access")


class _Stdout(logging.StreamHandler[TextIO]):
    """Writes to what stdout is at the moment, as the last resort of `logging` does to stderr."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stdout


def configure(level: str = "INFO", *, json: bool = True) -> None:
    """Send structlog and stdlib loggers through the same processors; text for a developer's eyes.

    uvicorn must be started with `log_config=None, access_log=False`.

    Raises:
        ValueError: the level is not known.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
    ]
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
    root.setLevel(level.upper())
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
