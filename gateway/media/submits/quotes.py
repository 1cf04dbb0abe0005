"""Quotes: exact prices for 15 minutes, each item of which makes at most one job.

A quote reserves nothing. Its items are frozen plans; a submit takes one in the transaction that
makes its job, under the lock of the account.
"""

from collections.abc import Collection, Mapping, Sequence

from pydantic import TypeAdapter

from gateway.kit.clock import DAY, MINUTE, SECOND
from gateway.kit.database.sessions import Session, Snapshot
from gateway.kit.database.sql import Tx, Write, get_database_time, sql
from gateway.kit.errors import ConcurrencyLimited, NotFound, Problem
from gateway.kit.operation import Caller
from gateway.kit.queue import PURGE_ROWS
from gateway.library.quota import lock_shelf
from gateway.media.errors import QuoteExpired, QuoteMismatch, QuoteUsed
from gateway.media.submits.submit_request import ParsedRequest, Terms
from gateway.media.tables import Quote, QuoteItem

QUOTE_LIFETIME = 15 * MINUTE
TERMS_ADAPTER = TypeAdapter(Terms)

SELECT_EQUAL_ITEMS = sql(
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
COUNT_OPEN_QUOTES = sql(
    """
    SELECT count(q.id), COALESCE(min(q.expires_at), 0), kt_now() FROM {rows} LEFT JOIN quote AS q
      ON q.account_id = given.account_id AND q.expires_at > kt_now()
     AND EXISTS (SELECT 1 FROM quote_item AS i WHERE i.quote_id = q.id AND i.job_id IS NULL)
    """,
    account_id="int",
)
SELECT_ITEM_STATES = sql(
    """
    SELECT i.quote_id, i.place, i.job_id, q.expires_at <= kt_now()
    FROM {rows} JOIN quote AS q ON q.id = given.quote_id
    JOIN quote_item AS i ON i.quote_id = q.id AND i.place = given.place
    """,
    quote_id="text",
    place="int",
)
TAKE_ITEMS = sql(
    """
    UPDATE quote_item SET job_id = given.job_id, terms_json = '{}'
    FROM {rows} WHERE quote_item.quote_id = given.quote_id AND quote_item.place = given.place
      AND quote_item.job_id IS NULL
    """,
    quote_id="text",
    place="int",
    job_id="text",
)
SELECT_STALE_QUOTES = sql(
    f"""
    SELECT id FROM quote WHERE stored = 1 AND expires_at < kt_now() - {MINUTE}
    ORDER BY expires_at LIMIT 500
    """  # noqa: S608 - constant
)
MARK_BYTES_DROPPED = sql(
    "UPDATE quote SET stored = 0 FROM {rows} WHERE quote.id = given.id", id="text"
)
IS_OLD_QUOTE = f"stored = 0 AND expires_at < kt_now() - {7 * DAY}"
PURGE_ITEMS = sql(
    f"""
    DELETE FROM quote_item WHERE (quote_id, place) IN (
        SELECT i.quote_id, i.place FROM quote JOIN quote_item AS i ON i.quote_id = quote.id
        WHERE {IS_OLD_QUOTE} AND i.job_id IS NULL LIMIT {PURGE_ROWS}
    )
    """  # noqa: S608 - constant
)
PURGE_QUOTES = sql(
    f"""
    DELETE FROM quote WHERE id IN (
        SELECT id FROM quote WHERE {IS_OLD_QUOTE} AND NOT EXISTS (
            SELECT 1 FROM quote_item AS i WHERE i.quote_id = quote.id AND i.job_id IS NULL
        ) LIMIT {PURGE_ROWS}
    )
    """  # noqa: S608 - constant
)


def parse_terms(text: str) -> Terms:
    """Return the terms of a row, which a newer release may have written with more fields."""
    return TERMS_ADAPTER.validate_json(text, extra="ignore")


async def check_open_quotes(session: Session, caller: Caller, most: int) -> None:
    """Refuse a quote of an account that has too many open ones.

    A quote is open until it expires or all its items are used. In a writing transaction the
    account's quota row is locked first, so that two quotes cannot both take the last place; in a
    snapshot it is only a first check.

    Raises:
        ConcurrencyLimited: it has as many open quotes as it may.
    """
    if not isinstance(session, Snapshot):
        await lock_shelf(session, caller.ledger_account)
    ((number, first, now),) = await session.read(COUNT_OPEN_QUOTES, [(caller.ledger_account,)])
    if number >= most:
        raise ConcurrencyLimited(
            f"This account has {number} open quotes, of {most} at most.",
            hint="Submit their items, or wait until the first one expires.",
            retry_after_seconds=max(1, -(-(first - now) // SECOND)),
        )


async def store_quote(
    session: Session,
    quote_id: str,
    caller: Caller,
    items: Sequence[tuple[ParsedRequest, Terms]],
    *,
    stored: bool,
) -> int:
    """Store a quote with its items; return when it expires, in microseconds."""
    now = await get_database_time(session)
    quote = Quote(
        id=quote_id,
        account_id=caller.ledger_account,
        created_at=now,
        expires_at=now + QUOTE_LIFETIME,
        stored=int(stored),
    )
    session.add(quote)
    session.add_all(
        QuoteItem(
            quote_id=quote_id,
            place=place,
            input_hash=request.hash_input(),
            price_microusd=terms.plan.price.microusd,
            job_id=None,
            terms_json=TERMS_ADAPTER.dump_json(terms).decode(),
        )
        for place, (request, terms) in enumerate(items)
    )
    return quote.expires_at


async def list_unused_items(
    snapshot: Snapshot, quote_id: str, caller: Caller, request: ParsedRequest
) -> list[tuple[int, Terms]]:
    """Return place and terms of the unused items of a quote that equal a request, in order.

    Raises:
        NotFound: there is no such quote of this caller.
        QuoteMismatch: no item has this task and input.
        QuoteUsed: all such items are used.
        QuoteExpired: the quote has expired.
    """
    rows = await snapshot.read(
        SELECT_EQUAL_ITEMS, [(quote_id, caller.ledger_account, request.hash_input())]
    )
    if not rows:
        raise NotFound("There is no such quote.", field="quoteId")
    equal_items = [row for row in rows if row[0] is not None]
    if not equal_items:
        raise QuoteMismatch(field="quoteId")
    free = [row for row in equal_items if row[1] is None]
    if not free:
        raise _build_used_refusal(equal_items[0][1])
    if free[0][3]:
        raise QuoteExpired(field="quoteId")
    return [(place, parse_terms(text)) for place, _, text, _ in free]


async def choose_items(
    tx: Tx, wanted: Sequence[tuple[str, Collection[int]]]
) -> list[int | Problem]:
    """Return, for each quote, the first of these places that is free, or the refusal.

    Each quote may be named once; the caller holds the lock of its account.
    """
    keys = [(quote_id, place) for quote_id, places in wanted for place in places]
    rows = await tx.read(SELECT_ITEM_STATES, keys) if keys else []
    states = {(row[0], row[1]): row[2:] for row in rows}
    return [_choose_item(quote_id, places, states) for quote_id, places in wanted]


def _choose_item(
    quote_id: str,
    places: Collection[int],
    states: Mapping[tuple[str, int], tuple[str | None, bool]],
) -> int | Problem:
    job_id = None
    for place in places:
        job_id, is_expired = states.get((quote_id, place), (None, True))
        if is_expired:
            return QuoteExpired(field="quoteId")
        if job_id is None:
            return place
    return _build_used_refusal(job_id)


def build_item_takes(taken: Sequence[tuple[str, int, str]]) -> Write:
    """Return the write that gives items to jobs; each row is quote, place and job."""
    return TAKE_ITEMS, taken


def _build_used_refusal(job_id: str | None) -> QuoteUsed:
    return QuoteUsed(field="quoteId", jobId=job_id)
