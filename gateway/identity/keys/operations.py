"""Operations on API keys."""

from collections.abc import Sequence

from sqlalchemy import select

from gateway.identity.errors import (
    AmbiguousKeyPrefix,
    AppConnected,
    FreshSignInRequired,
    KeyLimitReached,
    KeyRevoked,
    ScopeEscalation,
)
from gateway.identity.keys import keys
from gateway.identity.keys.authority import (
    Authority,
    check_app_change,
    check_key_change,
    check_key_creation,
    check_key_lifetime,
    check_may_end_key,
    check_may_reach_key,
)
from gateway.identity.keys.default_policy import load_default_policy
from gateway.identity.keys.key_ring import KeyRing
from gateway.identity.keys.schemas import (
    ChangeKey,
    ConnectedApp,
    CreatedKey,
    CreateKey,
    Key,
    KeyPage,
    Keys,
    RevokedKey,
    RevokeKey,
    RotateKey,
)
from gateway.identity.keys.secrets import Peppers
from gateway.identity.keys.session_allowance import SessionAllowance
from gateway.identity.keys.sessions import Sessions
from gateway.identity.keys.spend_policy import merge_policy
from gateway.identity.tables import ApiKey, ApprovalPolicy, OAuthGrant
from gateway.kit import audit_log
from gateway.kit.audit_log import Actor
from gateway.kit.clock import to_iso, to_iso_or_none, to_microseconds
from gateway.kit.database.sessions import Session, Snapshot
from gateway.kit.database.sql import get_database_time
from gateway.kit.errors import LiveModeDisabled, NotFound, ScopeDenied
from gateway.kit.ids import Ids
from gateway.kit.operation import Call, Caller, Reply, operation
from gateway.kit.roles import Role, has_role
from gateway.ledger.policies import Limits, load_spenders
from gateway.ledger.rendering import render_policy, render_spent

NO_STORE_HEADERS = {"Cache-Control": "no-store"}


@operation(
    "GET", "/api/v1/keys", tag="keys", response=Keys, scopes=("account:read",), session="also"
)
async def list_keys(caller: Caller, query: KeyPage, session: Snapshot) -> Keys:
    """List the API keys and connected apps of this account; secrets are not included.

    Developers and viewers of a team see their own. Newest first, with apps after all keys.
    """
    # `key_…` sorts above `grant_…`, so the order of ids puts apps after all keys.
    selected = select(ApiKey).where(ApiKey.account_id == caller.account_id)
    if not has_role(caller.role, Role.ADMIN):
        selected = selected.where(ApiKey.person_id == caller.person_id)
    if query.cursor is not None:
        selected = selected.where(ApiKey.id < query.cursor)
    selected = selected.order_by(ApiKey.id.desc()).limit(query.limit + 1)
    rows = (await session.scalars(selected)).all()
    page = rows[: query.limit]
    has_more = len(rows) > query.limit
    return Keys(
        data=await render_keys(session, page), next_cursor=page[-1].id if has_more else None
    )


@operation(
    "POST",
    "/api/v1/keys",
    tag="keys",
    least_role=Role.DEVELOPER,  # their own keys, within their own rights
    response=CreatedKey,
    status=201,
    scopes=("admin",),
    session="also",
    idempotent=True,
    problems=(ScopeEscalation, KeyLimitReached, LiveModeDisabled, FreshSignInRequired),
)
async def create_key(
    call: Call,
    caller: Caller,
    body: CreateKey,
    session: Session,
    ids: Ids,
    peppers: Peppers,
    sessions: Sessions,
    allowance: SessionAllowance,
) -> Reply:
    """Create an API key with scopes and hard spending caps.

    `apiKey` is shown only once. A key can only create keys within its own scopes and limits, and
    none at all if it has a cap; none that it creates expires later than it does. In a browser a
    live key needs a sign-in within the last ten minutes, unless its cap is small and it lacks the
    scopes `admin` and `studio:approve`.
    """
    own = await Authority.load(session, caller)
    book = caller.book if body.mode is None else sessions.resolve_book(body.mode)
    scopes: Sequence[str] = body.scopes or [
        scope for scope in keys.DEFAULT_SCOPES if scope in own.scopes
    ]
    default_policy = await load_default_policy(session, caller.account_id, book)
    policy = merge_policy(default_policy.tighten_to(own.policy), body.spend_policy)
    check_key_creation(own, book, scopes, policy)
    await allowance.count_granted_rights(session, caller, Authority(scopes, policy, book))
    new_key = keys.NewKey(
        account_id=caller.account_id,
        book=book,
        label=body.label,
        scopes=scopes,
        minted_by=caller.id,
        policy=policy,
        expires_at=own.expires_at if body.expires_at is None else to_microseconds(body.expires_at),
        holder_id=caller.holder_id,
    )
    check_key_lifetime(own, new_key.expires_at)
    row, key = await keys.create(session, ids, peppers, new_key)
    return await _answer_new_key(session, call, "key.create", row, key)


@operation(
    "POST",
    "/api/v1/keys/revoke",
    tag="keys",
    response=RevokedKey,
    session="also",
    problems=(ScopeDenied, NotFound, AmbiguousKeyPrefix),
)
async def revoke_key(
    call: Call, caller: Caller, body: RevokeKey, session: Session, ring: KeyRing
) -> RevokedKey:
    """Revoke an API key, or disconnect an app, at once and permanently.

    Running jobs finish; nothing new starts. Needs the `admin` scope, except for the calling key.
    """
    row = await keys.get_locked_key(
        session, caller.account_id, key_id=body.key_id, prefix=body.key_prefix
    )
    check_may_end_key(caller, row)
    check_may_reach_key(caller, row, act="end")
    is_first = row.revoked_at is None
    revoked_at = to_iso(await keys.revoke(session, row))
    if is_first:
        after = {"revokedAt": revoked_at}
        await audit_log.record(session, Actor.from_call(call), "key.revoke", row.id, after=after)
    # After the commit: a request in between would read the key as it was, and cache it again.
    session.run_after_commit(ring.clear_cache)
    return RevokedKey(id=row.id, revoked_at=revoked_at)


@operation(
    "PATCH",
    "/api/v1/keys",
    tag="keys",
    least_role=Role.DEVELOPER,  # their own keys, within their own rights
    response=Key,
    scopes=("admin",),
    session="also",
    problems=(ScopeEscalation, NotFound, KeyRevoked, AppConnected, FreshSignInRequired),
)
async def change_key(
    call: Call,
    caller: Caller,
    body: ChangeKey,
    session: Session,
    ring: KeyRing,
    allowance: SessionAllowance,
) -> Key:
    """Change the label, scopes, limits or expiry of an API key.

    A key can give another only scopes and an expiry that it has itself; only a browser session can
    widen limits or give `studio:approve`. What is used of a cap stays used. A key and its rotated
    successors share limits. In a browser, widening a live key needs a sign-in within the last ten
    minutes.
    """
    row = await keys.get_locked_key(session, caller.account_id, key_id=body.key_id)
    check_may_reach_key(caller, row, act="change")
    now = await get_database_time(session)
    keys.check_alive(row, now)
    (before,) = await render_keys(session, [row])
    previous = await Authority.load_for_key(session, row)
    policy = merge_policy(previous.policy, body.spend_policy)
    scopes: Sequence[str] = body.scopes or row.scopes.split()
    if keys.is_app(row):
        check_app_change(scopes, body.model_fields_set)
    own = await Authority.load(session, caller)
    check_key_change(own, previous, scopes, policy)
    expires_at = row.expires_at
    if "expires_at" in body.model_fields_set:
        expires_at = to_microseconds(body.expires_at)
    await allowance.check_change(session, caller, previous, scopes, policy, expires_at)
    row.label = body.label or row.label
    row.scopes = keys.join_scopes(scopes)
    if policy != previous.policy:
        await keys.set_policy(session, row, policy)
    if "expires_at" in body.model_fields_set:
        keys.check_expiry(expires_at, now)
        check_key_lifetime(own, expires_at, row.expires_at)
        await keys.set_expiry(session, row, expires_at)
    (after,) = await render_keys(session, [row])
    await audit_log.record(
        session,
        Actor.from_call(call),
        "key.change",
        row.id,
        before=render_audit_fields(before),
        after=render_audit_fields(after),
    )
    session.run_after_commit(ring.clear_cache)
    return after


@operation(
    "POST",
    "/api/v1/keys/rotate",
    tag="keys",
    response=CreatedKey,
    status=201,
    session="also",
    idempotent=True,
    problems=(
        ScopeDenied,
        ScopeEscalation,
        NotFound,
        KeyRevoked,
        AppConnected,
        KeyLimitReached,
        FreshSignInRequired,
    ),
)
async def rotate_key(
    call: Call,
    caller: Caller,
    body: RotateKey,
    session: Session,
    ids: Ids,
    peppers: Peppers,
    ring: KeyRing,
    allowance: SessionAllowance,
) -> Reply:
    """Replace an API key with a new one with the same scopes, limits and expiry.

    `apiKey` is shown only once. The old key keeps working for `graceSeconds`. What is used of a cap
    stays used. Rotating another key needs the `admin` scope and all of that key's rights, and in a
    browser, as creating one does, a sign-in within the last ten minutes. Plans that the old key
    runs start no further step once it has ended.
    """
    row = await keys.get_locked_key(session, caller.account_id, key_id=body.key_id)
    check_may_end_key(caller, row)
    check_may_reach_key(caller, row, act="rotate")
    # The caller will hold the successor, so it needs all rights of a key that is not itself.
    if row.id != caller.key_id:
        previous = await Authority.load_for_key(session, row)
        own = await Authority.load(session, caller)
        check_key_creation(own, row.book, previous.scopes, previous.policy)
        check_key_lifetime(own, row.expires_at)
        await allowance.count_granted_rights(session, caller, previous)
    successor, key = await keys.rotate(session, ids, peppers, row, grace_seconds=body.grace_seconds)
    session.run_after_commit(ring.clear_cache)
    return await _answer_new_key(session, call, "key.rotate", successor, key)


async def _answer_new_key(
    session: Session, call: Call, action: str, row: ApiKey, key: str
) -> Reply:
    """Log a new key and answer with it; the stored answer for retries is without the secret."""
    (view,) = await render_keys(session, [row])
    await audit_log.record(
        session, Actor.from_call(call), action, row.id, after=render_audit_fields(view)
    )
    fields = view.model_dump()
    return Reply(
        body=CreatedKey(**fields, api_key=key),
        stored_body=CreatedKey(**fields, api_key=None, already_shown=True),
        resource_id=row.id,
        headers=NO_STORE_HEADERS,
    )


async def render_keys(session: Session | Snapshot, rows: Sequence[ApiKey]) -> list[Key]:
    """Render keys, with their limits and what they have spent of them."""
    if not rows:
        return []
    query = select(ApprovalPolicy).where(ApprovalPolicy.id.in_({row.policy_id for row in rows}))
    # From the database, not from the session: a change renders the key before and after it.
    query = query.execution_options(populate_existing=True)
    approvals = {policy.id: policy for policy in await session.scalars(query)}
    known = await load_spenders(session, [row.id for row in rows])
    apps = await _load_apps(session, [row.id for row in rows if keys.is_app(row)])
    views = []
    for row in rows:
        caps = known.policies.get(known.spenders[row.id].policy_id or "")
        approval = approvals[row.policy_id]
        policy = render_policy(
            approval.auto_approve_microusd,
            approval.confirm_up_to_microusd,
            caps.limits if caps else Limits(),
        )
        spent = render_spent(caps.with_windows_at(known.now)) if caps else None
        views.append(
            Key(
                id=row.id,
                label=row.label,
                key_prefix=keys.render_key_prefix(row),
                last4=row.last4,
                mode="live" if row.book == "live" else "test",
                scopes=row.scopes.split(),
                spend_policy=policy,
                spent=spent,
                expires_at=to_iso_or_none(row.expires_at),
                created_at=to_iso(row.created_at),
                last_used_at=to_iso_or_none(row.last_used_at),
                revoked_at=to_iso_or_none(row.revoked_at),
                minted_by=row.minted_by,
                app=apps.get(row.id),
            )
        )
    return views


async def _load_apps(
    session: Session | Snapshot, grant_ids: Sequence[str]
) -> dict[str, ConnectedApp]:
    if not grant_ids:
        return {}
    return {
        grant.id: ConnectedApp(
            client_id=grant.client_id,
            redirect_uri=grant.redirect_uri,
            toolsets=grant.toolsets.split(),
            read_only=grant.read_only == 1,
        )
        for grant in await session.scalars(select(OAuthGrant).where(OAuthGrant.id.in_(grant_ids)))
    }


def render_audit_fields(key: Key) -> dict[str, object]:
    """Return the fields of a key that the audit log keeps, by their wire names."""
    names = {"label", "mode", "scopes", "spend_policy", "expires_at", "minted_by"}
    names |= {"app"} if key.app is not None else set()
    return key.model_dump(by_alias=True, include=names)
