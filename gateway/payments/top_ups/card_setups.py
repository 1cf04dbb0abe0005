"""Saved cards: the page of Stripe that a person saves one on, applied once.

The terms that the person agreed to travel with the page, in metadata that only our key can write. A
row for each page that took effect lets it do so once: an old link turns nothing on again.
"""

from gateway.identity.keys import keys
from gateway.kit import audit_log
from gateway.kit.audit_log import Actor
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import sql
from gateway.kit.operation import Caller
from gateway.payments.errors import UnknownPackage
from gateway.payments.shop import Shop
from gateway.payments.stripe.card_charges import SavedCardPage
from gateway.payments.top_ups import rows
from gateway.payments.top_ups.decisions import TopUpTerms, list_term_problems
from gateway.payments.top_ups.mails import mail_on
from gateway.payments.top_ups.rules import TopUps, build_terms, save_card, set_rule

INSERT_SETUP = sql(
    """
    INSERT INTO card_setup (session_id, account_id, used_at)
    SELECT given.session_id, given.account_id, kt_now() FROM {rows} WHERE true
    ON CONFLICT (session_id) DO NOTHING
    """,
    session_id="text",
    account_id="text",
)


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


async def record_page(shop: Shop, actor: Actor, caller: Caller, terms: TopUpTerms) -> None:
    """Write into the audit log that a person asked for these terms."""
    after = {"mode": caller.book, **write_terms(terms)}
    async with shop.database.write() as session:
        await audit_log.record(session, actor, "top_up.ask", caller.account_id, after=after)


async def apply_page(
    session: Session, top_ups: TopUps, caller: Caller, actor: Actor, page: SavedCardPage
) -> None:
    """Save the card of a page and turn auto top-up on by its terms, the first time only.

    If the terms no longer fit the package, or the rule was changed since the page was opened, only
    the card is saved.

    Raises:
        AccountClosed: the account gets nothing new.
    """
    await keys.lock_account(session, caller.account_id)
    rule = await rows.lock_rule(session, caller.account_id, caller.book)
    if not await session.change(INSERT_SETUP, [(page.session_id, caller.account_id)]):
        return
    if page.card is None:
        return
    await save_card(session, caller.account_id, caller.book, page.card, actor)
    terms = read_terms(top_ups.shop, page.metadata)
    version = 0 if rule is None else rule.version
    if terms is not None and page.metadata.get("rule_version") == str(version):
        rule = await set_rule(session, caller, terms, actor, rule)
        await mail_on(session, top_ups.shop, rule)


def read_terms(shop: Shop, metadata: dict[str, str]) -> TopUpTerms | None:
    """Read the terms of a page at today's price; None if they fit no package any more."""
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
