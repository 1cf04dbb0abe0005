"""Operations on the affiliate programme."""

from typing import Any

from gateway.affiliates import code_binding, codes, errors, membership, rendering
from gateway.affiliates import schemas as wire
from gateway.affiliates.earnings import pages, payouts
from gateway.affiliates.earnings.statistics import load_statistics
from gateway.affiliates.programme import Programme, lock_affiliate, require_affiliate
from gateway.affiliates.states import PayoutState
from gateway.identity.keys import keys
from gateway.kit import audit_log, referrals
from gateway.kit.audit_log import Actor
from gateway.kit.clock import SECOND, to_iso
from gateway.kit.database.sessions import Session, Snapshot
from gateway.kit.money import parse_usd, render_usd
from gateway.kit.operation import Call, Caller, Reply, operation
from gateway.kit.referrals import REFERRAL_COOKIE, REFERRAL_LIFETIME
from gateway.kit.roles import Role

# The paths that a link may lead to: public pages. A free choice would be an open redirect.
LANDING_PATHS = frozenset({"/", "/api-docs", "/login", "/credits"})
# What the account earns is no business of its developers and viewers.
READ_RIGHTS: dict[str, Any] = {
    "least_role": Role.ADMIN,
    "scopes": ("account:read",),
    "session": "also",
}


@operation(
    "GET",
    "/api/v1/affiliates/r",
    tag="affiliates",
    response=wire.Followed,
    status=302,
    media_types=(),
    public=True,
)
async def follow_affiliate_link(
    call: Call, query: wire.FollowLink, session: Session, programme: Programme
) -> Reply:
    """Follow a referral link: redirects to the site with a cookie that remembers the first link.

    An inactive code redirects too, without a cookie.
    """
    carried = programme.site.read_cookie(call.headers, REFERRAL_COOKIE)
    counted = await codes.record_click(
        session, programme, query.code, earlier_token=carried, click_id=None
    )
    to = query.to if query.to in LANDING_PATHS else "/"
    headers = {"Location": f"{programme.site.public_url}{to}", "Cache-Control": "no-store"}
    return Reply(body=None, headers=headers, cookies=build_referral_cookies(programme, counted))


def build_referral_cookies(
    programme: Programme, counted: codes.CountedClick | None
) -> tuple[str, ...]:
    """Return the referral cookie, only for a visitor's first click."""
    if counted is None or not counted.is_first:
        return ()
    lifetime_seconds = REFERRAL_LIFETIME // SECOND
    return (programme.site.build_set_cookie(REFERRAL_COOKIE, counted.token, lifetime_seconds),)


@operation(
    "POST",
    "/api/v1/affiliates/validate-code",
    tag="affiliates",
    response=wire.CodeValidity,
    public=True,
)
async def validate_affiliate_code(body: wire.ValidateCode, session: Snapshot) -> wire.CodeValidity:
    """Check whether a referral code is active."""
    affiliate = await codes.find_active_affiliate(session, body.code)
    return wire.CodeValidity(
        valid=affiliate is not None,
        code=body.code.upper(),
        display_name=None if affiliate is None else affiliate.display_name,
    )


@operation(
    "POST",
    "/api/v1/affiliates/capture",
    tag="affiliates",
    response=wire.CapturedClick,
    public=True,
)
async def capture_affiliate(
    call: Call, body: wire.CaptureClick, session: Session, programme: Programme
) -> Reply:
    """Capture a click on a referral link, as a cookie and as a token for sign-up without cookies.

    The first click counts; a later one only adds to the click count, and gets the first's token.
    """
    carried = programme.site.read_cookie(call.headers, REFERRAL_COOKIE)
    counted = await codes.record_click(
        session, programme, body.code, earlier_token=carried, click_id=body.click_id
    )
    captured = wire.CapturedClick(
        captured=counted is not None,
        code=body.code.upper() if counted is None else counted.click.code,
        referral_token=None if counted is None else counted.token,
        expires_at=None
        if counted is None
        else to_iso(counted.click.clicked_at + referrals.REFERRAL_LIFETIME),
    )
    headers = {"Cache-Control": "no-store"}
    return Reply(body=captured, headers=headers, cookies=build_referral_cookies(programme, counted))


@operation(
    "POST",
    "/api/v1/affiliates/me/apply",
    tag="affiliates",
    response=wire.AppliedAsAffiliate,
    least_role=Role.OWNER,
    status=201,
    scopes=("admin",),
    session="also",
    idempotent=True,
    problems=(errors.AlreadyApplied, errors.CodeTaken),
)
async def apply_as_affiliate(
    call: Call,
    caller: Caller,
    body: wire.ApplyAsAffiliate,
    session: Session,
    programme: Programme,
) -> wire.AppliedAsAffiliate:
    """Apply for the affiliate programme; the operator decides."""
    application = membership.AffiliateApplication(
        display_name=body.display_name,
        website=body.website,
        promotion_plan=body.promotion_plan,
        code=body.desired_code,
    )
    row = await membership.apply_for_programme(session, programme, caller.account_id, application)
    after = {"state": row.state, "code": row.code, "displayName": row.display_name}
    await audit_log.record(session, Actor.from_call(call), "affiliate.apply", row.id, after=after)
    return wire.AppliedAsAffiliate(affiliate_id=row.id, state=row.state, code=row.code)


@operation(
    "GET",
    "/api/v1/affiliates/me",
    tag="affiliates",
    response=wire.AffiliateShown,
    **READ_RIGHTS,
    problems=(errors.NotAnAffiliate,),
)
async def get_affiliate(
    caller: Caller, session: Snapshot, programme: Programme
) -> wire.AffiliateShown:
    """Read this account's affiliate state, link and terms."""
    return await rendering.load_rendered_affiliate(
        session, programme, await require_affiliate(session, caller.account_id)
    )


@operation(
    "PATCH",
    "/api/v1/affiliates/me",
    tag="affiliates",
    response=wire.AffiliateShown,
    least_role=Role.OWNER,
    scopes=("admin",),
    session="also",
    problems=(
        errors.NotAnAffiliate,
        errors.CodeTaken,
        errors.CodeChangedRecently,
        errors.PayoutDestinationInvalid,
        errors.SessionRequired,
    ),
)
async def update_affiliate(
    call: Call,
    caller: Caller,
    body: wire.ChangeAffiliate,
    session: Session,
    programme: Programme,
) -> wire.AffiliateShown:
    """Change name, website, code or payout destination.

    A new payout destination needs a browser session, is announced to all addresses of the account,
    and blocks payouts for 72 hours.
    """
    row = await lock_affiliate(session, (await require_affiliate(session, caller.account_id)).id)
    set_fields = body.model_fields_set
    row.display_name = body.display_name or row.display_name
    row.website = body.website if "website" in set_fields else row.website
    if body.code is not None:
        await membership.change_code(session, row, body.code)
    if body.payout_method is not None or body.payout_destination is not None:
        if caller.session_id is None:
            raise errors.SessionRequired
        await membership.change_destination(
            session, programme, row, body.payout_method, body.payout_destination
        )
    await session.flush()
    changed = await rendering.load_rendered_affiliate(session, programme, row)
    audited_fields = {
        "display_name",
        "website",
        "code",
        "payout_method",
        "payout_destination_masked",
    }
    after = changed.model_dump(by_alias=True, include=audited_fields)
    await audit_log.record(session, Actor.from_call(call), "affiliate.change", row.id, after=after)
    return changed


@operation(
    "GET",
    "/api/v1/affiliates/me/code",
    tag="affiliates",
    response=wire.AffiliateCodeShown,
    **READ_RIGHTS,
    problems=(errors.NotAnAffiliate,),
)
async def get_affiliate_code(
    caller: Caller, session: Snapshot, programme: Programme
) -> wire.AffiliateCodeShown:
    """Read this account's referral code and link."""
    row = await require_affiliate(session, caller.account_id)
    return wire.AffiliateCodeShown(
        code=row.code, link=programme.build_referral_link(row.code), state=row.state
    )


@operation(
    "GET",
    "/api/v1/affiliates/me/dashboard",
    tag="affiliates",
    response=wire.Dashboard,
    **READ_RIGHTS,
    problems=(errors.NotAnAffiliate,),
)
async def get_affiliate_dashboard(
    caller: Caller, query: wire.DashboardQuery, session: Snapshot
) -> wire.Dashboard:
    """Read clicks, sign-ups and commission, by day and by state; buyers are not identified."""
    row = await require_affiliate(session, caller.account_id)
    return rendering.render_dashboard(await load_statistics(session, row, caller.book, query.days))


@operation(
    "GET",
    "/api/v1/affiliates/me/commissions",
    tag="affiliates",
    response=wire.Commissions,
    **READ_RIGHTS,
    problems=(errors.NotAnAffiliate,),
)
async def list_commissions(
    caller: Caller, query: wire.CommissionQuery, session: Snapshot
) -> wire.Commissions:
    """List commissions of this account and mode, newest first; buyers are not identified."""
    row = await require_affiliate(session, caller.account_id)
    rows, cursor = await pages.load_commission_page(
        session, row, caller.book, query.state, query.cursor, query.limit
    )
    return wire.Commissions(
        data=[rendering.render_commission(each) for each in rows], next_cursor=cursor
    )


@operation(
    "GET",
    "/api/v1/affiliates/me/payouts",
    tag="affiliates",
    response=wire.Payouts,
    **READ_RIGHTS,
    problems=(errors.NotAnAffiliate,),
)
async def list_payouts(
    caller: Caller, query: wire.AffiliatePage, session: Snapshot
) -> wire.Payouts:
    """List completed payouts, newest first."""
    row = await require_affiliate(session, caller.account_id)
    rows, cursor = await pages.load_payout_page(
        session, row, caller.book, (PayoutState.PAID,), query.cursor, query.limit
    )
    return wire.Payouts(data=[rendering.render_payout(each) for each in rows], next_cursor=cursor)


@operation(
    "GET",
    "/api/v1/affiliates/me/payout-requests",
    tag="affiliates",
    response=wire.PayoutRequests,
    **READ_RIGHTS,
    problems=(errors.NotAnAffiliate,),
)
async def list_payout_requests(
    caller: Caller, query: wire.AffiliatePage, session: Snapshot
) -> wire.PayoutRequests:
    """List payout requests and their states, newest first."""
    row = await require_affiliate(session, caller.account_id)
    rows, cursor = await pages.load_payout_page(
        session, row, caller.book, None, query.cursor, query.limit
    )
    return wire.PayoutRequests(
        data=[rendering.render_payout_request(each) for each in rows], next_cursor=cursor
    )


@operation(
    "POST",
    "/api/v1/affiliates/me/payout-requests",
    tag="affiliates",
    response=wire.PayoutRequestShown,
    least_role=Role.OWNER,
    status=201,
    scopes=("admin",),
    session="also",
    idempotent=True,
    problems=(
        errors.NotAnAffiliate,
        errors.AffiliateNotApproved,
        errors.PayoutsBlocked,
        errors.PayoutAlreadyOpen,
        errors.InsufficientCommission,
        errors.BelowMinimum,
        errors.PayoutDestinationInvalid,
    ),
)
async def request_payout(
    call: Call,
    caller: Caller,
    body: wire.RequestPayout,
    session: Session,
    programme: Programme,
) -> wire.PayoutRequestShown:
    """Request a payout of approved commission, at least $25; one request at a time.

    The money is set aside until the operator has paid or rejected it. `account_credit` is added to
    this account's credit at once and never expires.
    """
    requested = payouts.PayoutRequest(
        amount_microusd=None if body.amount_usd is None else parse_usd(body.amount_usd),
        method=body.method,
    )
    row = await payouts.create_payout(session, programme, caller, requested)
    after = {"amountUsd": render_usd(row.amount_microusd), "method": row.method, "mode": row.book}
    await audit_log.record(session, Actor.from_call(call), "payout.request", row.id, after=after)
    return rendering.render_payout_request(row)


@operation(
    "POST",
    "/api/v1/affiliates/me/bind-code",
    tag="affiliates",
    response=wire.BoundCode,
    least_role=Role.OWNER,
    session="also",
    idempotent=True,
    problems=(
        errors.CodeNotFound,
        errors.AlreadyBound,
        errors.BindingWindowClosed,
        errors.SelfReferral,
    ),
)
async def bind_affiliate_code(
    caller: Caller, body: wire.BindCode, session: Session, programme: Programme
) -> wire.BoundCode:
    """Bind this account to a referral code: once, within 14 days of sign-up, before it buys.

    A link followed before sign-up takes precedence.
    """
    click = await code_binding.bind_to_code(
        session, programme, caller.account_id, body.code, body.referral_token
    )
    return wire.BoundCode(bound_code=click.code, bound_at=to_iso(click.clicked_at))


@operation(
    "GET",
    "/api/v1/affiliates/me/bind-code",
    tag="affiliates",
    response=wire.BindingShown,
    **READ_RIGHTS,
)
async def get_bound_code(caller: Caller, session: Snapshot) -> wire.BindingShown:
    """Read the code this account is bound to, or until when one can be bound."""
    account = await keys.get_account(session, caller.account_id)
    until = await code_binding.find_binding_deadline(session, caller.account_id)
    return wire.BindingShown(
        bound_code=account.referral_code,
        bound_at=None if account.referred_at is None else to_iso(account.referred_at),
        bindable_until=None if until is None else to_iso(until),
    )
