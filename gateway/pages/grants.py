"""Grants to a key, a device or an app: permissions and limits, with one set of words for all."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway.identity.keys.schemas import SpendPolicy
from gateway.identity.sign_in.schemas import SignedIn
from gateway.kit.errors import InvalidInput
from gateway.kit.operation import JSON_MEDIA_TYPE
from gateway.kit.wire import request_reader
from gateway.pages.field_words import list_options

SCOPE_PREFIX = "scope."
ACCOUNT_WORDS = "the person signed in here"  # for an account without an address
APPROVAL_FIELDS = ("autoApproveUsd", "confirmUpToUsd")
CAP_FIELDS = ("dailyLimitUsd", "monthlyLimitUsd", "totalLimitUsd")
LIMIT_FIELDS = (*APPROVAL_FIELDS, *CAP_FIELDS)
USUAL_DAILY_USD = "10"
NO_AMOUNT = "Enter amounts in dollars, such as 0 or 2.50."
ASKS_EACH_TIME = "With 0 it must ask you each time."
NO_CAP = "Enter at least one spending cap."
NO_CAP_HINT = "Without a cap it could spend all of your credit."
NO_SCOPE = "Select at least one permission."


@dataclass(frozen=True, slots=True)
class Payer:
    """The account that pays for a grant: its name, and in a team of others the person's role."""

    name: str
    role: str = ""


def build_payer(signed_in: SignedIn) -> Payer:
    """Return the account that a browser works in: of the person, or of a team."""
    if signed_in.team is None:
        return Payer(signed_in.email or ACCOUNT_WORDS)
    return Payer(signed_in.team.name, signed_in.team.role)


def read_amount(fields: Mapping[str, str], name: str) -> str:
    """Read an amount that a person typed: without dollar sign and thousands commas."""
    return fields.get(name, "").strip().removeprefix("$").replace(",", "")


def read_checked_scopes(fields: Mapping[str, str], offered: Iterable[str]) -> list[str]:
    """Read the offered scopes that are checked in a form."""
    return [scope for scope in offered if f"{SCOPE_PREFIX}{scope}" in fields]


def to_scope_words(scopes: Collection[str]) -> dict[str, str]:
    """Describe each scope in words, in the order of the form."""
    return {scope: words for scope, words in list_options("scopes").items() if scope in scopes}


def build_usual_amounts(
    requested: Mapping[str, str | None], auto_approve: str = "0"
) -> dict[str, str]:
    """Build the amounts that the form of a device or an app starts with: never without a cap.

    `auto_approve` is the amount for approvals if none was requested.
    """
    amounts = {name: requested.get(name) or "" for name in LIMIT_FIELDS}
    amounts["autoApproveUsd"] = amounts["autoApproveUsd"] or auto_approve
    amounts["confirmUpToUsd"] = amounts["confirmUpToUsd"] or amounts["autoApproveUsd"]
    if not any(amounts[name] for name in CAP_FIELDS):
        amounts["dailyLimitUsd"] = USUAL_DAILY_USD
    return amounts


def read_typed_amounts(fields: Mapping[str, str]) -> dict[str, str]:
    """Read the amounts of a posted form as they were typed; a missing one is empty.

    A missing amount is never filled from the request of the device or app: a person must not grant
    an amount that the form did not show.
    """
    return {name: read_amount(fields, name) for name in LIMIT_FIELDS}


def read_typed_limits(fields: Mapping[str, str]) -> dict[str, str | None]:
    """Read the limits in the form of a key: empty removes a limit, missing leaves it unchanged."""
    return {name: read_amount(fields, name) or None for name in LIMIT_FIELDS if name in fields}


def build_granted_policy(amounts: Mapping[str, str]) -> SpendPolicy:
    """Build the spend policy of a grant from typed amounts; an empty cap sets none.

    Raises:
        InvalidInput: an amount cannot be read, or there is no cap at all.
    """
    if not any(amounts[name] for name in CAP_FIELDS):
        raise InvalidInput(NO_CAP, hint=NO_CAP_HINT, field="dailyLimitUsd")
    for name in APPROVAL_FIELDS:
        if not amounts[name]:
            raise InvalidInput(NO_AMOUNT, hint=ASKS_EACH_TIME, field=name)
    limits = {name: amounts[name] or None for name in LIMIT_FIELDS}
    try:
        return request_reader.read_body(
            SpendPolicy, json.dumps(limits).encode(), content_type=JSON_MEDIA_TYPE
        )
    except InvalidInput as error:
        wrong_fields = [each["field"] for each in error.members.get("errors", ())] or [error.field]
        raise InvalidInput(NO_AMOUNT, hint=ASKS_EACH_TIME, field=wrong_fields[0]) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantForm:
    """The values of the grant form of a device or an app (`parts/grant.html`).

    `dated` adds a field for its last day.
    """

    scopes: Mapping[str, str]
    chosen: Collection[str]
    modes: Sequence[str]
    mode: str
    amounts: Mapping[str, str]
    dated: bool = False
    day: str = ""
    approvals: Sequence[str] = APPROVAL_FIELDS
    caps: Sequence[str] = CAP_FIELDS
