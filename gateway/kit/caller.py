"""The caller of a request."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import NewType, Protocol

from gateway.kit.database.sessions import Session
from gateway.kit.database.write_checks import check_writes
from gateway.kit.errors import RoleDenied, ScopeDenied, Unauthorized
from gateway.kit.idempotency import KeyScope
from gateway.kit.roles import Role, has_role

GRANT_PREFIX = "grant_"
UNCHECKED_WRITES = nullcontext()
# The ledger's name of who spends. Only `Caller.spender_id` makes it of a caller, so that a way to
# spend which passes a mere key, and forgets the member behind a session, fails the type check.
SpenderId = NewType("SpenderId", str)


def build_member_spender_id(member_id: str, book: str) -> SpenderId:
    """Return the id of a member as a spender of the ledger, and of their policy, in one book."""
    return SpenderId(member_id if book == "live" else f"{member_id}:{book}")


def parse_member_id(spender_id: str) -> str:
    """Return the id of the member whose spender this is; the reverse of the function above."""
    return spender_id.partition(":")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The caller of a request: an API key or a browser session of an account, in one book.

    Either `key_id` or `session_id` is set; `signed_in_at` is the time when the session began. A key
    also has its public look-up part, the ledger's policy if it was ever capped, and the amounts it
    may approve by itself or with a yes of the person in front of it (None: any amount).

    `person_id` is the account that the person signed up with: the same as `account_id`, unless they
    act as a member of another account. Then `member_id` names the membership, and `role` is theirs.
    """

    account_id: str
    ledger_account: int
    book: str
    key_id: str | None = None
    session_id: str | None = None
    signed_in_at: int | None = None
    scopes: frozenset[str]
    key_lookup: str | None = None
    policy_id: str | None = None
    auto_approve_microusd: int | None = None
    confirm_up_to_microusd: int | None = None
    person_id: str = ""
    member_id: str | None = None
    role: Role = Role.OWNER

    def __post_init__(self) -> None:
        """Name the owner as the person, where no other is named."""
        if not self.person_id:
            object.__setattr__(self, "person_id", self.account_id)

    def require_unchanged(self, found: "Caller | None") -> None:
        """Check that who is found later for a request is still this caller, in the same account.

        Raises:
            Unauthorized: nobody, or somebody who acts for another account or as another member.
        """
        if found is None or self.identity != found.identity:
            raise Unauthorized

    @property
    def identity(self) -> tuple[str, str, str | None, str]:
        """Return who this is: the account and its book, the member, and the key or session."""
        return self.account_id, self.book, self.member_id, self.id

    @property
    def livemode(self) -> bool:
        """Return True if the caller works with real money."""
        return self.book == "live"

    @property
    def id(self) -> str:
        """Return the id of the key or of the session."""
        return self.key_id or self.session_id or ""

    @property
    def spender_id(self) -> SpenderId | None:
        """Return the spender whose caps this caller's money counts on; None: the owner in person.

        It is the key, and of a member's session the member.
        """
        if self.key_id is not None:
            return SpenderId(self.key_id)
        return self.member_policy_id

    @property
    def member_policy_id(self) -> SpenderId | None:
        """Return the member's policy in this book, which all of their keys and browsers share."""
        return (
            None if self.member_id is None else build_member_spender_id(self.member_id, self.book)
        )

    @property
    def holder_id(self) -> str | None:
        """Return the person who holds the keys that this caller makes; None: the owner."""
        return None if self.member_id is None else self.person_id

    def build_key_scope(self, method: str, path: str, key: str) -> KeyScope:
        """Return the scope of an idempotency key; each person of a team has keys of their own."""
        return KeyScope(self.account_id, self.book, method, path, self.build_own_key(key))

    def build_own_key(self, key: str) -> str:
        """Return an idempotency key as one that only this person of the account can send.

        No key has a space, so a member's cannot be one of the owner's.
        """
        return key if self.member_id is None else f"{self.member_id} {key}"

    @property
    def is_app(self) -> bool:
        """Return True if this is an app that a person connected by OAuth; its key is the grant."""
        return self.id.startswith(GRANT_PREFIX)

    def require_scope(self, *scopes: str) -> None:
        """Check that the caller has one of these scopes.

        Raises:
            ScopeDenied: it has none.
        """
        if self.scopes.isdisjoint(scopes):
            detail = f"This requires a key with scope {' or '.join(scopes)}."
            raise ScopeDenied(detail, requiredScope=scopes[0])

    def require_role(self, least: Role) -> None:
        """Check that the caller has this role in the account, or a higher one.

        Raises:
            RoleDenied: it has a lower one.
        """
        if not has_role(self.role, least):
            raise RoleDenied(
                f"This needs the role {least}; your role in this team is {self.role}.",
                requiredRole=least.value,
            )


class Memberships(Protocol):
    """The memberships of teams, which a slice above keeps."""

    async def require_still_member(self, session: Session, caller: Caller) -> None:
        """Check, as the first thing of a transaction, that a member keeps their rights to its end.

        Raises:
            Unauthorized: they were removed meanwhile, or have a lower role.
        """
        ...


def check_member_writes(
    caller: Caller | None, get_port: Callable[[type[Memberships]], Memberships]
) -> AbstractContextManager[None]:
    """Refuse, in the block, what a member would write who was removed after the call began.

    It holds for every transaction that the block opens, however deep: so no operation can forget
    it. Units of a batch move credit only, and the ledger checks the member as a spender.
    """
    if caller is None or caller.member_id is None:
        return UNCHECKED_WRITES
    memberships = get_port(Memberships)  # type: ignore[type-abstract]
    return check_writes(partial(memberships.require_still_member, caller=caller))
