"""Signing in: a proof becomes a person, and the person gets a session or a key.

Signing up is the first sign-in: it makes the account and gives it its free credit.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy.exc import IntegrityError

from gateway.identity import email_codes, identities, keys, sessions
from gateway.identity.addresses import abuse_key
from gateway.identity.identities import GoogleUser, Person
from gateway.identity.operations import shown, told
from gateway.identity.schemas import Key
from gateway.identity.secrets import Peppers
from gateway.identity.sessions import Sessions
from gateway.identity.tables import BrowserSession
from gateway.kit import audit_log, faults
from gateway.kit.audit_log import Actor
from gateway.kit.clock import DAY
from gateway.kit.database import Database, Session
from gateway.kit.errors import Problem
from gateway.kit.ids import Ids
from gateway.kit.operation import Call
from gateway.kit.referrals import Referrals
from gateway.kit.sql import sql
from gateway.ledger import accounts, transfers
from gateway.mail.outbox import Mailer

R = TypeVar("R")
Proof = email_codes.Attempt | GoogleUser
GRANT_LIVES = 90 * DAY
KEY_LABEL = "sign-in"

CLAIM_GRANT = sql(
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
    """Whatever a sign-in takes; `grants_microusd` is the free credit of each book."""

    database: Database
    ids: Ids
    peppers: Peppers
    mailer: Mailer
    sessions: Sessions
    referrals: Referrals
    grants_microusd: dict[str, int]

    async def with_key(
        self,
        call: Call,
        proof: Proof,
        *,
        label: str | None,
        book: str | None,
        referral: str | None,
    ) -> tuple[Person, Key, str]:
        """Return who it is, and a key with the sign-in scopes, this one time.

        Raises:
            Problem: the proof proves nothing, the book is not open, or there are too many keys.
        """
        book = self.sessions.book(book)

        async def mint(session: Session, person: Person) -> tuple[Key, str]:
            wanted = keys.NewKey(
                account_id=person.account_id,
                book=book,
                label=label or KEY_LABEL,
                scopes=keys.SIGN_IN_SCOPES,
                minted_by=origin_of(proof),
            )
            row, key = await keys.create(session, self.ids, self.peppers, wanted)
            (view,) = await shown(session, [row])
            actor = actor_of(call, person)
            await audit_log.record(session, actor, "key.create", row.id, after=told(view))
            return view, key

        person, (view, key) = await self._carry_out(call, proof, referral, mint)
        await faults.reach("key.committed")
        return person, view, key

    async def in_browser(
        self, call: Call, proof: Proof, *, old_token: str | None, referral: str | None
    ) -> tuple[Person, BrowserSession, str]:
        """Return who it is, and a new session; the browser's old one ends.

        Raises:
            Problem: the proof proves nothing.
        """

        async def opened(session: Session, person: Person) -> tuple[BrowserSession, str]:
            if old_token is not None:
                await sessions.revoke(session, old_token)
            row, token = await sessions.open_session(
                session, self.ids, account_id=person.account_id, origin=origin_of(proof)
            )
            after = {"by": row.origin, "created": person.created}
            actor = actor_of(call, person)
            await audit_log.record(session, actor, "session.open", row.id, after=after)
            return row, token

        person, (row, token) = await self._carry_out(call, proof, referral, opened)
        return person, row, token

    async def _carry_out(
        self,
        call: Call,
        proof: Proof,
        referral: str | None,
        then: Callable[[Session, Person], Awaitable[R]],
    ) -> tuple[Person, R]:
        """Do all in one transaction; when a twin was faster to sign up, find what it made."""
        try:
            return await self._once(call, proof, referral, then)
        except IntegrityError:
            return await self._once(call, proof, referral, then)

    async def _once(
        self,
        call: Call,
        proof: Proof,
        referral: str | None,
        then: Callable[[Session, Person], Awaitable[R]],
    ) -> tuple[Person, R]:
        async with self.database.write() as session:
            person = await self._person(session, proof)
            if isinstance(person, Person):
                if person.created:
                    await self._give(session, person)
                    await self._refer(session, person, referral or "")
                done = await then(session, person)
                await self._tell_link(session, call, person)
                return person, done
        raise person

    async def _person(self, session: Session, proof: Proof) -> Person | Problem:
        if isinstance(proof, GoogleUser):
            return await identities.by_google(session, self.ids, self.mailer, proof)
        email = await email_codes.redeem(session, self.peppers, proof)
        if isinstance(email, Problem):
            return email
        return await identities.by_email(session, self.ids, email)

    async def _give(self, session: Session, person: Person) -> None:
        """Give a new account its free credit, once for each abuse key."""
        key = abuse_key(person.email)
        for book, amount in self.grants_microusd.items():
            claim = (key, book, person.account_id)
            if not amount or not await session.change(CLAIM_GRANT, [claim]):
                continue
            await transfers.credit(
                session,
                self.ids,
                account=await accounts.number_of(session, person.account_id, book),
                book=book,
                code="promo",
                reference=f"signup:{key}",
                amount_microusd=amount,
                source=accounts.House.PROMO,
                category="promo",
                expires_at=await keys.database_time(session) + GRANT_LIVES,
                description="welcome credit",
            )

    async def _tell_link(self, session: Session, call: Call, person: Person) -> None:
        """Log that a sign-in linked an identity; the head of the log is locked last of all."""
        if person.linked is not None:
            after = {"kind": "google", "email": person.email}
            await audit_log.record(
                session, actor_of(call, person), "identity.link", person.linked, after=after
            )

    async def _refer(self, session: Session, person: Person, token: str) -> None:
        """Remember the click that brought a new account here; a bad token is none."""
        click = self.referrals.read(token, await keys.database_time(session))
        if click is not None:
            account = await keys.account_of(session, person.account_id)
            account.referral_code, account.referral_click_id = click.code, click.click_id
            account.referred_at = click.at


def actor_of(call: Call, person: Person) -> Actor:
    """Return who signs in, for the audit log."""
    ip = call.client_ip or None
    return Actor(kind="session", id=person.account_id, ip=ip, request_id=call.request_id)


def origin_of(proof: Proof) -> str:
    """Return what a session or a key was opened with: the challenge, or `google`."""
    return "google" if isinstance(proof, GoogleUser) else proof.challenge_id
