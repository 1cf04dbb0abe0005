"""Operations on auto top-up: a key may read it, and only a person in a browser changes it."""

from functools import partial

from gateway.identity.accounts import identities
from gateway.identity.errors import FreshSignInRequired
from gateway.identity.keys import keys
from gateway.identity.keys.sessions import check_fresh_sign_in
from gateway.kit.audit_log import Actor
from gateway.kit.database.sessions import Session, Snapshot
from gateway.kit.errors import InvalidInput, NotFound
from gateway.kit.money import parse_usd
from gateway.kit.operation import Call, Caller, operation
from gateway.payments.checkouts.card_pages import withdraw_card_pages
from gateway.payments.errors import (
    PaymentMethodUnavailable,
    PaymentProviderError,
    UnknownPackage,
)
from gateway.payments.stripe import card_charges
from gateway.payments.stripe.customers import call_with_customer
from gateway.payments.top_ups import card_setups, rows
from gateway.payments.top_ups.decisions import TopUpTerms, is_raised, list_term_problems
from gateway.payments.top_ups.errors import CardNotSaved, TopUpCurrencyInUse, TopUpStopped
from gateway.payments.top_ups.mails import mail_on
from gateway.payments.top_ups.rendering import load_auto_top_up, render_top_up
from gateway.payments.top_ups.rules import (
    Payer,
    TopUps,
    build_terms,
    load_terms,
    remove_card,
    set_rule,
    stop_rule,
)
from gateway.payments.top_ups.schemas import (
    AutoTopUp,
    CardPage,
    ChangeTopUp,
    ClaimCard,
    SaveCard,
    TopUpList,
    TopUpPage,
)
from gateway.payments.top_ups.states import OffReason, RuleState

SETTING_PROBLEMS = (
    FreshSignInRequired,
    UnknownPackage,
    TopUpCurrencyInUse,
    TopUpStopped,
    PaymentMethodUnavailable,
)


@operation(
    "GET", "/api/v1/top-up", tag="top-up", response=AutoTopUp, scopes=("billing",), session="also"
)
async def get_auto_top_up(caller: Caller, session: Snapshot, top_ups: TopUps) -> AutoTopUp:
    """Read auto top-up of this account and mode: its terms, the saved card, what is under way."""
    return await load_auto_top_up(session, caller, top_ups)


@operation(
    "GET",
    "/api/v1/top-up/attempts",
    tag="top-up",
    response=TopUpList,
    scopes=("billing",),
    session="also",
)
async def list_top_ups(caller: Caller, query: TopUpPage, session: Snapshot) -> TopUpList:
    """List the top-ups of this account and mode, newest first, with those that were declined."""
    found = await rows.list_top_ups(
        session, caller.account_id, caller.book, cursor=query.cursor, limit=query.limit + 1
    )
    page = found[: query.limit]
    return TopUpList(
        data=[await render_top_up(session, row) for row in page],
        next_cursor=page[-1].checkout_id if len(found) > query.limit else None,
    )


@operation(
    "POST",
    "/api/v1/top-up/card",
    tag="top-up",
    response=CardPage,
    status=201,
    session="only",
    problems=(*SETTING_PROBLEMS, PaymentProviderError),
)
async def start_saving_card(
    call: Call, caller: Caller, body: SaveCard, top_ups: TopUps
) -> CardPage:
    """Open a page of Stripe where a person saves a card; these terms take effect once they have.

    Nothing is charged there. Needs a sign-in within the last ten minutes.
    """
    shop, stripe = top_ups.shop, top_ups.get_stripe(caller.book)
    async with shop.database.write() as session:
        await check_fresh_sign_in(session, caller)
        await keys.lock_account(session, caller.account_id)
        terms = await check_terms(session, caller, top_ups, body)
        rule = await rows.find_rule(session, caller.account_id, caller.book)
        version = 0 if rule is None else rule.version
        email = await identities.find_account_email(session, caller.account_id)
    open_page = partial(
        card_charges.open_card_page,
        stripe,
        account_id=caller.account_id,
        currency=terms.currency,
        terms=shop.get_tax_terms(stripe.name),
        metadata=card_setups.write_terms(terms) | {"rule_version": str(version)},
        return_url=card_setups.build_return_url(shop.site, body.return_path),
        cancel_url=f"{shop.site}/credits?mode={caller.book}",
    )
    page = await call_with_customer(shop, stripe, caller.account_id, email, open_page)
    await card_setups.record_page(shop, Actor.from_call(call), caller, page.session_id, terms)
    return CardPage(session_id=page.session_id, url=page.url or "")


@operation(
    "POST",
    "/api/v1/top-up/claim",
    tag="top-up",
    response=AutoTopUp,
    session="only",
    problems=(NotFound, PaymentProviderError, PaymentMethodUnavailable),
)
async def claim_saved_card(
    call: Call, caller: Caller, body: ClaimCard, top_ups: TopUps
) -> AutoTopUp:
    """Turn auto top-up on with the card that a person saved; repeating it changes nothing.

    The page is read from Stripe: before the person has saved a card, auto top-up stays as it is.
    """
    stripe = top_ups.get_stripe(caller.book)
    page = await card_charges.find_card_page(stripe, body.session_id)
    if page is None or page.account_id != caller.account_id:
        raise NotFound
    async with top_ups.shop.database.write() as session:
        if page.card is not None:
            payer = await card_setups.find_opener(session, caller, page.session_id)
            await card_setups.apply_page(session, top_ups, payer, Actor.from_call(call), page)
        return await load_auto_top_up(session, caller, top_ups)


@operation(
    "PUT",
    "/api/v1/top-up",
    tag="top-up",
    response=AutoTopUp,
    session="only",
    problems=(*SETTING_PROBLEMS, CardNotSaved),
)
async def change_auto_top_up(
    call: Call, caller: Caller, body: ChangeTopUp, session: Session, top_ups: TopUps
) -> AutoTopUp:
    """Turn auto top-up on with the saved card, or change its terms.

    Turning it on, or raising an amount, needs a sign-in within the last ten minutes. No API key and
    no app can do it, whatever its scopes are. A top-up under way by the former terms is canceled.
    """
    top_ups.get_stripe(caller.book)
    await keys.lock_account(session, caller.account_id)
    rule = await rows.lock_rule(session, caller.account_id, caller.book)
    terms = await check_terms(session, caller, top_ups, body)
    is_on = rule is not None and rule.state == RuleState.ON
    before = load_terms(top_ups.shop, rule) if rule is not None and is_on else None
    is_more = is_raised(before, terms)
    if is_more:
        await check_fresh_sign_in(session, caller)
    if await rows.find_card(session, caller.account_id, caller.book) is None:
        raise CardNotSaved
    if terms != before:
        actor = Actor.from_call(call)
        payer = Payer.from_caller(caller)
        rule = await set_rule(session, payer, terms, actor, rule, is_fresh=is_more)
        if is_more:
            await mail_on(session, top_ups.shop, rule)
    return await load_auto_top_up(session, caller, top_ups)


@operation("DELETE", "/api/v1/top-up", tag="top-up", response=AutoTopUp, session="only")
async def end_auto_top_up(
    call: Call, caller: Caller, session: Session, top_ups: TopUps
) -> AutoTopUp:
    """Turn auto top-up off and remove the saved card; Stripe forgets it within seconds.

    A card that is being saved on a page of Stripe meanwhile is forgotten too. A top-up under way is
    canceled, unless its charge was already on its way to the bank: that one may still arrive. It is
    in `inFlight` until then, is credited, and is the last one.
    """
    await keys.lock_account(session, caller.account_id)
    rule = await rows.lock_rule(session, caller.account_id, caller.book)
    actor = Actor.from_call(call)
    if rule is not None:
        await stop_rule(session, top_ups.shop, rule, OffReason.PERSON, actor)
    await withdraw_card_pages(session, caller.account_id, caller.book)
    await remove_card(session, caller.account_id, caller.book, actor)
    return await load_auto_top_up(session, caller, top_ups)


async def check_terms(
    session: Session, caller: Caller, top_ups: TopUps, body: ChangeTopUp
) -> TopUpTerms:
    """Return the terms of a request at today's price.

    Raises:
        UnknownPackage: no such package is sold by card in this currency.
        InvalidInput: an amount does not fit the package.
        TopUpCurrencyInUse: this month's top-ups were charged in another currency.
        TopUpStopped: an operator stopped it.
    """
    rule = await rows.find_rule(session, caller.account_id, caller.book)
    if rule is not None and rule.off_reason == OffReason.OPERATOR:
        raise TopUpStopped
    package = top_ups.shop.get_package(body.package_code)
    terms = build_terms(
        package,
        threshold_microusd=parse_usd(body.threshold_usd),
        currency=body.currency,
        monthly_max_micros=parse_usd(body.monthly_maximum),
    )
    if terms is None or not top_ups.get_stripe(caller.book).can_sell(package):
        raise UnknownPackage(
            "This package cannot be bought by card in this currency.", field="packageCode"
        )
    for field, problem in list_term_problems(terms, package.credit_microusd).items():
        raise InvalidInput(f"`{field}` {problem}.", field=field)
    if await rows.has_other_currency(session, caller.account_id, caller.book, terms.currency):
        raise TopUpCurrencyInUse(field="currency")
    return terms
