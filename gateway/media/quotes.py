"""Quotes: exact prices for 15 minutes, each item of which makes at most one job.

A quote reserves nothing. Its items are frozen plans; a submit takes one in the transaction that
makes its job, and a conditional update decides who was first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter

from gateway.kit.clock import DAY, MINUTE, SECOND
from gateway.kit.database import Session, Snapshot
from gateway.kit.errors import ConcurrencyLimited, NotFound, Problem
from gateway.kit.operation import Caller
from gateway.kit.queue import BITE
from gateway.kit.sql import Tx, Write, sql
from gateway.library.quota import touch
from gateway.media.errors import QuoteExpired, QuoteMismatch, QuoteUsed
from gateway.media.planning import Asked, Terms
from gateway.media.tables import Quote, QuoteItem
from gateway.media.tasks.base import Plan

LIFE = 15 * MINUTE
TERMS = TypeAdapter(Terms)

NOW = sql("SELECT kt_now()")
EQUAL = sql(
    """
    SELECT i.place, i.job_id, i.terms_json, q.expires_at <= kt_now()
    FROM {rows} JOIN quote AS q ON q.id = given.id AND q.account_id = given.account_id
    LEFT JOIN quote_item AS i ON i.quote_id = q.id AND i.input_hash = given.input_hash
    ORDER BY i.place
    """,
    id="text",
    account_id="int",
    input_hash="blob",
)
OPEN = sql(
    """
    SELECT count(q.id), COALESCE(min(q.expires_at), 0), kt_now() FROM {rows} LEFT JOIN quote AS q
      ON q.account_id = given.account_id AND q.expires_at > kt_now()
     AND EXISTS (SELECT 1 FROM quote_item AS i WHERE i.quote_id = q.id AND i.job_id IS NULL)
    """,
    account_id="int",
)
STATE = sql(
    """
    SELECT i.quote_id, i.place, i.job_id, q.expires_at <= kt_now()
    FROM {rows} JOIN quote AS q ON q.id = given.quote_id
    JOIN quote_item AS i ON i.quote_id = q.id AND i.place = given.place
    """,
    quote_id="text",
    place="int",
)
TAKE = sql(
    """
    UPDATE quote_item SET job_id = given.job_id, terms_json = '{}'
    FROM {rows} WHERE quote_item.quote_id = given.quote_id AND quote_item.place = given.place
      AND quote_item.job_id IS NULL
    """,
    quote_id="text",
    place="int",
    job_id="text",
)
STALE_BYTES = sql(
    f"""
    SELECT id FROM quote WHERE stored = 1 AND expires_at < kt_now() - {MINUTE}
    ORDER BY expires_at LIMIT 500
    """  # noqa: S608 - constant
)
DROPPED = sql("UPDATE quote SET stored = 0 FROM {rows} WHERE quote.id = given.id", id="text")
OLD = f"stored = 0 AND expires_at < kt_now() - {7 * DAY}"
PURGE_ITEMS = sql(
    f"""
    DELETE FROM quote_item WHERE (quote_id, place) IN (
        SELECT i.quote_id, i.place FROM quote JOIN quote_item AS i ON i.quote_id = quote.id
        WHERE {OLD} AND i.job_id IS NULL LIMIT {BITE}
    )
    """  # noqa: S608 - constant
)
PURGE = sql(
    f"""
    DELETE FROM quote WHERE id IN (
        SELECT id FROM quote WHERE {OLD} AND NOT EXISTS (
            SELECT 1 FROM quote_item AS i WHERE i.quote_id = quote.id AND i.job_id IS NULL
        ) LIMIT {BITE}
    )
    """  # noqa: S608 - constant
)


@dataclass(frozen=True, slots=True)
class Offer:
    """An item of a quote that a submit may take, planned at the price it would have now."""

    place: int
    plan: Plan


def read_terms(text: str) -> Terms:
    """Return the terms of a row, which a newer release may have written with more fields."""
    return TERMS.validate_json(text, extra="ignore")


async def refuse_many(session: Session, caller: Caller, most: int) -> None:
    """Refuse a quote of an account that has enough of them; in a transaction its shelf is locked.

    A quote is open until it expires or all its items are used.

    Raises:
        ConcurrencyLimited: it has as many open quotes as it may.
    """
    if not isinstance(session, Snapshot):
        await touch(session, caller.ledger_account)
    ((number, first, now),) = await session.read(OPEN, [(caller.ledger_account,)])
    if number >= most:
        raise ConcurrencyLimited(
            f"This account has {number} open quotes, of {most} at most.",
            hint="Submit their items, or wait until the first one expires.",
            retry_after_seconds=max(1, -(-(first - now) // SECOND)),
        )


async def keep(
    session: Session, quote_id: str, caller: Caller, items: Sequence[tuple[Asked, Terms]], *,
    stored: bool,
) -> int:  # fmt: skip
    """Store a quote; return when it expires."""
    now: int = (await session.read(NOW))[0][0]
    quote = Quote(
        id=quote_id,
        account_id=caller.ledger_account,
        created_at=now,
        expires_at=now + LIFE,
        stored=int(stored),
    )
    session.add(quote)
    session.add_all(
        QuoteItem(
            quote_id=quote_id,
            place=place,
            input_hash=asked.hash(),
            price_microusd=terms.plan.price.microusd,
            job_id=None,
            terms_json=TERMS.dump_json(terms).decode(),
        )
        for place, (asked, terms) in enumerate(items)
    )
    return quote.expires_at


async def unused(
    snapshot: Snapshot, quote_id: str, caller: Caller, asked: Asked
) -> list[tuple[int, Terms]]:
    """Return the unused items of a quote that are equal to a request, the first one first.

    Raises:
        NotFound: there is no such quote of this caller.
        QuoteMismatch, QuoteUsed, QuoteExpired: see there.
    """
    rows = await snapshot.read(EQUAL, [(quote_id, caller.ledger_account, asked.hash())])
    if not rows:
        raise NotFound("There is no such quote.", field="quoteId")
    places = [row for row in rows if row[0] is not None]
    if not places:
        raise QuoteMismatch(field="quoteId")
    free = [row for row in places if row[1] is None]
    if not free:
        raise _used(places[0][1])
    if free[0][3]:
        raise QuoteExpired(field="quoteId")
    return [(place, read_terms(text)) for place, _, text, _ in free]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a submit wants of a quote."""

    quote_id: str
    offers: Sequence[Offer]


async def chosen(tx: Tx, wanted: Sequence[Wanted]) -> list[Offer | Problem]:
    """Return for each the first offer that is still free, or why there is none.

    Each quote may be named once; the caller holds the lock of its account.
    """
    asked = [(want.quote_id, offer.place) for want in wanted for offer in want.offers]
    rows = await tx.read(STATE, asked) if asked else []
    state = {(row[0], row[1]): row[2:] for row in rows}
    return [_choice(want, state) for want in wanted]


def _choice(want: Wanted, state: dict[tuple[str, int], tuple[str | None, bool]]) -> Offer | Problem:
    used = None
    for offer in want.offers:
        used, expired = state.get((want.quote_id, offer.place), (None, True))
        if expired:
            return QuoteExpired(field="quoteId")
        if used is None:
            return offer
    return _used(used)


def take(taken: Sequence[tuple[str, int, str]]) -> Write:
    """Return the write that gives items to jobs: quote, place, job."""
    return TAKE, taken


def _used(job_id: str | None) -> QuoteUsed:
    return QuoteUsed(field="quoteId", jobId=job_id)
