"""Operations on device links, for devices and for the people who approve them."""

from gateway.identity.devices import device_link
from gateway.identity.devices.schemas import (
    DecideLink,
    LinkDecided,
    LinkedKey,
    LinkQuery,
    LinkShown,
    PollLink,
    StartedLink,
    StartLink,
)
from gateway.identity.errors import (
    AccessDenied,
    AlreadyDecided,
    AuthorizationPending,
    ExpiredToken,
    FreshSignInRequired,
    KeyLimitReached,
    LinkExpired,
    SlowDown,
)
from gateway.identity.keys import keys
from gateway.identity.keys.authority import Authority
from gateway.identity.keys.secrets import Peppers
from gateway.identity.keys.session_allowance import SessionAllowance
from gateway.identity.keys.sessions import Sessions
from gateway.identity.keys.spend_policy import DEFAULT_POLICIES, merge_policy, narrow_request
from gateway.identity.states import LinkState
from gateway.identity.tables import DeviceLink
from gateway.identity.teams.memberships import limit_scopes
from gateway.kit import audit_log, faults
from gateway.kit.audit_log import Actor
from gateway.kit.clock import SECOND, to_iso, to_microseconds
from gateway.kit.database.sessions import Database, Session
from gateway.kit.database.sql import get_database_time
from gateway.kit.errors import LiveModeDisabled, NotFound, Problem
from gateway.kit.http.browser import Site
from gateway.kit.ids import Ids
from gateway.kit.operation import Call, Caller, Reply, operation
from gateway.kit.roles import Role
from gateway.ledger.rendering import render_policy

NO_STORE_HEADERS = {"Cache-Control": "no-store"}


@operation(
    "POST",
    "/api/v1/device/link/start",
    tag="auth",
    response=StartedLink,
    public=True,
    problems=(LiveModeDisabled,),
)
async def start_device_link(
    call: Call,
    body: StartLink,
    session: Session,
    ids: Ids,
    peppers: Peppers,
    sessions: Sessions,
    site: Site,
) -> Reply:
    """Start linking a device that has no browser (RFC 8628).

    Show `userCode` and `verificationUri` to the person, then poll with `deviceCode`.
    """
    book = sessions.resolve_book(body.mode)
    request = device_link.LinkRequest(
        client_name=body.client_name,
        book=book,
        scopes=body.scopes or keys.DEFAULT_SCOPES,
        policy=merge_policy(DEFAULT_POLICIES[book], body.spend_policy),
        ip=call.client_ip,
    )
    row, device_code, user_code = await device_link.open_link(session, ids, peppers, request)
    displayed_code = device_link.format_user_code(user_code)
    page = f"{site.public_url}/device"
    started = StartedLink(
        device_code=device_code,
        user_code=displayed_code,
        verification_uri=page,
        verification_uri_complete=f"{page}?userCode={displayed_code}",
        expires_in=(row.expires_at - row.created_at) // SECOND,
        interval=row.interval_seconds,
    )
    return Reply(body=started, headers=NO_STORE_HEADERS)


@operation(
    "GET",
    "/api/v1/device/link/request",
    tag="auth",
    response=LinkShown,
    session="only",
    least_role=Role.DEVELOPER,
    problems=(NotFound,),
)
async def get_device_link(
    call: Call, caller: Caller, query: LinkQuery, database: Database, peppers: Peppers
) -> LinkShown:
    """Read what a device requests, before you approve or deny it."""
    # A write, and NotFound only after it: a wrong code must stay counted.
    async with database.write() as session:
        row = await device_link.find_by_user_code(
            session, peppers, query.user_code, caller.person_id, call.client_ip
        )
        now = await get_database_time(session)
    if row is None:
        raise NotFound
    return render_link(row, query.user_code, now)


@operation(
    "POST",
    "/api/v1/device/link/approve",
    tag="auth",
    least_role=Role.DEVELOPER,
    response=LinkDecided,
    session="only",
    problems=(NotFound, AlreadyDecided, LinkExpired, FreshSignInRequired),
)
async def approve_device_link(
    call: Call,
    caller: Caller,
    body: DecideLink,
    database: Database,
    peppers: Peppers,
    allowance: SessionAllowance,
) -> LinkDecided:
    """Approve or deny a device; its key acts for your account.

    A live key needs a sign-in within the last ten minutes, unless its cap is small and it lacks the
    scopes `admin` and `studio:approve`.
    """
    # NotFound only after the transaction: a wrong code must stay counted.
    async with database.write() as session:
        row = await device_link.find_by_user_code(
            session, peppers, body.user_code, caller.person_id, call.client_ip
        )
        if row is not None:
            await _decide_link(session, call, caller, body, row, allowance)
    if row is None:
        raise NotFound
    return LinkDecided(state=LinkState.APPROVED if body.approve else LinkState.DENIED)


@operation(
    "POST",
    "/api/v1/device/link/poll",
    tag="auth",
    response=LinkedKey,
    public=True,
    problems=(AuthorizationPending, SlowDown, AccessDenied, ExpiredToken, KeyLimitReached),
)
async def poll_device_link(
    call: Call, body: PollLink, database: Database, ids: Ids, peppers: Peppers
) -> Reply:
    """Poll for a device's key; it is returned once, after a person approves."""
    async with database.write() as session:
        outcome = await device_link.poll(session, ids, peppers, body.device_code)
        if not isinstance(outcome, Problem):
            row, _ = outcome
            after = {"accountId": row.account_id, "mintedBy": row.minted_by, "scopes": row.scopes}
            await audit_log.record(
                session, Actor.from_call(call), "key.create", row.id, after=after
            )
    if isinstance(outcome, Problem):  # raised after the commit, which keeps the poll's time
        raise outcome
    await faults.reach("key.committed")
    row, key = outcome
    linked = LinkedKey(
        api_key=key,
        key_id=row.id,
        account_id=row.account_id,
        scopes=row.scopes.split(),
        mode="live" if row.book == "live" else "test",
    )
    return Reply(body=linked, headers=NO_STORE_HEADERS)


async def _decide_link(
    session: Session,
    call: Call,
    caller: Caller,
    body: DecideLink,
    row: DeviceLink,
    allowance: SessionAllowance,
) -> None:
    """Approve or deny a link, against the session's allowance, and log it."""
    requested = device_link.parse_policy(row)
    scopes = body.scopes or row.scopes.split()
    decision = device_link.LinkDecision(
        approve=body.approve,
        account_id=caller.account_id,
        holder_id=caller.holder_id,
        label=body.label,
        scopes=limit_scopes(caller.role, scopes) if body.approve else scopes,
        policy=narrow_request(requested, DEFAULT_POLICIES[row.book], body.spend_policy),
        expires_at=to_microseconds(body.expires_at),
    )
    device_link.decide(row, decision, await get_database_time(session))
    if body.approve:
        granted = Authority(row.scopes.split(), device_link.parse_policy(row), row.book)
        await allowance.count_granted_rights(session, caller, granted)
    await session.flush()
    after = {"clientName": row.client_name, "scopes": row.scopes, "mode": row.book}
    action = "device.approve" if body.approve else "device.deny"
    await audit_log.record(session, Actor.from_call(call), action, row.id, after=after)


def render_link(row: DeviceLink, user_code: str, now: int) -> LinkShown:
    """Render a link for the person who approves or denies it."""
    policy = device_link.parse_policy(row)
    return LinkShown.model_validate(
        {
            "userCode": device_link.format_user_code(user_code),
            "clientName": row.client_name,
            "scopes": row.scopes.split(),
            "spendPolicy": render_policy(policy.auto_approve, policy.confirm_up_to, policy.limits),
            "mode": row.book,
            "ip": row.ip,
            "createdAt": to_iso(row.created_at),
            "expiresAt": to_iso(row.expires_at),
            "state": device_link.state_at(row, now),
        }
    )
