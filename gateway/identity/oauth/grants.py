"""Grants of connected apps: given by a person, carried by tokens, ended by either side.

A grant is a key of another kind (`keys.create_grant`), so limits, lists and revocation are those of
keys. It lives as long as its newest refresh token. Codes and tokens are stored as hashes only.

A code or refresh token that is used twice was perhaps stolen, so the second use ends the grant
(RFC 9700), for the thief and the app alike. But an answer can also be lost on its way, so for a
minute a retry gets the same tokens again. Outcomes are returned out of the transaction and raised
after it: a refusal that ends a grant must commit.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import select

from gateway.identity.errors import AccountClosed, InvalidGrant, OAuthRefused
from gateway.identity.keys import keys
from gateway.identity.keys.authority import Authority
from gateway.identity.keys.operations import render_audit_fields, render_keys
from gateway.identity.keys.schemas import Key
from gateway.identity.keys.secrets import (
    Peppers,
    create_lookup,
    derive_successor_token,
    is_app_secret,
    mint_app_secret,
)
from gateway.identity.keys.session_allowance import SessionAllowance
from gateway.identity.keys.sessions import hash_token
from gateway.identity.keys.spend_policy import SpendPolicy
from gateway.identity.oauth.authorization_requests import AuthorizationRequest
from gateway.identity.oauth.clients import record_client_use
from gateway.identity.tables import ApiKey, OAuthGrant, OAuthToken
from gateway.identity.teams.memberships import limit_scopes
from gateway.kit import audit_log, idempotency
from gateway.kit.audit_log import Actor
from gateway.kit.clock import DAY, HOUR, SECOND, to_iso
from gateway.kit.database.sessions import Database, Session
from gateway.kit.database.sql import get_database_time, sql
from gateway.kit.errors import IdempotencyConflict
from gateway.kit.ids import Ids
from gateway.kit.operation import Caller
from gateway.kit.roles import Role, has_role

SEE_OTHER = 303
CODE_LIFETIME = 60 * SECOND
TOKEN_LIFETIMES = {"access": HOUR, "refresh": 30 * DAY}
# So long an exchanged refresh token may be sent again, because the answer may have been lost. It
# gives the same tokens, and only while they are unused: a stolen one starts no branch of its own.
RETRY_WINDOW = 60 * SECOND
PURGE_TOKENS = sql(f"DELETE FROM oauth_token WHERE expires_at < kt_now() - {DAY}")  # noqa: S608 - constant


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """The rights that a person gives an app; the book is the caller's."""

    scopes: Sequence[str]
    policy: SpendPolicy
    toolsets: Sequence[str]
    read_only: bool


@dataclass(frozen=True, slots=True)
class ConsentSubmission:
    """One press of the button Allow: the scope of its idempotency key, and the hash of the form."""

    scope: idempotency.KeyScope
    request_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeExchange:
    """A code that an app exchanges, with the verifier that proves that the app asked for it."""

    client_id: str
    code: str
    verifier: str
    redirect_uri: str | None


@dataclass(frozen=True, slots=True)
class TokenPair:
    """An access and a refresh token, shown this one time."""

    access: str
    refresh: str
    scopes: str
    expires_in_seconds: int


@dataclass(frozen=True, slots=True)
class Grants:
    """Creates grants, exchanges their codes and tokens, and ends them."""

    database: Database
    ids: Ids
    peppers: Peppers
    allowance: SessionAllowance

    async def connect(
        self,
        caller: Caller,
        request: AuthorizationRequest,
        consent: Consent,
        actor: Actor,
        submission: ConsentSubmission,
    ) -> str:
        """Connect an app to the caller's account; return its code, which is stored nowhere.

        The same press again gets a new code of the same grant, until one was exchanged.

        Raises:
            KeyLimitReached: the account has its 50 active keys and connected apps.
            IdempotencyConflict: this press sent another form, or its code is used or expired.
            FreshSignInRequired: the sign-in is too old for what the app would get.
            RoleDenied: the caller is a viewer of a team, or may give none of these scopes.
        """
        async with self.database.write() as session:
            await keys.lock_account(session, caller.account_id)
            answers = await idempotency.find_answers(session, [submission.scope])
            if submission.scope in answers:
                grant_id = answers[submission.scope].replay(submission.request_hash).resource_id
                return await self._replace_code(session, grant_id)
            scopes = limit_scopes(caller.role, consent.scopes)
            granted = Authority(scopes, consent.policy, caller.book)
            await self.allowance.count_granted_rights(session, caller, granted)
            now = await get_database_time(session)
            new_key = keys.NewKey(
                account_id=caller.account_id,
                book=caller.book,
                label=request.client.name,
                scopes=scopes,
                minted_by=f"oauth:{request.client.id}",
                policy=consent.policy,
                expires_at=now + CODE_LIFETIME,
                holder_id=caller.holder_id,
            )
            row = await keys.create_grant(session, self.ids, new_key, create_lookup(self.ids))
            code = mint_app_secret(self.ids, "code", row.lookup)
            session.add(_build_grant(row, request, consent, code))
            await record_client_use(session, request.client.id, now)
            await session.flush()
            (view,) = await render_keys(session, [row])
            await audit_log.record(
                session, actor, "app.connect", row.id, after=render_audit_fields(view)
            )
            stored = idempotency.StoredAnswer(submission.request_hash, SEE_OTHER, "", row.id)
            await session.write(idempotency.build_answer_write([(submission.scope, stored)]))
        return code

    async def _replace_code(self, session: Session, grant_id: str) -> str:
        """Replace the code of a grant that was not exchanged yet; return the new one.

        Raises:
            IdempotencyConflict: the code was exchanged, or its minute is over.
        """
        grant = await session.get_one(OAuthGrant, grant_id)
        row = await _get_locked_key(session, grant_id)
        if grant.code_used_at is not None or not _is_alive(row, await get_database_time(session)):
            raise IdempotencyConflict("This form was answered before; look at the connected apps.")
        code = mint_app_secret(self.ids, "code", row.lookup)
        grant.code_hash = hash_token(code)
        return code

    async def exchange_code(self, code_exchange: CodeExchange, actor: Actor) -> TokenPair:
        """Exchange a code for tokens, once; the second use ends the grant.

        Raises:
            InvalidGrant: it is no valid code of this app.
        """
        async with self.database.write() as session:
            outcome = await self._exchange_code(session, code_exchange, actor)
        return _unwrap_tokens(outcome)

    async def _exchange_code(
        self, session: Session, code_exchange: CodeExchange, actor: Actor
    ) -> TokenPair | InvalidGrant:
        query = select(OAuthGrant).where(OAuthGrant.code_hash == hash_token(code_exchange.code))
        grant = (await session.scalars(query.with_for_update())).first()
        if grant is None or grant.client_id != code_exchange.client_id:
            return InvalidGrant()
        row = await _get_locked_key(session, grant.id)
        if grant.code_used_at is not None:
            await _end_grant(session, row, actor, "its code was used twice")
            return InvalidGrant()
        now = await get_database_time(session)
        # OAuth 2.1 no longer sends the redirect URI here. One that an app of OAuth 2.0 sends must
        # match.
        same_redirect = code_exchange.redirect_uri in {None, grant.redirect_uri}
        if not (same_redirect and matches_challenge(code_exchange.verifier, grant.challenge)):
            return InvalidGrant()
        if grant.code_expires_at <= now or not _is_alive(row, now):
            return InvalidGrant()
        grant.code_used_at = now
        tokens = {kind: mint_app_secret(self.ids, kind, row.lookup) for kind in TOKEN_LIFETIMES}
        return await self._store_tokens(session, row, tokens, now)

    async def exchange_refresh_token(self, client_id: str, token: str, actor: Actor) -> TokenPair:
        """Exchange a refresh token for new tokens; one that was exchanged before ends the grant.

        Within a minute it counts as a retry and gets the same tokens, if they are unused.

        Raises:
            InvalidGrant: it is no valid refresh token of this app.
        """
        async with self.database.write() as session:
            outcome = await self._refresh_tokens(session, client_id, token, actor)
        return _unwrap_tokens(outcome)

    async def _refresh_tokens(
        self, session: Session, client_id: str, token: str, actor: Actor
    ) -> TokenPair | InvalidGrant:
        stored = await _find_locked_token(session, token, client_id)
        if stored is None or stored.kind != "refresh":
            return InvalidGrant()
        row = await _get_locked_key(session, stored.grant_id)
        now = await get_database_time(session)
        if stored.expires_at <= now or not _is_alive(row, now):
            return InvalidGrant()
        if stored.used_at is None:
            stored.used_at = now
            await record_client_use(session, client_id, now)
            successors = self._derive_successors(token, self.peppers.newest)
            return await self._store_tokens(session, row, successors, now)
        repeated = None
        if stored.used_at + RETRY_WINDOW >= now:
            repeated = await self._find_unused_successors(session, row, token, now)
        if repeated is None:
            await _end_grant(session, row, actor, "an old refresh token was reused")
        return repeated or InvalidGrant()

    def _derive_successors(self, token: str, pepper: str) -> dict[str, str]:
        return {
            kind: derive_successor_token(self.peppers, pepper, kind, token)
            for kind in TOKEN_LIFETIMES
        }

    async def _find_unused_successors(
        self, session: Session, row: ApiKey, token: str, now: int
    ) -> TokenPair | None:
        """Return the tokens that a refresh token was exchanged for, unless the next was used.

        They are derived again, not stored. The pepper may have changed since, so each is tried.
        """
        for pepper in self.peppers.by_id:
            tokens = self._derive_successors(token, pepper)
            rows = {
                kind: await session.get(OAuthToken, hash_token(tokens[kind]))
                for kind in TOKEN_LIFETIMES
            }
            access, refresh = rows["access"], rows["refresh"]
            if access is not None and refresh is not None and refresh.used_at is None:
                seconds_left = max(0, access.expires_at - now) // SECOND
                return TokenPair(tokens["access"], tokens["refresh"], row.scopes, seconds_left)
        return None

    async def _store_tokens(
        self, session: Session, row: ApiKey, tokens: Mapping[str, str], now: int
    ) -> TokenPair:
        """Store a pair of tokens by their hashes; the grant now lives as long as the new one."""
        session.add_all(
            OAuthToken(
                hash=hash_token(tokens[kind]),
                grant_id=row.id,
                kind=kind,
                expires_at=now + lifetime,
                used_at=None,
            )
            for kind, lifetime in TOKEN_LIFETIMES.items()
        )
        await keys.set_expiry(session, row, now + TOKEN_LIFETIMES["refresh"])
        return TokenPair(
            tokens["access"], tokens["refresh"], row.scopes, TOKEN_LIFETIMES["access"] // SECOND
        )

    async def revoke_token(self, client_id: str | None, token: str, actor: Actor) -> None:
        """End an access token, or by a refresh token the grant (RFC 7009); ignore any other."""
        async with self.database.write() as session:
            stored = await _find_locked_token(session, token, client_id)
            if stored is None:
                return
            if stored.kind == "refresh":
                with suppress(InvalidGrant):
                    row = await _get_locked_key(session, stored.grant_id)
                    await _end_grant(session, row, actor, "the app revoked it")
            else:
                stored.expires_at = min(stored.expires_at, await get_database_time(session))

    async def list_connected(self, caller: Caller) -> Sequence[Key]:
        """List the apps that are connected to an account now, the newest first.

        Developers and viewers of a team see their own.
        """
        sees_all = has_role(caller.role, Role.ADMIN)
        async with self.database.read() as snapshot:
            now = await get_database_time(snapshot)
            rows = await keys.list_all_account_keys(snapshot, caller.account_id)
            apps = [
                row
                for row in rows
                if keys.is_app(row) and _is_alive(row, now)
                if sees_all or row.person_id == caller.person_id
            ]
            return await render_keys(snapshot, apps)

    async def purge(self) -> None:
        """Delete tokens a day after their expiry."""
        async with self.database.write() as session:
            await session.change(PURGE_TOKENS)


def matches_challenge(verifier: str, challenge: str) -> bool:
    """Return True if this is the verifier of a PKCE challenge (S256)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    computed = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return hmac.compare_digest(computed, challenge)


def _build_grant(
    row: ApiKey, request: AuthorizationRequest, consent: Consent, code: str
) -> OAuthGrant:
    return OAuthGrant(
        id=row.id,
        client_id=request.client.id,
        redirect_uri=request.redirect.uri,
        toolsets=" ".join(consent.toolsets),
        read_only=int(consent.read_only),
        challenge=request.challenge,
        code_hash=hash_token(code),
        code_expires_at=row.expires_at or 0,
        code_used_at=None,
    )


def _unwrap_tokens(outcome: TokenPair | OAuthRefused) -> TokenPair:
    if isinstance(outcome, OAuthRefused):
        raise outcome
    return outcome


def _is_alive(row: ApiKey, now: int) -> bool:
    return row.revoked_at is None and (row.expires_at or 0) > now


async def _get_locked_key(session: Session, grant_id: str) -> ApiKey:
    """Return the key row of a grant, under the lock of its account.

    Raises:
        InvalidGrant: the account is closed, and the grant ended with it.
    """
    query = select(ApiKey.account_id).where(ApiKey.id == grant_id)
    account_id = (await session.execute(query)).scalar_one()
    try:
        return await keys.get_locked_key(session, account_id, key_id=grant_id)
    except AccountClosed:
        raise InvalidGrant from None


async def _find_locked_token(
    session: Session, token: str, client_id: str | None
) -> OAuthToken | None:
    """Return the row of a token under lock, None unless it is of this app (None: of any)."""
    if not (is_app_secret(token, "access") or is_app_secret(token, "refresh")):
        return None
    query = (
        select(OAuthToken, OAuthGrant.client_id)
        .join(OAuthGrant, OAuthGrant.id == OAuthToken.grant_id)
        .where(OAuthToken.hash == hash_token(token))
        .with_for_update(of=OAuthToken)
    )
    row = (await session.execute(query)).first()
    if row is None or client_id not in {None, row[1]}:
        return None
    return row[0]


async def _end_grant(session: Session, row: ApiKey, actor: Actor, why: str) -> None:
    """Revoke a grant and log it, unless it has ended before."""
    if row.revoked_at is not None:
        return
    after = {"revokedAt": to_iso(await keys.revoke(session, row)), "why": why}
    await audit_log.record(session, actor, "key.revoke", row.id, after=after)
