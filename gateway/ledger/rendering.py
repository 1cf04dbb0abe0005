"""Spend policies in their wire form."""

from gateway.kit.money import render_usd, to_amount_fields
from gateway.ledger.decisions import Policy
from gateway.ledger.policies import Limits
from gateway.ledger.schemas import MemberLimits, SpendPolicyShown, Spent


def render_policy(
    auto_approve_microusd: int | None, confirm_up_to_microusd: int | None, limits: Limits
) -> SpendPolicyShown:
    """Return the limits of a key in their wire form."""
    return SpendPolicyShown(
        auto_approve_usd=_optional_usd(auto_approve_microusd),
        confirm_up_to_usd=_optional_usd(confirm_up_to_microusd),
        daily_limit_usd=_optional_usd(limits.daily_microusd),
        monthly_limit_usd=_optional_usd(limits.monthly_microusd),
        total_limit_usd=_optional_usd(limits.total_microusd),
    )


def render_member_limits(limits: Limits) -> MemberLimits:
    """Return the caps of a member in their wire form."""
    return MemberLimits(
        daily_limit_usd=_optional_usd(limits.daily_microusd),
        monthly_limit_usd=_optional_usd(limits.monthly_microusd),
        total_limit_usd=_optional_usd(limits.total_microusd),
    )


def render_spent(policy: Policy) -> Spent:
    """Return the used amounts of a policy in their wire form; it is in the windows of now."""
    return Spent.model_validate(
        to_amount_fields("daily", policy.day_used_microusd)
        | to_amount_fields("monthly", policy.month_used_microusd)
        | to_amount_fields("total", policy.total_used_microusd)
    )


def _optional_usd(amount_microusd: int | None) -> str | None:
    return None if amount_microusd is None else render_usd(amount_microusd)
