"""Idempotency: one key in its scope names one answer, kept as the exact bytes that were sent.

The problem: a client that heard no answer must be able to send its request again, and must neither
pay twice nor get a second thing. The way: the answer is a row, unique in its scope, written in the
transaction that makes the thing. A retry finds the row and gets the same bytes.

Invariants: the scope is account, person, book, method, path and key; not the API key, so a rotated
one still replays. Only answers that made something are stored. Refusals are not, so a retry after a
top-up works. A key of a different request, by its hash, is a conflict. Calls with one key run one
after the other (`lock_key`); where two still race, the unique row lets one of them commit.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlalchemy import Index
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, mapped_column

from gateway.kit.clock import DAY
from gateway.kit.database.columns import COLD_TABLE, Base, Blob, Id, Int, Text
from gateway.kit.database.sql import Read, Row, Tx, Write, sql
from gateway.kit.errors import IdempotencyConflict, IdempotencyInProgress, IdempotencyKeyInvalid

CANONICAL_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
RETENTION = 7 * DAY
LOCK_TIMEOUT_SQLSTATE = "55P03"
KEY_PATTERN = re.compile(r"[\x21-\x7e]{1,255}")


class IdempotencyRow(Base):
    """One stored answer."""

    __tablename__ = "idempotency"
    __table_args__ = (Index(None, "created_at"), COLD_TABLE)

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


class KeyScope(NamedTuple):
    """The scope in which a key is unique, and the key itself, in the order of the row."""

    account_id: str
    book: str
    method: str
    path: str
    key: str


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer that was given: the hash of its request, its status and body, the thing it made."""

    request_hash: bytes
    status: int
    response: str
    resource_id: str

    def replay(self, request_hash: bytes) -> "StoredAnswer":
        """Return this answer if the request is the same.

        Raises:
            IdempotencyConflict: the request is a different one.
        """
        if request_hash != self.request_hash:
            if self.resource_id.startswith("job_"):
                raise IdempotencyConflict(jobId=self.resource_id)
            raise IdempotencyConflict
        return self


FIND_ANSWERS = sql(
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
STORE_ANSWERS = sql(
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

LOCK_KEY = replace(
    sql("SELECT pg_advisory_xact_lock(hashtextextended(given.scope, 0)) FROM {rows}", scope="text"),
    sqlite="SELECT ?",  # there a write transaction is alone anyway
)
CLAIM_KEY = sql(
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


async def lock_key(tx: Tx, scope: KeyScope) -> None:
    """Take the lock of a key until the transaction ends; wait for another call that holds it.

    Without it, two calls with one new key would both do the work, and one would fail at its commit.
    Take it first in a transaction: later it could wait for a call that waits for our rows.

    Raises:
        IdempotencyInProgress: the other call holds it for longer than `lock_timeout`.
    """
    try:
        await tx.read(LOCK_KEY, [(" ".join(scope),)])
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != LOCK_TIMEOUT_SQLSTATE:
            raise
        raise IdempotencyInProgress from None


async def claim_key(tx: Tx, scope: KeyScope) -> bool:
    """Claim a key for which no answer is stored; return False if it was claimed before."""
    return await tx.change(CLAIM_KEY, [(*scope, b"")]) == 1


async def find_answer(tx: Tx, scope: KeyScope) -> StoredAnswer | None:
    """Return the stored answer of a key, if any; first wait for a call with it to finish.

    Raises:
        IdempotencyInProgress: the wait takes too long.
    """
    # The order matters: on PostgreSQL each statement sees what was committed before it, so the read
    # after the lock sees the answer of the call that held the lock.
    await lock_key(tx, scope)
    return (await find_answers(tx, [scope])).get(scope)


async def find_answers(tx: Tx, scopes: Sequence[KeyScope]) -> dict[KeyScope, StoredAnswer]:
    """Return the stored answers of these keys, in one statement."""
    return answers_from_rows(await tx.read(*build_answer_read(scopes))) if scopes else {}


def build_answer_read(scopes: Sequence[KeyScope]) -> Read:
    """Return the read of the stored answers of these keys, to be carried out with other reads."""
    return FIND_ANSWERS, scopes


def answers_from_rows(rows: Sequence[Row]) -> dict[KeyScope, StoredAnswer]:
    """Return the stored answers that `build_answer_read` read."""
    return {KeyScope(*row[:5]): StoredAnswer(*row[5:]) for row in rows if row[0] is not None}


def build_answer_write(answers: Sequence[tuple[KeyScope, StoredAnswer]]) -> Write:
    """Return the write that stores these answers, to be carried out with what they answer for."""
    return STORE_ANSWERS, [
        (*scope, answer.request_hash, answer.status, answer.response, answer.resource_id)
        for scope, answer in answers
    ]


def read_key(headers: Mapping[str, str]) -> str | None:
    """Return the idempotency key of a request, under either header name.

    Raises:
        IdempotencyKeyInvalid: not 1 to 255 visible ASCII characters, or two different keys.
    """
    key, other_key = headers.get("x-idempotency-key"), headers.get("idempotency-key")
    if key is None:
        key = other_key
    elif other_key not in {None, key}:
        raise IdempotencyKeyInvalid("X-Idempotency-Key and Idempotency-Key have different values.")
    if key is None:
        return None
    if KEY_PATTERN.fullmatch(key) is None:
        raise IdempotencyKeyInvalid
    return key


def hash_request(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """Return the sha256 of a JSON value in canonical form: keys sorted, no white space."""
    return hashlib.sha256(CANONICAL_JSON.encode(value).encode()).digest()
