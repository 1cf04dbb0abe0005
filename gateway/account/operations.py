"""Operations on the account as a whole."""

from gateway.account import closure, errors
from gateway.account import schemas as wire
from gateway.identity.accounts.preferences import change_preferences, load_preferences
from gateway.identity.errors import FreshSignInRequired
from gateway.identity.keys import keys
from gateway.identity.keys.authority import Authority
from gateway.identity.keys.default_policy import load_default_policy, set_default_policy
from gateway.identity.keys.key_ring import KeyRing
from gateway.identity.keys.session_allowance import SessionAllowance
from gateway.identity.keys.sessions import check_fresh_sign_in
from gateway.identity.keys.spend_policy import merge_policy
from gateway.identity.teams.removal import MemberWork
from gateway.kit import audit_log
from gateway.kit.audit_log import Actor
from gateway.kit.clock import to_iso
from gateway.kit.database.sessions import Session, Snapshot
from gateway.kit.http.browser import SESSION_COOKIE, Site
from gateway.kit.money import parse_usd, to_amount_fields
from gateway.kit.operation import Call, Caller, Reply, operation
from gateway.kit.roles import Role
from gateway.ledger.rendering import render_policy
from gateway.library.quota import Quotas
from gateway.mail.outbox import Mailer


@operation(
    "GET",
    "/api/v1/account/settings",
    tag="account",
    response=wire.AccountSettings,
    scopes=("account:read",),
    session="also",
)
async def get_account_settings(
    caller: Caller, session: Snapshot, quotas: Quotas
) -> wire.AccountSettings:
    """Read the account settings: default limits of new keys in this mode, and preferences."""
    return await load_settings(session, caller, quotas)


@operation(
    "PATCH",
    "/api/v1/account/settings",
    tag="account",
    response=wire.AccountSettings,
    session="only",
    least_role=Role.VIEWER,  # `home` is the person's; all else takes an admin
    problems=(FreshSignInRequired,),
)
async def change_account_settings(
    call: Call,
    caller: Caller,
    body: wire.ChangeAccountSettings,
    session: Session,
    allowance: SessionAllowance,
    quotas: Quotas,
) -> wire.AccountSettings:
    """Change the default limits of new keys in this mode, and preferences in both modes.

    Existing keys keep their limits. Devices and apps get those a person approves. Raising a limit
    in live mode needs a sign-in within the last ten minutes.
    """
    given = body.model_dump(exclude_none=True, exclude={"spend_policy"}, by_alias=False)
    own = {"home": given.pop("home")} if caller.member_id and "home" in given else {}
    if given or body.spend_policy is not None:
        caller.require_role(Role.ADMIN)
    # Two changes at once would each merge into the limits before both, and one would be lost.
    await keys.lock_account(session, caller.account_id)
    before = await load_settings(session, caller, quotas)
    if body.spend_policy is not None:
        former = await load_default_policy(session, caller.account_id, caller.book)
        policy = merge_policy(former, body.spend_policy)
        authority = Authority((), former, caller.book)
        await allowance.check_change(session, caller, authority, (), policy, None)
        await set_default_policy(session, caller.account_id, caller.book, policy)
    if given:
        await change_preferences(session, caller.account_id, given)
    if own:
        await change_preferences(session, caller.person_id, own)
    after = await load_settings(session, caller, quotas)
    await audit_log.record(
        session,
        Actor.from_call(call),
        "account.settings",
        caller.account_id,
        before=before.model_dump(by_alias=True),
        after=after.model_dump(by_alias=True),
    )
    return after


@operation(
    "GET",
    "/api/v1/account/close",
    tag="account",
    response=wire.ClosingShown,
    session="only",
    least_role=Role.OWNER,
)
async def get_account_closing(caller: Caller, session: Snapshot) -> wire.ClosingShown:
    """Read what closing this account would forfeit, and what currently prevents it."""
    preview = await closure.preview_closing(session, caller.account_id)
    fields = to_amount_fields("forfeit", preview.forfeit_microusd)
    fields |= to_amount_fields("expires", preview.expires_microusd)
    return wire.ClosingShown.model_validate(fields | {"blockedBy": preview.blocked_by})


@operation(
    "POST",
    "/api/v1/account/close",
    tag="account",
    response=wire.ClosedAccount,
    session="only",
    least_role=Role.OWNER,
    problems=(FreshSignInRequired, errors.AccountInUse, errors.CreditLeft),
)
async def close_account(
    call: Call,
    caller: Caller,
    body: wire.CloseAccount,
    session: Session,
    mailer: Mailer,
    ring: KeyRing,
    site: Site,
    work: MemberWork,
) -> Reply:
    """Close this account permanently; needs a sign-in within the last ten minutes.

    Keys, apps, devices, sessions, identities and memberships end at once, in both modes. Remaining
    credit is forfeited; real money only if `forfeitUsd` states its amount. Purchases and the ledger
    stay.
    """
    await check_fresh_sign_in(session, caller)
    forfeit_microusd = parse_usd(body.forfeit_usd)
    closed_at = await closure.close(session, mailer, work, caller.account_id, forfeit_microusd)
    fields = {"accountId": caller.account_id, "closedAt": to_iso(closed_at)}
    closed = wire.ClosedAccount.model_validate(
        fields | to_amount_fields("forfeit", forfeit_microusd)
    )
    after = closed.model_dump(by_alias=True)
    await audit_log.record(
        session, Actor.from_call(call), "account.close", caller.account_id, after=after
    )
    session.run_after_commit(ring.clear_cache)
    return Reply(body=closed, cookies=(site.build_set_cookie(SESSION_COOKIE, "", 0),))


async def load_settings(session: Session, caller: Caller, quotas: Quotas) -> wire.AccountSettings:
    """Load the account settings in their wire form."""
    policy = await load_default_policy(session, caller.account_id, caller.book)
    preferences = await load_preferences(session, caller.account_id)
    home = preferences.home
    if caller.member_id is not None:
        home = (await load_preferences(session, caller.person_id)).home
    auto_keep_now = preferences.auto_keep
    if auto_keep_now == "all":
        is_full = await quotas.is_nearly_full(session, caller.ledger_account, caller.book)
        auto_keep_now = "starred" if is_full else "all"
    return wire.AccountSettings(
        mode="live" if caller.book == "live" else "test",
        spend_policy=render_policy(policy.auto_approve, policy.confirm_up_to, policy.limits),
        home=home,
        auto_keep=preferences.auto_keep,
        auto_keep_now=auto_keep_now,
        mail_plans=preferences.mail_plans,
        mail_done=preferences.mail_done,
        mail_statement=preferences.mail_statement,
    )
