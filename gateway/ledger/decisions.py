"""Decisions about spending: pure functions of values that were read under the account's lock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from gateway.kit.caller import SpenderId
from gateway.kit.clock import (
    end_of_utc_day,
    end_of_utc_month,
    to_iso_or_none,
    to_utc_day,
    to_utc_month,
)
from gateway.kit.errors import (
    AccountFrozen,
    InsufficientCredits,
    KeyLimitExceeded,
    PaymentRequired,
    Problem,
    Unauthorized,
)
from gateway.kit.money import to_amount_fields
from gateway.ledger.errors import MemberLimitExceeded
from gateway.ledger.states import AccountState


@dataclass(slots=True)
class Account:
    """The values of a ledger account, as locked or as changed since in this transaction."""

    id: int
    kind: str
    book: str
    posted_microusd: int
    pending_microusd: int
    incoming_microusd: int
    debt_microusd: int
    untaken_microusd: int
    version: int
    state: AccountState
    grants_due_at: int | None

    @property
    def available_microusd(self) -> int:
        """Return the amount that can be spent, negative when in debt."""
        return self.posted_microusd - self.pending_microusd

    def copy(self) -> "Account":
        """Return a copy; three times as fast as `replace`, and every hold makes one."""
        return Account(
            self.id,
            self.kind,
            self.book,
            self.posted_microusd,
            self.pending_microusd,
            self.incoming_microusd,
            self.debt_microusd,
            self.untaken_microusd,
            self.version,
            self.state,
            self.grants_due_at,
        )


@dataclass(frozen=True, slots=True)
class SpendingKey:
    """An API key, OAuth grant or member as the ledger sees it: its account, policies and end."""

    key_id: str
    account: int
    policy_id: str | None
    expires_at: int | None
    revoked_at: int | None
    member_policy_id: str | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """Hard caps per UTC day, per UTC month and in total; None is no cap."""

    daily_microusd: int | None = None
    monthly_microusd: int | None = None
    total_microusd: int | None = None

    @property
    def has_caps(self) -> bool:
        """Return True if any cap is set."""
        return (self.daily_microusd, self.monthly_microusd, self.total_microusd) != (None,) * 3


@dataclass(frozen=True, slots=True)
class Policy:
    """The caps of a key or a member, and their used amounts, in the windows `day` and `month`.

    Days and months are numbered as `to_utc_day` and `to_utc_month` do.
    """

    id: str
    daily_limit_microusd: int | None
    monthly_limit_microusd: int | None
    total_limit_microusd: int | None
    day: int
    day_used_microusd: int
    month: int
    month_used_microusd: int
    total_used_microusd: int

    @property
    def limits(self) -> Limits:
        """Return the caps without the used amounts."""
        return Limits(
            self.daily_limit_microusd, self.monthly_limit_microusd, self.total_limit_microusd
        )

    def with_windows_at(self, now: int) -> "Policy":
        """Return the policy in the windows of `now`, with nothing used in a new window.

        A clock that was set back opens no earlier window, or the caps could be spent twice.
        """
        day, month = max(self.day, to_utc_day(now)), max(self.month, to_utc_month(now))
        if day == self.day and month == self.month:
            return self
        return replace(
            self,
            day=day,
            day_used_microusd=self.day_used_microusd if day == self.day else 0,
            month=month,
            month_used_microusd=self.month_used_microusd if month == self.month else 0,
        )

    def with_used(self, amount_microusd: int) -> "Policy":
        """Return the policy with an amount more used in every window."""
        return replace(
            self,
            day_used_microusd=self.day_used_microusd + amount_microusd,
            month_used_microusd=self.month_used_microusd + amount_microusd,
            total_used_microusd=self.total_used_microusd + amount_microusd,
        )

    def find_refusal(
        self, amount_microusd: int, now: int, refusal: type[PaymentRequired] = KeyLimitExceeded
    ) -> PaymentRequired | None:
        """Return the refusal if a cap would be exceeded; the one that lasts longest is named."""
        windows = (
            (self.total_limit_microusd, self.total_used_microusd, None),
            (self.monthly_limit_microusd, self.month_used_microusd, end_of_utc_month(now)),
            (self.daily_limit_microusd, self.day_used_microusd, end_of_utc_day(now)),
        )
        for limit, used, reset_at in windows:
            if limit is not None and used + amount_microusd > limit:
                return refusal(
                    **to_amount_fields("limit", limit),
                    **to_amount_fields("remaining", max(0, limit - used)),
                    resetAt=to_iso_or_none(reset_at),
                )
        return None


class SpendingPolicies(NamedTuple):
    """The policies that an amount counts on: the spender's own, and that of its member."""

    own: Policy | None
    member: Policy | None

    @property
    def own_id(self) -> str | None:
        """Return the id of the spender's own policy."""
        return None if self.own is None else self.own.id

    @property
    def member_id(self) -> str | None:
        """Return the id of the member's policy."""
        return None if self.member is None else self.member.id

    def find_refusal(self, amount_microusd: int, now: int) -> PaymentRequired | None:
        """Return the refusal of the first policy that has a cap with less left, or None."""
        refused = None if self.own is None else self.own.find_refusal(amount_microusd, now)
        if refused is None and self.member is not None:
            return self.member.find_refusal(amount_microusd, now, MemberLimitExceeded)
        return refused

    def with_used(self, amount_microusd: int) -> list[Policy]:
        """Return the policies with an amount more used in every window of each."""
        return [policy.with_used(amount_microusd) for policy in self if policy is not None]


NO_POLICIES = SpendingPolicies(None, None)


@dataclass(frozen=True, slots=True)
class Hold:
    """An amount to reserve.

    `id` becomes the id of its transfer; `reference` is the id of the row that owns the hold.
    `key_id` names the spender; None is the owner of the account in person.
    """

    id: str
    account: int
    book: str
    reference: str
    amount_microusd: int
    key_id: SpenderId | None
    code: str = "hold"


@dataclass(frozen=True, slots=True)
class AdmittedHold:
    """An admitted hold, and the available balance after it."""

    hold: Hold
    available_microusd: int
    policies: SpendingPolicies = NO_POLICIES


@dataclass(frozen=True, slots=True)
class SpenderView:
    """The spenders by key id and their policies by id, read at `now`, the time of the holds."""

    now: int
    spenders: Mapping[str, SpendingKey]
    policies: Mapping[str, Policy]


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcomes in order of the holds, and the changed accounts and policies."""

    outcomes: list[AdmittedHold | Problem]
    accounts: dict[int, Account]
    policies: dict[str, Policy]


def find_spend_refusal(
    account: Account,
    policies: SpendingPolicies,
    hold: Hold,
    spender: SpendingKey | None,
    now: int,
) -> Problem | None:
    """Return the reason to refuse a hold, or None; the policies are in the windows of `now`."""
    if hold.key_id is not None and not can_spend(spender, hold.account, now):
        return Unauthorized()
    if account.state != AccountState.ACTIVE:
        return AccountFrozen()
    if account.debt_microusd or account.available_microusd < hold.amount_microusd:
        return InsufficientCredits(
            **to_amount_fields("required", hold.amount_microusd),
            **to_amount_fields("balance", account.available_microusd),
        )
    return policies.find_refusal(hold.amount_microusd, now)


def can_spend(spender: SpendingKey | None, account: int, now: int) -> bool:
    """Return True if the key belongs to this account and is neither revoked nor expired."""
    if spender is None or spender.account != account or spender.revoked_at is not None:
        return False
    return spender.expires_at is None or now < spender.expires_at


def decide_holds(
    holds: Sequence[Hold], accounts: Mapping[int, Account], view: SpenderView
) -> Decision:
    """Admit holds greedily in order of arrival; a refused hold leaves the money to later ones.

    Raises:
        ValueError: a hold of no amount, or of an account of the other book.
    """
    decision = Decision([], {}, {})
    for hold in holds:
        number = hold.account
        account = decision.accounts.get(number) or accounts[number].copy()
        if hold.amount_microusd <= 0 or hold.book != account.book:
            raise ValueError(f"{hold.id}: {hold.amount_microusd} µUSD of {hold.book} on {number}")
        spender = view.spenders.get(hold.key_id) if hold.key_id is not None else None
        policies = find_policies(spender, decision.policies, view)
        refused = find_spend_refusal(account, policies, hold, spender, view.now)
        if refused is not None:
            decision.outcomes.append(refused)
            continue
        account.pending_microusd += hold.amount_microusd
        account.version += 1
        decision.accounts[number] = account
        for policy in policies.with_used(hold.amount_microusd):
            decision.policies[policy.id] = policy
        decision.outcomes.append(AdmittedHold(hold, account.available_microusd, policies))
    return decision


def find_policies(
    spender: SpendingKey | None, changed: Mapping[str, Policy], view: SpenderView
) -> SpendingPolicies:
    """Return the policies of a spender in the windows of now; newer values are in `changed`."""
    if spender is None or spender.policy_id is spender.member_policy_id is None:
        return NO_POLICIES

    def find_policy(policy_id: str | None) -> Policy | None:
        if policy_id is None:
            return None
        return (changed.get(policy_id) or view.policies[policy_id]).with_windows_at(view.now)

    return SpendingPolicies(find_policy(spender.policy_id), find_policy(spender.member_policy_id))
