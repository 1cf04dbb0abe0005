"""The audit log: acts with actor and target, in a chain of hashes that reveals any later edit.

Rows are only ever added. Each has the hash of the row before it. One head row, locked last in the
caller's transaction, orders them. The chain alone cannot show that its newest rows were deleted, so
its head is also written to the log, which is kept elsewhere.
"""

import hashlib
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gateway.kit.database.columns import COLD_TABLE, Base, Id, Int, Text
from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import Tx, get_database_time, sql
from gateway.kit.operation import Call
from gateway.kit.telemetry.redaction import redact

FIRST_PREV_HASH = "0" * 64  # the previous hash of the first row
PAGE_ROWS = 500
MAX_SEQ = 2**63 - 1
log = logging.getLogger("gateway.audit")


class AuditRow(Base):
    """One act; `before_json` and `after_json` are redacted.

    `person_id` is the person behind a key or session, by the account they signed up with; null in
    rows from before teams, and where no person of an account acted.
    """

    __tablename__ = "audit_log"
    __table_args__ = (
        CheckConstraint("actor_kind IN ('key', 'session', 'operator', 'system')", name="actor"),
        COLD_TABLE,
    )

    seq: Mapped[int] = mapped_column(Int, primary_key=True, autoincrement=False)
    at: Mapped[int] = mapped_column(Int)
    actor_kind: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[str] = mapped_column(Id)
    key_lookup: Mapped[str | None] = mapped_column(Text)
    ip: Mapped[str | None] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    target: Mapped[str] = mapped_column(Id)
    before_json: Mapped[str | None] = mapped_column(Text)
    after_json: Mapped[str | None] = mapped_column(Text)
    request_id: Mapped[str | None] = mapped_column(Text)
    prev_hash: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(Text)
    person_id: Mapped[str | None] = mapped_column(Id, default=None)


class AuditHead(Base):
    """The one row with the end of the chain; each append locks it."""

    __tablename__ = "audit_head"
    __table_args__ = COLD_TABLE

    id: Mapped[int] = mapped_column(Int, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(Int)
    hash: Mapped[str] = mapped_column(Text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The actor: an API key or a browser session of an account, an operator, or the system."""

    kind: Literal["key", "session", "operator", "system"]
    id: str
    key_lookup: str | None = None
    ip: str | None = None
    request_id: str | None = None
    person_id: str | None = None

    @classmethod
    def from_call(cls, call: Call) -> "Actor":
        """Return the actor of a call: its key, else the account of its session."""
        caller, origin = call.caller, {"ip": call.client_ip or None, "request_id": call.request_id}
        if caller is None:
            return cls(kind="system", id="visitor", **origin)
        origin["person_id"] = caller.person_id
        if caller.key_id is None:
            return cls(kind="session", id=caller.account_id, **origin)
        return cls(kind="key", id=caller.key_id, key_lookup=caller.key_lookup, **origin)


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One row as it is hashed, rendered and exported; `at` is microseconds since 1970.

    The hash covers all fields by name: with a new or renamed one, no old row would verify. So the
    person, who came later than the first rows, is hashed only where there is one.
    """

    seq: int
    at: int
    actor_kind: str
    actor_id: str
    key_lookup: str | None
    ip: str | None
    action: str
    target: str
    before: str | None
    after: str | None
    request_id: str | None
    person_id: str | None = None

    def hash(self, prev_hash: str) -> str:
        """Return sha256(prev_hash + canonical JSON of the row) as 64 hexadecimal digits."""
        fields = asdict(self)
        if self.person_id is None:
            del fields["person_id"]
        return hashlib.sha256((prev_hash + to_canonical_json(fields)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class AuditChainHead:
    """The end of the chain: the number of rows, and the hash of the last one."""

    seq: int
    hash: str


FIND_HEAD = sql("SELECT locked.seq, locked.hash FROM audit_head AS locked WHERE id = 1")
LOCK_HEAD = sql(
    "SELECT locked.seq, locked.hash FROM audit_head AS locked WHERE id = 1 {for_update}"
)
FIRST_COLUMNS = {
    "seq": "int",
    "at": "int",
    "actor_kind": "text",
    "actor_id": "text",
    "key_lookup": "text",
    "ip": "text",
    "action": "text",
    "target": "text",
    "before_json": "text",
    "after_json": "text",
    "request_id": "text",
    "prev_hash": "text",
    "hash": "text",
}
"""The columns that each schema has: a restore is recorded before the old schema is upgraded."""
APPEND_ROW = sql(
    f"""
    INSERT INTO audit_log ({", ".join(FIRST_COLUMNS)})
    SELECT given.{", given.".join(FIRST_COLUMNS)} FROM {{rows}}
    """,  # noqa: S608 - constants
    **FIRST_COLUMNS,
)
APPEND_ROW_OF_PERSON = sql(
    f"""
    INSERT INTO audit_log ({", ".join(FIRST_COLUMNS)}, person_id)
    SELECT given.{", given.".join(FIRST_COLUMNS)}, given.person_id FROM {{rows}}
    """,  # noqa: S608 - constants
    **FIRST_COLUMNS,
    person_id="text",
)
MOVE_HEAD = sql(
    """
    UPDATE audit_head SET seq = given.seq, hash = given.hash
    FROM {rows} WHERE audit_head.id = 1 AND audit_head.seq = given.seq - 1
    """,
    seq="int",
    hash="text",
)
LIST_ROWS = sql(
    f"""
    SELECT a.seq, a.at, a.actor_kind, a.actor_id, a.key_lookup, a.ip, a.action, a.target,
           a.before_json, a.after_json, a.request_id, a.person_id, a.prev_hash, a.hash
    FROM {{rows}} JOIN audit_log AS a ON a.seq > given.after ORDER BY a.seq LIMIT {PAGE_ROWS}
    """,  # noqa: S608 - constant
    after="int",
)

LIST_NEWEST = sql(
    """
    SELECT a.seq, a.at, a.actor_kind, a.actor_id, a.key_lookup, a.ip, a.action, a.target,
           a.before_json, a.after_json, a.request_id, a.person_id
    FROM {rows} JOIN audit_log AS a ON a.seq < given.before
      AND (given.about = '' OR a.target = given.about OR a.actor_id = given.about
           OR a.person_id = given.about OR a.action = given.about
           OR substr(a.action, 1, length(given.about) + 1) = given.about || '.')
    ORDER BY a.seq DESC LIMIT 50
    """,
    before="int",
    about="text",
)
FIND_NEWEST_TIME = sql(
    """
    SELECT a.at FROM {rows} JOIN audit_log AS a ON a.action = given.action
    ORDER BY a.seq DESC LIMIT 1
    """,
    action="text",
)


async def record(
    tx: Tx,
    actor: Actor,
    action: str,
    target: str,
    *,
    before: object = None,
    after: object = None,
) -> AuditChainHead:
    """Add a row to the chain in the caller's transaction; return the new head.

    `action` is `noun.verb`; `before` and `after` are JSON values and are stored without secrets.
    It locks the head of the chain until the transaction ends, so call it last: every other act of
    the gateway waits meanwhile, and one that locks further rows after it can deadlock.
    """
    ((last, prev_hash),) = await tx.read(LOCK_HEAD)
    now = await get_database_time(tx)
    done = AuditRecord(
        last + 1,
        now,
        actor.kind,
        actor.id,
        actor.key_lookup,
        actor.ip,
        action,
        target,
        None if before is None else to_canonical_json(redact(before)),
        None if after is None else to_canonical_json(redact(after)),
        actor.request_id,
        actor.person_id,
    )
    row_hash = done.hash(prev_hash)
    *fields, person_id = asdict(done).values()
    row = (*fields, prev_hash, row_hash)
    append = (APPEND_ROW, [row])
    if person_id is not None:
        append = (APPEND_ROW_OF_PERSON, [(*row, person_id)])
    await tx.write(append, (MOVE_HEAD, [(done.seq, row_hash)]))
    return AuditChainHead(done.seq, row_hash)


async def get_head(tx: Tx) -> AuditChainHead:
    """Return the end of the chain."""
    return AuditChainHead(*(await tx.read(FIND_HEAD))[0])


async def stream_rows(tx: Tx, after: int = 0) -> AsyncIterator[tuple[AuditRecord, str, str]]:
    """Yield each row after number `after`, the oldest first, with its previous and own hash."""
    while page := await tx.read(LIST_ROWS, [(after,)]):
        for row in page:
            yield AuditRecord(*row[:12]), row[12], row[13]
        after = page[-1][0]


async def list_newest_records(
    tx: Tx, about: str = "", before: int | None = None
) -> list[AuditRecord]:
    """Return the 50 newest rows, or those below number `before`.

    `about` limits them to a target, an actor, an action, or all actions of a noun.
    """
    rows = await tx.read(LIST_NEWEST, [(MAX_SEQ if before is None else before, about)])
    return [AuditRecord(*row) for row in rows]


async def find_last_time(tx: Tx, action: str) -> int | None:
    """Return when an action was last recorded, in microseconds since 1970; None if never."""
    rows = await tx.read(FIND_NEWEST_TIME, [(action,)])
    return rows[0][0] if rows else None


async def verify_chain(tx: Tx) -> list[str]:
    """Recompute every hash; return a sentence for each fault, none if the chain is whole."""
    wrong, seq, last = [], 0, FIRST_PREV_HASH
    async for row, prev_hash, row_hash in stream_rows(tx):
        seq += 1
        if row.seq != seq:
            wrong.append(f"row {seq} is missing before row {row.seq}")
            seq = row.seq
        elif prev_hash != last:
            wrong.append(f"row {row.seq} does not follow from the row before it")
        if row.hash(prev_hash) != row_hash:
            wrong.append(f"row {row.seq} was changed after it was written")
        last = row_hash
    if await get_head(tx) != AuditChainHead(seq, last):
        wrong.append(f"the head does not name row {seq} as the last")
    return wrong


async def log_head(database: Database) -> None:
    """Write the end of the chain to the log: an edited database then contradicts the log."""
    async with database.read() as snapshot:
        last = await get_head(snapshot)
    log.info("audit head %d %s", last.seq, last.hash)


def to_canonical_json(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Write a JSON value in the one form that is hashed: keys sorted, no white space."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
