"""A caller's authority to make keys: never more than it has itself."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from gateway.identity.errors import AppConnected, ScopeEscalation
from gateway.identity.keys import APP_SCOPES
from gateway.identity.spending import UNLIMITED, SpendPolicy
from gateway.identity.tables import ApiKey, ApprovalPolicy
from gateway.kit.database import Session
from gateway.kit.errors import ScopeDenied
from gateway.kit.operation import Caller
from gateway.ledger.policies import Limits, known_of

APPROVE = "studio:approve"
POWERFUL = frozenset({"admin", APPROVE})


@dataclass(frozen=True, slots=True)
class Authority:
    """Scopes, limits, book and end of whoever asks; of a session, everything and no end."""

    scopes: Collection[str]
    policy: SpendPolicy
    book: str
    expires_at: int | None = None
    is_person: bool = False

    @classmethod
    async def of(cls, session: Session, caller: Caller) -> "Authority":
        """Return what a caller has: a session everything, a key what it was given."""
        if caller.key_id is None:
            return cls(caller.scopes, UNLIMITED, "live", is_person=True)
        known = await known_of(session, [caller.key_id])
        caps = known.policies.get(known.spenders[caller.key_id].policy_id or "")
        approves = APPROVE in caller.scopes
        policy = SpendPolicy.of(
            None if approves else caller.auto_approve_microusd,
            None if approves else caller.confirm_up_to_microusd,
            caps.limits if caps else Limits(),
        )
        ends = select(ApiKey.expires_at).where(ApiKey.id == caller.key_id)
        return cls(caller.scopes, policy, caller.book, await session.scalar(ends))

    @classmethod
    async def of_key(cls, session: Session, row: ApiKey) -> "Authority":
        """Return what a key has."""
        known = await known_of(session, [row.id])
        caps = known.policies.get(known.spenders[row.id].policy_id or "")
        wanted = select(ApprovalPolicy).where(ApprovalPolicy.id == row.policy_id)
        approvals = (await session.scalars(wanted)).one()
        policy = SpendPolicy.of(
            approvals.auto_approve_microusd,
            approvals.confirm_up_to_microusd,
            caps.limits if caps else Limits(),
        )
        return cls(row.scopes.split(), policy, row.book, row.expires_at)

    @property
    def powerful(self) -> bool:
        """Return True if its scopes make keys, or approve plans like a person."""
        return not POWERFUL.isdisjoint(self.scopes)

    def gains(self, scopes: Collection[str], policy: SpendPolicy, expires_at: int | None) -> bool:
        """Return True if these would give a live key with this authority more, or a longer life."""
        more = not set(scopes) <= set(self.scopes) or policy.wider(self.policy)
        ends = self.expires_at
        longer = ends is not None and (expires_at is None or expires_at > ends)
        return self.book == "live" and bool(more or longer)


def check_create(own: Authority, book: str, scopes: Collection[str], policy: SpendPolicy) -> None:
    """Check that a caller may make such a key.

    Raises:
        ScopeEscalation: it lacks a scope or a limit, has a cap itself, or makes live of test.
    """
    if own.policy.limits.capped:
        raise ScopeEscalation("A key with a spending cap cannot create keys.")
    if book == "live" and own.book == "test":
        raise ScopeEscalation("A test key cannot create a live key.", field="mode")
    _check(own, Authority((), SpendPolicy(auto_approve=0, confirm_up_to=0), book), scopes, policy)


def check_change(
    own: Authority, had: Authority, scopes: Sequence[str], policy: SpendPolicy
) -> None:
    """Check that a caller may give a key these scopes and limits; what it had it may keep.

    Raises:
        ScopeEscalation: it is wider than before and than the caller, or live asked of test, or a
            key widens what a key may spend.
    """
    if had.book == "live" and own.book == "test":
        raise ScopeEscalation("A test key cannot change a live key.")
    # Two keys that may each spend what the caller may can spend twice as much together.
    approves = APPROVE in scopes and APPROVE not in had.scopes
    if not own.is_person and (approves or policy.wider(had.policy)):
        raise ScopeEscalation(
            "Only a person in the browser can let a key spend more.",
            hint="Ask the user to change the key on the page of API keys.",
        )
    _check(own, had, scopes, policy)


def check_life(own: Authority, expires_at: int | None, had: int | None = 0) -> None:
    """Check that a caller may let a key live so long; None is for ever, and `had` it may keep.

    Raises:
        ScopeEscalation: the key would outlive the calling one.
    """
    if own.expires_at is None or expires_at == had:
        return
    if expires_at is None or expires_at > own.expires_at:
        raise ScopeEscalation("This key expires earlier than that.", field="expiresAt")


def check_app_change(scopes: Sequence[str], fields: Collection[str]) -> None:
    """Check that a change leaves a connected app what it is.

    Raises:
        AppConnected: a scope that is never given to apps, or an expiry.
    """
    if not set(scopes) <= set(APP_SCOPES) or "expires_at" in fields:
        raise AppConnected


def check_own(caller: Caller, row: ApiKey) -> None:
    """Check that a caller may end a key: any of the account with scope admin, else only itself.

    Raises:
        ScopeDenied: it is another key.
    """
    if "admin" not in caller.scopes and row.id != caller.key_id:
        raise ScopeDenied("This requires a key with the `admin` scope.", requiredScope="admin")


def _check(own: Authority, had: Authority, scopes: Collection[str], policy: SpendPolicy) -> None:
    beyond = [scope for scope in scopes if scope not in own.scopes and scope not in had.scopes]
    if beyond:
        raise ScopeEscalation(f"This key lacks the scope {', '.join(beyond)}.", field="scopes")
    wider = policy.wider(own.policy) & policy.wider(had.policy)
    if wider:
        names = ", ".join(sorted(wider))
        raise ScopeEscalation(f"This key's own limits are tighter: {names}.", field="spendPolicy")
