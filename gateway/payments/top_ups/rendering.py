"""Auto top-up as its owner reads it."""

from gateway.identity.accounts import identities
from gateway.kit.clock import to_iso, to_iso_or_none
from gateway.kit.database.sessions import Session, Snapshot
from gateway.kit.money import render_usd
from gateway.kit.operation import Caller
from gateway.payments.currencies import render_amount
from gateway.payments.tables import Checkout
from gateway.payments.top_ups import rows
from gateway.payments.top_ups.rules import TopUps
from gateway.payments.top_ups.schemas import AutoTopUp, SavedCardShown, TopUpShown
from gateway.payments.top_ups.states import PRIVATE_DECLINES, RuleState, TopUpState
from gateway.payments.top_ups.tables import SavedCard, TopUp


async def load_auto_top_up(
    session: Session | Snapshot, caller: Caller, top_ups: TopUps
) -> AutoTopUp:
    """Load auto top-up of the caller in its wire form."""
    account_id, book = caller.account_id, caller.book
    rule = await rows.find_rule(session, account_id, book)
    card = await rows.find_card(session, account_id, book)
    in_flight = await rows.find_in_flight(session, account_id, book)
    counted = (
        None if rule is None else await rows.count_month(session, account_id, book, rule.currency)
    )
    return AutoTopUp(
        livemode=caller.livemode,
        offered=top_ups.is_offered(book),
        state=RuleState.OFF if rule is None else rule.state,
        off_reason=None if rule is None else rule.off_reason,
        threshold_usd=None if rule is None else render_usd(rule.threshold_microusd),
        threshold_microusd=None if rule is None else rule.threshold_microusd,
        package_code=None if rule is None else rule.package_code,
        currency=None if rule is None else rule.currency,
        monthly_maximum=None
        if rule is None
        else render_amount(rule.monthly_max_micros, rule.currency),
        monthly_maximum_micros=None if rule is None else rule.monthly_max_micros,
        charged_this_month=None
        if rule is None or counted is None
        else render_amount(counted, rule.currency),
        charged_this_month_micros=counted,
        card=None if card is None else await render_card(session, card),
        declines=0 if rule is None else rule.declines,
        retry_at=None if rule is None else to_iso_or_none(rule.retry_at),
        in_flight=None if in_flight is None else await render_top_up(session, in_flight),
    )


async def render_card(session: Session | Snapshot, card: SavedCard) -> SavedCardShown:
    """Render a saved card, with the address of whoever saved it."""
    saved_by = await identities.find_account_email(session, card.person_id or card.account_id)
    return SavedCardShown(
        brand=card.brand, last4=card.last4, saved_at=to_iso(card.saved_at), saved_by=saved_by
    )


async def render_top_up(session: Session | Snapshot, row: TopUp) -> TopUpShown:
    """Render a top-up; while it waits, with the page where the person confirms it."""
    url = None
    if row.state == TopUpState.WAITING:
        checkout = await session.get(Checkout, row.checkout_id)
        url = None if checkout is None else checkout.url
    return TopUpShown(
        checkout_id=row.checkout_id,
        state=row.state,
        package_code=row.package_code,
        currency=row.currency,
        amount=render_amount(row.gross_micros, row.currency),
        amount_micros=row.gross_micros,
        card_last4=row.card_last4,
        decline_code="generic_decline"
        if row.decline_code in PRIVATE_DECLINES
        else row.decline_code,
        confirm_url=url,
        confirm_until=to_iso_or_none(row.confirm_until),
        created_at=to_iso(row.created_at),
        ended_at=to_iso_or_none(row.ended_at),
    )
