"""The key, app, agent or person that prepared a plan, and the caps that bind its total. Pure."""

from collections.abc import Sequence

from gateway.identity.keys.schemas import Key
from gateway.kit.money import parse_usd
from gateway.pages.answers import PlanHeadAnswer
from gateway.studio.plans.states import PlanState


def get_asker_name(plan: PlanHeadAnswer, keys: Sequence[Key]) -> str:
    """Name the key, app, agent or person that prepared a plan; `keys` are the account's."""
    if plan["origin"] == "agent":
        return "the studio agent"
    if plan["origin"] == "session":
        return "you, in a browser"
    key = find_asking_key(plan, keys)
    if key is None:
        return f"the API key “{plan['askedBy']}”"
    return f"the {'connected app' if key.app else 'API key'} “{key.label}”"


def find_asking_key(plan: PlanHeadAnswer, keys: Sequence[Key]) -> Key | None:
    """Return the key that prepared a plan, if it is among `keys`."""
    return next((key for key in keys if key.id == plan["askedBy"]), None)


def is_above_caps(plan: PlanHeadAnswer, keys: Sequence[Key], total: int) -> bool:
    """Return True if `total` exceeds what is left of the caps of the key that asked."""
    key = find_asking_key(plan, keys)
    if key is None or key.spent is None or plan["state"] != PlanState.PENDING:
        return False
    caps, used = key.spend_policy, key.spent
    windows = (
        (caps.daily_limit_usd, used.daily_microusd),
        (caps.monthly_limit_usd, used.monthly_microusd),
        (caps.total_limit_usd, used.total_microusd),
    )
    return any(cap is not None and spent + total > parse_usd(cap) for cap, spent in windows)
