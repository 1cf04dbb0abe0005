"""Grants to a key, a device or an app: one set of fields and words for all."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.identity.schemas import SpendPolicy
from gateway.kit import wire
from gateway.kit.errors import InvalidInput
from gateway.kit.operation import JSON

SCOPE = "scope."
SCOPE_WORDS = {
    "media": "Make pictures, videos and sound, which spends credit",
    "studio": "Read and change projects, prepare plans",
    "account:read": "Read balance, usage and keys",
    "billing": "Start a purchase, which only you can pay, and read receipts",
    "studio:approve": "Approve plans by itself, whatever they cost",
    "admin": "Create, change and revoke API keys",
}
APPROVALS = {
    "autoApproveUsd": "Without asking you, up to",
    "confirmUpToUsd": "When its own user confirms, up to",
}
CAPS = {"dailyLimitUsd": "Per day", "monthlyLimitUsd": "Per month", "totalLimitUsd": "In total"}
LIMITS = APPROVALS | CAPS
USUAL_DAILY_USD = "10"
NO_AMOUNT = "Enter amounts in dollars, such as 0 or 2.50."
ASKS_EACH_TIME = "With 0 it must ask you each time."
NO_CAP = "Enter at least one spending cap."
NO_CAP_HINT = "Without a cap it could spend all of your credit."
NO_SCOPE = "Select at least one permission."


def amount(fields: Mapping[str, str], name: str) -> str:
    """Return an amount as a person types it, without dollar sign and thousands commas."""
    return fields.get(name, "").strip().removeprefix("$").replace(",", "")


def checked_scopes(fields: Mapping[str, str], offered: Iterable[str]) -> list[str]:
    """Return those of the offered scopes that are checked in a form."""
    return [scope for scope in offered if f"{SCOPE}{scope}" in fields]


def scope_words(scopes: Collection[str]) -> dict[str, str]:
    """Return what each of these scopes lets its holder do, in the order that people read them."""
    return {scope: words for scope, words in SCOPE_WORDS.items() if scope in scopes}


def usual_amounts(requested: Mapping[str, str | None], auto_approve: str = "0") -> dict[str, str]:
    """Return the amounts that a form of a device or an app begins with: never without a cap.

    `auto_approve` is what stands there if no limit was requested for that.
    """
    amounts = {name: requested.get(name) or "" for name in LIMITS}
    amounts["autoApproveUsd"] = amounts["autoApproveUsd"] or auto_approve
    amounts["confirmUpToUsd"] = amounts["confirmUpToUsd"] or amounts["autoApproveUsd"]
    if not any(amounts[name] for name in CAPS):
        amounts["dailyLimitUsd"] = USUAL_DAILY_USD
    return amounts


def typed_amounts(fields: Mapping[str, str]) -> dict[str, str]:
    """Return the amounts of a posted form as they were typed; what it lacks is empty.

    A request never fills a gap here: what a person did not see in the form must not be granted.
    """
    return {name: amount(fields, name) for name in LIMITS}


def typed_limits(fields: Mapping[str, str]) -> dict[str, str | None]:
    """Return the limits that a form of a key says; an empty one is none, a missing one stays."""
    return {name: amount(fields, name) or None for name in LIMITS if name in fields}


def granted_policy(amounts: Mapping[str, str]) -> SpendPolicy:
    """Return the limits that these amounts say, all of them; an empty cap is none.

    Raises:
        InvalidInput: an amount is not one, or nothing bounds the whole.
    """
    if not any(amounts[name] for name in CAPS):
        raise InvalidInput(NO_CAP, hint=NO_CAP_HINT, field="dailyLimitUsd")
    for name in APPROVALS:
        if not amounts[name]:
            raise InvalidInput(NO_AMOUNT, hint=ASKS_EACH_TIME, field=name)
    given = {name: amounts[name] or None for name in LIMITS}
    try:
        return wire.read(SpendPolicy, json.dumps(given).encode(), content_type=JSON)
    except InvalidInput as error:
        named = [each["field"] for each in error.members.get("errors", ())] or [error.field]
        raise InvalidInput(NO_AMOUNT, hint=ASKS_EACH_TIME, field=named[0]) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What the form of a device or an app shows (`parts/grant.html`); `dated` has a last day."""

    scopes: Mapping[str, str]
    chosen: Collection[str]
    modes: Sequence[str]
    mode: str
    amounts: Mapping[str, str]
    dated: bool = False
    day: str = ""
    approvals: Mapping[str, str] = field(default_factory=lambda: APPROVALS)
    caps: Mapping[str, str] = field(default_factory=lambda: CAPS)
