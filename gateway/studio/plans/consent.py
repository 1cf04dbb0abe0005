"""Consent to spend: of a person, of a key that may approve, or by the limits of a key.

One rule for plans and for messages to the agent. Only a submit with an API key of scope `media`
spends without consent, within the caps of the key (`Operation.spends` is `directly`).
"""

from dataclasses import dataclass
from typing import Literal, TypedDict

from gateway.kit.money import render_usd, to_amount_fields
from gateway.kit.operation import Caller
from gateway.studio.plans.errors import ApprovalRequired

APPROVE_SCOPE = "studio:approve"
Consent = Literal["auto", "confirm", "approve"]
EXPENSE_WORDS = {
    "plan": ("The total is", "runs plans"),
    "message": ("The message may cost", "sends messages"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Expense:
    """The sum that a caller wants to spend, and the page on which a person can do it instead."""

    kind: Literal["plan", "message"]
    total_microusd: int
    approval_url: str
    hint: str = ApprovalRequired.hint


def decide_consent(caller: Caller, total_microusd: int) -> Consent:
    """Return the consent that this caller needs to spend this total.

    `auto`: none; `confirm`: a confirmation in the client; `approve`: a person on the page.
    """
    if can_approve(caller) or is_within_limit(total_microusd, caller.auto_approve_microusd):
        return "auto"
    return (
        "confirm" if is_within_limit(total_microusd, caller.confirm_up_to_microusd) else "approve"
    )


def require_consent(caller: Caller, expense: Expense, *, confirmed_in_client: bool) -> None:
    """Refuse an expense that this caller may not make without a person.

    Raises:
        ApprovalRequired: it names the page on which a person can approve.
    """
    consent = decide_consent(caller, expense.total_microusd)
    if consent == "auto" or (consent == "confirm" and confirmed_in_client):
        return
    total, limit = expense.total_microusd, caller.auto_approve_microusd or 0
    claimed = " A yes in the client is not enough." if confirmed_in_client else ""
    costs, acts = EXPENSE_WORDS[expense.kind]
    raise ApprovalRequired(
        f"{costs} ${render_usd(total)}, and this key {acts} of up to ${render_usd(limit)} "
        f"by itself.{claimed}",
        hint=expense.hint,
        approvalUrl=expense.approval_url,
        consent=consent,
        **to_amount_fields("total", total),
        **to_amount_fields("limit", limit),
    )


class ConsentFields(TypedDict):
    """The consent that a caller needs to spend a total, as fields of an answer."""

    consent: Consent
    requires_human_approval: bool
    approval_url: str


def render_consent(caller: Caller, total_microusd: int, approval_url: str) -> ConsentFields:
    """Render the consent that this caller needs to spend this total, as fields of an answer."""
    consent = decide_consent(caller, total_microusd)
    return {
        "consent": consent,
        "requires_human_approval": consent != "auto",
        "approval_url": approval_url,
    }


def can_approve(caller: Caller) -> bool:
    """Return True if a caller is a person in the browser, or a key that may approve like one."""
    return caller.session_id is not None or APPROVE_SCOPE in caller.scopes


def is_within_limit(total_microusd: int, limit_microusd: int | None) -> bool:
    """Return True if a total is at most a limit; None is no limit."""
    return limit_microusd is None or total_microusd <= limit_microusd
