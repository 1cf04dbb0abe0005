"""Sessions of the handshake era: a process keeps each of them, so each caller has only so many.

The SDK opens and ends them; it has one limit for all, so that a single key could take every place
and 60 KiB of memory for each. This table follows what passes through the door: a session begins
with an answer that names it, and ends with its DELETE or after so many seconds without a request,
the same that the SDK is given. A stream of `/sse` is a session as long as it is open.

Some clients go without a DELETE: Gemini CLI leaves a session behind at each run. What remains is a
session whose stream has ended, so where there is no room, one that was left makes it.
"""

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from mcp_server.principal import Principal

RETRY_SECONDS = 60  # when no session is idle, nobody knows when the next one ends


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """How many sessions may be open, and how long one stays without a request."""

    per_key: int = 20
    per_account: int = 100
    total: int = 4_000
    idle_seconds: float = 1_800


@dataclass(slots=True, eq=False)
class OpenSession:
    """A session and whose it is; `idle_since` counts while no request of it is `in_flight`.

    It is `left` when its stream ended last: a client that goes on listens again, or asks.
    """

    principal_id: str
    account_id: str
    session_id: str | None = None
    in_flight: int = 1
    idle_since: float = 0.0
    left: bool = False


class SessionLimitReached(Exception):  # noqa: N818 - it is an answer, not a failure of ours
    """There is no room for one more session; `retry_after_seconds` is when there may be."""

    def __init__(self, message: str, retry_after_seconds: int) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


@dataclass(slots=True)
class OpenSessions:
    """The sessions of one process."""

    limits: SessionLimits
    clock: Callable[[], float] = time.monotonic
    _open: set[OpenSession] = field(default_factory=set)
    _named: dict[str, OpenSession] = field(default_factory=dict)

    def open(self, principal: Principal) -> OpenSession:
        """Return a new session of this caller, with the request that opens it in flight.

        Raises:
            SessionLimitReached: the caller, its account or the process has as many as it may.
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

    def name(self, session: OpenSession, session_id: str) -> None:
        """Note the id that the SDK gave to a session."""
        session.session_id = session_id
        self._named[session_id] = session

    def begin_request(self, session_id: str, principal: Principal) -> OpenSession | None:
        """Return the session of this caller that a request is of; another caller's is not there."""
        session = self._named.get(session_id)
        if session is None or session.principal_id != principal.id:
            return None
        session.in_flight += 1
        return session

    def take_left(self, principal: Principal) -> OpenSession | None:
        """Take the session off the table that this caller left longest ago, if there is one."""
        own = [
            each
            for each in self._open
            if each.principal_id == principal.id and each.left and not each.in_flight
        ]
        session = min(own, key=lambda each: each.idle_since, default=None)
        if session is not None:
            self.forget(session)
        return session

    def end_request(self, session: OpenSession, *, was_stream: bool = False) -> None:
        """Count a request of a session as answered; one that got no id was never opened."""
        session.in_flight -= 1
        session.idle_since = self.clock()
        session.left = was_stream
        if session.session_id is None:
            self.forget(session)

    def forget(self, session: OpenSession) -> None:
        """Take a session off the table."""
        self._open.discard(session)
        self._named.pop(session.session_id or "", None)

    def _forget_idle(self) -> None:
        ended = self.clock() - self.limits.idle_seconds
        idle = [each for each in self._open if not each.in_flight and each.idle_since <= ended]
        for session in idle:
            self.forget(session)

    def _check_room(self, who: str, sessions: Iterable[OpenSession], most: int) -> None:
        found = list(sessions)
        if len(found) < most:
            return
        now, idle = self.clock(), self.limits.idle_seconds
        ends = [each.idle_since + idle - now for each in found if not each.in_flight]
        seconds = max(1, math.ceil(min(ends, default=RETRY_SECONDS)))
        told = f"{who} has reached its limit of {most} open MCP sessions."
        raise SessionLimitReached(told, seconds)
