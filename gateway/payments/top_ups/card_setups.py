"""Saved cards: the pages of Stripe that a person saves one on, each applied once.

A page saves a card for terms that the person agreed to, or while they buy. The terms travel with
the page, in metadata that only our key can write. Each page is a row from before its address is
known to anybody: it takes effect once, so an old link turns nothing on again, and the sweep reads
it at Stripe until it has ended. So no card stays with Stripe that nobody here knows of, whether or
not the browser comes back.
"""

from dataclasses import dataclass, replace

from sqlalchemy import update

from gateway.identity.errors import AccountClosed
from gateway.identity.keys import keys
from gateway.identity.teams import memberships
from gateway.kit import audit_log
from gateway.kit.audit_log import Actor
from gateway.kit.clock import DAY, HOUR
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import get_database_time, sql
from gateway.kit.operation import Caller
from gateway.kit.roles import Role, has_role
from gateway.ledger.accounts.owners import get_account_number
from gateway.payments.checkouts.card_pages import FIRST_LOOK, is_withdrawn, record_card_page
from gateway.payments.errors import UnknownPackage
from gateway.payments.shop import Shop
from gateway.payments.stripe import card_charges
from gateway.payments.stripe.card_charges import Card, SavedCardPage
from gateway.payments.stripe.client import StripeClient
from gateway.payments.tables import CardSetup
from gateway.payments.top_ups import rows
from gateway.payments.top_ups.decisions import TopUpTerms, list_term_problems
from gateway.payments.top_ups.mails import mail_card, mail_on
from gateway.payments.top_ups.rules import (
    SYSTEM,
    Payer,
    TopUps,
    build_terms,
    save_card,
    set_rule,
)
from gateway.payments.top_ups.states import RuleState
from gateway.payments.top_ups.tables import TopUpRule

GIVE_UP_PERIOD = 7 * DAY  # a page lives for an hour, and a slow bank for days
USE_SETUP = sql(
    """
    INSERT INTO card_setup (session_id, account_id, used_at)
    SELECT given.session_id, given.account_id, kt_now() FROM {rows} WHERE true
    ON CONFLICT (session_id) DO UPDATE SET used_at = kt_now() WHERE card_setup.used_at IS NULL
    """,
    session_id="text",
    account_id="text",
)
SELECT_DUE_PAGES = sql(
    """
    SELECT session_id, account_id, book, person_id, opened_at, next_look_at FROM card_setup
    WHERE used_at IS NULL AND next_look_at <= kt_now() ORDER BY next_look_at LIMIT 8
    """
)


@dataclass(frozen=True, slots=True)
class CardPage:
    """A page that may still save a card, and when Stripe is asked about it next."""

    session_id: str
    account_id: str
    book: str
    person_id: str
    opened_at: int
    next_look_at: int


def write_terms(terms: TopUpTerms) -> dict[str, str]:
    """Write terms as the metadata of a page."""
    return {
        "kind": "auto_top_up",
        "threshold_microusd": str(terms.threshold_microusd),
        "package_code": terms.package_code,
        "currency": terms.currency,
        "monthly_max_micros": str(terms.monthly_max_micros),
    }


def build_return_url(site: str, return_path: str) -> str:
    """Build the address that the page returns to, with the id that Stripe puts in."""
    separator = "&" if "?" in return_path else "?"
    return f"{site}{return_path}{separator}session_id={{CHECKOUT_SESSION_ID}}"


async def record_page(
    shop: Shop, actor: Actor, caller: Caller, session_id: str, terms: TopUpTerms
) -> None:
    """Record a page that was opened, and that a person asked for these terms."""
    after = {"mode": caller.book, **write_terms(terms)}
    async with shop.database.write() as session:
        await record_card_page(
            session, session_id=session_id, account_id=caller.account_id, book=caller.book,
            person_id=caller.person_id,
        )  # fmt: skip
        await audit_log.record(session, actor, "topup.ask", caller.account_id, after=after)


async def find_opener(session: Session, caller: Caller, session_id: str) -> Payer:
    """Return whoever opened a page of the caller's account; of an old page, the caller."""
    payer = Payer.from_caller(caller)
    page = await session.get(CardSetup, session_id)
    if page is None or page.person_id is None:
        return payer
    return replace(payer, person_id=page.person_id)


async def apply_page(
    session: Session, top_ups: TopUps, payer: Payer, actor: Actor, page: SavedCardPage
) -> None:
    """Save the card of a page and turn auto top-up on by its terms, the first time only.

    If the terms no longer fit the package, or the rule was changed since the page was opened, only
    the card is saved. It is forgotten if its person may no longer pay for the account, or auto
    top-up was turned off while the page was open.
    """
    may_pay = await lock_payer(session, payer)
    rule = await rows.lock_rule(session, payer.account_id, payer.book)
    if not await session.change(USE_SETUP, [(page.session_id, payer.account_id)]):
        return
    if page.card is None:
        return
    if not may_pay or await is_withdrawn(session, page.session_id):
        await rows.add_removal(session, page.card.payment_method_id, payer.account_id, payer.book)
        return
    former = await rows.find_card(session, payer.account_id, payer.book)
    is_same = former is not None and former.payment_method_id == page.card.payment_method_id
    await save_card(session, payer, page.card, actor)
    terms = read_terms(top_ups.shop, page.metadata)
    version = 0 if rule is None else rule.version
    if terms is not None and page.metadata.get("rule_version") == str(version):
        rule = await set_rule(session, payer, terms, actor, rule)
        await mail_on(session, top_ups.shop, rule)
    elif rule is not None and rule.state == RuleState.ON and not is_same:
        await charge_other_card(session, top_ups.shop, rule, page.card)


async def lock_payer(session: Session, payer: Payer) -> bool:
    """Lock the account of a payer; return True if they may pay for it until the commit."""
    try:
        await keys.lock_account(session, payer.account_id)
    except AccountClosed:
        return False
    if payer.person_id == payer.account_id:
        return True
    member = await memberships.find_member(session, payer.account_id, payer.person_id)
    return member is not None and has_role(Role(member.role), Role.ADMIN)


async def charge_other_card(session: Session, shop: Shop, rule: TopUpRule, card: Card) -> None:
    """Let a locked rule that is on charge another card; a top-up under way is canceled."""
    rule.version += 1
    await session.flush()
    await mail_card(session, shop, rule, card.brand, card.last4)


def read_terms(shop: Shop, metadata: dict[str, str]) -> TopUpTerms | None:
    """Read the terms of a page at today's price; None if it has none, or they fit no package."""
    try:
        package = shop.get_package(metadata["package_code"])
        terms = build_terms(
            package,
            threshold_microusd=int(metadata["threshold_microusd"]),
            currency=metadata["currency"],
            monthly_max_micros=int(metadata["monthly_max_micros"]),
        )
    except (UnknownPackage, KeyError, ValueError):
        return None
    if terms is None or list_term_problems(terms, package.credit_microusd):
        return None
    return terms


async def look_at_page(top_ups: TopUps, page: CardPage) -> None:
    """Read a page at Stripe, unless another process just did, and apply what came of it.

    Raises:
        PaymentProviderError, PaymentMethodUnavailable: Stripe cannot be asked; it is read later.
    """
    shop = top_ups.shop
    async with shop.database.write() as session:
        now = await get_database_time(session)
        if not await claim_look(session, page, now):
            return
    stripe = shop.get_provider(StripeClient, page.book)
    found = await card_charges.find_card_page(stripe, page.session_id)
    if (found is None or not found.is_over) and now < page.opened_at + GIVE_UP_PERIOD:
        return
    async with shop.database.write() as session:
        if found is None:
            await session.change(USE_SETUP, [(page.session_id, page.account_id)])
            return
        payer = Payer(
            account_id=page.account_id,
            book=page.book,
            ledger_account=await get_account_number(session, page.account_id, page.book),
            person_id=page.person_id,
        )
        actor = replace(SYSTEM, person_id=page.person_id)
        await apply_page(session, top_ups, payer, actor, found)


async def claim_look(session: Session, page: CardPage, now: int) -> bool:
    """Move the time of a page's next look, the further the older it is; False if a twin did."""
    pause = min(HOUR, max(FIRST_LOOK, (now - page.opened_at) // 4))
    claimed = await session.execute(
        update(CardSetup)
        .where(
            CardSetup.session_id == page.session_id,
            CardSetup.next_look_at == page.next_look_at,
            CardSetup.used_at.is_(None),
        )
        .values(next_look_at=now + pause)
        .returning(CardSetup.session_id)
    )
    return claimed.first() is not None
