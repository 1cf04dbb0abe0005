"""Spend policies: the limits of a key alone, with a yes in the client, and in all. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

from gateway.identity.keys import schemas
from gateway.kit.money import parse_usd
from gateway.ledger.decisions import Limits

DAYS_OF_LONGEST_MONTH = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendPolicy:
    """The limits of a key in micro-USD; None is no limit.

    The first two are for one plan; the others are hard caps for a UTC day, a UTC month and in all.
    """

    auto_approve: int | None = None
    confirm_up_to: int | None = None
    daily_limit: int | None = None
    monthly_limit: int | None = None
    total_limit: int | None = None

    @classmethod
    def from_caps(
        cls, auto_approve: int | None, confirm_up_to: int | None, caps: Limits
    ) -> "SpendPolicy":
        """Join the two halves of a policy: identity keeps the approvals, the ledger the caps."""
        return cls(
            auto_approve=auto_approve,
            confirm_up_to=confirm_up_to,
            daily_limit=caps.daily_microusd,
            monthly_limit=caps.monthly_microusd,
            total_limit=caps.total_microusd,
        )

    @property
    def limits(self) -> Limits:
        """Return the caps in the form of the ledger."""
        return Limits(self.daily_limit, self.monthly_limit, self.total_limit)

    @property
    def monthly_reach(self) -> int | None:
        """Return the most that these caps let a key spend in a UTC month; None is no limit."""
        daily = None if self.daily_limit is None else self.daily_limit * DAYS_OF_LONGEST_MONTH
        caps = (self.total_limit, self.monthly_limit, daily)
        return min((cap for cap in caps if cap is not None), default=None)

    def tighten_to(self, other: "SpendPolicy") -> "SpendPolicy":
        """Return the tighter of two policies, limit by limit."""
        return SpendPolicy(
            **{
                name: min((limit for limit in (own, others) if limit is not None), default=None)
                for name, own, others in _pair_limits(self, other)
            }
        )

    @property
    def effective(self) -> "SpendPolicy":
        """Return the policy as it acts: an amount that needs no yes needs none in the client."""
        unlimited = self.auto_approve is None or self.confirm_up_to is None
        most = None if unlimited else max(self.auto_approve or 0, self.confirm_up_to or 0)
        return replace(self, confirm_up_to=most)

    def limits_above(self, other: "SpendPolicy") -> set[str]:
        """Return the names of the limits that are above those of the other policy."""
        return {
            name
            for name, own, others in _pair_limits(self.effective, other.effective)
            if others is not None and (own is None or own > others)
        }


UNLIMITED_POLICY = SpendPolicy()
DEFAULT_POLICIES = {"live": SpendPolicy(auto_approve=0, confirm_up_to=0), "test": UNLIMITED_POLICY}


def merge_policy(before: SpendPolicy, given: schemas.SpendPolicy | None) -> SpendPolicy:
    """Return the policy with the limits that a request states, null ones too, in place of the old.

    If a yes in the client allowed no more than the key could do alone, it still allows no more:
    else a key that is lowered to ask for everything would run anything once its client said yes.
    """
    if given is None:
        return before
    changes = {
        name.removesuffix("_usd"): None if text is None else parse_usd(text)
        for name, text in given
        if name in given.model_fields_set
    }
    if "auto_approve" in changes and before.confirm_up_to == before.auto_approve:
        changes.setdefault("confirm_up_to", changes["auto_approve"])
    return replace(before, **changes)


def narrow_request(
    requested: SpendPolicy, usual: SpendPolicy, given: schemas.SpendPolicy | None
) -> SpendPolicy:
    """Return the limits that a person grants to a program that requested some; None grants those.

    A limit that the person did not state is the tighter of the requested and the usual one. A yes
    in the client allows no more than the key can do alone, whatever the program requested for that,
    unless the person states it too.
    """
    if given is None:
        return requested
    tighter = requested.tighten_to(usual)
    return merge_policy(replace(tighter, confirm_up_to=tighter.auto_approve), given)


def _pair_limits(
    one: SpendPolicy, other: SpendPolicy
) -> Iterable[tuple[str, int | None, int | None]]:
    return (
        (field.name, getattr(one, field.name), getattr(other, field.name))
        for field in fields(SpendPolicy)
    )
