"""Operations on sign-in, browser sessions and identities."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from gateway.identity import errors
from gateway.identity.accounts import identities
from gateway.identity.accounts.identities import GoogleUser
from gateway.identity.keys import sessions
from gateway.identity.keys.secrets import Peppers
from gateway.identity.keys.sessions import SESSION_LIFETIME
from gateway.identity.sign_in import email_codes
from gateway.identity.sign_in import schemas as wire
from gateway.identity.sign_in.google import GoogleSignIn
from gateway.identity.sign_in.pre_sessions import PreSessions
from gateway.identity.sign_in.rendering import render_identity, render_session
from gateway.identity.sign_in.sign_in import SignIn, SignInProof
from gateway.identity.tables import BrowserSession
from gateway.identity.teams.views import load_current_team
from gateway.kit import audit_log, referrals
from gateway.kit.audit_log import Actor
from gateway.kit.clock import SECOND, to_iso
from gateway.kit.database.sessions import Database, Session, Snapshot
from gateway.kit.database.sql import get_database_time
from gateway.kit.errors import LiveModeDisabled, NotFound, Problem
from gateway.kit.http.browser import SESSION_COOKIE, Site
from gateway.kit.ids import Ids
from gateway.kit.operation import Call, Caller, Reply, operation
from gateway.kit.roles import Role
from gateway.mail.outbox import Mailer

CODE_ERRORS = (errors.CodeInvalid, errors.CodeExpired)
GOOGLE_ERRORS = (errors.TokenInvalid, errors.LinkRequired, errors.GoogleUnavailable)
KEY_ERRORS = (errors.KeyLimitReached, LiveModeDisabled)


@operation(
    "POST",
    "/api/v1/auth/email/start",
    tag="auth",
    response=wire.EmailStarted,
    status=202,
    public=True,
    problems=(errors.EmailUnavailable,),
)
async def start_email(
    call: Call,
    body: wire.StartEmail,
    session: Session,
    ids: Ids,
    peppers: Peppers,
    mailer: Mailer,
    pre: PreSessions,
) -> Reply:
    """Send a six-digit sign-in code to an address; the first sign-in creates the account.

    The answer is the same for every address. A code expires after ten minutes and works once.
    """
    if not mailer.can_send:
        raise errors.EmailUnavailable
    value = pre.create_value()
    wanted = email_codes.CodeRequest(
        email=body.email, purpose=body.purpose, client_ip=call.client_ip, pre_hash=pre.hash(value)
    )
    challenge_id = await email_codes.send_code(session, ids, peppers, mailer, wanted)
    started = wire.EmailStarted(
        challenge_id=challenge_id,
        expires_in_seconds=email_codes.CODE_LIFETIME // SECOND,
        resend_after_seconds=email_codes.RESEND_INTERVAL // SECOND,
    )
    return Reply(body=started, cookies=(pre.render_cookie(value),))


@operation(
    "POST",
    "/api/v1/auth/email/verify",
    tag="auth",
    response=wire.SignedInWithKey,
    public=True,
    problems=(*CODE_ERRORS, *KEY_ERRORS),
)
async def verify_email(call: Call, body: wire.VerifyEmail, sign_in: SignIn) -> wire.SignedInWithKey:
    """Sign in with a code, and get an API key.

    `apiKey` is shown only once. After five wrong codes a new one is needed.
    """
    proof = email_codes.CodeAttempt(challenge_id=body.challenge_id, code=body.code)
    return await _sign_in_with_key(call, sign_in, proof, body)


@operation(
    "POST",
    "/api/v1/auth/google",
    tag="auth",
    response=wire.SignedInWithKey,
    public=True,
    problems=(*GOOGLE_ERRORS, *KEY_ERRORS),
)
async def verify_google(
    call: Call, body: wire.VerifyGoogle, sign_in: SignIn, google: GoogleSignIn
) -> wire.SignedInWithKey:
    """Sign in with a Google ID token, and get an API key.

    `apiKey` is shown only once.
    """
    proof = await google.verify_id_token(body.id_token, body.nonce)
    return await _sign_in_with_key(call, sign_in, proof, body)


async def _sign_in_with_key(
    call: Call, sign_in: SignIn, proof: SignInProof, body: wire.WithKey
) -> wire.SignedInWithKey:
    person, view, key = await sign_in.sign_in_with_key(
        call, proof, label=body.key_label, book=body.mode, referral=body.referral_token
    )
    return wire.SignedInWithKey(
        account_id=person.account_id,
        created=person.created,
        email=person.email,
        api_key=key,
        key=view,
    )


@operation(
    "POST",
    "/api/v1/auth/browser/email/verify",
    tag="auth",
    response=wire.BrowserState,
    public=True,
    session="also",
    problems=CODE_ERRORS,
)
async def verify_email_in_browser(
    call: Call, body: wire.BrowserVerifyEmail, sign_in: SignIn, pre: PreSessions, site: Site
) -> Reply:
    """Sign in a browser with a code it requested itself."""
    proof = email_codes.CodeAttempt(
        challenge_id=body.challenge_id,
        code=body.code,
        pre_hash=pre.hash(pre.read_value(call.headers)),
    )
    return await _sign_in_browser(call, proof, sign_in, pre, site)


@operation(
    "POST",
    "/api/v1/auth/browser/google",
    tag="auth",
    response=wire.BrowserState,
    public=True,
    session="also",
    problems=GOOGLE_ERRORS,
)
async def verify_google_in_browser(
    call: Call,
    body: wire.BrowserGoogle,
    sign_in: SignIn,
    google: GoogleSignIn,
    pre: PreSessions,
    site: Site,
) -> Reply:
    """Sign in a browser with a Google ID token, which carries its nonce."""
    value = pre.read_value(call.headers)
    if value is None:
        raise errors.TokenInvalid
    proof = await google.verify_id_token(body.id_token, pre.derive_secret(value, "nonce"))
    return await _sign_in_browser(call, proof, sign_in, pre, site)


async def _sign_in_browser(
    call: Call, proof: SignInProof, sign_in: SignIn, pre: PreSessions, site: Site
) -> Reply:
    old = site.read_cookie(call.headers, SESSION_COOKIE)
    referral = site.read_cookie(call.headers, referrals.REFERRAL_COOKIE)
    person, row, token = await sign_in.sign_in_browser(
        call, proof, old_token=old, referral=referral
    )
    cookie = site.build_set_cookie(SESSION_COOKIE, token, SESSION_LIFETIME // SECOND)
    state = render_signed_in(row, person.email, live_enabled=sign_in.sessions.live_enabled)
    return Reply(body=wire.BrowserState(state), cookies=(cookie, pre.render_cleared_cookie()))


def render_signed_in(
    row: BrowserSession,
    email: str | None,
    *,
    live_enabled: bool,
    team: wire.CurrentTeam | None = None,
) -> wire.SignedIn:
    """Render the session of the browser that asks."""
    return wire.SignedIn(
        account_id=row.account_id,
        email=email,
        created_at=to_iso(row.created_at),
        expires_at=to_iso(row.created_at + SESSION_LIFETIME),
        live_enabled=live_enabled,
        team=team,
    )


@operation(
    "GET",
    "/api/v1/auth/browser/session",
    tag="auth",
    response=wire.BrowserState,
    public=True,
    session="also",
)
async def get_browser_session(
    call: Call,
    caller: Caller,
    session: Snapshot,
    sign_in: SignIn,
    google: GoogleSignIn,
    pre: PreSessions,
) -> Reply:
    """Read who is signed in with this browser, or how to sign in."""
    if call.caller is not None:
        query = select(BrowserSession).where(BrowserSession.id == caller.session_id)
        row = (await session.scalars(query)).one()
        email = await identities.find_account_email(session, row.account_id)
        state = render_signed_in(
            row,
            email,
            live_enabled=sign_in.sessions.live_enabled,
            team=await load_current_team(session, caller),
        )
        return Reply(body=wire.BrowserState(state))
    value = pre.read_value(call.headers) or pre.create_value()
    methods = ["email"] * sign_in.mailer.can_send + ["google"] * google.is_enabled
    offer = wire.SignInOffered(
        nonce=pre.derive_secret(value, "nonce"),
        google_client_id=google.client_ids[0] if google.is_enabled else None,
        methods=methods,
    )
    signed_out = wire.SignedOut(sign_in=offer)
    return Reply(body=wire.BrowserState(signed_out), cookies=(pre.render_cookie(value),))


@operation(
    "DELETE",
    "/api/v1/auth/browser/session",
    tag="auth",
    least_role=Role.VIEWER,
    response=wire.SignedOut,
    status=204,
    media_types=(),
    session="only",
)
async def end_browser_session(call: Call, caller: Caller, session: Session, site: Site) -> Reply:
    """Sign out this browser; its cookie becomes invalid everywhere at once."""
    await sessions.revoke_session_by_token(
        session, site.read_cookie(call.headers, SESSION_COOKIE) or ""
    )
    await audit_log.record(session, Actor.from_call(call), "session.end", caller.id)
    return Reply(body=None, cookies=(site.build_set_cookie(SESSION_COOKIE, "", 0),))


@operation(
    "GET",
    "/api/v1/auth/sessions",
    tag="auth",
    least_role=Role.VIEWER,
    response=wire.SessionList,
    session="only",
)
async def list_sessions(caller: Caller, session: Snapshot) -> wire.SessionList:
    """List the browsers that are signed in to this account."""
    return await _list_sessions(session, caller)


async def _list_sessions(session: Session, caller: Caller) -> wire.SessionList:
    now = await get_database_time(session)
    rows = await sessions.list_active_sessions(session, caller.person_id)
    return wire.SessionList(data=[render_session(row, caller, now) for row in rows])


@operation(
    "POST",
    "/api/v1/auth/sessions/revoke",
    tag="auth",
    least_role=Role.VIEWER,
    response=wire.SessionList,
    session="only",
    problems=(NotFound,),
)
async def revoke_session(
    call: Call, caller: Caller, body: wire.RevokeSession, session: Session
) -> wire.SessionList:
    """Sign out another browser, or all others; their cookies become invalid at once."""
    if body.session_id is not None:
        await sessions.revoke_session_by_id(session, caller.person_id, body.session_id)
    else:
        await sessions.revoke_account_sessions(session, caller.person_id, caller.session_id or "")
    await audit_log.record(
        session, Actor.from_call(call), "session.end", body.session_id or "others"
    )
    return await _list_sessions(session, caller)


@operation(
    "GET",
    "/api/v1/auth/identities",
    tag="auth",
    least_role=Role.VIEWER,
    response=wire.Identities,
    session="only",
)
async def list_identities(caller: Caller, session: Snapshot) -> wire.Identities:
    """List the identities of this account."""
    rows = await identities.list_account_identities(session, caller.person_id)
    return wire.Identities(data=[render_identity(row) for row in rows])


@operation(
    "POST",
    "/api/v1/auth/identities/link",
    tag="auth",
    least_role=Role.VIEWER,
    response=wire.IdentityShown,
    session="only",
    problems=(
        errors.FreshSignInRequired,
        errors.IdentityTaken,
        errors.TokenInvalid,
        errors.GoogleUnavailable,
        *CODE_ERRORS,
    ),
)
async def link_identity(
    call: Call,
    caller: Caller,
    body: wire.LinkIdentity,
    database: Database,
    google: GoogleSignIn,
    sign_in: SignIn,
) -> wire.IdentityShown:
    """Add an identity; needs a sign-in within the last ten minutes. All addresses are notified."""
    # Google is asked before the transaction, which must not wait for it.
    user = None if body.id_token is None else await google.verify_id_token(body.id_token, None)
    try:
        return await _link_once(call, caller, body, database, sign_in, user)
    except IntegrityError:  # another request linked the same identity first; now it is found
        return await _link_once(call, caller, body, database, sign_in, user)


async def _link_once(
    call: Call,
    caller: Caller,
    body: wire.LinkIdentity,
    database: Database,
    sign_in: SignIn,
    user: GoogleUser | None,
) -> wire.IdentityShown:
    """Link the identity of a Google user, or of a code, in one transaction."""
    async with database.write() as session:
        await sessions.check_fresh_sign_in(session, caller)
        if user is not None:
            name, email = ("google", user.issuer, user.subject), user.email
        else:
            attempt = email_codes.CodeAttempt(
                challenge_id=body.challenge_id or "", code=body.code or "", purpose="link"
            )
            proven = await email_codes.redeem_challenge(session, sign_in.peppers, attempt)
            name, email = ("email", "", str(proven)), str(proven)
        if user is not None or not isinstance(proven, Problem):
            row = await identities.link(
                session, sign_in.ids, sign_in.mailer, caller.person_id, name, email
            )
            after = {"kind": row.kind, "email": row.email}
            await audit_log.record(
                session, Actor.from_call(call), "identity.link", row.id, after=after
            )
            return render_identity(row)
    raise proven  # after the commit: the wrong try of a code must stay counted


@operation(
    "POST",
    "/api/v1/auth/identities/unlink",
    tag="auth",
    least_role=Role.VIEWER,
    response=wire.Identities,
    session="only",
    problems=(errors.FreshSignInRequired, errors.LastIdentity, NotFound),
)
async def unlink_identity(
    call: Call, caller: Caller, body: wire.UnlinkIdentity, session: Session, mailer: Mailer
) -> wire.Identities:
    """Remove an identity; needs a sign-in within the last ten minutes.

    All addresses are notified, and all other sessions of the account end.
    """
    await sessions.check_fresh_sign_in(session, caller)
    await identities.unlink(session, mailer, caller.person_id, body.identity_id)
    await sessions.revoke_account_sessions(session, caller.person_id, caller.session_id or "")
    await audit_log.record(session, Actor.from_call(call), "identity.unlink", body.identity_id)
    rows = await identities.list_account_identities(session, caller.person_id)
    return wire.Identities(data=[render_identity(row) for row in rows])
