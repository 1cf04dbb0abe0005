"""Idempotency: one key in its scope names one answer, kept as the exact bytes that were sent.

The scope is account, book, method, path and key; not the API key, so a rotated one still replays.
Only answers that made something are stored, in the transaction that made it. Refusals are not, so
a retry after a top-up works.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Index
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, mapped_column

from gateway.kit.clock import DAY
from gateway.kit.columns import COLD, Base, Blob, Id, Int, Text
from gateway.kit.errors import IdempotencyConflict, IdempotencyInProgress, IdempotencyKeyInvalid
from gateway.kit.sql import Tx, Write, sql

CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
KEPT = 7 * DAY
LOCK_TIMEOUT = "55P03"
VISIBLE = re.compile(r"[\x21-\x7e]{1,255}")


class Idempotency(Base):
    """One stored answer."""

    __tablename__ = "idempotency"
    __table_args__ = (Index(None, "created_at"), COLD)

    account_id: Mapped[str] = mapped_column(Id, primary_key=True)
    book: Mapped[str] = mapped_column(Text, primary_key=True)
    method: Mapped[str] = mapped_column(Text, primary_key=True)
    path: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    request_hash: Mapped[bytes] = mapped_column(Blob)
    status: Mapped[int] = mapped_column(Int)
    response: Mapped[str] = mapped_column(Text)
    resource_id: Mapped[str] = mapped_column(Id)
    created_at: Mapped[int] = mapped_column(Int)


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a key is unique."""

    account_id: str
    book: str
    method: str
    path: str
    key: str


@dataclass(frozen=True, slots=True)
class Stored:
    """An answer given before: its request's hash, and the status, body and thing it made."""

    request_hash: bytes
    status: int
    response: str
    resource_id: str

    def replay(self, request_hash: bytes) -> "Stored":
        """Return itself if the request is the same.

        Raises:
            IdempotencyConflict: it is another one.
        """
        if request_hash != self.request_hash:
            if self.resource_id.startswith("job_"):
                raise IdempotencyConflict(jobId=self.resource_id)
            raise IdempotencyConflict
        return self


FIND = sql(
    """
    SELECT i.account_id, i.book, i.method, i.path, i.key,
           i.request_hash, i.status, i.response, i.resource_id
    FROM {rows} LEFT JOIN idempotency AS i  -- the left side is what PostgreSQL starts from
      ON i.account_id = given.account_id AND i.book = given.book AND i.method = given.method
     AND i.path = given.path AND i.key = given.key
    """,
    account_id="text",
    book="text",
    method="text",
    path="text",
    key="text",
)
STORE = sql(
    """
    INSERT INTO idempotency (account_id, book, method, path, key,
                             request_hash, status, response, resource_id, created_at)
    SELECT given.account_id, given.book, given.method, given.path, given.key,
           given.request_hash, given.status, given.response, given.resource_id, kt_now()
    FROM {rows}
    """,
    account_id="text",
    book="text",
    method="text",
    path="text",
    key="text",
    request_hash="blob",
    status="int",
    response="text",
    resource_id="text",
)

ALONE = replace(
    sql("SELECT pg_advisory_xact_lock(hashtextextended(given.scope, 0)) FROM {rows}", scope="text"),
    sqlite="SELECT ?",  # there a write transaction is alone anyway
)
CLAIM = sql(
    """
    INSERT INTO idempotency (account_id, book, method, path, key,
                             request_hash, status, response, resource_id, created_at)
    SELECT given.account_id, given.book, given.method, given.path, given.key,
           given.request_hash, 0, '', '', kt_now()
    FROM {rows} WHERE true ON CONFLICT DO NOTHING
    """,
    account_id="text",
    book="text",
    method="text",
    path="text",
    key="text",
    request_hash="blob",
)


async def alone(tx: Tx, scope: Scope) -> None:
    """Wait until no twin with this key is under way.

    Raises:
        IdempotencyInProgress: one is, for longer than one waits for a lock.
    """
    parts = (scope.account_id, scope.book, scope.method, scope.path, scope.key)
    try:
        await tx.read(ALONE, [(" ".join(parts),)])
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != LOCK_TIMEOUT:
            raise
        raise IdempotencyInProgress from None


async def claim(tx: Tx, scope: Scope) -> bool:
    """Take a key that stores no answer; False if it was taken before."""
    row = (scope.account_id, scope.book, scope.method, scope.path, scope.key, b"")
    return await tx.change(CLAIM, [row]) == 1


async def find(tx: Tx, scope: Scope) -> Stored | None:
    """Return the stored answer of a key; that of a twin that is under way, when it is done.

    Raises:
        IdempotencyInProgress: that takes too long.
    """
    await alone(tx, scope)
    return (await find_many(tx, [scope])).get(scope)


async def find_many(tx: Tx, scopes: Sequence[Scope]) -> dict[Scope, Stored]:
    """Return the stored answers of these keys, in one statement."""
    rows = [(s.account_id, s.book, s.method, s.path, s.key) for s in scopes]
    found = await tx.read(FIND, rows) if rows else []
    return {Scope(*row[:5]): Stored(*row[5:]) for row in found if row[0] is not None}


def store_many(answers: Sequence[tuple[Scope, Stored]]) -> Write:
    """Return the write that keeps these answers."""
    return STORE, [
        (s.account_id, s.book, s.method, s.path, s.key, a.request_hash, a.status, a.response,
         a.resource_id)
        for s, a in answers
    ]  # fmt: skip


def key_from(headers: Mapping[str, str]) -> str | None:
    """Return the idempotency key of a request, under either header name.

    Raises:
        IdempotencyKeyInvalid: not 1 to 255 visible ASCII characters, or two different keys.
    """
    names = ("x-idempotency-key", "idempotency-key")
    keys = {headers[name] for name in names if name in headers}
    if len(keys) > 1:
        raise IdempotencyKeyInvalid("X-Idempotency-Key and Idempotency-Key have different values.")
    if not keys:
        return None
    key = keys.pop()
    if VISIBLE.fullmatch(key) is None:
        raise IdempotencyKeyInvalid
    return key


def request_hash(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """Return the sha256 of a JSON value in canonical form: keys sorted, no white space."""
    return hashlib.sha256(CANONICAL.encode(value).encode()).digest()
