"""Browser sessions: opened at a sign-in, found by the hash of their cookie, ended on the server.

Nothing is cached: a session that is revoked ends everywhere at once. It also ends after 7 days
without use and 30 days after its sign-in; for 10 minutes it is fresh, for delicate changes.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import func, select, update

from gateway.identity.errors import FreshSignInRequired
from gateway.identity.keys.keys import SCOPES
from gateway.identity.tables import BrowserSession
from gateway.kit.clock import DAY, HOUR, MINUTE
from gateway.kit.database.group_commit import GroupRead
from gateway.kit.database.sessions import Database, Session, Snapshot
from gateway.kit.database.sql import sql
from gateway.kit.errors import InvalidInput, LiveModeDisabled, NotFound
from gateway.kit.ids import Ids
from gateway.kit.operation import Caller
from gateway.kit.roles import Role
from gateway.ledger.accounts.owners import BOOKS, get_customer_numbers

IDLE_LIMIT, SESSION_LIFETIME, FRESH_PERIOD = 7 * DAY, 30 * DAY, 10 * MINUTE
SEEN_INTERVAL = HOUR  # a write an hour, not one for each request
TOKEN_BYTES = 32
NOW = func.kt_now()
ALIVE_CONDITIONS = (
    BrowserSession.revoked_at.is_(None),
    BrowserSession.seen_at > NOW - IDLE_LIMIT,
    BrowserSession.created_at > NOW - SESSION_LIFETIME,
)
SELECT_SESSIONS = sql(
    f"""
    SELECT s.hash, s.id, account.id, s.created_at, s.seen_at, kt_now(), s.account_id, m.id, m.role
    FROM {{rows}}
    JOIN browser_session AS s ON s.hash = given.hash
    JOIN account ON account.id = COALESCE(s.acting_account_id, s.account_id)
    LEFT JOIN member AS m ON m.account_id = s.acting_account_id AND m.person_id = s.account_id
      AND m.removed_at IS NULL
    WHERE s.revoked_at IS NULL AND account.closed_at IS NULL
      AND (s.acting_account_id IS NULL OR m.id IS NOT NULL)
      AND s.seen_at > kt_now() - {IDLE_LIMIT} AND s.created_at > kt_now() - {SESSION_LIFETIME}
    """,  # noqa: S608 - constants
    hash="blob",
)


class StoredSession(NamedTuple):
    """A session that is alive, and the database's time when it was read.

    `account_id` is the account that the person works in; in a team with their membership and role.
    """

    hash: bytes
    id: str
    account_id: str
    created_at: int
    seen_at: int
    now: int
    person_id: str
    member_id: str | None
    role: str | None


def create_token(ids: Ids) -> str:
    """Create a token for a cookie: 256 random bits in base64url."""
    return base64.urlsafe_b64encode(ids.bytes(TOKEN_BYTES)).decode().rstrip("=")


def hash_token(token: str) -> bytes:
    """Return the hash that is stored of a token; a fast one, for the token is random."""
    return hashlib.sha256(token.encode()).digest()


async def open_session(
    session: Session, ids: Ids, *, account_id: str, origin: str
) -> tuple[BrowserSession, str]:
    """Open a browser session; return its row and the cookie's value, which is stored nowhere."""
    token = create_token(ids)
    now = await session.scalar(select(NOW))
    row = BrowserSession(
        id=ids.new("ses"),
        account_id=account_id,
        hash=hash_token(token),
        origin=origin,
        created_at=now or 0,
        seen_at=now or 0,
        revoked_at=None,
    )
    session.add(row)
    await session.flush()
    return row, token


async def revoke_session_by_token(session: Session, token: str) -> None:
    """End the session of a cookie, if it has one that is not ended yet."""
    await session.execute(
        update(BrowserSession)
        .where(BrowserSession.hash == hash_token(token), BrowserSession.revoked_at.is_(None))
        .values(revoked_at=NOW)
    )


async def revoke_account_sessions(session: Session, account_id: str, kept_id: str = "") -> None:
    """End all sessions of an account, except the one with `kept_id`."""
    await session.execute(
        update(BrowserSession)
        .where(
            BrowserSession.account_id == account_id,
            BrowserSession.id != kept_id,
            BrowserSession.revoked_at.is_(None),
        )
        .values(revoked_at=NOW)
    )


async def list_active_sessions(
    session: Session | Snapshot, account_id: str
) -> Sequence[BrowserSession]:
    """List the sessions of an account that are alive, the newest first."""
    query = select(BrowserSession).where(BrowserSession.account_id == account_id, *ALIVE_CONDITIONS)
    return (await session.scalars(query.order_by(BrowserSession.id.desc()))).all()


async def revoke_session_by_id(session: Session, account_id: str, session_id: str) -> None:
    """End one session of an account by its id.

    Raises:
        NotFound: the account has no such session that is alive.
    """
    ended = await session.execute(
        update(BrowserSession)
        .where(
            BrowserSession.account_id == account_id,
            BrowserSession.id == session_id,
            *ALIVE_CONDITIONS,
        )
        .values(revoked_at=NOW)
        .returning(BrowserSession.id)
    )
    if ended.first() is None:
        raise NotFound("This account has no such active session.")


async def check_fresh_sign_in(session: Session, caller: Caller) -> None:
    """Check that a browser session began in the last ten minutes.

    Raises:
        FreshSignInRequired: it is older.
    """
    now = await session.scalar(select(NOW)) or 0
    if not is_fresh(caller.signed_in_at or 0, now):
        raise FreshSignInRequired


def is_fresh(began_at: int, now: int) -> bool:
    """Return True if a session of this age may make delicate changes: at most 10 minutes."""
    return began_at >= now - FRESH_PERIOD


class Sessions:
    """Finds the caller of a session cookie."""

    def __init__(self, database: Database, *, live_enabled: bool) -> None:
        self._database = database
        self._reads: GroupRead[tuple[bytes, str], Caller | None] = GroupRead(self._fetch_callers)
        self.live_enabled = live_enabled

    async def find_caller(self, token: str, mode: str | None) -> Caller | None:
        """Return the caller that a cookie stands for in a mode, None if no session has it.

        Raises:
            InvalidInput, LiveModeDisabled: there is no such mode, or live mode is off.
        """
        return await self._reads.submit((hash_token(token), self.resolve_book(mode)))

    def resolve_book(self, mode: str | None) -> str:
        """Return the book of a mode; without one it is live where live mode is on.

        Raises:
            InvalidInput, LiveModeDisabled: there is no such mode, or live mode is off.
        """
        if mode is None:
            return "live" if self.live_enabled else "test"
        if mode not in BOOKS:
            raise InvalidInput("The mode must be live or test.", field="X-Killatamata-Mode")
        if mode == "live" and not self.live_enabled:
            raise LiveModeDisabled
        return mode

    async def _fetch_callers(
        self, wanted: Sequence[tuple[bytes, str]]
    ) -> Mapping[tuple[bytes, str], Caller | None]:
        hashes = {hash_ for hash_, _ in wanted}
        async with self._database.read() as snapshot:
            rows = await snapshot.read(SELECT_SESSIONS, [(hash_,) for hash_ in hashes])
            alive = {row.hash: row for row in (StoredSession(*values) for values in rows)}
            numbers = await get_customer_numbers(
                snapshot,
                {(alive[hash_].account_id, book) for hash_, book in wanted if hash_ in alive},
            )
        if idle := [row.id for row in alive.values() if row.now - row.seen_at > SEEN_INTERVAL]:
            await self._record_seen(idle)
        return {
            (hash_, book): row and _to_caller(row, book, numbers[row.account_id, book])
            for hash_, book in wanted
            for row in [alive.get(hash_)]
        }

    async def _record_seen(self, session_ids: Sequence[str]) -> None:
        async with self._database.write() as session:
            await session.execute(
                update(BrowserSession).where(BrowserSession.id.in_(session_ids)).values(seen_at=NOW)
            )


def _to_caller(row: StoredSession, book: str, number: int) -> Caller:
    return Caller(
        account_id=row.account_id,
        ledger_account=number,
        book=book,
        session_id=row.id,
        signed_in_at=row.created_at,
        scopes=frozenset(SCOPES),
        person_id=row.person_id,
        member_id=row.member_id,
        role=Role.OWNER if row.role is None else Role(row.role),
    )
