"""Sessions of the handshake versions, counted by key, by account and in all.

The SDK opens and ends sessions, but has one limit for all: a single key could take every place,
at 60 KiB of memory each. This table follows the requests that pass through admission. A session
begins with an answer that names it, and ends with its DELETE or after `idle_seconds` without a
request; the SDK is given the same number, so both forget a session at the same time. A stream of
`/sse` is a session as long as it is open.

Some clients leave without a DELETE: Gemini CLI leaves a session behind at each run. Such a session
is one whose stream was the last to end. Where there is no room, the caller's oldest abandoned
session is ended for the new one.

No method here awaits, so each is atomic among the requests of the process. A session counts from
`open` on, before it has an id; a request in flight keeps it from being idle or abandoned.
"""

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from mcp_server.principal import Principal

RETRY_SECONDS = 60  # a guess for when no session is idle, so that no end can be computed


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """The limits of open sessions, and how long one stays without a request."""

    per_key: int = 20
    per_account: int = 100
    total: int = 4_000
    idle_seconds: float = 1_800


@dataclass(slots=True, eq=False)
class OpenSession:
    """A session and its owner; `idle_since` counts while no request of it is `in_flight`.

    `is_abandoned` is True if its stream ended after every other request: a client that goes on
    opens the stream again, or sends a request.
    """

    principal_id: str
    account_id: str
    session_id: str | None = None
    in_flight: int = 1
    idle_since: float = 0.0
    is_abandoned: bool = False


class SessionLimitReached(Exception):  # noqa: N818 - it is an answer, not a failure of ours
    """The caller, its account or the process has no room for one more session.

    `retry_after_seconds` is the time until the next session may end.
    """

    def __init__(self, message: str, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


@dataclass(slots=True)
class OpenSessions:
    """The sessions of one process."""

    limits: SessionLimits
    clock: Callable[[], float] = time.monotonic
    _open: set[OpenSession] = field(default_factory=set)
    _by_id: dict[str, OpenSession] = field(default_factory=dict)

    def open(self, principal: Principal) -> OpenSession:
        """Add a session of this caller, with the request that opens it in flight.

        Raises:
            SessionLimitReached: the caller, its account or the process is at its limit.
        """
        self._forget_idle()
        of_account = [each for each in self._open if each.account_id == principal.account_id]
        of_key = [each for each in of_account if each.principal_id == principal.id]
        self._check_room("This key or app", of_key, self.limits.per_key)
        self._check_room("This account", of_account, self.limits.per_account)
        self._check_room("The server", self._open, self.limits.total)
        session = OpenSession(principal.id, principal.account_id)
        self._open.add(session)
        return session

    def assign_id(self, session: OpenSession, session_id: str) -> None:
        """Record the id that the SDK gave to a session."""
        session.session_id = session_id
        self._by_id[session_id] = session

    def begin_request(self, session_id: str, principal: Principal) -> OpenSession | None:
        """Return this caller's session of an id, with one more request in flight.

        None if there is none, or it is another caller's.
        """
        session = self._by_id.get(session_id)
        if session is None or session.principal_id != principal.id:
            return None
        session.in_flight += 1
        return session

    def take_abandoned(self, principal: Principal) -> OpenSession | None:
        """Remove and return the session that this caller abandoned longest ago; None: no such."""
        own = [
            each
            for each in self._open
            if each.principal_id == principal.id and each.is_abandoned and not each.in_flight
        ]
        session = min(own, key=lambda each: each.idle_since, default=None)
        if session is not None:
            self.forget(session)
        return session

    def end_request(self, session: OpenSession, *, was_stream: bool = False) -> None:
        """Count a request of a session as answered.

        A session without an id after its first request was never opened by the SDK, or was a
        stream of `/sse`, which has ended: it is removed.
        """
        session.in_flight -= 1
        session.idle_since = self.clock()
        session.is_abandoned = was_stream
        if session.session_id is None:
            self.forget(session)

    def forget(self, session: OpenSession) -> None:
        """Remove a session from the table; one that is not there does no harm."""
        self._open.discard(session)
        self._by_id.pop(session.session_id or "", None)

    def _forget_idle(self) -> None:
        ended = self.clock() - self.limits.idle_seconds
        idle = [each for each in self._open if not each.in_flight and each.idle_since <= ended]
        for session in idle:
            self.forget(session)

    def _check_room(self, holder: str, sessions: Iterable[OpenSession], limit: int) -> None:
        counted = list(sessions)
        if len(counted) < limit:
            return
        now, idle = self.clock(), self.limits.idle_seconds
        remaining = [each.idle_since + idle - now for each in counted if not each.in_flight]
        seconds = max(1, math.ceil(min(remaining, default=RETRY_SECONDS)))
        message = f"{holder} has reached its limit of {limit} open MCP sessions."
        raise SessionLimitReached(message, seconds)
