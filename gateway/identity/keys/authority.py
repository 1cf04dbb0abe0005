"""The authority of a caller to make and change keys: never more than the caller has itself."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select

from gateway.identity.errors import AppConnected, ScopeEscalation
from gateway.identity.keys.keys import APP_SCOPES
from gateway.identity.keys.spend_policy import UNLIMITED_POLICY, SpendPolicy
from gateway.identity.tables import ApiKey, ApprovalPolicy
from gateway.identity.teams.memberships import ROLE_SCOPES
from gateway.kit.database.sessions import Session
from gateway.kit.errors import NotFound, RoleDenied, ScopeDenied
from gateway.kit.operation import Caller
from gateway.kit.roles import Role, has_role
from gateway.ledger.policies import Limits, load_spenders

APPROVE_SCOPE = "studio:approve"
POWERFUL_SCOPES = frozenset({"admin", APPROVE_SCOPE})


@dataclass(frozen=True, slots=True)
class Authority:
    """The rights of a caller or a key: scopes, limits, book, expiry; a session has all of them."""

    scopes: Collection[str]
    policy: SpendPolicy
    book: str
    expires_at: int | None = None
    is_person: bool = False

    @classmethod
    async def load(cls, session: Session, caller: Caller) -> "Authority":
        """Load the rights of a caller: of a session all of its role, of a key what it was given."""
        scopes = caller.scopes & ROLE_SCOPES[caller.role]
        if caller.key_id is None:
            return cls(scopes, UNLIMITED_POLICY, "live", is_person=True)
        known = await load_spenders(session, [caller.key_id])
        caps = known.policies.get(known.spenders[caller.key_id].policy_id or "")
        # With `studio:approve` a key approves like a person, whatever its approval policy says.
        approves = APPROVE_SCOPE in caller.scopes
        policy = SpendPolicy.from_caps(
            None if approves else caller.auto_approve_microusd,
            None if approves else caller.confirm_up_to_microusd,
            caps.limits if caps else Limits(),
        )
        expiry = select(ApiKey.expires_at).where(ApiKey.id == caller.key_id)
        return cls(scopes, policy, caller.book, await session.scalar(expiry))

    @classmethod
    async def load_for_key(cls, session: Session, row: ApiKey) -> "Authority":
        """Load the rights of a key from its row, the ledger's caps and its approval policy."""
        known = await load_spenders(session, [row.id])
        caps = known.policies.get(known.spenders[row.id].policy_id or "")
        query = select(ApprovalPolicy).where(ApprovalPolicy.id == row.policy_id)
        approvals = (await session.scalars(query)).one()
        policy = SpendPolicy.from_caps(
            approvals.auto_approve_microusd,
            approvals.confirm_up_to_microusd,
            caps.limits if caps else Limits(),
        )
        return cls(row.scopes.split(), policy, row.book, row.expires_at)

    @property
    def is_powerful(self) -> bool:
        """Return True if the scopes let a key make keys, or approve plans like a person."""
        return not POWERFUL_SCOPES.isdisjoint(self.scopes)

    def is_widened_by(
        self, scopes: Collection[str], policy: SpendPolicy, expires_at: int | None
    ) -> bool:
        """Return True if these rights would let a live key do, spend or last more than it does."""
        wider = not set(scopes) <= set(self.scopes) or policy.limits_above(self.policy)
        end = self.expires_at
        longer = end is not None and (expires_at is None or expires_at > end)
        return self.book == "live" and bool(wider or longer)


def check_key_creation(
    own: Authority, book: str, scopes: Collection[str], policy: SpendPolicy
) -> None:
    """Check that a caller may make a key with these scopes and limits.

    Raises:
        ScopeEscalation: the caller lacks a scope or has a tighter limit, is a key with a cap, or a
            test key that asks for a live one.
    """
    # Two keys with the same cap spend it twice, so a capped key makes none at all.
    if own.policy.limits.has_caps:
        raise ScopeEscalation("A key with a spending cap cannot create keys.")
    if book == "live" and own.book == "test":
        raise ScopeEscalation("A test key cannot create a live key.", field="mode")
    nothing = Authority((), SpendPolicy(auto_approve=0, confirm_up_to=0), book)
    _refuse_escalation(own, nothing, scopes, policy)


def check_key_change(
    own: Authority, previous: Authority, scopes: Sequence[str], policy: SpendPolicy
) -> None:
    """Check that a caller may give a key these scopes and limits; what the key had it may keep.

    Raises:
        ScopeEscalation: something is wider than before and wider than the caller's own, a test key
            asks for a live key, or a key (not a person) lets a key spend more.
    """
    if previous.book == "live" and own.book == "test":
        raise ScopeEscalation("A test key cannot change a live key.")
    # A key that could raise another one to its own limits would spend them twice: once by itself,
    # and once through the other. So only a person may widen what a key can spend.
    approves = APPROVE_SCOPE in scopes and APPROVE_SCOPE not in previous.scopes
    if not own.is_person and (approves or policy.limits_above(previous.policy)):
        raise ScopeEscalation(
            "Only a person in the browser can let a key spend more.",
            hint="Ask the user to change the key on the page of API keys.",
        )
    _refuse_escalation(own, previous, scopes, policy)


def check_key_lifetime(
    own: Authority, expires_at: int | None, previous_expiry: int | None = 0
) -> None:
    """Check that a key would not outlive the calling key; None is no expiry.

    An unchanged `previous_expiry` may stay; the default 0 is for a new key, which had none.

    Raises:
        ScopeEscalation: the key would outlive the calling key.
    """
    if own.expires_at is None or expires_at == previous_expiry:
        return
    if expires_at is None or expires_at > own.expires_at:
        raise ScopeEscalation("This key expires earlier than that.", field="expiresAt")


def check_app_change(scopes: Sequence[str], fields: Collection[str]) -> None:
    """Check that a change asks nothing for a connected app that only a key may have.

    Raises:
        AppConnected: it names a scope that no app gets, or an expiry.
    """
    if not set(scopes) <= set(APP_SCOPES) or "expires_at" in fields:
        raise AppConnected


def check_may_end_key(caller: Caller, row: ApiKey) -> None:
    """Check that a caller may end a key: with the scope `admin` any of the account, else itself.

    Raises:
        ScopeDenied: it is another key, and the caller lacks the scope.
    """
    if "admin" not in caller.scopes and row.id != caller.key_id:
        raise ScopeDenied("This requires a key with the `admin` scope.", requiredScope="admin")


def check_may_reach_key(
    caller: Caller, row: ApiKey, *, act: Literal["end", "change", "rotate"]
) -> None:
    """Check that a person may do this to a key of their account: with their own, anything.

    The owner changes and ends all keys, an admin those of members. Only its holder rotates a key:
    who gets the new one would spend on the caps, and act in the name, of another person.

    Raises:
        NotFound: a developer sees no key of another.
        RoleDenied: the key is the owner's, or of another who alone may rotate it.
    """
    if row.person_id == caller.holder_id:
        return
    if not has_role(caller.role, Role.ADMIN):
        raise NotFound
    if act == "rotate":
        raise RoleDenied(
            "Only the person who holds a key can rotate it.",
            hint="Revoke it, and let them create a new one.",
            requiredRole=caller.role.value,
        )
    if row.person_id is None:
        caller.require_role(Role.OWNER)


def _refuse_escalation(
    own: Authority, previous: Authority, scopes: Collection[str], policy: SpendPolicy
) -> None:
    """Refuse each scope and limit that goes beyond the caller's own and beyond the key's before."""
    beyond = [scope for scope in scopes if scope not in own.scopes and scope not in previous.scopes]
    if beyond:
        raise ScopeEscalation(f"This key lacks the scope {', '.join(beyond)}.", field="scopes")
    wider = policy.limits_above(own.policy) & policy.limits_above(previous.policy)
    if wider:
        names = ", ".join(sorted(wider))
        raise ScopeEscalation(f"This key's own limits are tighter: {names}.", field="spendPolicy")
