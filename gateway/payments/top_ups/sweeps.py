"""The sweep of auto top-up: it stops rules, starts and advances top-ups, and forgets cards.

Its question reads two partial indexes: rules that are on, and top-ups in flight. Without either an
idle gateway does nothing. Gateways share the work: a step is claimed by moving its time.

What waits longest for a try goes first, as many at once as a batch has. The first batch that Stripe
leaves unanswered ends the pass: its silence costs seconds, and nobody waits behind the same few.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from functools import partial

from sqlalchemy import ColumnElement, delete, update

from gateway.kit.clock import HOUR
from gateway.kit.database.sql import Statement, get_database_time, sql
from gateway.kit.errors import Problem
from gateway.kit.queue import Sweep
from gateway.payments.errors import PaymentMethodUnavailable, PaymentProviderError
from gateway.payments.stripe import card_charges
from gateway.payments.stripe.client import StripeClient
from gateway.payments.stripe.customers import find_customer_id
from gateway.payments.top_ups import rows
from gateway.payments.top_ups.card_setups import SELECT_DUE_PAGES, CardPage, look_at_page
from gateway.payments.top_ups.charging import STEP_LEASE, advance_top_up, start_top_up
from gateway.payments.top_ups.rules import TopUps, stop_rule
from gateway.payments.top_ups.states import OffReason, RuleState, TopUpState
from gateway.payments.top_ups.tables import CardRemoval, TopUp

SWEEP_SECONDS = 3
AT_ONCE = 8
MOST_BATCHES = 12
SELECT_STOPPED_RULES = sql(
    """
    SELECT r.account_id, r.book, a.state
    FROM top_up_rule AS r JOIN ledger_account AS a ON a.id = r.ledger_account
    WHERE r.state = 'on' AND a.state <> 'active' LIMIT 100
    """
)
# A top-up whose checkout was settled by an event ends at once, and does not wait for its time.
SELECT_DUE_STEPS = sql(
    f"""
    SELECT t.checkout_id, t.next_step_at
    FROM top_up AS t LEFT JOIN checkout AS c ON c.id = t.checkout_id
    LEFT JOIN top_up_rule AS r ON r.account_id = t.account_id AND r.book = t.book
    WHERE t.state IN ('charging', 'waiting')
      AND (t.next_step_at <= kt_now() OR c.state IN ('credited', 'expired', 'failed')
           OR (t.state = 'waiting'
               AND (t.confirm_until <= kt_now() OR r.version <> t.rule_version)))
    ORDER BY t.next_step_at LIMIT {AT_ONCE}
    """  # noqa: S608 - constants
)
MARK_TRIED = sql(
    """
    UPDATE top_up_rule SET tried_at = kt_now() FROM {rows}
    WHERE top_up_rule.account_id = given.account_id AND top_up_rule.book = given.book
    """,
    account_id="text",
    book="text",
)
CLAIM_STEP = sql(
    f"""
    UPDATE top_up SET next_step_at = kt_now() + {STEP_LEASE} FROM {{rows}}
    WHERE top_up.checkout_id = given.checkout_id AND top_up.next_step_at = given.seen
      AND top_up.state IN ('charging', 'waiting')
    """,  # noqa: S608 - a constant
    checkout_id="text",
    seen="int",
)
SELECT_DUE_REMOVALS = sql("SELECT 1 FROM card_removal WHERE next_try_at <= kt_now() LIMIT 1")
SELECT_DUE_RULES: dict[tuple[str, ...], Statement] = {
    books: sql(
        f"""
        SELECT r.account_id, r.book
        FROM top_up_rule AS r JOIN ledger_account AS a ON a.id = r.ledger_account
        WHERE r.state = 'on' AND a.state = 'active' AND r.book IN ('{"', '".join(books)}')
          AND a.posted_microusd - a.pending_microusd < r.threshold_microusd
          AND (r.retry_at IS NULL OR r.retry_at <= kt_now())
          AND NOT EXISTS (
            SELECT 1 FROM top_up AS t
            WHERE t.account_id = r.account_id AND t.book = r.book
              AND t.state IN ('charging', 'waiting')
          )
        ORDER BY r.tried_at, r.account_id LIMIT {AT_ONCE}
        """  # noqa: S608 - constants
    )
    for books in (("live",), ("test",), ("live", "test"))
}
"""The question for rules that are due, by the books that Stripe is open in."""
log = logging.getLogger("gateway.payments")


def list_open_books(top_ups: TopUps) -> tuple[str, ...]:
    """List the books that Stripe is open in."""
    return tuple(sorted(each.book for each in top_ups.shop.list_open_providers(StripeClient)))


def build_top_up_sweeps(top_ups: TopUps) -> list[Sweep]:
    """Build the sweeps of auto top-up; without Stripe there are none."""
    books = list_open_books(top_ups)
    if not books:
        return []
    parts = (
        ("stopped top-ups", stop_rules, SELECT_STOPPED_RULES),
        ("due top-ups", start_due_top_ups, SELECT_DUE_RULES[books]),
        ("open top-ups", advance_due_top_ups, SELECT_DUE_STEPS),
        ("card pages", look_at_due_pages, SELECT_DUE_PAGES),
        ("removed cards", forget_removed_cards, SELECT_DUE_REMOVALS),
    )
    return [
        Sweep(name, SWEEP_SECONDS, partial(run, top_ups), question) for name, run, question in parts
    ]


async def stop_rules(top_ups: TopUps) -> None:
    """Turn off the rules of accounts that may not spend: frozen, disputed or closed."""
    async with top_ups.shop.database.read() as snapshot:
        found = await snapshot.read(SELECT_STOPPED_RULES)
    for account_id, book, state in found:
        async with top_ups.shop.database.write() as session:
            rule = await rows.lock_rule(session, account_id, book)
            if rule is not None and rule.state == RuleState.ON:
                reason = OffReason.CLOSED if state == "closed" else OffReason.FROZEN
                await stop_rule(session, top_ups.shop, rule, reason)


async def start_due_top_ups(top_ups: TopUps) -> None:
    """Start a top-up for each account below its threshold, and charge it."""
    if not top_ups.is_enabled:
        return
    books = list_open_books(top_ups)
    if not books:
        return

    async def start_batch() -> bool:
        async with top_ups.shop.database.read() as snapshot:
            found = await snapshot.read(SELECT_DUE_RULES[books])
        async with top_ups.shop.database.write() as session:
            await session.change(MARK_TRIED, list(found))
        return await run_batch(start_and_charge(top_ups, *each) for each in found)

    await run_batches(start_batch)


async def start_and_charge(top_ups: TopUps, account_id: str, book: str) -> bool:
    """Start the top-up of an account and take its first steps; False if Stripe was silent."""
    top_up_id = await start_top_up(top_ups, account_id, book)
    return top_up_id is None or await advance_claimed_top_up(top_ups, top_up_id)


async def advance_due_top_ups(top_ups: TopUps) -> None:
    """Advance the top-ups whose next step is due: after a crash, an outage, or a person's day."""

    async def advance_batch() -> bool:
        async with top_ups.shop.database.read() as snapshot:
            found = await snapshot.read(SELECT_DUE_STEPS)
        return await run_batch(claim_and_advance(top_ups, *each) for each in found)

    await run_batches(advance_batch)


async def claim_and_advance(top_ups: TopUps, checkout_id: str, seen: int) -> bool:
    """Advance a top-up, unless another process claimed its step; False if Stripe was silent."""
    async with top_ups.shop.database.write() as session:
        claimed = await session.change(CLAIM_STEP, [(checkout_id, seen)])
    return not claimed or await advance_claimed_top_up(top_ups, checkout_id)


async def advance_claimed_top_up(top_ups: TopUps, checkout_id: str) -> bool:
    """Advance a top-up that this process has claimed; return False if Stripe was silent.

    What fails goes on after the lease.
    """
    async with top_ups.shop.database.read() as snapshot:
        top_up = await snapshot.get_one(TopUp, checkout_id)
    try:
        await advance_top_up(top_ups, top_up)
    except Problem as problem:
        log.warning("top-up %s goes on later: %s", checkout_id, problem.code)
        await postpone_step(top_ups, checkout_id)
        return False
    return True


async def postpone_step(top_ups: TopUps, checkout_id: str) -> None:
    """Let a top-up that got no answer wait longer the older it is."""
    async with top_ups.shop.database.write() as session:
        now = await get_database_time(session)
        row = await session.get(TopUp, checkout_id, with_for_update=True)
        if row is not None and row.state == TopUpState.CHARGING:
            row.next_step_at = now + min(max(STEP_LEASE, (now - row.created_at) // 4), HOUR)


async def look_at_due_pages(top_ups: TopUps) -> None:
    """Read the pages that may save a card, for those whose browser has not come back."""

    async def look_at_batch() -> bool:
        async with top_ups.shop.database.read() as snapshot:
            found = await snapshot.read(SELECT_DUE_PAGES)
        return await run_batch(try_page(top_ups, CardPage(*each)) for each in found)

    await run_batches(look_at_batch)


async def try_page(top_ups: TopUps, page: CardPage) -> bool:
    """Read a page at Stripe; return False if that cannot be asked, and read it later."""
    try:
        await look_at_page(top_ups, page)
    except Problem as problem:
        log.warning("a page to save a card is read later: %s", problem.code)
        return False
    return True


async def forget_removed_cards(top_ups: TopUps) -> None:
    """Let Stripe forget the cards that were removed here."""

    async def forget_batch() -> bool:
        async with top_ups.shop.database.read() as snapshot:
            now = await get_database_time(snapshot)
            removals = await rows.list_removals(snapshot, now, AT_ONCE)
        return await run_batch(forget_removed_card(top_ups, each) for each in removals)

    await run_batches(forget_batch)


async def forget_removed_card(top_ups: TopUps, removal: CardRemoval) -> bool:
    """Let Stripe forget a card that was removed here; return False if it has not."""
    shop = top_ups.shop
    try:
        stripe = shop.get_provider(StripeClient, removal.book)
        async with shop.database.read() as snapshot:
            customer_id = await find_customer_id(snapshot, removal.account_id, removal.book)
        await card_charges.forget_card(stripe, removal.payment_method_id, customer_id)
    except Problem as problem:
        is_lasting = isinstance(problem, PaymentMethodUnavailable) or (
            isinstance(problem, PaymentProviderError) and problem.final
        )
        log.warning("a card is not removed at Stripe yet: %s", problem.code)
        await postpone_removal(top_ups, removal, HOUR if is_lasting else STEP_LEASE)
        return False
    async with shop.database.write() as session:
        await session.execute(delete(CardRemoval).where(is_removal_of(removal)))
    return True


async def postpone_removal(top_ups: TopUps, removal: CardRemoval, pause: int) -> None:
    """Try the removal of a card again after a pause."""
    async with top_ups.shop.database.write() as session:
        next_try_at = await get_database_time(session) + pause
        await session.execute(
            update(CardRemoval).where(is_removal_of(removal)).values(next_try_at=next_try_at)
        )


def is_removal_of(removal: CardRemoval) -> ColumnElement[bool]:
    """Return the condition for the row of a removal; another gateway may have deleted it."""
    return CardRemoval.payment_method_id == removal.payment_method_id


async def run_batches(run_next: Callable[[], Awaitable[bool]]) -> None:
    """Run batches until one is not full, or Stripe is silent."""
    for _ in range(MOST_BATCHES):
        if not await run_next():
            return


async def run_batch(works: Iterable[Awaitable[bool]]) -> bool:
    """Run works at once; each failure is logged and stops no other.

    Return True if another batch may follow: this one was full, and Stripe answered all of it.
    """
    outcomes = await asyncio.gather(*works, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            log.error("a top-up failed: %s", outcome, exc_info=outcome)
    return len(outcomes) == AT_ONCE and all(outcome is True for outcome in outcomes)
