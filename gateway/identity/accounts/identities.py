"""Identities: the ways to sign in to an account, and the one account that each of them opens.

Accounts are never joined. Google opens an existing account of the same address only where Google
is authoritative for that address; otherwise the person signs in by code and then links Google. Else
an attacker could claim a stranger's account with a Google account that once verified the address.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select

from gateway.identity.accounts.addresses import GMAIL_DOMAINS, get_domain
from gateway.identity.errors import IdentityTaken, LastIdentity, LinkRequired
from gateway.identity.keys import keys
from gateway.identity.tables import Account, Identity
from gateway.kit.database.sessions import Session, Snapshot
from gateway.kit.database.sql import get_database_time
from gateway.kit.errors import NotFound
from gateway.kit.ids import Ids
from gateway.mail.letters import build_letter
from gateway.mail.outbox import Mailer


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleUser:
    """The person that a Google token proves; `hosted` if their Workspace owns the domain."""

    issuer: str
    subject: str
    email: str
    hosted: bool

    @property
    def is_authoritative(self) -> bool:
        """Return True if Google runs the mailbox, and did not only verify it by a mail once."""
        return self.hosted or get_domain(self.email) in GMAIL_DOMAINS


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person who signed in: their account, the address they used, whether the account is new.

    `linked_identity_id` is the id of the identity that this sign-in added to an existing account.
    """

    account_id: str
    email: str
    created: bool
    linked_identity_id: str | None = None


async def find_or_create_by_email(session: Session, ids: Ids, email: str) -> Person:
    """Return the account of a verified address; create one if there is none."""
    identity = await find_identity(session, "email", "", email)
    if identity is not None:
        return Person(account_id=identity.account_id, email=email, created=False)
    account_id = await keys.create_account(session, ids, email)
    await add_identity(session, ids, account_id, ("email", "", email), email)
    return Person(account_id=account_id, email=email, created=True)


async def find_or_create_by_google(
    session: Session, ids: Ids, mailer: Mailer, user: GoogleUser
) -> Person:
    """Return the account of a Google user; create one if there is none.

    Raises:
        LinkRequired: the address is another account's, and Google is not authoritative for it.
        AccountClosed: that account was closed meanwhile; the next sign-in makes a new one.
    """
    name = ("google", user.issuer, user.subject)
    identity = await find_identity(session, *name)
    if identity is not None:
        return Person(account_id=identity.account_id, email=user.email, created=False)
    owner = await find_identity(session, "email", "", user.email)
    if owner is not None:
        if not user.is_authoritative:
            raise LinkRequired
        # Under the account's lock once more: the address may have been unlinked while we waited,
        # and the account is then a stranger's to this person.
        await keys.lock_account(session, owner.account_id)
        owner = await find_identity(session, "email", "", user.email)
    if owner is not None:
        row = await add_identity(session, ids, owner.account_id, name, user.email)
        await mail_identity_change(
            session, mailer, owner.account_id, f"{_describe(row)} was linked"
        )
        return Person(
            account_id=owner.account_id, email=user.email, created=False, linked_identity_id=row.id
        )
    account_id = await keys.create_account(session, ids, user.email)
    await add_identity(session, ids, account_id, name, user.email)
    if user.is_authoritative:
        await add_identity(session, ids, account_id, ("email", "", user.email), user.email)
    return Person(account_id=account_id, email=user.email, created=True)


async def link(
    session: Session,
    ids: Ids,
    mailer: Mailer,
    account_id: str,
    name: tuple[str, str, str],
    email: str,
) -> Identity:
    """Add a verified identity (kind, issuer, subject) to an account; once more returns the same.

    Raises:
        IdentityTaken: it is another account's.
        AccountClosed: the account gets nothing new.
    """
    await keys.lock_account(session, account_id)
    existing = await find_identity(session, *name)
    if existing is not None:
        if existing.account_id != account_id:
            raise IdentityTaken
        return existing
    row = await add_identity(session, ids, account_id, name, email)
    await mail_identity_change(session, mailer, account_id, f"{_describe(row)} was linked")
    return row


async def unlink(session: Session, mailer: Mailer, account_id: str, identity_id: str) -> None:
    """Remove an identity from an account, and mail all its addresses, the removed one too.

    Raises:
        NotFound: the account has no such identity.
        LastIdentity: it has no other.
    """
    # Two removals at once would each see the other identity, and leave the account without any.
    await session.execute(select(Account.id).where(Account.id == account_id).with_for_update())
    rows = await list_account_identities(session, account_id)
    identity = next((row for row in rows if row.id == identity_id), None)
    if identity is None:
        raise NotFound
    if len(rows) == 1:
        raise LastIdentity
    await mail_identity_change(session, mailer, account_id, f"{_describe(identity)} was removed")
    await session.execute(delete(Identity).where(Identity.id == identity_id))


async def find_identity(
    session: Session | Snapshot, kind: str, issuer: str, subject: str
) -> Identity | None:
    """Return the identity with this unique name, None if no account has it."""
    name = (Identity.kind == kind, Identity.issuer == issuer, Identity.subject == subject)
    return await session.scalar(select(Identity).where(*name))


async def list_account_identities(
    session: Session | Snapshot, account_id: str
) -> Sequence[Identity]:
    """List the identities of an account, the oldest first."""
    query = select(Identity).where(Identity.account_id == account_id).order_by(Identity.id)
    return (await session.scalars(query)).all()


async def list_account_emails(session: Session, account_id: str) -> list[str]:
    """Return the addresses of an account, each once, sorted."""
    return sorted({row.email for row in await list_account_identities(session, account_id)})


async def find_account_email(session: Session | Snapshot, account_id: str) -> str | None:
    """Return the address of an account: a verified one, else Google's; None if it has neither."""
    rows = await list_account_identities(session, account_id)
    verified = [row.email for row in rows if row.kind == "email"]
    return next(iter([*verified, *(row.email for row in rows)]), None)


async def add_identity(
    session: Session, ids: Ids, account_id: str, name: tuple[str, str, str], email: str
) -> Identity:
    """Insert an identity; if a sign-in at the same time was faster, it is an `IntegrityError`."""
    kind, issuer, subject = name
    row = Identity(
        id=ids.new("idn"),
        account_id=account_id,
        kind=kind,
        issuer=issuer,
        subject=subject,
        email=email,
        created_at=await get_database_time(session),
    )
    session.add(row)
    await session.flush()
    return row


async def mail_identity_change(
    session: Session, mailer: Mailer, account_id: str, what: str
) -> None:
    """Mail every address of an account that its ways to sign in have changed."""
    lines = (
        f"{what} as a way to sign in to your Killa Tamata account.",
        "If this was not you: sign in, remove any identity you do not know, and revoke your keys.",
    )
    for address in sorted(
        {row.email for row in await list_account_identities(session, account_id)}
    ):
        subject = "Your sign-in methods have changed"
        await mailer.send_later(session, build_letter(to=address, subject=subject, lines=lines))


def _describe(row: Identity) -> str:
    return f"Google ({row.email})" if row.kind == "google" else f"The address {row.email}"
