"""Sign-in: a proof becomes a person, and the person gets a session or a key.

The first sign-in is the sign-up: it creates the account and gives it its free credit. All of it is
one transaction, so a code is never used up without the session or key that it was typed for.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy.exc import IntegrityError

from gateway.identity.accounts import identities
from gateway.identity.accounts.addresses import to_abuse_key
from gateway.identity.accounts.identities import GoogleUser, Person
from gateway.identity.keys import keys, sessions
from gateway.identity.keys.operations import render_audit_fields, render_keys
from gateway.identity.keys.schemas import Key
from gateway.identity.keys.secrets import Peppers
from gateway.identity.keys.sessions import Sessions
from gateway.identity.sign_in import email_codes
from gateway.identity.tables import BrowserSession
from gateway.kit import audit_log, faults
from gateway.kit.audit_log import Actor
from gateway.kit.clock import DAY
from gateway.kit.database.sessions import Database, Session
from gateway.kit.database.sql import get_database_time, sql
from gateway.kit.errors import Problem
from gateway.kit.ids import Ids
from gateway.kit.operation import Call
from gateway.kit.referrals import ReferralTokens
from gateway.ledger import transfers
from gateway.ledger.accounts import owners
from gateway.mail.outbox import Mailer

R = TypeVar("R")
SignInProof = email_codes.CodeAttempt | GoogleUser
WELCOME_CREDIT_LIFETIME = 90 * DAY
KEY_LABEL = "sign-in"

CLAIM_WELCOME_CREDIT = sql(
    """
    INSERT INTO signup_grant (abuse_key, book, account_id, created_at)
    SELECT given.abuse_key, given.book, given.account_id, kt_now() FROM {rows} WHERE true
    ON CONFLICT (abuse_key, book) DO NOTHING
    """,
    abuse_key="text",
    book="text",
    account_id="text",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """Signs people in; `grants_microusd` is the free credit of a new account in each book."""

    database: Database
    ids: Ids
    peppers: Peppers
    mailer: Mailer
    sessions: Sessions
    referrals: ReferralTokens
    grants_microusd: dict[str, int]

    async def sign_in_with_key(
        self,
        call: Call,
        proof: SignInProof,
        *,
        label: str | None,
        book: str | None,
        referral: str | None,
    ) -> tuple[Person, Key, str]:
        """Sign a person in; return them, their new key as shown, and the key itself.

        Raises:
            Problem: the proof is not valid, live mode is off, or the account has too many keys.
        """
        book = self.sessions.resolve_book(book)

        async def mint(session: Session, person: Person) -> tuple[Key, str]:
            new_key = keys.NewKey(
                account_id=person.account_id,
                book=book,
                label=label or KEY_LABEL,
                scopes=keys.SIGN_IN_SCOPES,
                minted_by=origin_from_proof(proof),
            )
            row, key = await keys.create(session, self.ids, self.peppers, new_key)
            (view,) = await render_keys(session, [row])
            actor = actor_from_person(call, person)
            await audit_log.record(
                session, actor, "key.create", row.id, after=render_audit_fields(view)
            )
            return view, key

        person, (view, key) = await self._sign_in(call, proof, referral, mint)
        await faults.reach("key.committed")
        return person, view, key

    async def sign_in_browser(
        self, call: Call, proof: SignInProof, *, old_token: str | None, referral: str | None
    ) -> tuple[Person, BrowserSession, str]:
        """Sign a browser in; return the person, the session's row and cookie. The old session ends.

        Raises:
            Problem: the proof is not valid.
        """

        async def open_session(session: Session, person: Person) -> tuple[BrowserSession, str]:
            if old_token is not None:
                await sessions.revoke_session_by_token(session, old_token)
            row, token = await sessions.open_session(
                session, self.ids, account_id=person.account_id, origin=origin_from_proof(proof)
            )
            after = {"by": row.origin, "created": person.created}
            actor = actor_from_person(call, person)
            await audit_log.record(session, actor, "session.open", row.id, after=after)
            return row, token

        person, (row, token) = await self._sign_in(call, proof, referral, open_session)
        return person, row, token

    async def _sign_in(
        self,
        call: Call,
        proof: SignInProof,
        referral: str | None,
        then: Callable[[Session, Person], Awaitable[R]],
    ) -> tuple[Person, R]:
        """Sign in in one transaction; `then` is its last part.

        Two first sign-ins of one person at once both try to insert the identity, and one breaks the
        unique name. Its second try finds the account that the other has made.
        """
        try:
            return await self._sign_in_once(call, proof, referral, then)
        except IntegrityError:
            return await self._sign_in_once(call, proof, referral, then)

    async def _sign_in_once(
        self,
        call: Call,
        proof: SignInProof,
        referral: str | None,
        then: Callable[[Session, Person], Awaitable[R]],
    ) -> tuple[Person, R]:
        async with self.database.write() as session:
            person = await self._prove_person(session, proof)
            if isinstance(person, Person):
                if person.created:
                    await self._give_welcome_credit(session, person)
                    await self._keep_referral(session, person, referral or "")
                outcome = await then(session, person)
                await self._log_link(session, call, person)
                return person, outcome
        raise person  # a refusal, after the commit: the wrong try of a code must stay counted

    async def _prove_person(self, session: Session, proof: SignInProof) -> Person | Problem:
        """Return the person that a proof stands for, or the refusal of a code."""
        if isinstance(proof, GoogleUser):
            return await identities.find_or_create_by_google(session, self.ids, self.mailer, proof)
        email = await email_codes.redeem_challenge(session, self.peppers, proof)
        if isinstance(email, Problem):
            return email
        return await identities.find_or_create_by_email(session, self.ids, email)

    async def _give_welcome_credit(self, session: Session, person: Person) -> None:
        """Give a new account its free credit, once for each abuse key."""
        key = to_abuse_key(person.email)
        for book, amount in self.grants_microusd.items():
            claim = (key, book, person.account_id)
            if not amount or not await session.change(CLAIM_WELCOME_CREDIT, [claim]):
                continue
            await transfers.credit_account(
                session,
                self.ids,
                account=await owners.get_account_number(session, person.account_id, book),
                book=book,
                code="promo",
                reference=f"signup:{key}",
                amount_microusd=amount,
                source=owners.House.PROMO,
                category="promo",
                expires_at=await get_database_time(session) + WELCOME_CREDIT_LIFETIME,
                description="welcome credit",
            )

    async def _log_link(self, session: Session, call: Call, person: Person) -> None:
        """Log that a sign-in linked an identity.

        It comes last, not when it was linked: the log locks its head, and every other writer of the
        log would wait for the rest of this sign-in.
        """
        if person.linked_identity_id is not None:
            after = {"kind": "google", "email": person.email}
            await audit_log.record(
                session,
                actor_from_person(call, person),
                "identity.link",
                person.linked_identity_id,
                after=after,
            )

    async def _keep_referral(self, session: Session, person: Person, token: str) -> None:
        """Write the click that brought a new account here; a bad token counts as none."""
        click = self.referrals.read_click(token, await get_database_time(session))
        if click is not None:
            account = await keys.get_account(session, person.account_id)
            account.referral_code, account.referral_click_id = click.code, click.click_id
            account.referred_at = click.clicked_at


def actor_from_person(call: Call, person: Person) -> Actor:
    """Return the person as the actor of the audit log."""
    ip = call.client_ip or None
    return Actor(
        kind="session",
        id=person.account_id,
        person_id=person.account_id,
        ip=ip,
        request_id=call.request_id,
    )


def origin_from_proof(proof: SignInProof) -> str:
    """Return the origin of a session or key: the id of the challenge, or `google`."""
    return "google" if isinstance(proof, GoogleUser) else proof.challenge_id
