"""Time as integer microseconds since 1970 UTC; the constants are microseconds too."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """The wall clock as a port, so that tests can move it."""

    def now(self) -> int:
        """Return microseconds since 1970 UTC."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> int:
        """Return microseconds since 1970 UTC."""
        return time.time_ns() // 1_000


def to_iso(at: int) -> str:
    """Write microseconds since 1970 as ISO 8601 in UTC; a whole second has no fraction."""
    # Not `at / SECOND`: a float of this size has lost the last microseconds.
    utc_time = datetime.fromtimestamp(at // SECOND, UTC).replace(microsecond=at % SECOND)
    return utc_time.isoformat().replace("+00:00", "Z")


def to_iso_or_none(microseconds: int | None) -> str | None:
    """Write a time as `to_iso` does; None stays None."""
    return None if microseconds is None else to_iso(microseconds)


def to_microseconds(aware_time: datetime | None) -> int | None:
    """Return an aware time as microseconds since 1970; None stays None."""
    return None if aware_time is None else (aware_time - EPOCH) // timedelta(microseconds=1)


def to_utc_day(at: int) -> int:
    """Return the UTC day as days since 1970."""
    return at // DAY


def to_utc_month(at: int) -> int:
    """Return the UTC month as months since year 0."""
    utc_time = datetime.fromtimestamp(at // SECOND, UTC)
    return utc_time.year * 12 + utc_time.month - 1


def end_of_utc_day(at: int) -> int:
    """Return the first microsecond of the next UTC day."""
    return (to_utc_day(at) + 1) * DAY


def end_of_utc_month(at: int) -> int:
    """Return the first microsecond of the next UTC month."""
    return start_of_utc_month(to_utc_month(at) + 1)


def start_of_utc_month(months: int) -> int:
    """Return the first microsecond of a UTC month, given as months since year 0."""
    year, month = divmod(months, 12)
    return int(datetime(year, month + 1, 1, tzinfo=UTC).timestamp()) * SECOND
